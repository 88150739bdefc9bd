#include "tests/fake/api_server/answers.h"

#include <utility>

namespace sojourn::fake {

using nlohmann::json;

namespace {

json failure(int code, std::string_view reason, std::string message) {
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Failure"},
          {"message", std::move(message)},
          {"reason", reason},
          {"code", code}};
}

json failure_of(int code, std::string_view reason, const Kind& kind, std::string_view name,
                std::string message) {
  json status = failure(code, reason, std::move(message));
  json& details = status["details"];
  details["name"] = name;
  details["kind"] = kind.plural;
  if (!kind.group.empty()) details["group"] = kind.group;
  return status;
}

kube::Response answer(const json& status) {
  return ok(status, status.at("code").get<int>());
}

std::string named(const Kind& kind, std::string_view name) {
  return qualified_name(kind) + " \"" + std::string(name) + "\"";
}

}  // namespace

kube::Response ok(const json& object, int status) {
  kube::Response response;
  response.status = status;
  response.body = object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return response;
}

kube::Response bad_request(std::string message) {
  return answer(failure(400, "BadRequest", std::move(message)));
}

kube::Response not_found(const Kind& kind, std::string_view name) {
  return answer(failure_of(404, "NotFound", kind, name, named(kind, name) + " not found"));
}

kube::Response page_not_found() {
  kube::Response response;
  response.status = 404;
  response.body = "404 page not found\n";
  return response;
}

kube::Response already_exists(const Kind& kind, std::string_view name) {
  return answer(
      failure_of(409, "AlreadyExists", kind, name, named(kind, name) + " already exists"));
}

kube::Response conflict(const Kind& kind, std::string_view name, std::string_view why) {
  return answer(failure_of(
      409, "Conflict", kind, name,
      "Operation cannot be fulfilled on " + named(kind, name) + ": " + std::string(why)));
}

kube::Response forbidden(const Kind& kind, std::string_view name, std::string_view why) {
  return answer(failure_of(403, "Forbidden", kind, name,
                           named(kind, name) + " is forbidden: " + std::string(why)));
}

kube::Response namespace_terminating(const Kind& kind, std::string_view name,
                                     std::string_view namespace_) {
  const std::string space(namespace_);
  json status = failure_of(403, "Forbidden", kind, name,
                           named(kind, name) +
                               " is forbidden: unable to create new content in "
                               "namespace " +
                               space + " because it is being terminated");
  status["details"]["causes"] = {{{"reason", "NamespaceTerminating"},
                                  {"message", "namespace " + space + " is being terminated"},
                                  {"field", "metadata.namespace"}}};
  return answer(status);
}

kube::Response invalid(const Kind& kind, std::string_view name,
                       const std::vector<FieldError>& errors) {
  std::string all;
  json causes = json::array();
  for (const auto& [reason, field, message] : errors) {
    all += (all.empty() ? "" : ", ") + field + ": " + message;
    causes.push_back({{"reason", reason}, {"message", message}, {"field", field}});
  }
  if (errors.size() > 1) all = "[" + all + "]";
  const std::string what =
      std::string(kind.kind) + (kind.group.empty() ? "" : "." + std::string(kind.group));
  json status = failure_of(422, "Invalid", kind, name,
                           what + " \"" + std::string(name) + "\" is invalid: " + all);
  status["details"]["kind"] = kind.kind;
  status["details"]["causes"] = std::move(causes);
  return answer(status);
}

kube::Response unsupported_media_type() {
  return answer(failure(415, "UnsupportedMediaType",
                        "the body of the request was in an unknown format - accepted media types "
                        "include: application/merge-patch+json"));
}

json expired_status(std::string message) {
  return failure(410, "Expired", std::move(message));
}

kube::Response expired(std::string message) {
  return answer(expired_status(std::move(message)));
}

kube::Response version_too_large(std::string_view wanted, std::string_view current) {
  json status = failure(504, "Timeout",
                        "Timeout: Too large resource version: " + std::string(wanted) +
                            ", current: " + std::string(current));
  status["details"] = {
      {"causes",
       {{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}}}},
      {"retryAfterSeconds", 1}};
  return answer(status);
}

kube::Response deleted(const Kind& kind, std::string_view name, std::string_view uid) {
  json status = {{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"metadata", json::object()},
                 {"status", "Success"},
                 {"details", {{"name", name}, {"kind", kind.plural}, {"uid", uid}}}};
  if (!kind.group.empty()) status["details"]["group"] = kind.group;
  return ok(status);
}

}  // namespace sojourn::fake
