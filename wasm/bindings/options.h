#pragma once

#include <emscripten/val.h>

#include "../generate/options.h"

namespace variorum {

// A run's options: `o` has all fields of WasmGenerateOptions (web/engine/wasm.ts).
GenerateOptions ToOptions(const emscripten::val& o);

}  // namespace variorum
