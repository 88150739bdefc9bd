#include "sojourn/controllers/stores.h"

#include "sojourn/controllers/names.h"

namespace sojourn::controllers {
namespace {

constexpr std::string_view kByTemplate = "template";
constexpr std::string_view kByChild = "child";
constexpr std::string_view kByController = "controller";

}  // namespace

Stores::Stores() {
  sessions.add_index(std::string(kByTemplate), [](const api::Session& session) {
    return std::vector{session.meta.namespace_ + "/" + session.spec.template_name};
  });
  sessions.add_index(std::string(kByChild), [](const api::Session& session) {
    return std::vector{session.meta.namespace_ + "/" + child_name(session)};
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

std::vector<kube::ObjectKey> Stores::sessions_of_child(const kube::ObjectKey& child) const {
  return sessions.keys_by_index(kByChild, kube::to_string(child));
}

std::vector<std::shared_ptr<const api::Pod>> Stores::pods_of(const std::string& uid) const {
  return pods.by_index(kByController, uid);
}

}  // namespace sojourn::controllers
