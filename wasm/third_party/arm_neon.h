// Two WebAssembly micro-kernels of XNNPACK 20241108 include <arm_neon.h> by mistake.
// This file stands first on their include path and gives them the header they meant.
#pragma once
#include <wasm_simd128.h>
