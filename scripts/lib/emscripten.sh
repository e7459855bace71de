# Finds an Emscripten and runs commands where it is. Source after common.sh and debian.sh.
# shellcheck shell=bash

emscripten_least=3.1.69
# Debian 13 in a directory of its own, for hosts whose Emscripten is older.
emscripten_directory=$VARIORUM_CACHE/emscripten-trixie

# Sets emscripten_root to the directory of emcc and emscripten_mode to how to reach it: "host" or "directory".
# Fails if scripts/toolchain has to provide one first.
find_emscripten() {
  local emcc
  for emcc in "$(command -v emcc || true)" "${EMSDK:+$EMSDK/upstream/emscripten/emcc}"; do
    [ -x "$emcc" ] || continue
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
  else
    in_debian_13 "$emscripten_directory" "EMSCRIPTEN_ROOT=$emscripten_root" "$@"
  fi
}

# Emscripten's headers and libraries, as the host sees them.
emscripten_sysroot() {
  local cache
  cache=$(em "$emscripten_root/em-config" CACHE) || return 1
  [ "$emscripten_mode" = host ] || cache=$emscripten_directory$cache
  echo "$cache/sysroot"
}

# configure PRESET: sets up build/PRESET, for scripts/build and for whoever has to know how a file is compiled.
configure() { em cmake --preset "$1" "-DVARIORUM_SOURCES_DIR=$VARIORUM_CACHE/sources"; }
