# Long work in phases: what is done, how far it is, how long it usually takes. Sourced, never run.
#
# A command says `phases N LOGS` once and then, for each phase,
#   phase "Title" "usual time" PROGRESS COMMAND...
# PROGRESS is a function that prints from the phase's log how far it is, or `-`. COMMAND runs in the
# background with its output in the log; when it fails, the end of the log is shown and all ends.

phases() {
  phase_count=$1
  phase_logs=$2
  phase_number=0
  phase_begin=$EPOCHREALTIME
  phase_table=()
  rm -rf "$phase_logs"
  mkdir -p "$phase_logs"
}

seconds_since() {
  awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'
}

phase() {
  local title=$1 usual=$2 progress=$3
  shift 3
  phase_number=$((phase_number + 1))
  local slug
  slug=$(tr -cs 'a-zA-Z0-9' '-' <<< "$title" | tr 'A-Z' 'a-z' | sed 's/^-//; s/-$//')
  phase_log=$phase_logs/$(printf '%02d' "$phase_number")-$slug.log
  [ ${#SUDO[@]} = 0 ] || sudo -v
  printf '[%d/%d] %s (usually %s)\n' "$phase_number" "$phase_count" "$title" "$usual"
  local begin=$EPOCHREALTIME status=0
  set -m # a process group of its own, so that an interrupt can end all of it
  "$@" > "$phase_log" 2>&1 < /dev/null &
  phase_pid=$!
  set +m
  trap 'kill -- -$phase_pid 2> /dev/null || true; echo; exit 130' INT TERM
  watch_phase "$begin" "$progress"
  wait "$phase_pid" || status=$?
  trap - INT TERM
  local took
  took=$(seconds_since "$begin")
  phase_table+=("$(printf '%8.1f s  %s' "$took" "$title")")
  if [ "$status" != 0 ]; then
    printf '      failed after %s s; the end of its log:\n' "$took"
    tail -n 30 "$phase_log" | sed 's/^/      | /'
    printf '      The whole log: %s\n' "$phase_log"
    on_phase_failure
    exit 1
  fi
  printf '      %s s\n' "$took"
}

# What else to do when a phase failed; commands that started something define it again.
on_phase_failure() { :; }

# Shows how far the phase is: on a terminal in one line each second, elsewhere a line each 30 s.
watch_phase() {
  local begin=$1 progress=$2 interval=30 shown=0 text
  local -a line
  [ -t 1 ] && interval=1
  while kill -0 "$phase_pid" 2> /dev/null; do
    sleep 0.2
    local passed
    passed=$(seconds_since "$begin")
    [ "${passed%.*}" -ge $((shown + interval)) ] || continue
    shown=${passed%.*}
    text=$(printf '%d:%02d' $((shown / 60)) $((shown % 60)))
    if [ "$progress" != - ]; then
      line=("$("$progress" "$phase_log" 2> /dev/null || true)")
      [ -z "${line[0]}" ] || text="$text, ${line[0]}"
    fi
    if [ -t 1 ]; then
      printf '\r      %s \033[K' "$text"
    else
      printf '      %s\n' "$text"
    fi
  done
  [ -t 1 ] && printf '\r\033[K'
  return 0
}

print_phase_table() {
  echo
  printf '%s\n' "${phase_table[@]}"
  printf '%8.1f s  in all\n' "$(seconds_since "$phase_begin")"
}

# How far ninja is: the last "[12/345]" of its log.
ninja_progress() {
  grep -oE '^\[[0-9]+/[0-9]+\]' "$1" | tail -n 1 | sed -E 's|\[([0-9]+)/([0-9]+)\]|\1 of \2 steps|'
}

# How far a Go build is: it names every package it compiles; what is cached is not named.
go_progress() {
  awk '/^building: / { name = $2; compiled = 0; next }
    /^packages: / { packages = $2; next }
    !/^go: / { compiled++ }
    END { printf "%s: %d of at most %d packages", name, compiled, packages }' "$1"
}
