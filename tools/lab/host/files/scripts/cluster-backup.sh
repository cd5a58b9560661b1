#!/usr/bin/env bash
### Created by cluster-etcd-operator. DO NOT edit.
# The lab's cluster-backup.sh: names, checks and messages of OKD 4.7's script.
# Invariant: on any error both files are removed; that snapshot and tarball belong together in time is,
# as there, not checked.
set -o errexit
set -o pipefail
set -o errtrace

usage() {
    echo 'Path to backup dir required: ./cluster-backup.sh [--force] <path-to-backup-dir>'
    exit 1
}

if [ "$EUID" -ne 0 ]; then
    echo "This script must be run as root"
    exit 1
fi

force=""
if [ "$1" == "--force" ]; then
    force=yes
    shift
fi
if [ -z "$1" ] || [ -f "$1" ]; then
    usage
fi
mkdir -p "$1"
backup=$(realpath "$1")

kubernetes=/etc/kubernetes
manifests=$kubernetes/manifests
resources=$kubernetes/static-pod-resources
scripts=$resources/etcd-certs/configmaps/etcd-scripts
export KUBECONFIG=$resources/kube-apiserver-certs/secrets/node-kubeconfigs/localhost-recovery.kubeconfig
. /usr/local/lib/restorectl-lab/settings.sh

if [ ! -s "$scripts/etcd.env" ] || [ ! -s "$scripts/etcd-common-tools" ]; then
    echo "required dependencies not found, please ensure this script is run on a node with a functional etcd static pod"
    exit 1
fi
if [ ! -e "$kubernetes/static-pod-certs" ]; then
    ln -s "$resources/etcd-certs" "$kubernetes/static-pod-certs"
fi
. "$scripts/etcd.env"
. "$scripts/etcd-common-tools"

stamp="$(date +%F_%H%M%S)${force:+__POSSIBLY_DIRTY__}"
tarball="$backup/static_kuberesources_$stamp.tar.gz"
snapshot="$backup/snapshot_$stamp.db"
trap 'rm -f "$tarball" "$snapshot"' ERR

# A rollout in the middle would make the tarball and the snapshot disagree.
check_if_operator_is_progressing() {
    local progressing
    progressing=$(oc get clusteroperator "$1" \
        -o jsonpath='{.status.conditions[?(@.type=="Progressing")].status}') || true
    if [ -z "$progressing" ]; then
        echo "Could not find the status of the $1. Check if the API server is running. Pass the --force flag to skip checks."
        exit 1
    elif [ "$progressing" != "False" ]; then
        echo "Currently the $1 operator is progressing. A reliable backup requires that a rollout is not in progress. Aborting!"
        exit 1
    fi
}

latest=()
for pod in kube-apiserver kube-controller-manager kube-scheduler etcd; do
    if [ -z "$force" ]; then
        check_if_operator_is_progressing "$pod"
    fi
    if [ ! -s "$manifests/$pod-pod.yaml" ]; then
        echo "error finding manifests for the $pod pod. please check if it is running."
        exit 1
    fi
    directory=$(ls -vd "$resources/$pod-pod"-[0-9]* | tail -1) || true
    if [ -z "$directory" ]; then
        echo "error finding static-pod-resources for the $pod pod. please check if it is running."
        exit 1
    fi
    echo "found latest $pod: $directory"
    latest+=("${directory#"$kubernetes/"}")
done

dl_etcdctl
node_ip="NODE_${LAB_ENV_NAME}_IP"
ETCDCTL_ENDPOINTS="https://${!node_ip}:2379" etcdctl snapshot save "$snapshot"
check_snapshot_status "$snapshot"

touch "$tarball"
chmod 0600 "$tarball"
tar -C "$kubernetes" -czf "$tarball" "${latest[@]}"

echo "snapshot db and kube resources are successfully saved to $backup"
