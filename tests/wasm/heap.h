// Counts what is taken from the heap, by any thread: the linker sends every call of the C library's allocation functions here
// (--wrap in CMakeLists.txt), those of operator new, Buffer and XNNPACK included.
#pragma once

#include <cstddef>

namespace variorum {

// Allocations since the program started.
size_t HeapAllocations();

}  // namespace variorum
