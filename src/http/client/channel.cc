#include "http/client/channel.h"

#include <sys/socket.h>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <utility>

#include "http/client/socket_options.h"

namespace sojourn::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

error_code Channel::run(SteadyTime deadline, const std::function<void(Handler)>& start,
                        std::size_t* transferred) {
  error_code result;
  bool done = false;
  io_.restart();
  start([&](const error_code& code, std::size_t count) {
    result = code;
    if (transferred != nullptr) *transferred = count;
    done = true;
  });
  io_.run_for(deadline - clock_.steady_now());
  if (!done) {
    timed_out_ = true;
    error_code ignored;
    socket_.close(ignored);
    while (!done) io_.run_one();
  }
  return result;
}

error_code Channel::connect_to(const Tcp::endpoint& endpoint, SteadyTime deadline) {
  error_code code;
  socket_.close(code);
  if (socket_.open(endpoint.protocol(), code); code) return code;
  set_socket_options(socket_.native_handle());
  return run(deadline, [&](Handler handler) {
    socket_.async_connect(endpoint, [handler](const error_code& result) { handler(result, 0); });
  });
}

Result<void> Channel::connect(const std::vector<std::string>& addresses, std::uint16_t port,
                              SteadyTime deadline) {
  error_code code = asio::error::host_not_found;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto address = asio::ip::make_address(addresses[i], code);
    if (code) continue;
    const SteadyTime now = clock_.steady_now();
    const auto share = (deadline - now) / static_cast<long>(addresses.size() - i);
    timed_out_ = false;
    code = connect_to({address, port}, now + share);
    if (!code || interrupted_) break;
  }
  if (code || interrupted_) return failure("cannot connect to", code);
  return {};
}

Result<void> Channel::start_tls(std::shared_ptr<TlsContext> context, const std::string& server_name,
                                SteadyTime deadline) {
  context_ = std::move(context);
  tls_.emplace(socket_, context_->asio());
  if (auto prepared = context_->prepare(tls_->native_handle(), server_name); !prepared) {
    return prepared.error();
  }
  const error_code code = run(deadline, [&](Handler handler) {
    tls_->async_handshake(asio::ssl::stream_base::client,
                          [handler](const error_code& result) { handler(result, 0); });
  });
  if (code || interrupted_) return handshake_failure(code);
  return {};
}

Result<void> Channel::write(std::string_view bytes, SteadyTime deadline) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  const error_code code = run(deadline, [&](Handler handler) {
    if (tls_) {
      asio::async_write(*tls_, buffer, std::move(handler));
    } else {
      asio::async_write(socket_, buffer, std::move(handler));
    }
  });
  if (code || interrupted_) return failure("cannot send to", code);
  return {};
}

Result<std::size_t> Channel::read_some(std::span<char> bytes, SteadyTime deadline) {
  const asio::mutable_buffer buffer(bytes.data(), bytes.size());
  std::size_t count = 0;
  const error_code code = run(
      deadline,
      [&](Handler handler) {
        if (tls_) {
          tls_->async_read_some(buffer, std::move(handler));
        } else {
          socket_.async_read_some(buffer, std::move(handler));
        }
      },
      &count);
  if (code == asio::error::eof && !interrupted_) return std::size_t{0};
  if (code || interrupted_) return failure("cannot read from", code);
  return count;
}

void Channel::interrupt() {
  asio::post(io_, [this] {
    interrupted_ = true;
    error_code ignored;
    socket_.close(ignored);
  });
}

bool Channel::idle_and_open() {
  io_.restart();
  io_.poll();  // an interrupt() that came too late for the last operation
  if (interrupted_ || timed_out_ || !socket_.is_open()) return false;
  char byte = 0;
  const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Error Channel::failure(std::string_view doing, const error_code& code) const {
  if (interrupted_) return Error{ErrorCode::Cancelled, "the call to " + peer_ + " was cancelled"};
  if (timed_out_) {
    return Error{ErrorCode::DeadlineExceeded,
                 std::string(doing) + " " + peer_ + ": it did not answer in time"};
  }
  const bool cut = code == asio::ssl::error::stream_truncated;
  return Error{ErrorCode::Unavailable,
               std::string(doing) + " " + peer_ + ": " +
                   (cut ? "closed without a TLS close_notify" : code.message())};
}

Error Channel::handshake_failure(const error_code& code) {
  if (interrupted_ || timed_out_) return failure("cannot set up TLS with", code);
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict != X509_V_OK) {
    return Error{ErrorCode::Unavailable, "the certificate of " + peer_ + " is refused: " +
                                             X509_verify_cert_error_string(verdict)};
  }
  return failure("cannot set up TLS with", code);
}

}  // namespace sojourn::http
