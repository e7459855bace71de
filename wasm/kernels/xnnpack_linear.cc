#include "xnnpack_linear.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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

Status InitializeXnnpack() { return FromXnnpack(xnn_initialize(nullptr), "start"); }

XnnpackLinear::~XnnpackLinear() {
  if (op_ != nullptr) xnn_delete_operator(op_);
}

Status XnnpackLinear::Pack(bool multiplies, bool keep) {
  Source& s = source_;
  quantized_ = !s.q8.empty();
  if (multiplies) {
    const uint32_t flags = !quantized_ && s.layout == Layout::kInOut ? XNN_FLAG_TRANSPOSE_WEIGHTS : 0;
    const xnn_status status =
        quantized_ ? xnn_create_fully_connected_nc_qd8_f32_qc8w(s.in, s.out, s.in, s.out, s.scales.data(), s.q8.data(), s.bias.data(),
                                                                -INFINITY, INFINITY, flags, /*code_cache=*/nullptr,
                                                                /*weights_cache=*/nullptr, &op_)
                   : xnn_create_fully_connected_nc_f32(s.in, s.out, s.in, s.out, s.f32.data(), s.bias.data(), -INFINITY, INFINITY, flags,
                                                       nullptr, nullptr, &op_);
    VARIORUM_TRY(FromXnnpack(status, "pack a linear layer"));
  }
  if (!keep) {
    s.f32.Free();
    s.q8.Free();
    s.scales.Free();
  }
  s.bias.Free();
  return {};
}

Status XnnpackLinear::Run(const LinearInput& x, size_t rows, float* y, Epilogue epilogue, const ThreadPool& pool) {
  const size_t N = out();
  if (epilogue.kind != Epilogue::kAdd) {
    VARIORUM_TRY(Multiply(x, rows, y, pool));
    if (epilogue.kind == Epilogue::kActivate) {
      pool.ParallelFor(rows, 8 * N, [&](size_t r) { Activate(epilogue.activation, y + r * N, N); });
    }
    return {};
  }
  VARIORUM_TRY(result_.Resize(rows * N));
  VARIORUM_TRY(Multiply(x, rows, result_.data(), pool));
  for (size_t i = 0; i < rows * N; ++i) y[i] += result_[i];
  return {};
}

Status XnnpackLinear::Multiply(const LinearInput& x, size_t rows, float* y, const ThreadPool& pool) {
  const size_t K = in();
  const pthreadpool_t threads = pool.ForXnnpack(uint64_t{rows} * K * out() / (quantized_ ? 4 : 1));
  if (quantized_) {
    const QuantizedRows& quantized = x.quantized();
    VARIORUM_TRY(quantized_input_.Resize(rows * K));
    VARIORUM_TRY(quantization_params_.Resize(rows + XNN_EXTRA_QUANTIZATION_PARAMS));
    for (size_t r = 0; r < rows; ++r) {
      std::memcpy(quantized_input_.data() + r * K, quantized.row(r), K);
      quantization_params_[r] = {0, quantized.scale(r)};
    }
    // In an incomplete tile XNNPACK computes the last row several times, each with the parameters of its place in the tile,
    // and keeps the last of these results.
    std::fill_n(quantization_params_.data() + rows, XNN_EXTRA_QUANTIZATION_PARAMS, quantization_params_[rows - 1]);
    VARIORUM_TRY(FromXnnpack(xnn_reshape_fully_connected_nc_qd8_f32_qc8w(op_, rows, threads), "shape a linear layer"));
    VARIORUM_TRY(FromXnnpack(xnn_setup_fully_connected_nc_qd8_f32_qc8w(op_, quantized_input_.data(), y, quantization_params_.data()),
                             "set up a linear layer"));
  } else {
    VARIORUM_TRY(FromXnnpack(xnn_reshape_fully_connected_nc_f32(op_, rows, threads), "shape a linear layer"));
    VARIORUM_TRY(FromXnnpack(xnn_setup_fully_connected_nc_f32(op_, x.row(0), y), "set up a linear layer"));
  }
  return FromXnnpack(xnn_run_operator(op_, threads), "run a linear layer");
}

void XnnpackLinear::Row(size_t channel, float* out) const {
  const size_t K = in();
  if (!quantized_) {
    std::memcpy(out, source_.f32.data() + channel * K, K * sizeof(float));
    return;
  }
  const int8_t* row = source_.q8.data() + channel * K;
  for (size_t k = 0; k < K; ++k) out[k] = float(row[k]) * source_.scales[channel];
}

}  // namespace variorum
