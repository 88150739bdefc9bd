#!/bin/sh
# The sample agent: it writes a line to its notes every few seconds, as an agent that works would,
# and shows it. What it wrote before, in an earlier pod, it finds again.
set -eu

name=${SESSION_AGENT:-agent}
workspace=${SESSION_WORKSPACE:-/workspace}
notes=$workspace/$name-notes.txt
[ -w "$workspace" ] || notes=/dev/null # a session without storage has nowhere to keep them

# The shell is the first process of the container: without a trap it would not hear SIGTERM.
trap 'exit 0' TERM INT

say() {
  line="$(date -u +%Y-%m-%dT%H:%M:%SZ) $name on $(hostname): $*"
  echo "$line"
  echo "$line" >> "$notes"
}

if [ -s "$notes" ]; then
  say "awake again; my notes have $(wc -l < "$notes") lines"
else
  say "a new workspace; I begin my notes"
fi
if [ -n "${SESSION_MODEL:-}" ]; then
  say "my model is $SESSION_MODEL"
fi
if [ -s /sojourn/context/prompt.txt ]; then
  say "I was asked: $(head -n 1 /sojourn/context/prompt.txt)"
fi

step=0
while :; do
  step=$((step + 1))
  # In the background, so that the trap is not kept waiting.
  sleep "${SAMPLE_AGENT_SECONDS:-5}" &
  wait $!
  say "step $step"
done
