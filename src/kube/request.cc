#include "sojourn/kube/request.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace sojourn::kube {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";

// "/api/v1/namespaces/a/pods" or "/apis/apps/v1/controllerrevisions".
std::string collection_path(const ResourceInfo& info, std::string_view namespace_) {
  std::string path = info.group.empty() ? "/api/" : "/apis/";
  path += api_version(info);
  if (info.namespaced && !namespace_.empty()) path += "/namespaces/" + percent_encoded(namespace_);
  path += '/';
  return path += info.plural;
}

std::string object_path(const ResourceInfo& info, const ObjectKey& key) {
  return collection_path(info, key.namespace_) + "/" + percent_encoded(key.name);
}

// A path with its query; empty values are left out.
class Target {
 public:
  explicit Target(std::string path) : text_(std::move(path)) {}

  Target& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    text_ += separator_;
    text_ += name;
    text_ += '=';
    text_ += percent_encoded(value);
    separator_ = '&';
    return *this;
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  char separator_ = '?';
};

Target selected(const ResourceInfo& info, const Selection& selection) {
  Target target(collection_path(info, selection.namespace_));
  target.add("labelSelector", selection.label_selector)
      .add("fieldSelector", selection.field_selector);
  return target;
}

Request write(Method method, Target target, std::string_view content_type, std::string body) {
  Request request;
  request.method = method;
  request.target = std::move(target).text();
  request.content_type = content_type;
  request.body = std::move(body);
  return request;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  static constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (alphanumeric || kUnreserved.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 0xF];
    }
  }
  return out;
}

Request list_request(const ResourceInfo& info, const Selection& selection,
                     const PageOptions& page) {
  Request request;
  request.target = std::move(selected(info, selection)
                                 .add("limit", page.limit > 0 ? std::to_string(page.limit) : "")
                                 .add("continue", page.continue_))
                       .text();
  request.protobuf = info.protobuf;
  return request;
}

Request watch_request(const ResourceInfo& info, const Selection& selection,
                      const WatchOptions& options) {
  Request request;
  request.target = std::move(selected(info, selection)
                                 .add("watch", "true")
                                 .add("allowWatchBookmarks", "true")
                                 .add("resourceVersion", options.resource_version)
                                 .add("timeoutSeconds", std::to_string(options.timeout.count())))
                       .text();
  request.deadline = options.silence;
  request.protobuf = info.protobuf;
  return request;
}

Request get_request(const ResourceInfo& info, const ObjectKey& key) {
  Request request;
  request.target = object_path(info, key);
  return request;
}

Request create_request(const ResourceInfo& info, std::string_view namespace_, std::string body) {
  Target target(collection_path(info, namespace_));
  target.add("fieldManager", kFieldManager);
  return write(Method::Post, std::move(target), kJson, std::move(body));
}

Request remove_request(const ResourceInfo& info, const ObjectKey& key,
                       const RemoveOptions& options) {
  nlohmann::json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!options.propagation.empty()) body["propagationPolicy"] = options.propagation;
  if (options.grace_period) body["gracePeriodSeconds"] = options.grace_period->count();
  const auto& [uid, resource_version] = options.preconditions;
  if (!uid.empty()) body["preconditions"]["uid"] = uid;
  if (!resource_version.empty()) body["preconditions"]["resourceVersion"] = resource_version;
  return write(Method::Delete, Target(object_path(info, key)), kJson,
               body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Request patch_request(const ResourceInfo& info, const ObjectKey& key, std::string body) {
  Target target(object_path(info, key));
  target.add("fieldManager", kFieldManager);
  return write(Method::Patch, std::move(target), kMergePatch, std::move(body));
}

Request patch_status_request(const ResourceInfo& info, const ObjectKey& key, std::string body) {
  Target target(object_path(info, key) + "/status");
  target.add("fieldManager", kFieldManager);
  return write(Method::Patch, std::move(target), kMergePatch, std::move(body));
}

}  // namespace sojourn::kube
