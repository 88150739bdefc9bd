#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sojourn/api/controller_revision.h"
#include "sojourn/api/persistent_volume_claim.h"
#include "sojourn/api/pod.h"
#include "sojourn/api/session.h"
#include "sojourn/api/session_template.h"
#include "sojourn/kube/resources.h"
#include "sojourn/kube/store.h"

namespace sojourn::controllers {

// What the controllers know of the cluster: one store per watched kind, with the indexes that lead
// from a changed object to the Sessions it concerns. Made before the informers, outlives them.
struct Stores {
  Stores();

  kube::Store<api::Session> sessions;
  kube::Store<api::SessionTemplate> templates;
  kube::Store<api::Pod> pods;
  kube::Store<api::PersistentVolumeClaim> claims;
  kube::Store<api::ControllerRevision> revisions;

  // The Sessions of a template, by "namespace/template".
  std::vector<kube::ObjectKey> sessions_of_template(const std::string& namespace_,
                                                    std::string_view name) const;
  // The revisions that were stored of a template, which need not exist any more.
  std::vector<std::shared_ptr<const api::ControllerRevision>> revisions_of(
      const kube::ObjectKey& tmpl) const;
  // The Sessions that claim was made for, or that name it as their storage.existingClaim.
  std::vector<kube::ObjectKey> sessions_of_claim(const kube::ObjectKey& claim) const;
  // The pods whose controller is the object with that uid.
  std::vector<std::shared_ptr<const api::Pod>> pods_of(const std::string& uid) const;
};

}  // namespace sojourn::controllers
