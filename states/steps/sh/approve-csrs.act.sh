# Approves the CSRs that are the arguments. The command stands at another place in oc than in kubectl.
case $api_command in
  *kubectl) api certificate approve "$@" ;;
  *) api adm certificate approve "$@" ;;
esac
