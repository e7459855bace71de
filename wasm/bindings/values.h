// What JavaScript gives and gets, to and from the engine's own types.
#pragma once

#include <emscripten/val.h>

#include <cstdint>
#include <string>
#include <vector>

#include "../generate/generator.h"
#include "../kernels/linear.h"
#include "../model/dtype.h"
#include "../model/weights.h"
#include "../status.h"

namespace variorum {

// {code, message}, to which a binding adds what it has found out. Code "" means success.
emscripten::val Result(const Status& status = {});
// {code, message, address, bytes}: a place to write a tensor's bytes to; address 0 for none.
emscripten::val Staged(const Status& status, const Place& place);

template <typename T>
std::vector<T> FromArray(const emscripten::val& array) {
  return emscripten::convertJSArrayToNumberVector<T>(array);
}
std::vector<std::vector<int32_t>> FromArrays(const emscripten::val& arrays);

// bad-shard for a type that the engine does not read.
Status ParseDType(const std::string& name, DType* dtype);
// bad-option.
Status ParseScheme(const std::string& name, Scheme* scheme);
// "" for a text that goes on.
std::string FinishName(Finish finish);

}  // namespace variorum
