#include "tests/fake/scripted_server.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace sojourn::fake {
namespace {

using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

int open_listener(const std::string& address, std::uint16_t& port) {
  const bool ipv6 = address.find(':') != std::string::npos;
  const int listener = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (ipv6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    in6->sin6_family = AF_INET6;
    inet_pton(AF_INET6, address.c_str(), &in6->sin6_addr);
    size = sizeof *in6;
  } else {
    auto* in4 = reinterpret_cast<sockaddr_in*>(&storage);
    in4->sin_family = AF_INET;
    inet_pton(AF_INET, address.c_str(), &in4->sin_addr);
    size = sizeof *in4;
  }
  auto* any = reinterpret_cast<sockaddr*>(&storage);
  if (::bind(listener, any, size) != 0 || ::listen(listener, 256) != 0) {
    throw std::runtime_error("the tests need to listen on " + address + ", and cannot");
  }
  ::getsockname(listener, any, &size);
  port = ntohs(ipv6 ? reinterpret_cast<sockaddr_in6*>(any)->sin6_port
                    : reinterpret_cast<sockaddr_in*>(any)->sin_port);
  return listener;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Takes "Name: value" lines up to the empty one.
ReceivedRequest parse_head(const std::string& head) {
  ReceivedRequest request;
  const auto first_end = head.find("\r\n");
  const auto space = head.find(' ');
  request.method = head.substr(0, space);
  request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  for (auto at = first_end + 2; at < head.size();) {
    const auto end = head.find("\r\n", at);
    const auto colon = head.find(':', at);
    if (end == std::string::npos || end == at || colon > end) break;
    const auto value = head.find_first_not_of(' ', colon + 1);  // the space is optional
    request.headers[lower(head.substr(at, colon - at))] = head.substr(value, end - value);
    at = end + 2;
  }
  return request;
}

}  // namespace

bool Peer::reply(int status, std::string_view body, std::string_view headers) {
  return write("HTTP/1.1 " + std::to_string(status) +
               " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               std::string(headers) + "\r\n" + std::string(body));
}

bool Peer::begin_chunked(int status) {
  return write("HTTP/1.1 " + std::to_string(status) + " X\r\nTransfer-Encoding: chunked\r\n\r\n");
}

bool Peer::chunk(std::string_view bytes) {
  std::array<char, 32> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return write(size.data() + std::string(bytes) + "\r\n");
}

bool Peer::end_chunked() {
  return write("0\r\n\r\n");
}

struct ScriptedServer::TlsSettings {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_server_method()),
                                                            SSL_CTX_free};

  explicit TlsSettings(const Options& options) {
    SSL_CTX* native = context.get();
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(reader_of(options.identity->certificate).get(), nullptr, nullptr,
                          nullptr),
        X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(reader_of(options.identity->key).get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free);
    SSL_CTX_use_certificate(native, certificate.get());
    SSL_CTX_use_PrivateKey(native, key.get());
    SSL_CTX_set_session_id_context(native, reinterpret_cast<const unsigned char*>("test"), 4);
    if (options.only_tls_1_1) {
      SSL_CTX_set_security_level(native, 0);
      SSL_CTX_set_min_proto_version(native, TLS1_1_VERSION);
      SSL_CTX_set_max_proto_version(native, TLS1_1_VERSION);
    }
    if (!options.client_authority.empty()) {
      const std::unique_ptr<X509, decltype(&X509_free)> authority(
          PEM_read_bio_X509(reader_of(options.client_authority).get(), nullptr, nullptr, nullptr),
          X509_free);
      X509_STORE_add_cert(SSL_CTX_get_cert_store(native), authority.get());
      SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    }
  }
};

struct ScriptedServer::Connection final : Peer {
  ScriptedServer& server;
  const int socket;
  const int position;
  SslPtr ssl{nullptr, SSL_free};
  std::string unread;
  bool open = true;
  std::atomic<bool> finished{false};
  std::jthread thread;

  Connection(ScriptedServer& owner, int fd, int at) : server(owner), socket(fd), position(at) {}
  ~Connection() override {
    if (thread.joinable()) thread.join();
    ::close(socket);
  }

  bool shake_hands() {
    if (!server.tls_) return true;
    ssl.reset(SSL_new(server.tls_->context.get()));
    SSL_set_fd(ssl.get(), socket);
    ERR_clear_error();
    return SSL_accept(ssl.get()) == 1;
  }

  long read_some(char* bytes, std::size_t size) {
    if (!ssl) return ::recv(socket, bytes, size, 0);
    ERR_clear_error();
    return SSL_read(ssl.get(), bytes, static_cast<int>(size));
  }

  bool read_more() {
    std::array<char, 16 * 1024> block{};
    const long got = read_some(block.data(), block.size());
    if (got > 0) unread.append(block.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  std::optional<ReceivedRequest> read_request() override {
    auto end = unread.find("\r\n\r\n");
    for (; end == std::string::npos; end = unread.find("\r\n\r\n")) {
      if (!read_more()) return std::nullopt;
    }
    ReceivedRequest request = parse_head(unread.substr(0, end + 4));
    unread.erase(0, end + 4);
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (unread.size() < size) {
      if (!read_more()) return std::nullopt;
    }
    request.body = unread.substr(0, size);
    unread.erase(0, size);
    const std::lock_guard lock(server.mutex_);
    server.requests_.push_back(request);
    return request;
  }

  bool write(std::string_view bytes) override {
    while (open && !bytes.empty()) {
      ERR_clear_error();
      const long sent = ssl ? SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()))
                            : ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return open;
  }

  void hold() override {
    while (read_more()) unread.clear();
  }

  bool pause(std::chrono::milliseconds time) override {
    pollfd nothing{-1, 0, 0};
    for (auto left = time; left.count() > 0 && !server.ending_; left -= std::min(left, kSlice)) {
      ::poll(&nothing, 0, static_cast<int>(std::min(left, kSlice).count()));
    }
    return !server.ending_;
  }
  static constexpr std::chrono::milliseconds kSlice{20};

  void lose_packets() override {
    // A segment that is sent again would be a sign of life.
    for (int unacknowledged = 1; unacknowledged > 0 && pause(kSlice);) {
      if (::ioctl(socket, SIOCOUTQ, &unacknowledged) != 0) return;
    }
    sock_filter drop_all{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &drop_all};
    ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
  }

  void tls_close() override {
    if (open && ssl) SSL_shutdown(ssl.get());
    fin();
  }
  void fin() override {
    if (open) ::shutdown(socket, SHUT_WR);
    open = false;
  }
  void rst() override {
    const linger abort{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    // Disconnecting sends the RST and leaves the descriptor to its owner.
    sockaddr unspecified{};
    unspecified.sa_family = AF_UNSPEC;
    ::connect(socket, &unspecified, sizeof unspecified);
    open = false;
  }

  int index() const override { return position; }
  bool session_resumed() const override { return ssl && SSL_session_reused(ssl.get()) == 1; }
  std::string server_name_asked() const override {
    const char* name = ssl ? SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
    return name == nullptr ? "" : name;
  }
  std::string client_common_name() const override {
    const X509* certificate = ssl ? SSL_get0_peer_certificate(ssl.get()) : nullptr;
    if (certificate == nullptr) return "";
    std::array<char, 256> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    return name.data();
  }
};

ScriptedServer::ScriptedServer(Options options, Script script)
    : options_(std::move(options)), script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write(2)
  if (options_.identity) tls_ = std::make_unique<TlsSettings>(options_);
  listener_ = open_listener(options_.address, port_);
  acceptor_ = std::jthread([this] { accept_loop(); });
}

ScriptedServer::~ScriptedServer() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  std::list<std::unique_ptr<Connection>> last;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& connection : live_) ::shutdown(connection->socket, SHUT_RDWR);
    last.swap(live_);
  }
}

std::vector<ReceivedRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::forget_requests() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
  requests_.shrink_to_fit();
}

void ScriptedServer::accept_loop() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    reap();
    auto owned = std::make_unique<Connection>(*this, socket, connections_++);
    Connection& connection = *owned;
    {
      const std::lock_guard lock(mutex_);
      live_.push_back(std::move(owned));
    }
    connection.thread = std::jthread([this, &connection] { serve(connection); });
  }
}

void ScriptedServer::serve(Connection& connection) {
  if (options_.silent_before_handshake) {
    std::array<char, 1024> ignored{};
    while (::recv(connection.socket, ignored.data(), ignored.size(), 0) > 0) continue;
  } else if (connection.shake_hands()) {
    script_(connection);
  }
  connection.tls_close();
  ::shutdown(connection.socket, SHUT_RDWR);
  connection.finished = true;
}

void ScriptedServer::reap() {
  std::list<std::unique_ptr<Connection>> finished;
  const std::lock_guard lock(mutex_);
  for (auto at = live_.begin(); at != live_.end();) {
    const auto next = std::next(at);
    if ((*at)->finished) finished.splice(finished.end(), live_, at);
    at = next;
  }
}

}  // namespace sojourn::fake
