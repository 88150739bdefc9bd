#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/pod.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Reads metadata, spec.nodeName and status; of labels and annotations only those under
// sojourn.dev/. Errors: Malformed, naming the path.
Result<Pod> decode_pod(std::string_view json);
// The whole Pod for a POST: never with a service-account token or service links. Status is not
// written. Errors: Internal, when a JsonText of the pod does not parse.
Result<std::string> encode_pod(const Pod& pod);

}  // namespace sojourn::api
