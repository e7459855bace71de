# Shared by the scripts, which set $here to the checkout's root before they source this.
# shellcheck shell=bash

here=${here:?"is set by whoever sources this"}

# Downloads and toolchains that outlive a checkout.
VARIORUM_CACHE=${VARIORUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/variorum}

die() {
  echo "variorum: $*" >&2
  exit 2
}

say() { echo "variorum: $*" >&2; }

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# version_at_least HAVE LEAST
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# need_packages NAME…: installs what is missing.
need_packages() {
  local name missing=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null)" = "ii " ] || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  update_package_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" >"$VARIORUM_CACHE/apt.log" 2>&1 ||
    { tail -n 5 "$VARIORUM_CACHE/apt.log" >&2; die "apt-get could not install ${missing[*]}: see $VARIORUM_CACHE/apt.log"; }
}

update_package_lists() {
  [ -n "${lists_updated:-}" ] && return
  as_root apt-get update -q >"$VARIORUM_CACHE/apt.log" 2>&1 || say "apt-get update had errors: see $VARIORUM_CACHE/apt.log"
  lists_updated=yes
}

# candidate_version NAME: what apt would install, without epoch and Debian revision; empty if nothing.
candidate_version() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \([0-9]*:\)\{0,1\}\([0-9.]*\).*/\2/p'; }

# node_works NODE: whether it is recent enough for Vite and for the command line.
node_works() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  version_at_least "$version" 22.12 || { version_at_least "$version" 20.19 && [ "${version%%.*}" = 20 ]; }
}

# The npm packages of the lock file, if those that are installed are of another one.
install_packages() {
  local lock
  lock=$(sha256sum <"$here/package-lock.json")
  [ "$(cat "$here/node_modules/.variorum-lock" 2>/dev/null)" = "$lock" ] && return
  say "installing npm packages"
  mkdir -p "$here/build"
  (cd "$here" && npm ci --no-audit --no-fund) >"$here/build/npm.log" 2>&1 || { tail -n 20 "$here/build/npm.log" >&2; die "npm could not install the packages: see $here/build/npm.log"; }
  echo "$lock" >"$here/node_modules/.variorum-lock"
}

# Puts a suitable Node first on PATH: the machine's own, or the one that scripts/toolchain put into the cache.
use_node() {
  node_works node && return
  local cached=$VARIORUM_CACHE/node/node_modules
  node_works "$cached/.bin/node" || return 1
  PATH=$cached/.bin:$PATH
}
