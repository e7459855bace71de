// How the engine reports failure: there are no exceptions in the wasm module, so every call that can fail returns a
// Status. The names of the codes are those of VariorumError in TypeScript.
#pragma once

#include <string>
#include <utility>

namespace variorum {

enum class Code { kOk, kBadConfig, kBadShard, kBadOption, kContextFull, kOutOfMemory, kUnsupported };

inline const char* CodeName(Code code) {
  switch (code) {
    case Code::kOk: return "";
    case Code::kBadConfig: return "bad-config";
    case Code::kBadShard: return "bad-shard";
    case Code::kBadOption: return "bad-option";
    case Code::kContextFull: return "context-full";
    case Code::kOutOfMemory: return "out-of-memory";
    case Code::kUnsupported: return "unsupported";
  }
  return "unsupported";
}

struct [[nodiscard]] Status {
  Code code = Code::kOk;
  std::string message;  // one sentence that says what is wrong and what to do

  Status() = default;
  Status(Code c, std::string m) : code(c), message(std::move(m)) {}
  bool ok() const { return code == Code::kOk; }
};

}  // namespace variorum

// Returns from the enclosing function if `expr` failed.
#define VARIORUM_TRY(expr)                                    \
  do {                                                        \
    if (::variorum::Status status_ = (expr); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)
