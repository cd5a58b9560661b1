# Approves the CSRs in the arguments. oc has the command in another place than kubectl.
case $api_command in
  *kubectl) api certificate approve "$@" ;;
  *) api adm certificate approve "$@" ;;
esac
