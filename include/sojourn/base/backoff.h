#pragma once

#include <chrono>

namespace sojourn {

// initial · 2^(failures - 1), at most `max`; zero for no failures. Never overflows.
std::chrono::milliseconds exponential_backoff(std::chrono::milliseconds initial,
                                              std::chrono::milliseconds max, unsigned failures);

// `delay` stretched by up to `fraction` of itself; `draw` is a number in [0, 1).
std::chrono::milliseconds jittered(std::chrono::milliseconds delay, double fraction, double draw);

}  // namespace sojourn
