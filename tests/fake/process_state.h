#pragma once

#include <cstddef>

namespace sojourn::fake {

// Of this process, as it is now.
std::size_t threads();
std::size_t open_descriptors();
// Bytes held in the heap: of the whole program under ASan, otherwise of what the main thread took.
std::size_t heap_in_use();

}  // namespace sojourn::fake
