# Debian 13's packages for hosts that are older. Source after common.sh.
# shellcheck shell=bash

here=${here:?"is set by whoever sources this"}

# The Debian mirror that this machine's apt uses.
debian_mirror() {
  if [ -n "${VARIORUM_DEBIAN_MIRROR:-}" ]; then
    echo "$VARIORUM_DEBIAN_MIRROR"
  else
    # shellcheck disable=SC2016 # apt's own notation
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | grep -v security | sort -u | head -n 1
  fi
}

# install_debian_13 DIRECTORY WHAT COST INSTEAD PACKAGE…: Debian 13 with these packages in a directory of its own.
install_debian_13() {
  local directory=$1 what=$2 cost=$3 instead=$4 mirror
  shift 4
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die "$what comes from a Debian mirror, and apt's settings name none: $instead, or set VARIORUM_DEBIAN_MIRROR to a Debian mirror."
  need_packages mmdebstrap bubblewrap debian-archive-keyring
  say "installing $what from Debian 13 into $directory ($cost)"
  as_root rm -rf "$directory.new"
  as_root mmdebstrap --variant=apt --include="$(IFS=,; echo "$*")" trixie "$directory.new" "$mirror" >"$VARIORUM_CACHE/mmdebstrap.log" 2>&1 ||
    { tail -n 5 "$VARIORUM_CACHE/mmdebstrap.log" >&2; die "Debian 13's $what could not be installed: see $VARIORUM_CACHE/mmdebstrap.log, or $instead."; }
  as_root mv "$directory.new" "$directory"
}

# in_debian_13 DIRECTORY COMMAND…: runs a command there, with the checkout and the cache in place; "NAME=VALUE" in front sets variables.
in_debian_13() {
  local root=$1 environment=()
  shift
  while [[ "$1" =~ ^[A-Z_]+= ]]; do
    environment+=(--setenv "${1%%=*}" "${1#*=}")
    shift
  done
  # The directory's /usr and /etc, read-only, in a fresh root: nothing of it has to be writable, and no chroot is needed.
  bwrap --ro-bind "$root/usr" /usr --ro-bind "$root/etc" /etc --symlink usr/bin /bin --symlink usr/lib /lib \
    --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --proc /proc --dev /dev --tmpfs /tmp --tmpfs /var \
    --bind "$here" "$here" --bind "$VARIORUM_CACHE" "$VARIORUM_CACHE" --chdir "$here" --die-with-parent --clearenv \
    --setenv PATH /usr/bin:/bin --setenv HOME /tmp --setenv LANG C.UTF-8 "${environment[@]}" "$@"
}
