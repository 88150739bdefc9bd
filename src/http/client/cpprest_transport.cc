// The only file with headers of cpprestsdk, a library that is not developed any more: its faults
// are permanent, and what is done about each of them is said where it is done.
#include "sojourn/http/client/cpprest_transport.h"

#include <cpprest/astreambuf.h>
#include <cpprest/http_client.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "http/client/address.h"
#include "http/client/answer_error.h"
#include "http/client/body_taker.h"
#include "http/client/connection_pool.h"
#include "http/client/credentials.h"
#include "http/client/handover.h"
#include "http/client/library_failure.h"
#include "http/client/patience.h"
#include "http/client/request_text.h"
#include "http/client/resolver.h"
#include "http/client/socket_options.h"
#include "http/wire/http_date.h"

namespace sojourn::http {
namespace {

namespace asio = boost::asio;
namespace library = web::http::client;
using Tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<Tcp::socket&>;

constexpr int kUnauthorized = 401;

// The library would start 40 threads with the first client, five times slower than two are.
constexpr std::size_t kPoolThreads = 2;

// How long the library waits for one read or write. Our own limits end every call before: when this
// one fires, the library may take its own closing of the connection for the server's.
constexpr auto kLibraryLimit = std::chrono::minutes(10);

// From the end of an answer until the library has put the connection back.
constexpr auto kLetGoLimit = std::chrono::seconds(1);

// Only the first call has an effect. The library loads the machine's certificate authorities for
// every connection, before we replace its TLS context: 17 ms for nothing.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    ::setenv("SSL_CERT_FILE", "/nonexistent/none.pem", 1);
    ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
    crossplat::threadpool::initialize_with_threads(kPoolThreads);
  });
}

// Takes the body as it arrives, on the library's threads: each piece is handed over where it lies,
// and the library reads on once it was taken. Nothing may leave this class as an exception: that
// would end the process.
class Sink final : public Concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit Sink(std::shared_ptr<Handover> handover)
      : streambuf_state_manager(std::ios_base::out), handover_(std::move(handover)) {}

 private:
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    try {
      // A negative chunk size of the server's arrives here as a huge one.
      if (count > INT_MAX) throw NotHttp("a chunk of it has an impossible size");
      pplx::task_completion_event<std::size_t> taken;
      handover_->piece({reinterpret_cast<const char*>(bytes), count},
                       [taken, count] { taken.set(count); });
      return pplx::create_task(taken);
    } catch (...) {
      return pplx::task_from_exception<std::size_t>(std::current_exception());
    }
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

  // The rest of the interface, which the library does not use for a response's body.
  bool can_seek() const override { return false; }
  bool has_size() const override { return false; }
  utility::size64_t size() const override { return 0; }
  std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return pos_type(traits::eof()); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return pos_type(traits::eof()); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return pos_type(traits::eof());
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}
  pplx::task<int_type> _putc(std::uint8_t) override { return unused(); }
  pplx::task<int_type> _bumpc() override { return unused(); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return unused(); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return unused(); }
  pplx::task<int_type> _ungetc() override { return unused(); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override {
    return pplx::task_from_result<std::size_t>(0);
  }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }
  static pplx::task<int_type> unused() { return pplx::task_from_result<int_type>(traits::eof()); }

  const std::shared_ptr<Handover> handover_;
};

// Thrown into the library to keep it from sending.
struct NotSent : std::runtime_error {
  NotSent() : std::runtime_error("the kept connection was closed meanwhile") {}
};
struct NotSentAgain : std::runtime_error {
  NotSentAgain() : std::runtime_error("the connection was closed before an answer") {}
};

// What the callbacks of one client share with its owner; they run on the library's threads.
struct LineState {
  std::shared_ptr<TlsContext> context;  // null without TLS
  std::string server_name;
  bool ipv6 = false;
  std::shared_ptr<Handover> handover;     // of the call under way; set between calls
  std::atomic<int> sendings = 0;          // by the library, in this call
  std::atomic<long> verdict = X509_V_OK;  // on the server's certificate
};

// Where a LineState keeps its own address in an SSL.
int state_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Runs while OpenSSL shakes hands: the library says neither when that is done nor why it failed.
void watch_handshake(const SSL* connection, int where, int) {
  auto* state = static_cast<LineState*>(SSL_get_ex_data(connection, state_index()));
  if ((where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT) {
    state->verdict = SSL_get_verify_result(connection);
  }
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) state->handover->opened();
}

// Nothing waits to be read, in whichever layer: neither the server's goodbye nor stray bytes that
// would be taken for the next answer.
bool is_quiet(Tcp::socket& socket, SSL* tls) {
  if (tls != nullptr && (SSL_has_pending(tls) == 1 || BIO_pending(SSL_get_rbio(tls)) > 0)) {
    return false;
  }
  char byte = 0;
  const auto seen = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// Runs before the library sends a request: the only place to see which connection it has chosen, to
// prepare a new one, and to keep it from sending a request a second time, which it would do without
// a word, writes included, when a kept connection closes before the answer.
void before_sending(LineState& state, library::native_handle handle) {
  if (++state.sendings > 1) throw NotSentAgain();
  auto* stream = state.context ? static_cast<TlsStream*>(handle) : nullptr;
  SSL* tls = stream != nullptr ? stream->native_handle() : nullptr;
  Tcp::socket& socket =
      stream != nullptr ? stream->next_layer() : *static_cast<Tcp::socket*>(handle);
  if (socket.is_open()) {  // a kept one
    if (!is_quiet(socket, tls)) throw NotSent();
    state.handover->opened();
    return;
  }
  // The library would open it later, when nobody can set options any more.
  socket.open(state.ipv6 ? Tcp::v6() : Tcp::v4());
  set_socket_options(socket.native_handle());
  if (tls == nullptr) {
    state.handover->opened();
    return;
  }
  if (auto named = state.context->prepare(tls, state.server_name); !named) {
    throw std::runtime_error(named.error().message);
  }
  SSL_set_ex_data(tls, state_index(), &state);
  SSL_set_info_callback(tls, watch_handshake);
}

library::http_client_config config_of(const std::shared_ptr<LineState>& state) {
  library::http_client_config config;
  config.set_timeout(kLibraryLimit);
  config.set_max_redirects(0);  // it would take the token along
  config.set_nativehandle_options(
      [state](library::native_handle handle) { before_sending(*state, handle); });
  if (!state->context) return config;
  // The name is asked for and checked by prepare(); the library would ask for addresses as well.
  config.set_tlsext_sni_enabled(false);
  config.set_ssl_context_callback([state](asio::ssl::context& made) {
    SSL_CTX* ours = state->context->asio().native_handle();
    SSL_CTX_up_ref(ours);
    made = asio::ssl::context(ours);
  });
  return config;
}

// Set by its parts, for the library takes an IPv6 address only without the brackets of a whole URL.
web::uri base_of(bool tls, const std::string& address, std::uint16_t port) {
  web::uri_builder builder;
  builder.set_scheme(tls ? "https" : "http").set_host(address).set_port(port);
  return builder.to_uri();
}

ResponseHead head_of(const web::http::http_response& response) {
  ResponseHead head;
  head.status = response.status_code();
  for (const auto& [name, value] : response.headers()) {
    head.header_bytes += name.size() + value.size() + 4;
  }
  const auto value_of = [&](const char* name) {
    const auto found = response.headers().find(name);
    return found == response.headers().end() ? std::string() : found->second;
  };
  head.content_length = value_of("Content-Length");
  head.date = value_of("Date");
  head.retry_after = value_of("Retry-After");
  return head;
}

using MakeRequest = std::function<web::http::http_request()>;

// What became of a call.
struct Outcome {
  Result<kube::Response> response;
  bool sent = true;       // perhaps in part
  bool answered = false;  // the header of the answer has come
  bool opened = false;    // the connection was up, handshake included
};

// One connection to the API server: a client of the library's whose pool never holds more than one,
// so that ours decides how long a connection is kept and which call has it. Used by one call at a
// time.
class Line {
 public:
  Line(std::string peer, Clock& clock, const web::uri& base, std::shared_ptr<LineState> state)
      : peer_(std::move(peer)),
        clock_(clock),
        state_(std::move(state)),
        client_(base, config_of(state_)) {}

  // One request; `open_by` is when the connection must be up.
  Outcome run(const MakeRequest& make_request, const BodyTaker& body, const Patience& patience,
              SteadyTime open_by, const std::stop_token& stop);

  const std::shared_ptr<TlsContext>& tls_context() const { return state_->context; }
  // It may have been closed since: before_sending() looks.
  bool idle_and_open() const { return reusable_; }

 private:
  void start(const MakeRequest& make_request, const std::shared_ptr<Handover>& handover,
             const pplx::cancellation_token& token);
  Outcome follow(Handover& handover, const BodyTaker& body, const Patience& patience,
                 SteadyTime open_by, const std::stop_token& stop);
  Result<void> accept(const ResponseHead& head, kube::Response& response) const;
  Outcome failed(std::exception_ptr failure) const;

  const std::string peer_;
  Clock& clock_;
  const std::shared_ptr<LineState> state_;
  library::http_client client_;
  bool reusable_ = false;
};

Outcome Line::run(const MakeRequest& make_request, const BodyTaker& body, const Patience& patience,
                  SteadyTime open_by, const std::stop_token& stop) {
  const auto handover = std::make_shared<Handover>();
  reusable_ = false;
  state_->handover = handover;
  state_->sendings = 0;
  state_->verdict = X509_V_OK;
  pplx::cancellation_token_source cancel;
  start(make_request, handover, cancel.get_token());
  Outcome outcome = follow(*handover, body, patience, open_by, stop);
  if (outcome.response) {
    reusable_ = handover->wait_let_go(clock_.steady_now() + kLetGoLimit, clock_);
  } else {
    // The library closes the socket at once and drops the rest on its own threads, without us.
    cancel.cancel();
    handover->abandon();
  }
  return outcome;
}

// Neither continuation blocks, for the pool's threads carry everybody's calls; and the second reads
// every exception, for one that nobody reads ends the process.
void Line::start(const MakeRequest& make_request, const std::shared_ptr<Handover>& handover,
                 const pplx::cancellation_token& token) {
  web::http::http_request request = make_request();
  request.set_response_stream(
      Concurrency::streams::streambuf<std::uint8_t>(std::make_shared<Sink>(handover))
          .create_ostream());
  // Goes with the request, which the library drops when it has put the connection back. (Copies of
  // a request are references to it, and so are moved ones: nobody of ours may keep one.)
  const std::shared_ptr<void> witness(nullptr, [handover](void*) { handover->let_go(); });
  request.set_progress_handler([witness](auto, auto) {});
  client_.request(request, token)
      .then([handover](web::http::http_response response) {
        handover->head(head_of(response));
        return response.content_ready();
      })
      .then([handover](const pplx::task<web::http::http_response>& whole) {
        try {
          whole.get();
          handover->end(nullptr);
        } catch (...) {
          handover->end(std::current_exception());
        }
      });
}

Outcome Line::follow(Handover& handover, const BodyTaker& body, const Patience& patience,
                     SteadyTime open_by, const std::stop_token& stop) {
  kube::Response response;
  Outcome outcome{Error{ErrorCode::Internal, ""}};
  const auto ended = [&](Error error) {
    outcome.response = std::move(error);
    return outcome;
  };
  SteadyTime until = open_by;
  for (;;) {
    switch (handover.next(until, clock_, stop)) {
      case Handover::Event::Opened:
        outcome.opened = true;
        break;
      case Handover::Event::Head:
        outcome.answered = true;
        if (auto fine = accept(handover.head(), response); !fine) return ended(fine.error());
        break;
      case Handover::Event::Piece:
        if (auto taken = body.take(handover.bytes(), response); !taken) return ended(taken.error());
        handover.take();
        break;
      case Handover::Event::End: {
        if (!handover.failure()) {
          outcome.response = std::move(response);
          return outcome;
        }
        Outcome broken = failed(handover.failure());
        broken.answered = outcome.answered;
        broken.opened = outcome.opened;
        return broken;
      }
      case Handover::Event::TimedOut:
        return ended({ErrorCode::DeadlineExceeded,
                      "cannot read from " + peer_ + ": it did not answer in time"});
      case Handover::Event::Stopped:
        return ended({ErrorCode::Cancelled, "the call to " + peer_ + " was cancelled"});
    }
    until = std::min(patience.deadline, clock_.steady_now() + patience.silence);
  }
}

// Holds the header to what the library does not look at.
Result<void> Line::accept(const ResponseHead& head, kube::Response& response) const {
  if (head.header_bytes > kMaxHeaderBytes) return header_too_large(peer_);
  const bool interim = head.status >= 100 && head.status < 200;
  if (interim) return not_http(peer_, "an interim answer, which nobody asked for");
  std::uint64_t length = 0;
  const std::string& text = head.content_length;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (!text.empty() && (error != std::errc{} || end != text.data() + text.size())) {
    return not_http(peer_, "a length of \"" + text.substr(0, 40) + "\"");
  }
  response.status = head.status;
  response.date = parse_http_date(head.date);
  if (!head.retry_after.empty()) {
    response.retry_after = parse_retry_after(head.retry_after, response.date);
  }
  return {};
}

Outcome Line::failed(std::exception_ptr failure) const {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const NotSent& thrown) {
    return {Error{ErrorCode::Unavailable, peer_ + ": " + thrown.what()}, false};
  } catch (const NotHttp& thrown) {
    return {not_http(peer_, thrown.what())};
  } catch (const web::http::http_exception& thrown) {
    const LibraryFailure told{thrown.error_code().value(), thrown.what(), state_->verdict};
    return {describe(told, peer_), !is_before_sending(told)};
  } catch (const std::exception& thrown) {
    return {Error{ErrorCode::Unavailable, "cannot read from " + peer_ + ": " + thrown.what()}};
  }
}

class CpprestTransport final : public kube::Transport {
 public:
  CpprestTransport(const kube::Connection& connection, Clock& clock, Logger log,
                   const TransportLimits& limits)
      : connection_(connection),
        peer_(authority_of(connection)),
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
  // One call, as its attempts see it.
  struct Call {
    const kube::Request& request;
    std::string token;
    std::shared_ptr<TlsContext> context;
    BodyTaker body;
    Patience patience;
    std::stop_token stop;
  };

  Result<kube::Response> call(const kube::Request& request, const kube::ChunkHandler* sink,
                              const Patience& patience, const std::stop_token& stop);
  Outcome attempt_anew(const Call& call);
  // Gives the line to the pool afterwards if all went well.
  Outcome attempt(std::unique_ptr<Line> line, const Call& call, SteadyTime open_by);
  std::unique_ptr<Line> make_line(const std::string& address, const Call& call);
  web::http::http_request request_of(const Call& call) const;
  SteadyTime open_limit(const Patience& patience) const;

  const kube::Connection connection_;
  const std::string peer_;
  Clock& clock_;
  const TransportLimits limits_;
  Credentials credentials_;
  ConnectionPool<Line> pool_;
  std::optional<Resolver> resolver_;
};

Result<kube::Response> CpprestTransport::call(const kube::Request& request,
                                              const kube::ChunkHandler* sink,
                                              const Patience& patience,
                                              const std::stop_token& stop) {
  if (stop.stop_requested()) {
    return Error{ErrorCode::Cancelled, "the call to " + peer_ + " was cancelled"};
  }
  const auto token = credentials_.token();
  if (!token) return token.error();
  if (auto sendable = check_request(connection_, request, *token); !sendable) {
    return sendable.error();
  }
  const auto context = credentials_.tls();
  if (!context) return context.error();
  const Call call{request, *token, *context, {peer_, sink, limits_.response_bytes}, patience, stop};
  try {
    if (auto kept = pool_.take(*context)) {
      Outcome first = attempt(std::move(kept), call, open_limit(patience));
      const bool closed_meanwhile = !first.response && !first.answered &&
                                    first.response.error().code == ErrorCode::Unavailable;
      // A write may have been carried out all the same: its caller looks before it repeats.
      const bool may_repeat = !first.sent || request.method == kube::Method::Get;
      if (!closed_meanwhile || !may_repeat) return std::move(first.response);
    }
    return attempt_anew(call).response;
  } catch (const std::exception& thrown) {
    return Error{ErrorCode::Invalid,
                 "the request to " + peer_ + " cannot be sent: " + thrown.what()};
  }
}

SteadyTime CpprestTransport::open_limit(const Patience& patience) const {
  const auto limit = std::min(limits_.connect, patience.silence);
  return std::min(patience.deadline, clock_.steady_now() + limit);
}

// Tries the addresses in turn; each gets its share of the time that is left.
Outcome CpprestTransport::attempt_anew(const Call& call) {
  const SteadyTime deadline = open_limit(call.patience);
  Addresses addresses{connection_.host};
  if (resolver_) {
    auto resolved = resolver_->resolve(deadline, call.stop);
    if (!resolved) return {resolved.error(), false};
    addresses = *std::move(resolved);
  }
  Outcome outcome{Error{ErrorCode::Unavailable, connection_.host + " has no address"}, false};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const SteadyTime now = clock_.steady_now();
    const auto share = (deadline - now) / static_cast<long>(addresses.size() - i);
    outcome = attempt(make_line(addresses[i], call), call, now + share);
    const bool never_up =
        !outcome.response && !outcome.opened &&
        (!outcome.sent || outcome.response.error().code == ErrorCode::DeadlineExceeded);
    if (!never_up) break;
  }
  // Perhaps the certificates have been renewed; cancellation and silence say nothing of them.
  if (!outcome.response && !outcome.opened &&
      outcome.response.error().code == ErrorCode::Unavailable) {
    credentials_.expire();
  }
  return outcome;
}

Outcome CpprestTransport::attempt(std::unique_ptr<Line> line, const Call& call,
                                  SteadyTime open_by) {
  Outcome outcome =
      line->run([&] { return request_of(call); }, call.body, call.patience, open_by, call.stop);
  if (outcome.response && outcome.response->status == kUnauthorized) {
    credentials_.expire();  // and another connection, for this one may be who we are no more
  } else if (outcome.response) {
    pool_.put(std::move(line));
  }
  return outcome;
}

std::unique_ptr<Line> CpprestTransport::make_line(const std::string& address, const Call& call) {
  auto state = std::make_shared<LineState>();
  state->context = call.context;
  state->server_name =
      connection_.tls_server_name.empty() ? connection_.host : connection_.tls_server_name;
  state->ipv6 = is_ipv6_literal(address);
  return std::make_unique<Line>(peer_, clock_,
                                base_of(connection_.tls, address, port_of(connection_.port)),
                                std::move(state));
}

web::http::http_request CpprestTransport::request_of(const Call& call) const {
  web::http::http_request request(std::string(kube::to_string(call.request.method)));
  request.set_request_uri(web::uri(connection_.path_prefix + call.request.target));
  if (sends_body(call.request)) request.set_body(call.request.body, call.request.content_type);
  auto& headers = request.headers();
  headers.add("Host", authority_of(connection_));
  headers.add("Accept", std::string(kube::accepted_types(call.request)));
  if (!connection_.user_agent.empty()) headers.add("User-Agent", connection_.user_agent);
  if (!call.token.empty()) headers.add("Authorization", "Bearer " + call.token);
  return request;
}

}  // namespace

std::unique_ptr<kube::Transport> make_cpprest_transport(const kube::Connection& connection,
                                                        Clock& clock, Logger log,
                                                        TransportLimits limits) {
  start_library();
  return std::make_unique<CpprestTransport>(connection, clock, std::move(log), limits);
}

}  // namespace sojourn::http
