# Runs tests and counts what became of each. Sourced, never run.
#
# Every run leaves one line `PASSED FAILED SKIPPED NAME` in $RESULTS, and the names of what failed in
# $RESULTS.failed. A phase of tests succeeds when the tests could be run and counted.

RESULTS=$ROOT/build/logs/results
TEST_PROCESSES=$(nproc)

forget_results() {
  mkdir -p "$(dirname "$RESULTS")"
  rm -f "$RESULTS" "$RESULTS.failed"
  touch "$RESULTS" "$RESULTS.failed"
}

build_cpp() {
  cmake -S "$ROOT" --preset "$1" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  cmake --build "$ROOT/build/$1"
}

# count_gtest FILE: from what a GoogleTest program wrote, `PASSED FAILED SKIPPED`, and the failed.
count_gtest() {
  awk -v failed_list="$RESULTS.failed" '
    function attribute(name) {
      if (!match($0, " " name "=\"[^\"]*\"")) return ""
      return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
    }
    function close_case() {
      if (!open) return
      if (bad) { failed++; print suite "." test >> failed_list }
      else if (skip) { skipped++; print suite "." test " (skipped)" >> failed_list }
      else passed++
      open = 0
    }
    /<testcase / {
      close_case()
      open = 1; bad = 0; suite = attribute("classname"); test = attribute("name")
      skip = attribute("status") == "notrun" || attribute("result") == "skipped"
    }
    /<failure/ { bad = 1 }
    /<skipped/ { skip = 1 }
    END { close_case(); print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# run_cpp_tests PRESET: every test program that ctest knows. A program that leaves no account of its
# cases (it crashed, or is no GoogleTest) counts as one test.
run_cpp_tests() {
  local build=$ROOT/build/$1 accounts=$ROOT/build/$1/accounts name status
  rm -rf "$accounts" "$build/ctest.xml"
  mkdir -p "$accounts"
  GTEST_OUTPUT=xml:$accounts/ ctest --test-dir "$build" --parallel "$TEST_PROCESSES" \
    --output-on-failure --output-junit "$build/ctest.xml" || true
  [ -e "$build/ctest.xml" ] || fail "ctest ran nothing"
  while read -r name status; do
    if [ -e "$accounts/$name.xml" ]; then
      local counted
      counted=$(count_gtest "$accounts/$name.xml")
      # Failed as a whole, for example by a sanitizer at its end, though no case did.
      if [ "$status" != run ] && [ "$(cut -d ' ' -f 2 <<< "$counted")" = 0 ]; then
        counted=$(awk '{ print $1, 1, $3 }' <<< "$counted")
        echo "$name ($1, as a whole)" >> "$RESULTS.failed"
      fi
      echo "$counted $1:$name" >> "$RESULTS"
    elif [ "$status" = run ]; then
      echo "1 0 0 $1:$name" >> "$RESULTS"
    else
      echo "0 1 0 $1:$name" >> "$RESULTS"
      echo "$name ($1, no account of its cases)" >> "$RESULTS.failed"
    fi
  done < <(sed -nE 's/.*<testcase name="([^"]+)".* status="([a-z]+)".*/\1 \2/p' "$build/ctest.xml")
}

# Tests that are no ctests, with an optimised build: all worlds of the decisions, of which a tenth is
# among the C++ tests because with sanitizers all would take minutes, and very many Sessions that end
# within a minute.
build_optimised_tests() {
  cmake -S "$ROOT" --preset release -DSOJOURN_TESTS=ON
  cmake --build "$ROOT/build/release" --target "$@"
}

# run_optimised_test FOLDER NAME
run_optimised_test() {
  local account=$ROOT/build/release/$2.xml
  rm -f "$account"
  GTEST_OUTPUT=xml:$account "$ROOT/build/release/tests/$1/$2" || true
  [ -e "$account" ] || fail "$2 left no account of its cases"
  echo "$(count_gtest "$account") release:$2" >> "$RESULTS"
}

# The suite that the in-memory API server passes as a ctest, against the real one.
run_real_contract() {
  local program=$ROOT/build/asan/tests/contract/contract_api_server_real
  local account=$ROOT/build/asan/accounts/contract_api_server_real.xml
  local kubeconfig
  kubeconfig=$(cluster_kubeconfig "$1")
  rm -f "$account"
  kubectl apply --filename "$ROOT/crds"
  kubectl wait --for=condition=Established --timeout=30s --filename "$ROOT/crds"
  # A kind just made is served a moment later.
  local attempt
  for attempt in $(seq 30); do
    ! kubectl get sessions,sessiontemplates --all-namespaces > /dev/null 2>&1 || break
    [ "$attempt" -lt 30 ] || fail "the API server does not serve the new kinds"
    sleep 1
  done
  SOJOURN_E2E_KUBECONFIG=$kubeconfig GTEST_OUTPUT=xml:$account \
    LSAN_OPTIONS=suppressions=$ROOT/tests/lsan.supp:print_suppressions=0 "$program" || true
  [ -e "$account" ] || fail "contract_api_server_real left no account of its cases"
  echo "$(count_gtest "$account") real:contract_api_server" >> "$RESULTS"
}

# run_go_tests NAME MODULE PACKAGE...: counts tests and their parts; a package that does not compile or
# ends early counts as one failure.
run_go_tests() {
  local name=$1 module=$2 events=$ROOT/build/logs/$1.json status=0
  shift 2
  (cd "$module" && CGO_ENABLED=0 GOTOOLCHAIN=local "$(find_go)" test -json -count=1 -timeout 20m \
    "$@") > "$events" || status=$?
  # What a person would have seen:
  sed -nE 's/.*"Action":"(output|build-output)".*"Output":"(.*)\\n"\}$/\2/p' "$events" |
    sed 's/\\t/    /g; s/\\"/"/g; s/\\u003c/</g; s/\\u003e/>/g'
  awk -v status="$status" -v name="$name" -v failed_list="$RESULTS.failed" '
    !/"Test":/ { next }
    /"Action":"pass"/ { passed++ }
    /"Action":"(fail|skip)"/ {
      if (/"Action":"fail"/) failed++; else skipped++
      match($0, /"Test":"[^"]*"/)
      print name ": " substr($0, RSTART + 8, RLENGTH - 9) (/"skip"/ ? " (skipped)" : "") >> failed_list
    }
    END {
      if (status != 0 && failed == 0) { failed = 1; print name ": as a whole" >> failed_list }
      print passed + 0, failed + 0, skipped + 0, "go:" name
    }' "$events" >> "$RESULTS"
  [ -s "$events" ] || fail "go test ran nothing"
}

# The Go packages with tests, those that need the real node first, at their end the one that stops its
# kubelet, then those for the fast cluster. The last one reads what the others left in the audit logs.
find_e2e_packages() {
  (cd "$ROOT/tests/e2e" 2> /dev/null && find . -name '*_test.go' -printf '%h\n' | sort -u |
    sed 's|^\./||' | awk '
      BEGIN { late["node"] = 1; late["fast"] = 2; late["monitoring"] = 3; late["rbac"] = 4 }
      { print late[$0] + 0, $0 }' | sort | cut -d ' ' -f 2) || true
}

usual_time() {
  case $1 in
    session) echo "8 min" ;;
    install) echo "8 min" ;;
    fast) echo "3 min" ;;
    node) echo "2 min" ;;
    *) echo "30 s" ;;
  esac
}

go_test_progress() {
  local events
  events=$(ls -t "$ROOT"/build/logs/*.json | head -n 1)
  printf '%d passed, %d failed' "$(grep -c '"Action":"pass".*"Test":' "$events")" \
    "$(grep -c '"Action":"fail".*"Test":' "$events")"
}

audit_log_of() { echo "$CLUSTERS/$1/logs/audit.log"; }

# keep_audit_log NAME: what a cluster's API server was asked, beyond the end of the cluster.
keep_audit_log() {
  mkdir -p "$ROOT/build/logs/audit"
  "${SUDO[@]}" cat "$(audit_log_of "$1")" > "$ROOT/build/logs/audit/$1.log"
}

# run_e2e PACKAGE: with the cluster its tests are for. The package `fast` begins another one, which
# `monitoring` uses too; `rbac` needs none.
run_e2e() {
  export SOJOURN_OPERATOR=$OPERATOR_BUILT SOJOURN_HELM=$PROGRAMS/helm SOJOURN_HELM3=$PROGRAMS/helm3
  export SOJOURN_HYPERKUBE=$PROGRAMS/hyperkube
  SOJOURN_IMAGE_TAG=$(image_tag)
  SOJOURN_IMAGE_PRODUCTS=$(image_path)
  export SOJOURN_IMAGE_TAG SOJOURN_IMAGE_PRODUCTS
  if [ "$1" = node ]; then
    # The same cluster, which from now on gives its node up sooner: on a busy machine that would be too
    # soon for the other packages.
    start_cluster "$REAL" real --audit --volatile --node-grace 20s
  fi
  if [ "$1" = fast ]; then
    keep_audit_log "$REAL"
    stop_cluster "$REAL" # two at a time would share two processors
    start_cluster "$FAST" fast --audit --volatile
  fi
  if [ "$1" = fast ] || [ "$1" = monitoring ]; then
    SOJOURN_E2E_FAST_KUBECONFIG=$(cluster_kubeconfig "$FAST")
    SOJOURN_E2E_FAST_AUDIT=$CLUSTERS/$FAST/logs/audit.log
    export SOJOURN_E2E_FAST_KUBECONFIG SOJOURN_E2E_FAST_AUDIT
  elif [ "$1" = rbac ]; then
    keep_audit_log "$FAST"
    export SOJOURN_E2E_AUDITS=$ROOT/build/logs/audit/$REAL.log:$ROOT/build/logs/audit/$FAST.log
  else
    SOJOURN_E2E_KUBECONFIG=$(cluster_kubeconfig "$REAL")
    SOJOURN_E2E_AUDIT=$CLUSTERS/$REAL/logs/audit.log
    export SOJOURN_E2E_KUBECONFIG SOJOURN_E2E_AUDIT
    export SOJOURN_E2E_CLUSTER=$REAL SOJOURN_DEVCLUSTER=$PROGRAMS/devcluster
  fi
  # In its own folder, since a package may be a module of its own.
  run_go_tests "$(tr / - <<< "$1")" "$ROOT/tests/e2e/$1" .
}

# Counts as one test. Costs little, for the compiler's cache knows what was just compiled; `./dev/image
# --twice` compiles all of it again.
run_image_again() {
  if (build_image_again); then
    echo "1 0 0 image:twice" >> "$RESULTS"
  else
    echo "0 1 0 image:twice" >> "$RESULTS"
    echo "the image built again in another directory (see its log)" >> "$RESULTS.failed"
  fi
}

tidy_sources() { (cd "$ROOT" && find src -name '*.cc' | sort); }

tidy_progress() {
  printf '%d of %d files' "$(grep -c '^checked ' "$1")" "$(tidy_sources | wc -l)"
}

# Over the compilation database of the tests' build; warnings are errors by .clang-tidy.
run_clang_tidy() {
  local status=0
  (cd "$ROOT" && tidy_sources | xargs -P "$TEST_PROCESSES" -I FILE \
    sh -c 'clang-tidy --quiet -p build/asan FILE && echo checked FILE') || status=1
  if [ "$status" = 0 ]; then
    echo "1 0 0 clang-tidy" >> "$RESULTS"
  else
    echo "0 1 0 clang-tidy" >> "$RESULTS"
    echo "clang-tidy (see its log)" >> "$RESULTS.failed"
  fi
}

# Counts as one test: writes per session and requests while idle, which no machine changes.
run_short_bench() {
  if "$ROOT/dev/bench" --quick; then
    echo "1 0 0 bench" >> "$RESULTS"
  else
    echo "0 1 0 bench" >> "$RESULTS"
    echo "bench (see its log)" >> "$RESULTS.failed"
  fi
}

print_totals() {
  if [ -s "$RESULTS.failed" ]; then
    printf '\nDid not pass (logs in %s):\n' "$phase_logs"
    sed 's/^/  /' "$RESULTS.failed"
  fi
  echo
  awk '{ passed += $1; failed += $2; skipped += $3 }
    END {
      printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
      exit failed + skipped > 0 || passed == 0
    }' "$RESULTS"
}
