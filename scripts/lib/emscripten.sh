# Finds an Emscripten and runs commands where it is. Source after common.sh.
# shellcheck shell=bash

emscripten_least=3.1.69
# Debian 13 in a directory of its own, for hosts whose Emscripten is older.
emscripten_directory=$VARIORUM_CACHE/emscripten-trixie

# Sets emscripten_root to the directory of emcc and emscripten_mode to how to reach it: "host" or "directory".
# Fails if scripts/toolchain has to provide one first.
find_emscripten() {
  local emcc
  for emcc in "$(command -v emcc || true)" "${EMSDK:+$EMSDK/upstream/emscripten/emcc}"; do
    [ -n "$emcc" ] && [ -x "$emcc" ] || continue
    version_at_least "$("$emcc" --version | sed -n '1s/.*) \([0-9.]*\).*/\1/p')" "$emscripten_least" || continue
    emscripten_mode=host
    emscripten_root=$(dirname "$(readlink -f "$emcc")")
    return
  done
  [ -x "$emscripten_directory/usr/share/emscripten/emcc" ] || return 1
  emscripten_mode=directory
  emscripten_root=/usr/share/emscripten
}

# em COMMAND…: runs a command (cmake, ninja, emcc) with Emscripten at hand and the checkout and the cache in place.
em() {
  if [ "$emscripten_mode" = host ]; then
    EMSCRIPTEN_ROOT=$emscripten_root "$@"
    return
  fi
  # The directory's /usr and /etc, read-only, in a fresh root: nothing of it has to be writable, and no chroot is needed.
  local root=$emscripten_directory
  bwrap --ro-bind "$root/usr" /usr --ro-bind "$root/etc" /etc --symlink usr/bin /bin --symlink usr/lib /lib \
    --symlink usr/lib64 /lib64 --symlink usr/sbin /sbin --proc /proc --dev /dev --tmpfs /tmp --tmpfs /var \
    --bind "$here" "$here" --bind "$VARIORUM_CACHE" "$VARIORUM_CACHE" --chdir "$here" --die-with-parent --clearenv \
    --setenv PATH /usr/bin:/bin --setenv HOME /tmp --setenv LANG C.UTF-8 --setenv EMSCRIPTEN_ROOT "$emscripten_root" "$@"
}
