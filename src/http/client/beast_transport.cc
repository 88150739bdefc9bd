#include "sojourn/http/client/beast_transport.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "http/client/address.h"
#include "http/client/channel.h"
#include "http/client/connection_pool.h"
#include "http/client/credentials.h"
#include "http/client/exchange.h"
#include "http/client/request_text.h"
#include "http/client/resolver.h"

namespace sojourn::http {
namespace {

constexpr int kUnauthorized = 401;

class BeastTransport final : public kube::Transport {
 public:
  BeastTransport(const kube::Connection& connection, Clock& clock, Logger log,
                 const TransportLimits& limits)
      : connection_(connection),
        peer_(authority_of(connection)),
        port_(port_of(connection.port)),
        clock_(clock),
        limits_(limits),
        credentials_(connection, clock, std::move(log), limits.reread),
        pool_(clock, limits.idle, limits.idle_connections) {
    if (!is_ip_literal(connection.host)) resolver_.emplace(connection.host, clock);
  }

  Result<kube::Response> send(const kube::Request& request, std::stop_token stop) override {
    const SteadyTime deadline = clock_.steady_now() + request.deadline;
    return call(request, nullptr, {deadline, request.deadline}, stop);
  }

  Result<kube::Response> stream(const kube::Request& request, const kube::ChunkHandler& on_chunk,
                                std::stop_token stop) override {
    return call(request, &on_chunk, {SteadyTime::max(), request.deadline}, stop);
  }

 private:
  struct Attempt {
    Result<kube::Response> response;
    bool answered = false;
  };

  Result<kube::Response> call(const kube::Request& request, const kube::ChunkHandler* sink,
                              const Patience& patience, const std::stop_token& stop);
  // Opens a connection when `channel` is null; gives it to the pool afterwards if all went well.
  Attempt attempt(std::unique_ptr<Channel> channel, const std::shared_ptr<TlsContext>& context,
                  const std::string& text, const kube::ChunkHandler* sink, const Patience& patience,
                  const std::stop_token& stop);
  Result<void> open(Channel& channel, const std::shared_ptr<TlsContext>& context,
                    const Patience& patience, const std::stop_token& stop);

  const kube::Connection connection_;
  const std::string peer_;
  const std::uint16_t port_;
  Clock& clock_;
  const TransportLimits limits_;
  Credentials credentials_;
  ConnectionPool<Channel> pool_;
  std::optional<Resolver> resolver_;
};

Result<kube::Response> BeastTransport::call(const kube::Request& request,
                                            const kube::ChunkHandler* sink,
                                            const Patience& patience, const std::stop_token& stop) {
  if (stop.stop_requested()) {
    return Error{ErrorCode::Cancelled, "the call to " + peer_ + " was cancelled"};
  }
  const auto token = credentials_.token();
  if (!token) return token.error();
  const auto text = format_request(connection_, request, *token);
  if (!text) return text.error();
  const auto context = credentials_.tls();
  if (!context) return context.error();

  auto kept = pool_.take(*context);
  const bool reused = kept != nullptr;
  Attempt first = attempt(std::move(kept), *context, *text, sink, patience, stop);
  // The server closes idle connections when it likes; what it never answered there may be asked
  // again. A write may have been carried out all the same: its caller looks before it repeats.
  const bool closed_meanwhile = reused && !first.answered && !first.response &&
                                first.response.error().code == ErrorCode::Unavailable;
  if (!closed_meanwhile || request.method != kube::Method::Get) return std::move(first.response);
  return attempt(nullptr, *context, *text, sink, patience, stop).response;
}

BeastTransport::Attempt BeastTransport::attempt(std::unique_ptr<Channel> channel,
                                                const std::shared_ptr<TlsContext>& context,
                                                const std::string& text,
                                                const kube::ChunkHandler* sink,
                                                const Patience& patience,
                                                const std::stop_token& stop) {
  const bool fresh = channel == nullptr;
  if (fresh) channel = std::make_unique<Channel>(peer_, clock_);
  std::optional<std::stop_callback<std::function<void()>>> cancel;
  cancel.emplace(stop, [&channel = *channel] { channel.interrupt(); });
  if (fresh) {
    if (auto opened = open(*channel, context, patience, stop); !opened) {
      // Perhaps the certificates have been renewed; cancellation and silence say nothing of them.
      if (opened.error().code == ErrorCode::Unavailable) credentials_.expire();
      return {opened.error()};
    }
  }
  Exchange exchange(*channel, clock_, patience, sink, limits_.response_bytes);
  auto response = exchange.run(text);
  cancel.reset();  // waits for a cancellation under way, before the channel is another call's
  if (response && response->status == kUnauthorized) {
    credentials_.expire();  // and another connection, for this one may be who we are no more
  } else if (exchange.reusable()) {
    pool_.put(std::move(channel));
  }
  return {std::move(response), exchange.answered()};
}

Result<void> BeastTransport::open(Channel& channel, const std::shared_ptr<TlsContext>& context,
                                  const Patience& patience, const std::stop_token& stop) {
  const auto limit = std::min(limits_.connect, patience.silence);
  const SteadyTime deadline = std::min(patience.deadline, clock_.steady_now() + limit);
  Addresses addresses{connection_.host};
  if (resolver_) {
    auto resolved = resolver_->resolve(deadline, stop);
    if (!resolved) return resolved.error();
    addresses = *std::move(resolved);
  }
  if (auto connected = channel.connect(addresses, port_, deadline); !connected) return connected;
  if (!context) return {};
  const std::string& name =
      connection_.tls_server_name.empty() ? connection_.host : connection_.tls_server_name;
  return channel.start_tls(context, name, deadline);
}

}  // namespace

std::unique_ptr<kube::Transport> make_beast_transport(const kube::Connection& connection,
                                                      Clock& clock, Logger log,
                                                      TransportLimits limits) {
  return std::make_unique<BeastTransport>(connection, clock, std::move(log), limits);
}

}  // namespace sojourn::http
