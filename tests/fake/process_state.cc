#include "tests/fake/process_state.h"

#include <malloc.h>

#include <filesystem>

#if defined(__SANITIZE_ADDRESS__)
// Of <sanitizer/allocator_interface.h>, which g++ does not bring.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace sojourn::fake {
namespace {

std::size_t entries_of(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

std::size_t threads() {
  return entries_of("/proc/self/task");
}

std::size_t open_descriptors() {
  return entries_of("/proc/self/fd");
}

std::size_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

}  // namespace sojourn::fake
