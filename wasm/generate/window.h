// Which part of a long text the model still sees. With overflow "slide" a text that fills the context loses its older half
// and goes on: the window's start is a function of the text's length alone, so that a run, its continuation, a branch of it
// and a fresh run over the same ids see the same tokens at the same places, and give the same bits.
#pragma once

#include <cstddef>

namespace variorum {

// Index of the first token that the model sees when it chooses token number `length` (all before it are known) in a context
// of `context` ≥ 2 positions: 0 while the new token has a position left, then in strides of half a context. The window
// holds context / 2 … context − 1 tokens from there on.
constexpr size_t WindowStart(size_t length, size_t context) {
  const size_t kept = context / 2, stride = context - kept;
  return length < context ? 0 : (length - kept) / stride * stride;
}

}  // namespace variorum
