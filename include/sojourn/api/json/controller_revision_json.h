#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/controller_revision.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// `data` becomes the canonical text: keys sorted, no white space. Of labels and annotations only
// those under sojourn.dev/ are kept. Errors: Malformed, naming the path.
Result<ControllerRevision> decode_controller_revision(std::string_view json);
// The whole object for a POST. Errors: Internal, when `data` is not a JSON object.
Result<std::string> encode_controller_revision(const ControllerRevision& revision);

}  // namespace sojourn::api
