#include "tests/contract/api_server_contract.h"

#include "sojourn/base/random.h"
#include "tests/fake/api_server/kinds.h"

namespace sojourn::contract {

using fake::Answer;
using nlohmann::json;

namespace {

std::string name_of(const json& object) {
  return object.at("metadata").at("name");
}

}  // namespace

void ApiServerContract::SetUp() {
  server_ = GetParam().make();
  ASSERT_TRUE(server_ != nullptr);
  user_ = std::make_unique<fake::ApiUser>(server_->transport());
  SystemRandom random;
  namespace_ = "contract-" + random.hex(1);
  const auto answer = user_->create(
      {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", namespace_}}}});
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto crds = user_->list("sessions", namespace_);
  ASSERT_EQ(crds.status, 200) << "apply crds/ to the cluster first: " << crds.body;
}

void ApiServerContract::TearDown() {
  if (user_) user_->remove("namespaces", "", namespace_);
}

json ApiServerContract::object(const char* api_version, const char* kind,
                               const std::string& name) const {
  return {{"apiVersion", api_version},
          {"kind", kind},
          {"metadata", {{"name", name}, {"namespace", namespace_}}}};
}

json ApiServerContract::session(const std::string& name) const {
  json made = object("sojourn.dev/v1alpha1", "Session", name);
  made["spec"] = {{"templateRef", {{"name", "t"}}}};
  return made;
}

json ApiServerContract::lease(const std::string& name) const {
  json made = object("coordination.k8s.io/v1", "Lease", name);
  made["spec"] = {{"holderIdentity", "me"}, {"leaseDurationSeconds", 15}};
  return made;
}

json ApiServerContract::revision(const std::string& name) const {
  json made = object("apps/v1", "ControllerRevision", name);
  made["revision"] = 1;
  made["data"] = {{"agents", json::array()}};
  return made;
}

json ApiServerContract::claim(const std::string& name) const {
  json made = object("v1", "PersistentVolumeClaim", name);
  made["spec"] = {{"accessModes", {"ReadWriteOnce"}},
                  {"resources", {{"requests", {{"storage", "1Mi"}}}}}};
  return made;
}

json ApiServerContract::pod(const std::string& name) const {
  json made = object("v1", "Pod", name);
  made["spec"] = {{"containers", {{{"name", "agent"}, {"image", "example.invalid/agent:1"}}}},
                  {"automountServiceAccountToken", false}};
  return made;
}

json ApiServerContract::labelled(json object, const std::string& value) const {
  object["metadata"]["labels"] = {{"tier", value}};
  return object;
}

json ApiServerContract::created(const json& object) {
  Answer answer;
  // A pod is refused until its namespace has got its default service account.
  const auto settled = [&] {
    answer = user_->create(object);
    return answer.status != 403;
  };
  wait_until(settled);
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.body;
}

json ApiServerContract::created_in_state(const std::string& name, const std::string& state) {
  const json made = created(session(name));
  const auto answer = patch(made, {{"status", {{"state", state}}}}, "status");
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.body;
}

Answer ApiServerContract::get(const json& object) const {
  return user_->get(plural_of(object), namespace_, name_of(object));
}

Answer ApiServerContract::patch(const json& object, const json& patch,
                                std::string_view subresource) const {
  return user_->patch(plural_of(object), namespace_, name_of(object), patch, subresource);
}

Answer ApiServerContract::remove(const json& object, const json& options) const {
  return user_->remove(plural_of(object), namespace_, name_of(object), options);
}

std::string ApiServerContract::version_of(std::string_view plural) const {
  return version(user_->list(plural, namespace_).body);
}

ApiServerContract::Events ApiServerContract::events_after(std::string_view plural,
                                                          const std::string& version,
                                                          std::size_t count,
                                                          fake::ApiUser::Query query) const {
  query.emplace_back("resourceVersion", version);
  query.emplace_back("timeoutSeconds", "5");
  return user_->watch(plural, namespace_, query,
                      [&](const Events& events) { return events.size() >= count; });
}

std::string ApiServerContract::plural_of(const json& object) {
  const auto* kind = fake::find_owner_kind(object.at("apiVersion").get<std::string>(),
                                           object.at("kind").get<std::string>());
  return std::string(kind->plural);
}

std::string ApiServerContract::version(const json& object) {
  return object.at("metadata").at("resourceVersion");
}

std::string ApiServerContract::uid(const json& object) {
  return object.at("metadata").at("uid");
}

std::int64_t ApiServerContract::generation(const json& object) {
  return object.at("metadata").at("generation");
}

json ApiServerContract::owner_reference(const json& owner) {
  return {{"apiVersion", owner.at("apiVersion")},
          {"kind", owner.at("kind")},
          {"name", owner.at("metadata").at("name")},
          {"uid", uid(owner)},
          {"controller", true}};
}

void expect_refused(const Answer& answer, int status, std::string_view reason) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.reason(), reason) << answer.body;
  if (!answer.body.is_object()) return;
  EXPECT_EQ(answer.body.value("kind", ""), "Status");
  EXPECT_EQ(answer.body.value("status", ""), "Failure");
  EXPECT_EQ(answer.body.value("code", 0), status);
  EXPECT_NE(answer.message(), "");
}

std::string first_cause(const Answer& answer) {
  const json::json_pointer where("/details/causes/0");
  if (!answer.body.is_object() || !answer.body.contains(where)) return "none";
  const json& cause = answer.body.at(where);
  return cause.value("reason", "") + " " + cause.value("field", "");
}

std::vector<std::string> summary(const std::vector<json>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) {
    const json& object = event.at("object");
    out.push_back(event.at("type").get<std::string>() + " " +
                  object.at("metadata").value("name", ""));
  }
  return out;
}

}  // namespace sojourn::contract
