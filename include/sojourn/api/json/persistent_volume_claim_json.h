#pragma once

#include <string>
#include <string_view>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Of labels and annotations only those under sojourn.dev/ are kept. Errors: Malformed, naming the
// path.
Result<PersistentVolumeClaim> decode_persistent_volume_claim(std::string_view json);
// The whole claim for a POST; status is not written.
std::string encode_persistent_volume_claim(const PersistentVolumeClaim& claim);
// A JSON merge patch, refused by the API server unless the claim still has `resource_version`.
std::string encode_metadata_patch(const MetadataPatch& changes, std::string_view resource_version);
// Likewise, asks for that capacity.
std::string encode_growth_patch(const std::string& size, std::string_view resource_version);

}  // namespace sojourn::api
