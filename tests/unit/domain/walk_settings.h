#pragma once

#include <array>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/unit/domain/world.h"

namespace sojourn::domain::test {

// One named way to fill one dimension of a world.
struct Setting {
  std::string_view name;
  std::function<void(World&)> set;
};
using Dimension = std::vector<Setting>;

// All dimensions, in this order: state, pod, claim, wish, clock, template, refusal. Every choice of
// one setting of each is a world.
std::array<Dimension, 7> dimensions();

}  // namespace sojourn::domain::test
