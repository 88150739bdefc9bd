# Makes minimal Debian roots from where this machine gets its packages. Sourced, never run.

DEBIAN_CODENAME=bookworm

# copy_apt_settings DIR: the sources of this machine that are for Debian itself, and how apt gets there.
copy_apt_settings() {
  local settings=$1 file
  mkdir -p "$settings"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
    [ -e "$file" ] || continue
    if grep -qE "^(Suites:|deb ).*\b$DEBIAN_CODENAME(-updates|-security)?( |$)" "$file"; then
      cp "$file" "$settings/"
    fi
  done
  [ -n "$(ls -A "$settings")" ] ||
    fail "this machine's apt knows no source for Debian $DEBIAN_CODENAME; add one to /etc/apt/sources.list"
  apt-config dump Acquire > "$settings/apt.conf"
}

# make_debian SETTINGS ROOT: as root, a minimal Debian whose apt goes the same ways as this machine's.
make_debian() {
  local settings=$1 root=$2 file
  local -a sources=()
  for file in "$settings"/*.list "$settings"/*.sources; do
    [ -e "$file" ] && sources+=("$file")
  done
  mmdebstrap --quiet --variant=minbase --aptopt="$settings/apt.conf" "$DEBIAN_CODENAME" "$root" "${sources[@]}"
  cp "$settings/apt.conf" "$root/etc/apt/apt.conf.d/99machine"
  # What the sources are signed by, proxies' passwords, and which of two sources wins.
  tar -C / --ignore-failed-read -cf - etc/apt/keyrings etc/apt/auth.conf.d etc/apt/preferences.d \
    usr/share/keyrings 2> /dev/null | tar -C "$root" -xf -
}
