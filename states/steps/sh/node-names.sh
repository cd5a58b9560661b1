# Who etcd and the kubelet on this host say that they are: an address can lead to another machine.
# shellcheck disable=SC2154  # manifests is assigned at the head
node_names() {
  # The one certificate that etcd's pod names by its node, in each release.
  grep -o 'etcd-peer-[A-Za-z0-9.-]*\.crt' "$manifests/etcd-pod.yaml" 2>/dev/null |
    sed 's/^etcd-peer-/who_etcd=/; s/\.crt$//' | sort -u | head -n 5
  # The common name (2.5.4.3 in DER) of the kubelet's client certificate; a host need not have
  # openssl.
  sed -n '/BEGIN CERT/,/END CERT/p; /END CERT/q' \
    /var/lib/kubelet/pki/kubelet-client-current.pem 2>/dev/null |
    sed '/-----/d' | base64 -d 2>/dev/null | od -An -v -tu1 | LC_ALL=C awk '
      { for (i = 1; i <= NF; i++) b[n++] = $i }
      END {
        for (i = 0; i + 5 < n; i++) {
          if (b[i] != 85 || b[i + 1] != 4 || b[i + 2] != 3) continue
          at = i + 5; size = b[i + 4]
          if (size == 129) size = b[at++]
          else if (size == 130) { size = b[at] * 256 + b[at + 1]; at += 2 }
          name = ""
          for (j = at; j < at + size && j < n; j++) name = name sprintf("%c", b[j])
          if (sub(/^system:node:/, "", name) && name ~ /^[A-Za-z0-9.-]+$/) print "who_kubelet=" name
        }
      }' | sort -u | head -n 5
  printf 'who_hostname=%s\n' "$(cat /proc/sys/kernel/hostname)"
}
