# An empty data directory is as good as none: etcd makes it by itself.
rename_look "$etcd_data/member"
printf 'kept=%s\n' "$to"
