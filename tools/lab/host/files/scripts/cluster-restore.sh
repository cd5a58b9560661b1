#!/usr/bin/env bash
### Created by cluster-etcd-operator. DO NOT edit.
# The lab's cluster-restore.sh: the phases, markers, exit codes and bad manners of OKD 4.7–4.10's script.
# Invariant: as there, nothing here waits with a time-out, exit code 0 comes before any restore has run,
# and a second run destroys what the first one had saved.
set -o errexit
set -o pipefail
set -o errtrace

lab=/usr/local/lib/restorectl-lab
(
    echo "$(date -u +%FT%T.%6NZ) args=[$*] HTTP_PROXY=[$HTTP_PROXY] HTTPS_PROXY=[$HTTPS_PROXY]" \
        "NO_PROXY=[$NO_PROXY]" >>/var/log/lab/cluster-restore.starts
) 2>/dev/null || true
. "$lab/settings.sh"

if [ "$EUID" -ne 0 ]; then
    echo "This script must be run as root"
    exit 1
fi

kubernetes=/etc/kubernetes
manifests=$kubernetes/manifests
stopped=/home/core/assets/manifests-stopped
data=/var/lib/etcd
saved=/var/lib/etcd-backup
scripts=$kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts
restore_pod=$kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/pod.yaml

for needed in etcd.env etcd-common-tools; do
    if [ ! -f "$scripts/$needed" ]; then
        echo "required dependencies not found, please ensure this script is run on a node with a functional etcd static pod"
        exit 1
    fi
    . "$scripts/$needed"
done

if [ -z "$1" ] || [ ! -d "$1" ]; then
    echo "Path to the directory containing backup files is required: ./cluster-restore.sh <path-to-backup>"
    echo "The backup directory is expected to be contain two files:"
    echo "        1. etcd snapshot"
    echo "        2. A copy of the Static POD resources at the time of backup"
    exit 1
fi

# The newest of each kind by name, each for itself; that the tarball exists is nobody's concern yet.
tarball=$(ls -vd "$1"/static_kuberesources*.tar.gz 2>/dev/null | tail -1) || true
snapshot=$(ls -vd "$1"/snapshot*.db | tail -1) || true
if [ ! -f "$snapshot" ]; then
    echo "etcd snapshot $snapshot does not exist"
    exit 1
fi

dl_etcdctl
check_snapshot_status "$snapshot"

mkdir -p "$stopped"
for pod in kube-apiserver-pod.yaml kube-controller-manager-pod.yaml kube-scheduler-pod.yaml etcd-pod.yaml; do
    echo "...stopping $pod"
    if [ -e "$manifests/$pod" ]; then
        mv "$manifests/$pod" "$stopped"
    fi
done

for container in etcd etcdctl etcd-metrics kube-controller-manager kube-apiserver kube-scheduler; do
    echo "Waiting for container $container to stop"
    while [ -n "$(crictl ps --label "io.kubernetes.container.name=$container" -q)" ]; do
        echo -n "."
        lab_sleep 1 0.1
    done
    echo "complete"
done

mkdir -p "$saved"
if [ -d "$data/member" ]; then
    if [ -d "$saved/member" ]; then
        echo "removing previous backup $saved/member"
        rm -rf "$saved/member"
    fi
    echo "Moving etcd data-dir $data/member to $saved"
    mv "$data/member" "$saved/"
fi

tar -C "$kubernetes" -xzf "$tarball" static-pod-resources
cp -p "$snapshot" "$saved/snapshot.db"

echo "starting restore-etcd static pod"
cp -p "$restore_pod" "$manifests/etcd-pod.yaml"

for pod in kube-apiserver-pod.yaml kube-controller-manager-pod.yaml kube-scheduler-pod.yaml; do
    echo "starting $pod"
    if ! tar --wildcards -tzf "$tarball" "static-pod-resources/*/$pod" >/dev/null 2>&1; then
        echo "$pod does not exist in $tarball"
        exit 1
    fi
    # One target name and --strip-components: two revisions in one tarball make tar fail with 2.
    tar --wildcards -C "$manifests" --strip-components=2 --keep-old-files -xzvf "$tarball" \
        "static-pod-resources/*/$pod"
done
