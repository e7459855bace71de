// e^x on two doubles at a time, for draws: plain simd128 arithmetic, so that every machine and both modules draw alike.
#pragma once

#include <wasm_simd128.h>

namespace variorum {

// e^x for x ≤ 0, within 2 units in the last place; 0 below −708 (−infinity included). Cody-Waite reduction x = n ln 2 + r,
// |r| ≤ ln 2 / 2, then the Taylor polynomial of degree 13, whose error there is below 2⁻⁵³.
inline v128_t Exp64(v128_t x) {
  const v128_t small = wasm_f64x2_lt(x, wasm_f64x2_splat(-708));
  x = wasm_f64x2_pmax(x, wasm_f64x2_splat(-708));
  const v128_t n = wasm_f64x2_nearest(wasm_f64x2_mul(x, wasm_f64x2_splat(0x1.71547652b82fep0)));
  v128_t r = wasm_f64x2_sub(x, wasm_f64x2_mul(n, wasm_f64x2_splat(0x1.62e42feep-1)));
  r = wasm_f64x2_sub(r, wasm_f64x2_mul(n, wasm_f64x2_splat(0x1.a39ef35793c76p-33)));
  constexpr double kInverseFactorials[] = {
      1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,  //
      1.0 / 720,        1.0 / 120,       1.0 / 24,       1.0 / 6,       1.0 / 2,      1.0,         1.0};
  v128_t p = wasm_f64x2_splat(kInverseFactorials[0]);
  for (int i = 1; i < 14; ++i) p = wasm_f64x2_add(wasm_f64x2_mul(p, r), wasm_f64x2_splat(kInverseFactorials[i]));
  const v128_t n32 = wasm_i32x4_trunc_sat_f64x2_zero(n);
  const v128_t exponent = wasm_i64x2_shl(wasm_i64x2_add(wasm_i64x2_extend_low_i32x4(n32), wasm_i64x2_splat(1023)), 52);
  return wasm_v128_andnot(wasm_f64x2_mul(p, exponent), small);
}

}  // namespace variorum
