#include "sojourn/domain/claim_shape.h"

#include <algorithm>

#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"

namespace sojourn::domain {

api::OwnerReference owner_reference(const api::Session& session, bool controller) {
  return {.api_version = "sojourn.dev/v1alpha1",
          .kind = "Session",
          .name = session.meta.name,
          .uid = session.meta.uid,
          .controller = controller};
}

api::PersistentVolumeClaim build_claim(const api::Session& session, const Policy& policy,
                                       const std::string& name) {
  api::PersistentVolumeClaim claim;
  claim.meta.name = name;
  claim.meta.namespace_ = session.meta.namespace_;
  claim.meta.labels = {{std::string(kSessionLabel), session.meta.name},
                       {std::string(kSessionUidLabel), session.meta.uid},
                       {std::string(kTemplateLabel), session.spec.template_name},
                       {std::string(kManagedByLabel), std::string(kManagedBy)}};
  // What prunes objects that Git does not know leaves a claim alone.
  claim.meta.annotations = {{"argocd.argoproj.io/compare-options", "IgnoreExtraneous"},
                            {"argocd.argoproj.io/sync-options", "Prune=false"},
                            {"kustomize.toolkit.fluxcd.io/prune", "disabled"}};
  const auto creator = api::lookup(session.meta.annotations, kCreatedByAnnotation);
  if (!creator.empty()) claim.meta.annotations.emplace(kCreatedByAnnotation, creator);
  if (policy.retain_for && policy.retain_for->count() > 0) {
    claim.meta.annotations.emplace(kRetainForAnnotation,
                                   std::to_string(policy.retain_for->count()));
  }
  if (policy.when_deleted == api::RetentionPolicy::Delete) {
    claim.meta.owner_references.push_back(owner_reference(session, false));
  }
  claim.access_modes = {policy.storage->access_mode};
  claim.requested_size = policy.storage->size;
  claim.storage_class_name = policy.storage->storage_class_name;
  return claim;
}

bool is_claim_of(const api::PersistentVolumeClaim& claim, const api::Session& session) {
  return api::lookup(claim.meta.labels, kSessionUidLabel) == session.meta.uid &&
         api::lookup(claim.meta.labels, kSessionLabel) == session.meta.name;
}

bool is_owned_by(const api::PersistentVolumeClaim& claim, const api::Session& session) {
  return std::ranges::any_of(claim.meta.owner_references,
                             [&](const auto& owner) { return owner.uid == session.meta.uid; });
}

}  // namespace sojourn::domain
