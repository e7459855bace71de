#include <emscripten/bind.h>

#include "../model/matrix_quantizer.h"
#include "values.h"

namespace variorum {
namespace {

using emscripten::val;

// Quantises matrices for the sharder.
class Quantizer {
 public:
  // {address, bytes} for a matrix [rows, columns] of `dtype`.
  val stage(const std::string& dtype_name, uint32_t rows, uint32_t columns) {
    DType dtype;
    Place place;
    Status status = ParseDType(dtype_name, &dtype);
    if (status.ok()) status = quantizer_.Stage(dtype, rows, columns, &place.bytes);
    if (status.ok()) place.size = quantizer_.staged_bytes();
    return Staged(status, place);
  }
  // {address} of the staged matrix as F32.
  val floats() {
    val result = Result(quantizer_.Convert());
    result.set("address", reinterpret_cast<uintptr_t>(quantizer_.floats().data()));
    return result;
  }
  // {values, valueBytes, scales, scaleBytes}: addresses and sizes of what weights.h says of the scheme.
  val run(const std::string& scheme_name, bool channels_are_rows) {
    Scheme scheme;
    Status status = ParseScheme(scheme_name, &scheme);
    if (status.ok()) status = quantizer_.Run(scheme, channels_are_rows ? Layout::kOutIn : Layout::kInOut);
    val result = Result(status);
    result.set("values", reinterpret_cast<uintptr_t>(quantizer_.values().data()));
    result.set("valueBytes", quantizer_.value_bytes());
    result.set("scales", reinterpret_cast<uintptr_t>(quantizer_.scales().data()));
    result.set("scaleBytes", quantizer_.scale_count() * sizeof(uint16_t));
    return result;
  }

 private:
  MatrixQuantizer quantizer_;
};

}  // namespace

EMSCRIPTEN_BINDINGS(variorum_quantizer) {
  emscripten::class_<Quantizer>("Quantizer")
      .constructor<>()
      .function("stage", &Quantizer::stage)
      .function("floats", &Quantizer::floats)
      .function("run", &Quantizer::run);
}

}  // namespace variorum
