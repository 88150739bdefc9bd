#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/wire/openssl.h"
#include "sojourn/base/result.h"

namespace sojourn::http {

// The PEM texts one TLS context is made of. Without a client certificate both of its texts are
// empty.
struct TlsMaterial {
  std::string certificate_authority;
  std::string client_certificate;
  std::string client_key;
  bool operator==(const TlsMaterial&) const = default;
};

// What every TLS connection to the API server shares: TLS ≥ 1.2, the cluster's CA as the only
// trusted one, our certificate, and the sessions the server offered for quicker handshakes.
// Thread-safe; must outlive the connections made with it.
class TlsContext {
 public:
  // Configuration when a text is not what it should be.
  static Result<std::shared_ptr<TlsContext>> make(const TlsMaterial& material);

  explicit TlsContext(SslContextPtr context);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  boost::asio::ssl::context& asio() { return asio_; }

  // Makes a new connection ask for and insist on `server_name` (a DNS name or an IP literal), and
  // try an earlier session. Internal when OpenSSL refuses.
  Result<void> prepare(SSL* connection, const std::string& server_name);

 private:
  static int keep_session(SSL* connection, SSL_SESSION* session);
  SessionPtr take_session();

  boost::asio::ssl::context asio_;
  std::mutex mutex_;
  std::vector<SessionPtr> sessions_;  // guarded by mutex_; newest last
};

}  // namespace sojourn::http
