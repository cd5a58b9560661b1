api() { @api_command@ --kubeconfig=@api_kubeconfig@ --request-timeout=20s "$@"; }
