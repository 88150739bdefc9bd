#include "controllers/claim_patch.h"

#include <algorithm>
#include <utility>

#include "sojourn/api/json/persistent_volume_claim_json.h"

namespace sojourn::controllers {
namespace {

// Nothing of the changes is left to be made.
bool has_all(const api::ObjectMeta& meta, const api::MetadataPatch& changes) {
  const auto made = [](const api::StringMap& entries, const api::MetadataPatch::Changes& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& change) {
      const auto& [key, value] = change;
      const auto found = entries.find(key);
      return value ? found != entries.end() && found->second == *value : found == entries.end();
    });
  };
  const auto& owners = changes.owner_references;
  return made(meta.labels, changes.labels) && made(meta.annotations, changes.annotations) &&
         (!owners || *owners == meta.owner_references);
}

}  // namespace

Result<api::PersistentVolumeClaim> patch_claim(kube::Client& client,
                                               kube::Store<api::PersistentVolumeClaim>& store,
                                               const kube::ObjectKey& key,
                                               const std::string& resource_version,
                                               const api::MetadataPatch& changes,
                                               std::stop_token stop) {
  auto claim = client.patch<api::PersistentVolumeClaim>(
      key, api::encode_metadata_patch(changes, resource_version), std::move(stop));
  if (!claim) return claim.error();
  store.observe_write(*claim);
  if (has_all(claim->meta, changes)) return claim;
  return Error{ErrorCode::Invalid,
               "claim " + kube::to_string(key) +
                   " does not keep what is written to its labels and annotations; find out what "
                   "changes them",
               "",
               {}};
}

}  // namespace sojourn::controllers
