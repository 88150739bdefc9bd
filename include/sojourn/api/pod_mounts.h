#pragma once

#include <string>
#include <vector>

#include "sojourn/api/meta.h"

namespace sojourn::api {

// Of any pod, whoever made it: the claims that it uses, none once it has ended.
struct PodMounts {
  ObjectMeta meta;
  std::vector<std::string> claims;
};

}  // namespace sojourn::api
