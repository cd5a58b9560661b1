# absent_answers  asks whether anything answers at the addresses of the hosts that this run is
# without, $absent ("NAME,NODE,ADDRESS,ADDRESS NAME,…"), and at those that etcd has for their nodes:
# at the ports of etcd, the API server and the kubelet. It prints
#   absent=NAME ADDRESS PORT open         somebody listens there
#   absent=NAME ADDRESS PORT refused      a machine has the address, and nobody listens there
#   absent=NAME ADDRESS PORT silent       nobody answers
#   absent=NAME ADDRESS PORT untried WHY  the address cannot be tried from this host
# All are tried at the same time, for four seconds.
# shellcheck disable=SC2154  # absent and etcd_scripts are assigned at the head
absent_answers() {
  {
    for host in $absent; do
      name=${host%%,*}
      host=${host#*,}
      for address in $({
        echo "${host#*,}" | tr , '\n'
        etcd_addresses "${host%%,*}"
      } | sort -u); do
        for port in 2379 2380 6443 10250; do
          try_port "$name" "$address" "$port" &
        done
      done
    done
    wait
  } | LC_ALL=C sort
}

# etcd_addresses NODE  the addresses of a node in the environment of etcd's pods. A host that is
# down keeps its place there.
etcd_addresses() {
  LC_ALL=C awk -v node="$1" '
    !/^export NODE_[A-Za-z0-9_]*=/ { next }
    {
      gsub(/["\[\]]/, "")
      key = substr($0, 8, index($0, "=") - 8)
      value = substr($0, index($0, "=") + 1)
      if (sub(/_ETCD_NAME$/, "", key)) { if (value == node) mine = key; next }
      if (value ~ /^[A-Za-z0-9.:][A-Za-z0-9.:-]*$/) values[key] = value
    }
    END {
      if (mine != "") { print values[mine "_IP"]; print values[mine "_ETCD_URL_HOST"] }
    }' "$etcd_scripts/etcd.env" 2> /dev/null
}

# try_port NAME ADDRESS PORT  by bash, which every host has and which needs no other program. A name
# that is not looked up in time says nothing about the host, nor does a network without a route to it.
try_port() {
  # shellcheck disable=SC2016  # its own arguments
  said=$(LC_ALL=C timeout 4 bash -c 'exec 3<> "/dev/tcp/$0/$1"' "$2" "$3" 2>&1)
  case $?:$said in
    0:*) word=open ;;
    124:* | *'timed out'* | *'No route to host'* | *'Host is down'*)
      word=silent
      case $2 in
        *:*) ;;
        *[!0-9.]*) word='untried no answer, and it is a name' ;;
      esac
      ;;
    *'onnection refused'* | *'onnection reset'*) word=refused ;;
    *) word="untried $(printf '%s' "$said" | head -n 1 | tr -cd '[:print:]' | cut -c 1-120)" ;;
  esac
  printf 'absent=%s %s %s %s\n' "$1" "$2" "$3" "$word"
}
