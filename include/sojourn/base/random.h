#pragma once

#include <cstdint>
#include <string>

namespace sojourn {

// The only source of randomness in the program, so that tests can seed it. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  // A number in [0, 1).
  double uniform();
  // 8 · `words` random hexadecimal digits.
  std::string hex(int words);
};

// The operating system's random numbers.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// A reproducible sequence (splitmix64) for tests and simulations.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;  // advanced atomically
};

}  // namespace sojourn
