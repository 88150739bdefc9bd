# Builds and runs tests/rig. Sourced, never run.

RIG=$ROOT/build/rig

build_rig() {
  mkdir -p "$RIG"
  (cd "$ROOT/tests" && CGO_ENABLED=0 GOTOOLCHAIN=local "$(find_go)" build -o "$RIG/rig" ./rig)
}

# run_rig CLUSTER COMMAND FLAG...: the kubeconfig is readable for root alone.
run_rig() {
  local cluster=$1 command=$2
  shift 2
  rm -rf "$RIG/stories"
  mkdir -p "$RIG/stories"
  "${SUDO[@]}" env SOJOURN_OPERATOR="$OPERATOR_BUILT" "$RIG/rig" "$command" \
    --kubeconfig "$(cluster_kubeconfig "$cluster")" --crds "$ROOT/crds" --logs "$RIG/stories" "$@"
}
