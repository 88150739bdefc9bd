#include "sojourn/kube/client.h"

#include "kube/answer.h"

namespace sojourn::kube {
namespace {

constexpr int kReadAttempts = 3;
// What the API server says of creates in a namespace that is being deleted, and we of one that is
// gone already.
constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";
// A longer wait would hold up the caller's other work: it is the caller's to arrange.
constexpr std::chrono::seconds kLongestWait{2};

// A create names nothing that could be missing but its namespace. A page that is no Status says
// that the path is not served, which is another matter.
bool lacks_namespace(const Request& request, const Operation& operation, const Error& error) {
  return request.method == Method::Post && operation.info.namespaced &&
         error.code == ErrorCode::NotFound && error.reason == "NotFound";
}

}  // namespace

std::string to_string(const Operation& operation) {
  std::string text(operation.verb);
  text.append(" ").append(operation.info.kind);
  const auto& [namespace_, name] = operation.key;
  if (!name.empty()) return text.append(" ").append(to_string(operation.key));
  return namespace_.empty() ? text : text.append(" in ").append(namespace_);
}

bool Client::waited_to_retry(const Error& error, int attempt, std::stop_token stop) {
  if (error.code != ErrorCode::TooManyRequests || !error.retry_after) return false;
  if (attempt >= kReadAttempts || *error.retry_after > kLongestWait) return false;
  return sleep_until(clock_, clock_.steady_now() + *error.retry_after, std::move(stop));
}

Result<std::string> Client::call(const Operation& operation, Request request, std::stop_token stop,
                                 std::optional<Time>* date) {
  request.deadline = deadline_;
  for (int attempt = 1;; ++attempt) {
    request.attempt = attempt;
    auto response = transport_.send(request, stop);
    if (response && date != nullptr) *date = response->date;
    auto body =
        response ? body_of(std::move(*response)) : Result<std::string>(std::move(response).error());
    if (body) return body;
    const bool read = request.method == Method::Get;
    if (read && waited_to_retry(body.error(), attempt, stop)) continue;
    Error error = with_context(to_string(operation), std::move(body).error());
    if (lacks_namespace(request, operation, error)) error.reason = kNamespaceTerminating;
    return error;
  }
}

Result<PageInfo> Client::call_list(const Operation& operation, Request request,
                                   const std::function<void()>& on_start,
                                   const ObjectHandler& on_item, std::stop_token stop) {
  request.deadline = deadline_;
  for (int attempt = 1;; ++attempt) {
    request.attempt = attempt;
    on_start();
    auto page = read_list_page(transport_, request, on_item, stop);
    if (page || !waited_to_retry(page.error(), attempt, stop)) {
      return page ? std::move(page)
                  : Result<PageInfo>(with_context(to_string(operation), std::move(page).error()));
    }
  }
}

}  // namespace sojourn::kube
