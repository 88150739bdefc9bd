#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "api/json/object_view.h"
#include "sojourn/api/container.h"

namespace sojourn::api {

// Reads a container as templates have it: without restartPolicy and securityContext, which are the
// operator's.
Container read_container(const ObjectView& view);
PodSecurity read_pod_security(const ObjectView& view);

// A list of containers; a JSON text that does not parse is reported under `path`.
nlohmann::json write_containers(const std::vector<Container>& containers, std::string_view path,
                                Problem& problem);
nlohmann::json write_pod_security(const PodSecurity& security, std::string_view path,
                                  Problem& problem);

}  // namespace sojourn::api
