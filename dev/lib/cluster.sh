# The local cluster, by dev/cluster/devcluster. Sourced, never run.

CLUSTERS=/var/lib/sojourn/clusters

devcluster() { "${SUDO[@]}" "$PROGRAMS/devcluster" "$@"; }

cluster_kubeconfig() { echo "$CLUSTERS/$1/kubeconfig"; }

# programs_of MODE: what a cluster of that mode runs.
programs_of() {
  case $1 in
    real) echo devcluster hyperkube etcd coredns local-path-provisioner ;;
    fast) echo devcluster hyperkube etcd fast-binder ;;
    *) fail "mode $1 is unknown; use real or fast" ;;
  esac
}

# start_cluster NAME MODE FLAG...
start_cluster() {
  local name=$1 mode=$2
  shift 2
  local -a images=()
  if [ "$mode" = real ]; then
    local image
    while read -r image; do images+=(--image "$image"); done < <(build_images)
  fi
  devcluster up --name "$name" --mode "$mode" --bin "$PROGRAMS" "${images[@]}" "$@"
}

# stop_cluster NAME: also right after a start that was cut short, and when there is none.
stop_cluster() {
  [ -e "$CLUSTERS/$1" ] || return 0
  build_program devcluster
  devcluster down --name "$1"
}

# kubectl of the cluster's own version, with the kubeconfig in $kubeconfig and nothing of the user's.
kubectl() { "$PROGRAMS/hyperkube" kubectl --kubeconfig "$kubeconfig" "$@"; }
