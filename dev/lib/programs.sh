# Builds the programs and images of the local cluster, each once for the same inputs. Sourced, never
# run. Results lie in $CACHE/programs/NAME-HASH and are linked from $PROGRAMS.

# All that the programs say about the version of Kubernetes; without it they would say v0.0.0.
KUBERNETES_VERSION=1.36.3
version_flags="-s -w -X k8s.io/component-base/version.gitVersion=v$KUBERNETES_VERSION \
-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36 \
-X k8s.io/component-base/version.gitTreeState=clean"

# name, module below dev/cluster, package, linker's flags
PROGRAM_TABLE=(
  "devcluster|devcluster|.|-s -w"
  "hyperkube|kubernetes|.|$version_flags"
  "fast-binder|kubernetes|./fastbinder|-s -w"
  "etcd|etcd|.|-s -w"
  "coredns|coredns|.|-s -w"
  "local-path-provisioner|local-path|github.com/rancher/local-path-provisioner|-s -w"
  "helm|helm|helm.sh/helm/v4/cmd/helm|-s -w"
  "helm3|helm3|helm.sh/helm/v3/cmd/helm|-s -w -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36"
)

IMAGES=(pause busybox sample-agent)

program_field() { # NAME FIELD
  local row
  for row in "${PROGRAM_TABLE[@]}"; do
    if [ "${row%%|*}" = "$1" ]; then
      cut -d '|' -f "$2" <<< "$row"
      return
    fi
  done
  fail "no program is called $1"
}

# Prints where the program made from the present inputs lies, whether it is built or not.
program_path() {
  local name=$1 module package directory
  module=$ROOT/dev/cluster/$(program_field "$name" 2)
  package=$(program_field "$name" 3)
  directory=$module
  case $package in ./*) directory=$module/$package ;; esac
  local -a inputs=("$module/go.mod" "$module/go.sum")
  [ -e "$module/go.sum" ] || inputs=("$module/go.mod") # a module without dependencies has none
  mapfile -t -O 2 inputs < <(find "$directory" -maxdepth 1 -name '*.go' ! -name '*_test.go' | sort;
    find "$directory/manifests" -type f 2> /dev/null | sort)
  local hash
  hash=$(hash_of "${inputs[@]}" <(program_field "$name" 4) <("$(find_go)" version))
  echo "$CACHE/programs/$name-$hash/$name"
}

program_built() { [ -x "$(program_path "$1")" ]; }

build_program() {
  local name=$1 path module package
  path=$(program_path "$name")
  mkdir -p "$PROGRAMS" "$(dirname "$path")"
  if [ ! -x "$path" ]; then
    module=$ROOT/dev/cluster/$(program_field "$name" 2)
    package=$(program_field "$name" 3)
    (
      exec 9> "$CACHE/programs/.lock"
      flock 9 # two commands at once would do the longest of all builds twice
      [ ! -x "$path" ] || exit 0
      cd "$module"
      export CGO_ENABLED=0 GOTOOLCHAIN=local
      go=$(find_go)
      echo "building: $name"
      echo "packages: $("$go" list -deps "$package" | wc -l)"
      "$go" build -v -buildvcs=false -ldflags "$(program_field "$name" 4)" -o "$path.new" "$package"
      mv "$path.new" "$path"
    )
    forget_old "$name"
  fi
  ln -sfn "$path" "$PROGRAMS/$name"
}

build_programs() {
  local name
  for name in "$@"; do
    build_program "$name"
  done
}

all_built() {
  local name
  for name in "$@"; do
    program_built "$name" || return 1
  done
}

# Keeps the three newest builds of a program: going back and forth between branches stays quick.
forget_old() {
  local old
  for old in $(ls -dt "$CACHE/programs/$1"-*/ | tail -n +4); do
    [[ $(basename "$old") =~ ^$1-[0-9a-f]{16}$ ]] && rm -rf "$old"
  done
  return 0
}

# Prints a statically linked busybox: this machine's, or the one of Debian's busybox-static, which is
# only unpacked, because installing it would replace the machine's own.
find_busybox() {
  local busybox unpacked=$CACHE/busybox
  busybox=$(command -v busybox || true)
  if [ -n "$busybox" ] && ! ldd "$busybox" > /dev/null 2>&1; then
    echo "$busybox"
    return
  fi
  if [ ! -e "$unpacked/busybox" ]; then
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    (
      cd "$unpacked"
      apt-get download busybox-static >&2
      dpkg-deb -x busybox-static_*.deb .
      cp "$(find . -path '*/bin/busybox' -type f)" busybox
    )
  fi
  echo "$unpacked/busybox"
}

# Builds the images of the node into $CACHE/images/HASH and prints their paths.
build_images() {
  local sources=$ROOT/dev/cluster/images busybox hash out
  busybox=$(find_busybox)
  hash=$(hash_of "$sources/pause.c" "$sources/sample-agent.sh" "$busybox" \
    "$PROGRAMS/devcluster" "$ROOT/dev/lib/programs.sh")
  out=$CACHE/images/$hash
  if [ ! -e "$out/complete" ]; then
    rm -rf "$out"
    mkdir -p "$out"
    write_images "$sources" "$busybox" "$out"
    touch "$out/complete"
  fi
  printf '%s\n' "${IMAGES[@]/#/$out/}" | sed 's/$/.tar/'
}

write_images() {
  local sources=$1 busybox=$2 out=$3 applets applet
  applets=$("$busybox" --list)
  local -a tools=(--file "$busybox=/bin/busybox=755" --dir /tmp=1777)
  for applet in $applets; do
    # A link of busybox to itself would be all that is left of it.
    [ "$applet" = busybox ] || tools+=(--link "/bin/busybox=/bin/$applet")
  done
  cc -Os -static -Wall -Wextra -Werror -o "$out/pause" "$sources/pause.c"
  "$PROGRAMS/devcluster" image --image-name docker.io/library/sojourn-pause:dev \
    --out "$out/pause.tar" --file "$out/pause=/pause=755" --entrypoint /pause --user 65535:65535
  # Under the name by which it is found everywhere, so that a manifest that names it runs here too.
  "$PROGRAMS/devcluster" image --image-name docker.io/library/busybox:stable \
    --out "$out/busybox.tar" "${tools[@]}" --command sh
  "$PROGRAMS/devcluster" image --image-name docker.io/library/sojourn-sample-agent:dev \
    --out "$out/sample-agent.tar" "${tools[@]}" --user 10001:10001 --command sample-agent \
    --file "$sources/sample-agent.sh=/usr/local/bin/sample-agent=755"
}
