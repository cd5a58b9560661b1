set -u
# The script would delete or overwrite what an earlier restore left: it is renamed first.
keep() {
  [ -e "$1" ] || return 0
  if ! mv -nT "$1" "$2" || [ -e "$1" ]; then
    echo "cannot rename $1 to $2"
    exit 1
  fi
}
keep "$etcd_backup" "$etcd_backup_kept"
keep "$stopped_manifests" "$stopped_manifests_kept"
# Proxy values may contain any byte but a newline: they are read line by line, never evaluated.
while IFS= read -r line; do
  case $line in
    HTTP_PROXY=?* | HTTPS_PROXY=?* | NO_PROXY=?*) export "${line%%=*}=${line#*=}" ;;
  esac
done < "$proxy"
exec "$restore_script" "$backup"
