#include "tests/fake/api_user.h"

#include <cctype>
#include <stdexcept>

#include "tests/fake/api_server/kinds.h"

namespace sojourn::fake {

using kube::Method;
using nlohmann::json;

namespace {

std::string escaped(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

const Kind& kind_of(std::string_view plural) {
  const Kind* kind = find_kind(plural);
  if (kind == nullptr) throw std::runtime_error("unknown kind " + std::string(plural));
  return *kind;
}

const Kind& kind_of(const json& object) {
  const Kind* kind = find_owner_kind(object.at("apiVersion").get<std::string>(),
                                     object.at("kind").get<std::string>());
  if (kind == nullptr) throw std::runtime_error("unknown kind " + object.at("kind").dump());
  return *kind;
}

std::string meta(const json& object, const char* field) {
  return object.at("metadata").value(field, "");
}

kube::Request with_body(kube::Request request, std::string_view content_type, const json& body) {
  request.content_type = content_type;
  request.body = body.dump();
  return request;
}

std::string text_of(const json& body, const char* field) {
  return body.is_object() ? body.value(field, "") : "";
}

}  // namespace

std::string Answer::reason() const {
  return text_of(body, "reason");
}

std::string Answer::message() const {
  return text_of(body, "message");
}

kube::Request ApiUser::request(Method method, std::string_view plural, std::string_view namespace_,
                               std::string_view name, std::string_view subresource,
                               const Query& query) {
  const Kind& kind = kind_of(plural);
  kube::Request request;
  request.method = method;
  request.target = (kind.group.empty() ? "/api/" : "/apis/") + api_version(kind);
  if (!namespace_.empty()) request.target += "/namespaces/" + escaped(namespace_);
  request.target += "/" + std::string(plural);
  if (!name.empty()) request.target += "/" + escaped(name);
  if (!subresource.empty()) request.target += "/" + std::string(subresource);
  char separator = '?';
  for (const auto& [key, value] : query) {
    request.target += separator + key + "=" + escaped(value);
    separator = '&';
  }
  return request;
}

Answer ApiUser::call(const kube::Request& request) const {
  auto response = transport_.send(request, {});
  if (!response) {
    throw std::runtime_error(std::string(to_string(request.method)) + " " + request.target + ": " +
                             response.error().message);
  }
  json body = json::parse(response->body, nullptr, false);
  return {response->status, body.is_discarded() ? json() : std::move(body)};
}

Answer ApiUser::create(const json& object) const {
  const Kind& kind = kind_of(object);
  return call(with_body(request(Method::Post, kind.plural, meta(object, "namespace")),
                        "application/json", object));
}

Answer ApiUser::apply(const json& object) const {
  Answer answer = create(object);
  if (answer.reason() != "AlreadyExists") return answer;
  return patch(kind_of(object).plural, meta(object, "namespace"), meta(object, "name"), object);
}

Answer ApiUser::get(std::string_view plural, std::string_view namespace_,
                    std::string_view name) const {
  return call(request(Method::Get, plural, namespace_, name));
}

Answer ApiUser::list(std::string_view plural, std::string_view namespace_,
                     const Query& query) const {
  return call(request(Method::Get, plural, namespace_, "", "", query));
}

Answer ApiUser::update(const json& object, std::string_view subresource) const {
  const Kind& kind = kind_of(object);
  return call(with_body(request(Method::Put, kind.plural, meta(object, "namespace"),
                                meta(object, "name"), subresource),
                        "application/json", object));
}

Answer ApiUser::patch(std::string_view plural, std::string_view namespace_, std::string_view name,
                      const json& merge_patch, std::string_view subresource) const {
  return call(with_body(request(Method::Patch, plural, namespace_, name, subresource),
                        "application/merge-patch+json", merge_patch));
}

Answer ApiUser::remove(std::string_view plural, std::string_view namespace_, std::string_view name,
                       const json& options) const {
  json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  body.update(options);
  return call(
      with_body(request(Method::Delete, plural, namespace_, name), "application/json", body));
}

std::vector<json> ApiUser::watch(
    std::string_view plural, std::string_view namespace_, const Query& query,
    const std::function<bool(const std::vector<json>& events)>& enough) const {
  Query all = query;
  all.emplace_back("watch", "true");
  std::vector<json> events;
  std::string held;
  const auto on_chunk = [&](std::string_view bytes) -> Result<void> {
    held += bytes;
    for (std::size_t end = held.find('\n'); end != std::string::npos; end = held.find('\n')) {
      events.push_back(json::parse(held.substr(0, end)));
      held.erase(0, end + 1);
      if (enough(events)) return Error{ErrorCode::Cancelled, "enough"};
    }
    return {};
  };
  if (enough(events)) return events;
  const auto response =
      transport_.stream(request(Method::Get, plural, namespace_, "", "", all), on_chunk, {});
  if (response && response->status != 200) {
    throw std::runtime_error("watch " + std::string(plural) + ": " + response->body);
  }
  return events;
}

}  // namespace sojourn::fake
