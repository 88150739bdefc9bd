#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <functional>
#include <memory>

namespace sojourn::http {

// A connected socket, plain or TLS, so that the code above it is compiled once. Completions run on
// the executor of the TCP socket (a strand); one operation at a time. Not thread-safe.
class Socket {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Code = boost::system::error_code;
  using Done = std::function<void(const Code& code, std::size_t count)>;

  virtual ~Socket() = default;
  virtual void handshake(Done done) = 0;
  virtual void read_some(boost::asio::mutable_buffer buffer, Done done) = 0;
  virtual void write(boost::asio::const_buffer buffer, Done done) = 0;
  // Says goodbye in TLS; nothing on a plain socket.
  virtual void shutdown(Done done) = 0;
  virtual Tcp::socket& tcp() = 0;
};

std::unique_ptr<Socket> make_plain_socket(Socket::Tcp::socket socket);
std::unique_ptr<Socket> make_tls_socket(Socket::Tcp::socket socket,
                                        std::shared_ptr<boost::asio::ssl::context> context);

}  // namespace sojourn::http
