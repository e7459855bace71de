#include "linear.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace variorum {
namespace {

Status FromXnnpack(xnn_status status, const char* what) {
  if (status == xnn_status_success) return {};
  if (status == xnn_status_out_of_memory) {
    return {Code::kOutOfMemory, "Not enough memory to pack a linear layer's weights: close other tabs or load a smaller model."};
  }
  return {Code::kUnsupported, std::string("XNNPACK cannot ") + what + " (status " + std::to_string(int(status)) + ")."};
}

}  // namespace

Status InitializeKernels() { return FromXnnpack(xnn_initialize(nullptr), "start"); }

Status Linear::Create(const LinearSource& source, std::unique_ptr<Linear>* linear) {
  std::unique_ptr<Linear> self(new Linear);
  self->in_ = source.in;
  self->out_ = source.out;
  self->quantized_ = source.q8 != nullptr;
  const uint32_t flags = source.layout == Layout::kInOut ? XNN_FLAG_TRANSPOSE_WEIGHTS : 0;
  const xnn_status status =
      self->quantized_
          ? xnn_create_fully_connected_nc_qd8_f32_qc8w(source.in, source.out, source.in, source.out, source.scales,
                                                       source.q8, source.bias, -INFINITY, INFINITY, flags,
                                                       /*code_cache=*/nullptr, /*weights_cache=*/nullptr, &self->op_)
          : xnn_create_fully_connected_nc_f32(source.in, source.out, source.in, source.out, source.f32, source.bias,
                                              -INFINITY, INFINITY, flags, nullptr, nullptr, &self->op_);
  VARIORUM_TRY(FromXnnpack(status, "pack a linear layer"));
  *linear = std::move(self);
  return {};
}

Linear::~Linear() {
  if (op_ != nullptr) xnn_delete_operator(op_);
}

Status Linear::Run(size_t rows, const float* x, float* y, const ThreadPool& pool) {
  const pthreadpool_t threads = pool.For(uint64_t{rows} * in_ * out_ / (quantized_ ? 4 : 1));
  if (quantized_) {
    VARIORUM_TRY(quantized_input_.Resize(rows * in_));
    VARIORUM_TRY(quantization_params_.Resize(rows + XNN_EXTRA_QUANTIZATION_PARAMS));
    pool.ParallelFor(rows, 2 * in_, [&](size_t r) {
      quantization_params_[r] = {0, QuantizeRow(x + r * in_, in_, quantized_input_.data() + r * in_)};
    });
    // In an incomplete tile XNNPACK computes the last row several times, each with the parameters of its place in the tile,
    // and keeps the last of these results.
    std::fill_n(quantization_params_.data() + rows, XNN_EXTRA_QUANTIZATION_PARAMS, quantization_params_[rows - 1]);
    VARIORUM_TRY(FromXnnpack(xnn_reshape_fully_connected_nc_qd8_f32_qc8w(op_, rows, threads), "shape a linear layer"));
    VARIORUM_TRY(FromXnnpack(xnn_setup_fully_connected_nc_qd8_f32_qc8w(op_, quantized_input_.data(), y, quantization_params_.data()),
                             "set up a linear layer"));
  } else {
    VARIORUM_TRY(FromXnnpack(xnn_reshape_fully_connected_nc_f32(op_, rows, threads), "shape a linear layer"));
    VARIORUM_TRY(FromXnnpack(xnn_setup_fully_connected_nc_f32(op_, x, y), "set up a linear layer"));
  }
  return FromXnnpack(xnn_run_operator(op_, threads), "run a linear layer");
}

void LinearReference(const LinearSource& source, size_t rows, const float* x, float* y) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t o = 0; o < source.out; ++o) {
      double sum = source.bias != nullptr ? source.bias[o] : 0.0;
      for (size_t i = 0; i < source.in; ++i) {
        const size_t at = source.layout == Layout::kInOut ? i * source.out + o : o * source.in + i;
        const double w = source.q8 != nullptr ? double(source.q8[at]) * source.scales[o] : double(source.f32[at]);
        sum += x[r * source.in + i] * w;
      }
      y[r * source.out + o] = float(sum);
    }
  }
}

}  // namespace variorum
