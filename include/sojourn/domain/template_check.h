#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/session_template.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// What keeps a template from making pods, as one sentence that says what to change; nothing for a
// good one. It checks what the CRD's schema cannot.
std::optional<std::string> check_template(const api::SessionTemplateSpec& spec,
                                          std::string_view default_agent_image);

// What keeps a good template from making the pod of one Session, likewise: the volume, of which the
// Session has a say, does not fit the mounts.
std::optional<std::string> check_volume_fits(const api::SessionTemplateSpec& spec,
                                             const Policy& policy);

}  // namespace sojourn::domain
