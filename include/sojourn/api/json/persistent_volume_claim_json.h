#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/base/result.h"

namespace sojourn::api {

// Of labels and annotations only those under sojourn.dev/ are kept. Errors: Malformed, naming the
// path.
Result<PersistentVolumeClaim> decode_persistent_volume_claim(std::string_view json);
// The whole claim for a POST; status is not written.
std::string encode_persistent_volume_claim(const PersistentVolumeClaim& claim);
// A JSON merge patch that makes `owners` the whole list of owner references, refused by the API
// server unless the claim still has `resource_version`.
std::string encode_owners_patch(const std::vector<OwnerReference>& owners,
                                std::string_view resource_version);

// The same for labels that are to be there, whatever others there are.
std::string encode_labels_patch(const StringMap& labels, std::string_view resource_version);

}  // namespace sojourn::api
