# Approves the CSRs in the arguments. oc has the command in another place than kubectl.
approve() {
  case $api_command in
    *kubectl) api certificate approve "$@" ;;
    *) api adm certificate approve "$@" ;;
  esac
}
approve "$@" && exit 0
# One that is gone fails them all, and needs no approval: its kubelet has asked anew, or its time was
# over.
failed=0
for csr in "$@"; do
  approve "$csr" && continue
  if left=$(api get csr "$csr" --ignore-not-found -o name) && [ -z "$left" ]; then
    echo "$csr is gone"
  else
    failed=1
  fi
done
exit "$failed"
