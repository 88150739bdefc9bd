#pragma once

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/unit/domain/walk_life.h"

namespace sojourn::domain::test {

// One named way to fill one dimension of a life.
struct Setting {
  // `set` takes a World or a Life. It may return false: there is no such thing in that life, which
  // is then left out.
  template <typename Set>
  Setting(std::string_view name_, Set set)
      : name(name_), apply([set = std::move(set)](Life& life) {
          const auto call = [&](auto& target) {
            if constexpr (std::is_same_v<decltype(set(target)), bool>) {
              return set(target);
            } else {
              set(target);
              return true;
            }
          };
          if constexpr (std::is_invocable_v<Set, World&>) {
            return call(life.world);
          } else {
            return call(life);
          }
        }) {}

  std::string_view name;
  std::function<bool(Life&)> apply;
};

// The first setting is the ordinary one.
struct Dimension {
  std::string_view name;
  std::vector<Setting> settings;
};

// Where the Session is: state, pod, claim.
std::vector<Dimension> places();
// What is asked of it, what its template says, and what the API server refuses.
std::vector<Dimension> wishes();
// What happens on its way: the surroundings, and what disturbs.
std::vector<Dimension> courses();

// All of them, in this order; a setting may stand on those of dimensions before it.
const std::vector<Dimension>& dimensions();

}  // namespace sojourn::domain::test
