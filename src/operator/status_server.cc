#include "operator/status_server.h"

#include <charconv>
#include <optional>
#include <utility>

namespace sojourn::operator_ {
namespace {

constexpr std::string_view kOff = "0";

Error bad_address(const std::string& text) {
  return {ErrorCode::Configuration,
          "--listen-address: \"" + text +
              "\" does not fit; write HOST:PORT with an IP address, like 0.0.0.0:8080, or 0",
          "",
          {}};
}

// "HOST:PORT", "[V6]:PORT" or ":PORT".
std::optional<http::ServerOptions> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  http::ServerOptions options;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (!host.empty()) options.address = host;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data() + colon + 1, end, options.port);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return options;
}

http::HttpResponse answer(const http::HttpRequest& request, metrics::Registry& registry,
                          const StatusServer::NotReady& not_ready) {
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "use GET\n"};
  if (request.path == "/healthz") return {.body = "ok\n"};
  if (request.path == "/readyz") {
    const auto why = not_ready();
    if (!why) return {.body = "ok\n"};
    return {.status = 503, .body = *why + "\n"};
  }
  if (request.path == "/metrics") {
    return {.body = registry.page(), .content_type = metrics::Registry::kContentType};
  }
  return {.status = 404, .body = "there are /healthz, /readyz and /metrics\n"};
}

}  // namespace

Result<std::unique_ptr<StatusServer>> StatusServer::start(const std::string& listen_address,
                                                          metrics::Registry& registry,
                                                          NotReady not_ready, Clock& clock,
                                                          const Logger& logger) {
  auto made = std::make_unique<StatusServer>();
  if (listen_address == kOff) return made;
  const auto options = parse_address(listen_address);
  if (!options) return bad_address(listen_address);
  auto server = http::Server::start(
      *options,
      [&registry, not_ready = std::move(not_ready)](const auto& request) {
        return answer(request, registry, not_ready);
      },
      clock, logger);
  if (!server) return with_context("--listen-address", server.error());
  made->server_ = std::move(*server);
  logger.info("serving /healthz, /readyz and /metrics",
              {{"port", std::to_string(made->server_->bound_port())}});
  return made;
}

void StatusServer::drain(std::chrono::milliseconds limit) {
  if (server_) server_->drain(limit);
}

}  // namespace sojourn::operator_
