printf 'backup_s=%s\n' "$(date -d @time@ +%s)"
