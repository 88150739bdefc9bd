#include "sojourn/kube/permission_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kube/answer.h"

namespace sojourn::kube {
namespace {

// Refused creates are tried again within 30 s, lists within 30 s, the Lease every 2 s.
constexpr std::chrono::minutes kForgottenAfter{2};

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return parts;
}

std::string verb_of(Method method, bool one_object, std::string_view query) {
  switch (method) {
    case Method::Get:
      if (one_object) return "get";
      return query.find("watch=true") == std::string_view::npos ? "list" : "watch";
    case Method::Post:
      return "create";
    case Method::Put:
      return "update";
    case Method::Patch:
      return "patch";
    case Method::Delete:
      return "delete";
  }
  return {};
}

}  // namespace

std::string to_string(const Permission& permission) {
  return permission.verb + " " + permission.resource +
         (permission.namespace_.empty() ? " in all namespaces"
                                        : " in namespace " + permission.namespace_);
}

std::optional<Permission> permission_of(const Request& request) {
  const std::string_view target = request.target;
  const auto question = std::min(target.find('?'), target.size());
  auto parts = parts_of(target.substr(0, question));
  std::size_t at = 0;
  std::string group;
  if (parts.size() > 2 && parts[0] == "api") {
    at = 2;
  } else if (parts.size() > 3 && parts[0] == "apis") {
    group = parts[1];
    at = 3;
  } else {
    return std::nullopt;
  }
  Permission permission;
  if (parts[at] == "namespaces" && parts.size() > at + 2) {
    permission.namespace_ = parts[at + 1];
    at += 2;
  }
  const bool one_object = parts.size() > at + 1;
  permission.verb = verb_of(request.method, one_object, target.substr(question));
  permission.resource = parts[at];
  if (!group.empty()) permission.resource += "." + group;
  if (parts.size() > at + 2) permission.resource += "/" + std::string(parts[at + 2]);
  return permission;
}

Result<Response> PermissionWatch::send(const Request& request, std::stop_token stop) {
  auto response = transport_.send(request, std::move(stop));
  note(request, response);
  return response;
}

Result<Response> PermissionWatch::stream(const Request& request, const ChunkHandler& on_chunk,
                                         std::stop_token stop) {
  bool begun = false;
  auto response = transport_.stream(
      request,
      [&](std::string_view chunk) {
        if (const auto granted = begun ? std::nullopt : permission_of(request)) {
          note_granted(*granted);
        }
        begun = true;
        return on_chunk(chunk);
      },
      std::move(stop));
  note(request, response);
  return response;
}

std::vector<std::string> PermissionWatch::missing() const {
  const auto now = clock_.steady_now();
  std::vector<std::string> words;
  const std::lock_guard lock(mutex_);
  for (const auto& [permission, refused] : missing_) {
    if (now - refused < kForgottenAfter) words.push_back(to_string(permission));
  }
  return words;
}

void PermissionWatch::note(const Request& request, const Result<Response>& response) {
  if (!response) return;
  const auto permission = permission_of(request);
  if (!permission) return;
  if (response->status == 403) {
    const auto refusal = body_of(*response);
    if (!refusal && refusal.error().reason == kMissingPermission) note_refused(*permission);
  } else if (response->status < 500 && response->status != 401 && response->status != 429) {
    note_granted(*permission);  // only who is allowed to ask is told of a conflict or of nothing
  }
}

void PermissionWatch::note_refused(const Permission& permission) {
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  std::erase_if(missing_, [&](const auto& entry) {
    return entry.first != permission && now - entry.second >= kForgottenAfter;
  });
  const bool known = missing_.contains(permission);
  missing_[permission] = now;
  if (known) return;
  logger_.error("a permission is missing; grant it in the operator's Role or ClusterRole",
                {{"verb", permission.verb},
                 {"resource", permission.resource},
                 {"namespace", permission.namespace_.empty() ? "*" : permission.namespace_}});
}

void PermissionWatch::note_granted(const Permission& permission) {
  const std::lock_guard lock(mutex_);
  if (missing_.erase(permission) == 0) return;
  logger_.info("a permission that was missing is granted",
               {{"verb", permission.verb},
                {"resource", permission.resource},
                {"namespace", permission.namespace_.empty() ? "*" : permission.namespace_}});
}

}  // namespace sojourn::kube
