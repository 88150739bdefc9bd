# Takes checks and guards out of a copy of the tree, one at a time. Sourced, never run.

MUTANTS=$ROOT/build/mutants

# A copy of what git knows, because the sources are changed. The assertions of the library make a
# check that kept something empty from being read missed at once.
prepare_mutants() {
  rm -rf "$MUTANTS/tree"
  mkdir -p "$MUTANTS/tree"
  (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard |
    xargs -0 cp --parents --no-dereference --target-directory "$MUTANTS/tree")
  cmake -S "$MUTANTS/tree" --preset dev -DCMAKE_CXX_FLAGS_DEBUG="-O1 -D_GLIBCXX_ASSERTIONS"
  (cd "$ROOT/tests" && CGO_ENABLED=0 GOTOOLCHAIN=local "$(find_go)" build -o "$MUTANTS/mutants" \
    ./mutants)
}

run_mutants() {
  "$MUTANTS/mutants" --tree "$MUTANTS/tree" --build "$MUTANTS/tree/build/dev"
}

mutants_progress() { grep -E ' (passes with nothing taken out|taken out, )' "$1" | tail -n 1; }
