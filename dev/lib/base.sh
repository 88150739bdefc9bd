# What every command of dev/ begins with. Sourced, never run.
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Kept between runs: programs and images, each under a hash of what it was made from.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/sojourn
# What runs, and what it said.
STATE=${XDG_STATE_HOME:-$HOME/.local/state}/sojourn
# The programs of the local cluster under their plain names, as links into the cache.
PROGRAMS=$ROOT/build/cluster

# The commands that need it are run with $SUDO in front.
SUDO=()
if [ "$(id -u)" != 0 ]; then
  SUDO=(sudo)
fi

# The local cluster is what is meant, wherever this variable points; see --kubeconfig.
unset KUBECONFIG
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Prints the comment at the head of the command that was run: it is its help.
print_help() {
  sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p}' "$0"
}

# Asks for sudo's password now, while somebody is looking: later it would be asked in the background.
require_root() {
  [ "$(id -u)" = 0 ] && return
  command -v sudo > /dev/null || fail "this needs root for packages and the local cluster; run it as root, or install sudo"
  sudo -v || fail "this needs root for packages and the local cluster, and sudo does not allow it"
}

# hash_of FILE...: one short name for the contents of files, wherever they lie.
hash_of() {
  cat "$@" | sha256sum | cut -c 1-16
}
