#include "tests/fake/api_server/call.h"

#include <charconv>
#include <vector>

namespace sojourn::fake {
namespace {

std::string unescaped(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    if (!text.empty()) parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

void parse_query(std::string_view text, Call& call) {
  for (const auto pair : split(text, '&')) {
    const std::size_t equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    call.query[unescaped(pair.substr(0, equals), true)] = unescaped(value, true);
  }
}

// Fills kind, namespace, name and subresource from /api/v1/… or /apis/group/version/….
bool parse_path(std::string_view path, Call& call) {
  std::vector<std::string> parts;
  for (const auto part : split(path.substr(1), '/')) parts.push_back(unescaped(part, false));
  const bool core = !parts.empty() && parts[0] == "api";
  const std::size_t base = core ? 2 : 3;
  if (parts.size() <= base || (!core && parts[0] != "apis")) return false;
  const std::string group = core ? "" : parts[1];
  const std::string version = parts[base - 1];
  std::size_t at = base;
  if (parts[at] == "namespaces" && parts.size() > at + 2) {
    call.namespace_ = parts[at + 1];
    at += 2;
  }
  call.kind = find_kind(group, version, parts[at++]);
  if (call.kind == nullptr || (!call.namespace_.empty() && !call.kind->namespaced)) return false;
  if (at < parts.size()) call.name = parts[at++];
  if (at < parts.size()) call.subresource = parts[at++];
  if (!call.subresource.empty() && (call.subresource != "status" || !call.kind->has_status)) {
    return false;
  }
  return at == parts.size() &&
         (call.name.empty() || !call.kind->namespaced || !call.namespace_.empty());
}

std::string verb_of(kube::Method method, const Call& call) {
  const bool named = !call.name.empty();
  switch (method) {
    case kube::Method::Get:
      if (named) return "get";
      return call.parameter("watch") == "true" || call.parameter("watch") == "1" ? "watch" : "list";
    case kube::Method::Post:
      return named ? "" : "create";
    case kube::Method::Put:
      return named ? "update" : "";
    case kube::Method::Patch:
      return named ? "patch" : "";
    case kube::Method::Delete:
      return named && call.subresource.empty() ? "delete" : "";
  }
  return "";
}

}  // namespace

std::string_view Call::parameter(std::string_view key) const {
  const auto found = query.find(key);
  return found == query.end() ? std::string_view{} : found->second;
}

std::string Call::text() const {
  std::string out = verb + " " + std::string(kind->plural);
  if (!subresource.empty()) out += "/" + subresource;
  if (!namespace_.empty() || !name.empty()) out += " " + namespace_;
  if (!name.empty()) out += (namespace_.empty() ? "" : "/") + name;
  return out;
}

std::optional<Call> parse_call(const kube::Request& request) {
  Call call;
  const std::string_view target = request.target;
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) parse_query(target.substr(question + 1), call);
  const auto path = target.substr(0, question);
  if (!path.starts_with('/') || !parse_path(path, call)) return std::nullopt;
  call.verb = verb_of(request.method, call);
  if (call.verb.empty()) return std::nullopt;
  call.content_type = request.content_type;
  call.body = request.body;
  return call;
}

}  // namespace sojourn::fake
