# What /proc says beside the list of the container runtime, which can forget a container that lives
# and can go on listing one whose process is gone.

# living NAME  prints the ids of the processes NAME in the host's own network, where the static pods
# are: one of that name in a pod's network is somebody else's.
living() {
  net=$(readlink /proc/self/ns/net)
  for process in /proc/[0-9]*; do
    { read -r comm < "$process/comm"; } 2> /dev/null || continue
    [ "$comm" = "$1" ] || continue
    [ "$(readlink "$process/ns/net")" != "$net" ] || echo "${process#/proc/}"
  done
}

# has_data_open PID  whether it has a file of the data directory open, at its old or its new place.
# Such a path is the same in the container; of a file that was deleted it is still shown.
has_data_open() {
  readlink "/proc/$1"/fd/* 2> /dev/null | grep -qF -e "$etcd_data/" -e "$etcd_aside/"
}

# is_gone NAME IDS  whether no process of these containers NAME lives. A runtime names the control
# group of a container after its id (and that of its monitor, conmon, too). Where there are no such
# groups, a process is known by its name only.
is_gone() {
  for id in $2; do
    ! grep -hsF "$id" /proc/[0-9]*/cgroup | grep -qv conmon || return 1
  done
  ! grep -qs kubepods /proc/[0-9]*/cgroup || return 0
  case $1 in
    etcd | kube-apiserver) [ -z "$(living "$1")" ] ;;
    *) return 1 ;;
  esac
}

# listeners PORT…  prints "port=PORT PID NAME" for each socket that listens there in the host's
# network, and "port=PORT ? ?" where no process shows it.
listeners() {
  for port in "$@"; do
    inodes=$(cat /proc/net/tcp /proc/net/tcp6 2> /dev/null |
      awk -v port="$(printf ':%04X' "$port")" '
        $4 == "0A" && substr($2, length($2) - 4) == port { print $10 }')
    for inode in $inodes; do
      pid='?' comm='?'
      for process in /proc/[0-9]*; do
        readlink "$process"/fd/* 2> /dev/null | grep -qxF "socket:[$inode]" || continue
        pid=${process#/proc/}
        { read -r comm < "$process/comm"; } 2> /dev/null
        break
      done
      printf 'port=%s %s %s\n' "$port" "$pid" "$(printf %s "$comm" | tr -cd 'A-Za-z0-9?._-')"
    done
  done
}

# witness NAME IDS PORT…  compares the runtime's list of the running containers NAME with what
# lives. It prints nothing where they agree, and otherwise
#   stuck=NAME           it lists one, and its process is gone
#   orphan=NAME PID      it lists none, and the process lives
#   port=PORT PID NAME   it lists none, and somebody listens there
witness() {
  if [ -n "$2" ]; then
    ! is_gone "$1" "$2" || echo "stuck=$1"
    return 0
  fi
  for pid in $(living "$1"); do
    [ "$1" != etcd ] || has_data_open "$pid" || continue
    echo "orphan=$1 $pid"
  done
  shift 2
  listeners "$@"
}
