#pragma once

#include <stop_token>
#include <string>

#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/resources.h"
#include "sojourn/kube/store.h"

namespace sojourn::controllers {

// Makes the changes to exactly that revision of the claim and takes the answer into the store.
// Errors: those of kube::Client; Invalid, when the API server does not keep what is written, which
// written again at once it would only drop again.
Result<api::PersistentVolumeClaim> patch_claim(kube::Client& client,
                                               kube::Store<api::PersistentVolumeClaim>& store,
                                               const kube::ObjectKey& key,
                                               const std::string& resource_version,
                                               const api::MetadataPatch& changes,
                                               std::stop_token stop);

}  // namespace sojourn::controllers
