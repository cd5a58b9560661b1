set -u
if [ -e /var/lib/etcd-backup ]; then mv -nT /var/lib/etcd-backup @etcd_backup_kept@ && [ ! -e /var/lib/etcd-backup ] || { echo 'cannot keep /var/lib/etcd-backup'; exit 1; }; fi
if [ -e /home/core/assets/manifests-stopped ]; then mv -nT /home/core/assets/manifests-stopped @stopped_manifests_kept@ && [ ! -e /home/core/assets/manifests-stopped ] || { echo 'cannot keep /home/core/assets/manifests-stopped'; exit 1; }; fi
while IFS= read -r line; do
  case $line in HTTP_PROXY=?*|HTTPS_PROXY=?*|NO_PROXY=?*) export "${line%%=*}=${line#*=}";;
  esac
done < @proxy@
exec /usr/local/bin/cluster-restore.sh @backup@
