#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/client/tls_context.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/result.h"

static_assert(BOOST_VERSION == 107400,
              "libraries in the same process bring Boost 1.74; another version breaks them");

namespace sojourn::http {

// One byte connection to the API server, plain or TLS. It owns an io_context that the calling
// thread runs until the operation at hand ends, so each operation has a deadline and needs no other
// thread. Not thread-safe but for interrupt(). After an error the channel is of no further use.
// Errors: Cancelled (after interrupt()), DeadlineExceeded, Unavailable; their messages name `peer`.
class Channel {
 public:
  // `peer` is "host:port" for messages; `clock` must outlive the channel.
  Channel(std::string peer, Clock& clock) : peer_(std::move(peer)), clock_(clock) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Tries the addresses (IP literals) in turn; each gets its share of the time that is left.
  Result<void> connect(const std::vector<std::string>& addresses, std::uint16_t port,
                       SteadyTime deadline);
  Result<void> start_tls(std::shared_ptr<TlsContext> context, const std::string& server_name,
                         SteadyTime deadline);

  Result<void> write(std::string_view bytes, SteadyTime deadline);
  // The number of bytes put into `buffer`, at least 1; 0 when the peer has ended the stream in the
  // proper way (TLS: with a close_notify).
  Result<std::size_t> read_some(std::span<char> buffer, SteadyTime deadline);

  // Ends the operation under way, and every later one, with Cancelled. Thread-safe.
  void interrupt();
  // True when the channel can carry another request: it was not interrupted, the peer has not
  // closed it and nothing waits to be read.
  bool idle_and_open();

  const std::string& peer() const { return peer_; }
  // What the connection was made with; null for a plain one.
  const std::shared_ptr<TlsContext>& tls_context() const { return context_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  using ErrorCodeOf = boost::system::error_code;
  using Handler = std::function<void(const ErrorCodeOf&, std::size_t)>;

  // Starts an operation with a handler and runs until it has ended; closes the socket when the
  // deadline passes first.
  ErrorCodeOf run(SteadyTime deadline, const std::function<void(Handler)>& start,
                  std::size_t* transferred = nullptr);
  ErrorCodeOf connect_to(const Tcp::endpoint& endpoint, SteadyTime deadline);
  Error failure(std::string_view doing, const ErrorCodeOf& code) const;
  Error handshake_failure(const ErrorCodeOf& code);

  const std::string peer_;
  Clock& clock_;
  boost::asio::io_context io_{1};
  Tcp::socket socket_{io_};
  std::shared_ptr<TlsContext> context_;  // before tls_, which refers to it
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;
  bool interrupted_ = false;  // set on the thread that runs io_
  bool timed_out_ = false;
};

}  // namespace sojourn::http
