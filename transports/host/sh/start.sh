# shellcheck disable=SC2154  # base, dir, script and wrapper are assigned at the head
# Behind the claim, the fence and launch. A second start of the same job finds its directory and
# does nothing.
umask 077
mkdir -p "$base" || exit 71
owner_locked admit || { fence; exit 71; }
if mkdir "$dir" 2>/dev/null; then
  printf '%s' "$script" > "$dir/script"
  printf '%s' "$wrapper" > "$dir/wrapper"
  sync "$dir/script" "$dir/wrapper" "$dir" "$base"
  # A launcher that refuses is an end like any other; the claim keeps it from being one twice. But a
  # host that is shutting down refuses every launch: then nothing has begun, and nothing more is
  # recorded; soon the link is lost too.
  if ! launch && claim_for_nobody; then
    case $(systemctl is-system-running 2>/dev/null) in
      stopping | '') sleep 5 ;;
      *) cp "$dir/launch" "$dir/output"; echo 126 > "$dir/rc" ;;
    esac
  fi
fi
