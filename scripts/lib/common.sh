# Shared by the scripts. Expects $here to be the checkout's root.

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

# node_works NODE: whether it is recent enough for Vite and for the command line.
node_works() {
  local version
  version=$("$1" --version 2>/dev/null) || return 1
  version=${version#v}
  version_at_least "$version" 22.12 || { version_at_least "$version" 20.19 && [ "${version%%.*}" = 20 ]; }
}

# Puts a suitable Node first on PATH: the machine's own, or the one that scripts/toolchain put into the cache.
use_node() {
  node_works node && return
  local cached=$VARIORUM_CACHE/node/node_modules/.bin
  node_works "$cached/node" || return 1
  PATH=$cached:$PATH
}
