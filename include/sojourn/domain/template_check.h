#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/session_template.h"

namespace sojourn::domain {

// What keeps a template from making pods, as one sentence that says what to change; nothing for a
// good one. It checks what the CRD's schema cannot.
std::optional<std::string> check_template(const api::SessionTemplateSpec& spec,
                                          std::string_view default_agent_image);

}  // namespace sojourn::domain
