#include "http/server/socket.h"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace sojourn::http {
namespace {

namespace asio = boost::asio;

class PlainSocket final : public Socket {
 public:
  explicit PlainSocket(Tcp::socket socket) : socket_(std::move(socket)) {}

  void handshake(Done done) override { succeed(std::move(done)); }
  void read_some(asio::mutable_buffer buffer, Done done) override {
    socket_.async_read_some(buffer, std::move(done));
  }
  void write(asio::const_buffer buffer, Done done) override {
    asio::async_write(socket_, buffer, std::move(done));
  }
  void shutdown(Done done) override { succeed(std::move(done)); }
  Tcp::socket& tcp() override { return socket_; }

 private:
  void succeed(Done done) {
    asio::post(socket_.get_executor(), [done = std::move(done)] { done({}, 0); });
  }

  Tcp::socket socket_;
};

class TlsSocket final : public Socket {
 public:
  TlsSocket(Tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), stream_(std::move(socket), *context_) {}

  void handshake(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](const Code& code) { done(code, 0); });
  }
  void read_some(asio::mutable_buffer buffer, Done done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void write(asio::const_buffer buffer, Done done) override {
    asio::async_write(stream_, buffer, std::move(done));
  }
  void shutdown(Done done) override {
    stream_.async_shutdown([done = std::move(done)](const Code& code) { done(code, 0); });
  }
  Tcp::socket& tcp() override { return stream_.next_layer(); }

 private:
  std::shared_ptr<asio::ssl::context> context_;  // before stream_, which refers to it
  asio::ssl::stream<Tcp::socket> stream_;
};

}  // namespace

std::unique_ptr<Socket> make_plain_socket(Socket::Tcp::socket socket) {
  return std::make_unique<PlainSocket>(std::move(socket));
}

std::unique_ptr<Socket> make_tls_socket(Socket::Tcp::socket socket,
                                        std::shared_ptr<asio::ssl::context> context) {
  return std::make_unique<TlsSocket>(std::move(socket), std::move(context));
}

}  // namespace sojourn::http
