#include "sojourn/base/backoff.h"

#include <algorithm>

namespace sojourn {

std::chrono::milliseconds exponential_backoff(std::chrono::milliseconds initial,
                                              std::chrono::milliseconds max, unsigned failures) {
  if (failures == 0) return std::chrono::milliseconds{0};
  auto delay = std::min(initial, max);
  for (unsigned i = 1; i < failures && delay < max; ++i) {
    delay = delay > max / 2 ? max : delay * 2;
    if (delay.count() == 0) break;  // an initial delay of zero stays zero
  }
  return delay;
}

std::chrono::milliseconds jittered(std::chrono::milliseconds delay, double fraction, double draw) {
  const auto extra = static_cast<double>(delay.count()) * fraction * draw;
  return delay + std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(extra));
}

}  // namespace sojourn
