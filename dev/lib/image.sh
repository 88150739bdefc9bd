# Builds the operator's image from the Dockerfile, by buildah and without a registry. Sourced, never run.
#
# Results lie in $CACHE/operator-images/HASH: image.tar, sojourn-operator.spdx.json and
# sojourn-operator.debug. What buildah keeps between builds is in $CACHE/buildah.

OPERATOR_REPOSITORY=docker.io/sojourn/operator
BASE_IMAGE=docker.io/library/debian:$DEBIAN_CODENAME
TOOLS_IMAGE=localhost/sojourn-tools:latest

# What the Dockerfile copies, and what says how it is built.
IMAGE_INPUTS=(.dockerignore Dockerfile CMakeLists.txt CMakePresets.json LICENSE cmake include src
  dev/operator-image dev/lib/image.sh dev/lib/debian.sh)

# The commit as CMake finds it, too: with a mark when files differ from it.
tree_commit() {
  git -C "$ROOT" describe --always --abbrev=12 --exclude='*' --dirty=-modified 2> /dev/null || echo unknown
}

# Seconds since 1970 of the commit, which date everything in the image.
tree_time() { git -C "$ROOT" log -1 --format=%ct 2> /dev/null || echo 0; }

project_version() { sed -nE 's/^project\(sojourn VERSION ([0-9.]+).*/\1/p' "$ROOT/CMakeLists.txt"; }

# Prints the directory of the image made from the present files, whether it is built or not.
image_path() {
  local hash
  hash=$(cd "$ROOT" && { find "${IMAGE_INPUTS[@]}" -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum; tree_commit; tree_time; } | sha256sum | cut -c 1-16)
  echo "$CACHE/operator-images/$hash"
}

image_tag() { echo "dev-$(basename "$(image_path)")"; }

# Overlays share what layers have in common; a file system without them gets a copy for each layer.
storage_driver() {
  local kept=$CACHE/buildah/driver
  if [ ! -e "$kept" ]; then
    mkdir -p "$CACHE/buildah"
    if "${SUDO[@]}" buildah --root "$CACHE/buildah/probe" --runroot "$CACHE/buildah/probe-run" \
      --storage-driver overlay from scratch > /dev/null 2>&1 &&
      "${SUDO[@]}" buildah --root "$CACHE/buildah/probe" --runroot "$CACHE/buildah/probe-run" \
        --storage-driver overlay mount working-container > /dev/null 2>&1; then
      echo overlay > "$kept"
    else
      echo vfs > "$kept"
    fi
    "${SUDO[@]}" buildah --root "$CACHE/buildah/probe" --runroot "$CACHE/buildah/probe-run" \
      --storage-driver "$(cat "$kept")" rm --all > /dev/null 2>&1 || true
    "${SUDO[@]}" rm -rf "$CACHE"/buildah/probe*
  fi
  cat "$kept"
}

# buildah with storage of its own: what this machine keeps for other purposes is not touched.
run_buildah() {
  "${SUDO[@]}" env TMPDIR="$CACHE/buildah/tmp" nice buildah --root "$CACHE/buildah/storage" \
    --runroot "$CACHE/buildah/run" --storage-driver "$(storage_driver)" "$@"
}

has_image() { run_buildah inspect --type image "$1" > /dev/null 2>&1; }

# Makes the image that the Dockerfile begins with, from where this machine gets its packages. It is
# made anew when apt's settings change.
make_base_image() {
  local settings=$CACHE/buildah/apt container root
  rm -rf "$settings.new"
  copy_apt_settings "$settings.new"
  if diff -r "$settings" "$settings.new" > /dev/null 2>&1 && has_image "$BASE_IMAGE"; then
    return
  fi
  echo "making $BASE_IMAGE"
  run_buildah rmi --all --force > /dev/null 2>&1 || true
  container=$(run_buildah from scratch)
  root=$(run_buildah mount "$container")
  "${SUDO[@]}" bash -euc "$(declare -f make_debian); DEBIAN_CODENAME=$DEBIAN_CODENAME; make_debian \"\$@\"" \
    make_debian "$settings.new" "$root"
  run_buildah umount "$container" > /dev/null
  run_buildah commit --quiet --rm "$container" "$BASE_IMAGE"
  rm -rf "$settings"
  mv "$settings.new" "$settings"
}

# The compiler's cache of this machine where it has one: what was compiled outside is not compiled
# again inside, nor the other way round.
compiler_cache() {
  local directory=$CACHE/ccache
  if [ "$(id -u)" = 0 ] && command -v ccache > /dev/null; then
    directory=$(ccache --get-config cache_dir)
  fi
  mkdir -p "$directory"
  echo "$directory"
}

# build_stage TARGET FLAG...
build_stage() {
  local target=$1
  shift
  run_buildah bud --isolation chroot --pull-never --layers --timestamp "$(tree_time)" \
    --volume "$(compiler_cache):/ccache" --build-arg CCACHE_DIR=/ccache \
    --build-arg COMMIT="$(tree_commit)" --build-arg SOURCE_DATE_EPOCH="$(tree_time)" \
    --build-arg VERSION="$(project_version)" --target "$target" "$@" "$ROOT"
}

# take_files TARGET OUT FLAG...: the files of a stage. As an image, because buildah's own --output compiles anew.
take_files() {
  local target=$1 out=$2 container
  shift 2
  build_stage "$target" --tag "localhost/sojourn-$target" "$@"
  container=$(run_buildah from --pull-never "localhost/sojourn-$target")
  "${SUDO[@]}" cp "$(run_buildah mount "$container")"/* "$out/"
  run_buildah rm "$container" > /dev/null
  run_buildah rmi "localhost/sojourn-$target" > /dev/null
}

# For the rest of a subshell, which alone uses the storage then. A build that was interrupted leaves
# containers, and what they stand on could not be removed.
claim_storage() {
  exec 9> "$CACHE/buildah/.lock"
  flock 9
  run_buildah rm --all > /dev/null
}

# build_image: what is there for the present files is left as it is.
build_image() {
  local out name
  out=$(image_path)
  name=$OPERATOR_REPOSITORY:dev-$(basename "$out")
  if [ -e "$out/complete" ]; then
    echo "nothing changed"
    return
  fi
  mkdir -p "$CACHE/buildah/tmp" "$out"
  (
    claim_storage
    make_base_image
    build_stage tools --tag "$TOOLS_IMAGE"
    build_stage operator --tag "$name"
    take_files sbom "$out"
    take_files debug "$out"
    rm -f "$out/image.tar"
    run_buildah push --quiet "$name" "docker-archive:$out/image.tar:$name"
    run_buildah rmi "$name" > /dev/null
    run_buildah rmi --prune > /dev/null
    "${SUDO[@]}" chown -R "$(id -u):$(id -g)" "$out"
    [ "$out" = "$(image_path)" ] || fail "a file was changed while the image was built; run this again"
    touch "$out/complete"
  )
  forget_old_images
}

# build_image_again FLAG...: the same files in another directory, whose name has another length. The
# bill of materials has the digest of every file of the image, so the two lists must be the same.
build_image_again() {
  local first second
  first=$(image_path)
  second=$first/again
  rm -rf "$second"
  mkdir -p "$second"
  (
    claim_storage
    make_base_image
    build_stage tools --tag "$TOOLS_IMAGE"
    take_files sbom "$second" --build-arg SOURCE=/elsewhere/in/another/place "$@"
    run_buildah rmi --prune > /dev/null
  )
  if ! diff "$first/sojourn-operator.spdx.json" "$second/sojourn-operator.spdx.json"; then
    fail "two builds of the image from the same files differ; the lines above name the files"
  fi
  echo "two builds from two directories hold the same files:"
  program_digest "$first/sojourn-operator.spdx.json"
}

program_digest() {
  grep -A 12 '"fileName": "./sojourn-operator"' "$1" | grep -oE '[0-9a-f]{64}' | sed 's/^/sojourn-operator sha256:/'
}

# Keeps the three newest.
forget_old_images() {
  local old
  for old in $(ls -dt "$CACHE"/operator-images/*/ | tail -n +4); do
    [[ $(basename "$old") =~ ^[0-9a-f]{16}$ ]] && rm -rf "$old"
  done
  return 0
}
