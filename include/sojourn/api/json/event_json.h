#pragma once

#include <string>

#include "sojourn/api/event.h"

namespace sojourn::api {

// The whole Event for a POST.
std::string encode_event(const Event& event);

}  // namespace sojourn::api
