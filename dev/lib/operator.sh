# Builds the operator, and runs it as a process of this machine. Sourced, never run.

AGENT_IMAGE=docker.io/library/sojourn-sample-agent:dev
OPERATOR_BUILT=$ROOT/build/release/bin/sojourn-operator
OPERATOR_LOG=$STATE/operator.log

build_operator() {
  # Without the tests: they are built elsewhere, with sanitizers.
  cmake -S "$ROOT" --preset release -DSOJOURN_TESTS=OFF
  cmake --build "$ROOT/build/release" --target sojourn-operator
}

# The process that runs, as its identity is checked: a process of this number may be anybody's.
operator_pid() {
  local pid
  pid=$(cat "$STATE/operator.pid" 2> /dev/null) || return 1
  case $(readlink "/proc/$pid/exe" 2> /dev/null) in
    "$STATE"/sojourn-operator*) echo "$pid" ;;
    *) return 1 ;;
  esac
}

stop_operator() {
  local pid
  if pid=$(operator_pid); then
    kill -TERM "$pid" 2> /dev/null || true
    local tenth
    for tenth in $(seq 100); do
      [ -e "/proc/$pid" ] || break
      sleep 0.1
    done
    [ "$tenth" -lt 100 ] || kill -KILL "$pid" 2> /dev/null || true
  fi
  rm -f "$STATE"/operator.{pid,arguments,address} "$STATE/sojourn-operator"
}

port_is_free() { ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

free_port() {
  local port
  for port in $(seq 9440 9540); do
    if port_is_free "$port"; then
      echo "$port"
      return
    fi
  done
  fail "no port from 9440 to 9540 is free for the operator's metrics"
}

# answers ADDRESS PATH: whether the operator answers 200 there.
answers() {
  local line
  (
    exec 3<> "/dev/tcp/${1%:*}/${1#*:}" || exit 1
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    read -r line <&3
    [[ $line == *" 200 "* ]]
  ) 2> /dev/null
}

# run_operator FLAG...: starts it, or leaves the running one when neither it nor its flags changed.
run_operator() {
  mkdir -p "$STATE"
  if operator_pid > /dev/null && cmp -s "$OPERATOR_BUILT" "$STATE/sojourn-operator" &&
    [ "$(cat "$STATE/operator.arguments")" = "$*" ]; then
    echo "the operator runs unchanged"
    return
  fi
  stop_operator
  local address
  address=127.0.0.1:$(free_port)
  # A copy: the next build must not change the file under the running process.
  cp "$OPERATOR_BUILT" "$STATE/sojourn-operator"
  # Nothing may remain open in it: whoever waits for this command would wait for the operator.
  setsid "$STATE/sojourn-operator" --listen-address "$address" "$@" \
    > "$OPERATOR_LOG" 2>&1 < /dev/null &
  echo $! > "$STATE/operator.pid"
  echo "$*" > "$STATE/operator.arguments"
  echo "$address" > "$STATE/operator.address"
  local tenth
  for tenth in $(seq 300); do
    answers "$address" /readyz && break
    operator_pid > /dev/null || [ "$tenth" -lt 5 ] || break
    sleep 0.1
  done
  if ! answers "$address" /readyz; then
    echo "the operator does not become ready; the end of its log $OPERATOR_LOG:"
    tail -n 20 "$OPERATOR_LOG"
    return 1
  fi
  echo "the operator is ready on $address"
}
