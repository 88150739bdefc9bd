#include "sojourn/controllers/stores.h"

#include "sojourn/controllers/names.h"
#include "sojourn/domain/pod_shape.h"

namespace sojourn::controllers {
namespace {

constexpr std::string_view kByTemplate = "template";
constexpr std::string_view kByClaim = "claim";
constexpr std::string_view kByController = "controller";

}  // namespace

Stores::Stores() {
  sessions.add_index(std::string(kByTemplate), [](const api::Session& session) {
    return std::vector{session.meta.namespace_ + "/" + session.spec.template_name};
  });
  sessions.add_index(std::string(kByClaim), [](const api::Session& session) {
    const auto prefix = session.meta.namespace_ + "/";
    std::vector names{prefix + child_name(session)};
    if (!session.spec.existing_claim.empty()) names.push_back(prefix + claim_name(session));
    return names;
  });
  revisions.add_index(std::string(kByTemplate), [](const api::ControllerRevision& revision) {
    const auto name = api::lookup(revision.meta.labels, domain::kTemplateLabel);
    return std::vector{revision.meta.namespace_ + "/" + std::string(name)};
  });
  pods.add_index(std::string(kByController), [](const api::Pod& pod) {
    const auto* controller = api::controller_of(pod.meta);
    return controller == nullptr ? std::vector<std::string>{} : std::vector{controller->uid};
  });
}

std::vector<kube::ObjectKey> Stores::sessions_of_template(const std::string& namespace_,
                                                          std::string_view name) const {
  return sessions.keys_by_index(kByTemplate, namespace_ + "/" + std::string(name));
}

std::vector<std::shared_ptr<const api::ControllerRevision>> Stores::revisions_of(
    const kube::ObjectKey& tmpl) const {
  return revisions.by_index(kByTemplate, kube::to_string(tmpl));
}

std::vector<kube::ObjectKey> Stores::sessions_of_claim(const kube::ObjectKey& claim) const {
  return sessions.keys_by_index(kByClaim, kube::to_string(claim));
}

std::vector<std::shared_ptr<const api::Pod>> Stores::pods_of(const std::string& uid) const {
  return pods.by_index(kByController, uid);
}

}  // namespace sojourn::controllers
