[ ! -e "$result" ] || head -c 1000 "$result"
