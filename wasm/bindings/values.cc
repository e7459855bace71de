#include "values.h"

namespace variorum {

using emscripten::val;

val Result(const Status& status) {
  val result = val::object();
  result.set("code", std::string(CodeName(status.code)));
  result.set("message", status.message);
  return result;
}

val Staged(const Status& status, const Place& place) {
  val result = Result(status);
  result.set("address", reinterpret_cast<uintptr_t>(place.bytes));
  result.set("bytes", place.size);
  return result;
}

std::vector<std::vector<int32_t>> FromArrays(const val& arrays) {
  std::vector<std::vector<int32_t>> result;
  for (const val& array : emscripten::vecFromJSArray<val>(arrays)) result.push_back(FromArray<int32_t>(array));
  return result;
}

Status ParseDType(const std::string& name, DType* dtype) {
  if (name == "F64") *dtype = DType::kF64;
  else if (name == "F32") *dtype = DType::kF32;
  else if (name == "F16") *dtype = DType::kF16;
  else if (name == "BF16") *dtype = DType::kBF16;
  else if (name == "I8") *dtype = DType::kI8;
  else if (name == "U8") *dtype = DType::kU8;
  else return {Code::kBadShard, "Tensor type " + name + " is not supported: convert the checkpoint to F64, F32, F16 or BF16."};
  return {};
}

Status ParseScheme(const std::string& name, Scheme* scheme) {
  if (name == "f32") *scheme = Scheme::kF32;
  else if (name == "q8") *scheme = Scheme::kQ8;
  else if (name == "q4") *scheme = Scheme::kQ4;
  else return {Code::kBadOption, "There is no weight scheme " + name + ": choose f32, q8 or q4."};
  return {};
}

std::string FinishName(Finish finish) {
  static const char* const kNames[] = {"", "eos", "length", "stop", "banned"};
  return kNames[size_t(finish)];
}

}  // namespace variorum
