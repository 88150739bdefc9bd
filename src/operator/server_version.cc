#include "operator/server_version.h"

#include <charconv>
#include <chrono>
#include <string>

namespace sojourn::operator_ {
namespace {

constexpr std::chrono::seconds kLongest{2};

// The number at the beginning of `text`, which is taken off.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// The text of "gitVersion". The page is flat and has plain strings alone.
std::string_view git_version_in(std::string_view page) {
  constexpr std::string_view kKey = "\"gitVersion\"";
  const auto key = page.find(kKey);
  if (key == std::string_view::npos) return {};
  page.remove_prefix(key + kKey.size());
  const auto opens = page.find('"');
  if (opens == std::string_view::npos) return {};
  page.remove_prefix(opens + 1);
  return page.substr(0, page.find('"'));
}

}  // namespace

std::optional<ServerVersion> parse_git_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const auto major = take_number(text);
  if (!major || !text.starts_with('.')) return std::nullopt;
  text.remove_prefix(1);
  const auto minor = take_number(text);
  if (!minor) return std::nullopt;
  return ServerVersion{*major, *minor};
}

Result<void> check_server_version(kube::Transport& transport, const Logger& logger) {
  kube::Request request;
  request.target = "/version";
  request.deadline = kLongest;
  const auto answer = transport.send(request, {});
  const auto text =
      answer && answer->status == 200 ? git_version_in(answer->body) : std::string_view();
  const auto version = parse_git_version(text);
  if (!version) {
    logger.warn("cannot read the API server's version; going on without",
                {{"err", answer ? "HTTP status " + std::to_string(answer->status)
                                : answer.error().message}});
    return {};
  }
  if (version->major > 1 || version->minor >= kLowestMinor) return {};
  return Error{ErrorCode::Configuration,
               "the API server is Kubernetes " + std::string(text) + "; this operator needs 1." +
                   std::to_string(kLowestMinor) + " or newer: upgrade the cluster",
               "",
               {}};
}

}  // namespace sojourn::operator_
