# Finds a Python that has PyTorch, and runs it. Source after common.sh.
# shellcheck shell=bash

# Debian 13 in a directory of its own, for hosts whose PyTorch is older (bfloat16 on AMX needs 2.x) or missing.
pytorch_directory=$VARIORUM_CACHE/pytorch-trixie
pytorch_packages=(python3-torch python3-numpy python3-safetensors python3-regex libopenblas0-pthread libtcmalloc-minimal4t64)
# An allocator that keeps its memory makes a step more than twice as fast; waiting threads that sleep leave the CPU to others.
pytorch_allocator=libtcmalloc_minimal.so.4
pytorch_settings=(OMP_WAIT_POLICY=PASSIVE GOMP_SPINCOUNT=0 PYTHONDONTWRITEBYTECODE=1)

# Sets pytorch_mode to "host" or "directory". VARIORUM_PYTHON names the host's Python (default python3).
find_pytorch() {
  pytorch_python=${VARIORUM_PYTHON:-python3}
  if "$pytorch_python" -c 'import numpy, regex, safetensors, torch; assert int(torch.__version__.split(".")[0]) >= 2' 2>/dev/null; then
    pytorch_mode=host
    return
  fi
  [ -x "$pytorch_directory/usr/bin/python3" ] || return 1
  pytorch_mode=directory
}

# pytorch ARGUMENT…: Python with PyTorch, in the current directory.
pytorch() {
  local preload
  if [ "$pytorch_mode" = host ]; then
    preload=$(ldconfig -p 2>/dev/null | sed -n "s|.*$pytorch_allocator .*=> ||p" | head -n 1)
    env "${pytorch_settings[@]}" ${preload:+"LD_PRELOAD=$preload"} "$pytorch_python" "$@"
    return
  fi
  local root=$pytorch_directory path setting binds=() environment=()
  for setting in "${pytorch_settings[@]}"; do environment+=(--setenv "${setting%%=*}" "${setting#*=}"); done
  # Everything of the host but its system stays where it is, so that any path the user gives means the same inside.
  for path in /*; do
    case "$path" in /usr | /etc | /bin | /lib* | /sbin | /proc | /dev | /sys | /run | /boot) continue ;; esac
    [ -L "$path" ] || binds+=(--bind "$path" "$path")
  done
  bwrap --ro-bind "$root/usr" /usr --ro-bind "$root/etc" /etc --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
    --symlink usr/sbin /sbin --proc /proc --dev /dev "${binds[@]}" --chdir "$PWD" --die-with-parent --clearenv \
    --setenv PATH /usr/bin:/bin --setenv HOME "$HOME" --setenv LANG C.UTF-8 --setenv LD_PRELOAD "$pytorch_allocator" \
    "${environment[@]}" python3 "$@"
}

# Installs PyTorch where it is missing: the distribution's own, or Debian 13's in a directory.
provide_pytorch() {
  find_pytorch && return
  update_package_lists
  if version_at_least "$(candidate_version python3-torch)" 2.0; then
    need_packages "${pytorch_packages[@]}"
    VARIORUM_PYTHON=/usr/bin/python3
  else
    install_debian_13 "$pytorch_directory" "PyTorch" "1.5 GB, about a minute" "install PyTorch 2, numpy, safetensors and regex for python3" "${pytorch_packages[@]}"
  fi
  find_pytorch || die "PyTorch 2 is needed, with numpy, safetensors and regex: install them for python3, or name a Python that has them in VARIORUM_PYTHON."
}
