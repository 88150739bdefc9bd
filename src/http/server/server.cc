#include "sojourn/http/server/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/version.hpp>

#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "http/server/connection.h"
#include "http/server/connection_list.h"
#include "http/server/tls_identity.h"

static_assert(BOOST_VERSION == 107400,
              "libraries in the same process bring Boost 1.74; another version breaks them");

namespace sojourn::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kIoThreads = 2;
constexpr int kWorkThreads = 2;
// After an accept that failed for want of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};

std::string place_of(const ServerOptions& options) {
  const bool ipv6 = options.address.find(':') != std::string::npos;
  return (ipv6 ? "[" + options.address + "]" : options.address) + ":" +
         std::to_string(options.port);
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (boost::beast::iequals({known.data(), known.size()}, {name.data(), name.size()})) {
      return value;
    }
  }
  return {};
}

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler, Clock& clock, const Logger& log)
      : options_(options),
        clock_(clock),
        log_(log),
        connections_(options.limits.connections, options.limits.connections_per_peer),
        context_{options.limits, std::move(handler), clock, log, work_} {
    if (!options.certificate_file.empty()) {
      identity_.emplace(options.certificate_file, options.key_file, log);
    }
  }

  ~Impl() {
    drain(std::chrono::milliseconds(0));
    work_.stop();
    work_threads_.clear();  // joins: a handler under way ends first
    io_.stop();
    io_threads_.clear();
  }

  Result<void> start() {
    if (identity_) {
      if (auto loaded = identity_->reload(); !loaded) return loaded;
      reload_later();
    }
    if (auto listening = listen(); !listening) return listening;
    accept_next();
    for (int i = 0; i < kIoThreads; ++i) io_threads_.emplace_back([this] { run(io_); });
    for (int i = 0; i < kWorkThreads; ++i) work_threads_.emplace_back([this] { run(work_); });
    return {};
  }

  std::uint16_t port() const { return port_; }

  void drain(std::chrono::milliseconds limit) {
    context_.draining = true;
    asio::post(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    for (const auto& connection : connections_.all()) connection->drain();
    if (connections_.await_empty(clock_, clock_.steady_now() + limit)) return;
    for (const auto& connection : connections_.all()) connection->abort();
  }

 private:
  Result<void> listen() {
    const auto refused = [&](const std::string& why) {
      return Error{ErrorCode::Configuration, "cannot listen on " + place_of(options_) + ": " + why};
    };
    error_code code;
    const auto address = asio::ip::make_address(options_.address, code);
    if (code) return refused("the address must be an IP address, such as 0.0.0.0");
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), code);
    if (!code) acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
    // "::" then serves IPv4 as well, whatever the machine's default is.
    if (!code && address.is_v6()) acceptor_.set_option(asio::ip::v6_only(false), code);
    if (!code) acceptor_.bind(endpoint, code);
    if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
    if (code) return refused(code.message());
    port_ = acceptor_.local_endpoint(code).port();
    return {};
  }

  void accept_next() {
    acceptor_.async_accept(asio::make_strand(io_),
                           [this](const error_code& code, tcp::socket socket) {
                             if (code == asio::error::operation_aborted || !acceptor_.is_open())
                               return;
                             if (code) return accept_after_pause(code);
                             admit(std::move(socket));
                             accept_next();
                           });
  }

  void accept_after_pause(const error_code& code) {
    log_.warn("cannot accept a connection", {{"err", code.message()}});
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) accept_next();
    });
  }

  void admit(tcp::socket socket) {
    error_code code;
    const auto peer = socket.remote_endpoint(code).address().to_string();
    if (code) return;  // gone already
    auto place = connections_.admit(peer);
    if (!place) return;  // too many: the socket's destructor closes it
    socket.set_option(tcp::no_delay(true), code);
    socket.set_option(asio::socket_base::keep_alive(true), code);
    const auto& where = *place;
    auto wrapped = identity_ ? make_tls_socket(std::move(socket), identity_->context())
                             : make_plain_socket(std::move(socket));
    auto connection = std::make_shared<Connection>(std::move(wrapped), std::move(place), context_);
    connections_.add(where, connection);
    connection->begin();
  }

  // On a work thread: it reads files.
  void reload_later() {
    reload_timer_.expires_after(options_.limits.reload);
    reload_timer_.async_wait([this](const error_code& code) {
      if (code) return;
      identity_->reload_or_warn();
      reload_later();
    });
  }

  void run(asio::io_context& context) {
    while (!context.stopped()) {
      try {
        context.run();
      } catch (const std::exception& thrown) {  // out of memory
        log_.error("an operation of the HTTP server failed", {{"err", thrown.what()}});
      }
    }
  }

  const ServerOptions options_;
  Clock& clock_;
  const Logger log_;
  std::optional<TlsIdentity> identity_;
  ConnectionList connections_;  // before the contexts, whose queues own connections
  asio::io_context work_;
  asio::io_context io_;
  const asio::executor_work_guard<asio::io_context::executor_type> work_guard_{
      work_.get_executor()};
  const asio::executor_work_guard<asio::io_context::executor_type> io_guard_{io_.get_executor()};
  ConnectionContext context_;
  tcp::acceptor acceptor_{asio::make_strand(io_)};
  asio::steady_timer accept_pause_{acceptor_.get_executor()};
  asio::steady_timer reload_timer_{work_};
  std::uint16_t port_ = 0;
  std::vector<std::jthread> work_threads_;
  std::vector<std::jthread> io_threads_;
};

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler,
                                              Clock& clock, Logger log) {
  auto impl = std::make_unique<Impl>(options, std::move(handler), clock, log);
  if (auto started = impl->start(); !started) return started.error();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

std::uint16_t Server::bound_port() const {
  return impl_->port();
}

void Server::drain(std::chrono::milliseconds limit) {
  impl_->drain(limit);
}

}  // namespace sojourn::http
