# An empty data directory counts as absent: etcd creates it.
rename_look "$etcd_data/member"
printf 'kept=%s\n' "$to"
