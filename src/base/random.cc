#include "sojourn/base/random.h"

#include <atomic>
#include <random>

namespace sojourn {

double Random::uniform() {
  constexpr int kMantissaBits = 53;
  return static_cast<double>(next() >> (64 - kMantissaBits)) /
         static_cast<double>(std::uint64_t{1} << kMantissaBits);
}

std::string Random::hex(int words) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int word = 0; word < words; ++word) {
    auto bits = next();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) text += kDigits[bits & 0xF];
  }
  return text;
}

std::uint64_t SystemRandom::next() {
  thread_local std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::uint64_t SeededRandom::next() {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  std::uint64_t z = std::atomic_ref(state_).fetch_add(kStep) + kStep;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace sojourn
