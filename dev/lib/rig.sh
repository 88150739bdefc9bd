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

# run_rig_tests CLUSTER OTHER: the quick run; every point that was reached is a test. OTHER is stopped
# first: two clusters at a time would share two processors.
run_rig_tests() {
  local said=$ROOT/build/logs/rig.txt status=0
  stop_cluster "$2"
  start_cluster "$1" fast --volatile
  build_rig
  run_rig "$1" crash --quick --lanes 10 | tee "$said" || status=1
  awk -v failed_list="$RESULTS.failed" -v status="$status" '
    /^[a-z-]+\/[a-z-]+\.[0-9]+\/[a-z]+$/ { print "rig: " $0 >> failed_list }
    / points, .* not reached, .* violations, / { passed = $1 - $3 - $6; failed = $6 }
    END {
      if (status != 0 && failed == 0) {
        failed = 1
        print "rig: as a whole" >> failed_list
      }
      print passed + 0, failed + 0, 0, "rig:crash"
    }' "$said" >> "$RESULTS"
}

rig_progress() { grep -oE '^[0-9]+ of [0-9]+ points' "$1" | tail -n 1; }
