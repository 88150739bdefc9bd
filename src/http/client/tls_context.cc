#include "http/client/tls_context.h"

#include <openssl/x509v3.h>

#include <utility>

#include "http/client/address.h"

namespace sojourn::http {
namespace {

constexpr std::size_t kMaxSessions = 8;

// Where a TlsContext keeps its own address in its SSL_CTX (index 0 belongs to Asio).
int self_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Replaces the trust store, so that nothing of the machine's own is in it.
Result<void> trust_only(SSL_CTX* context, const std::string& certificate_authority) {
  X509_STORE* store = X509_STORE_new();
  SSL_CTX_set_cert_store(context, store);  // takes it over
  auto authorities = parse_certificates(certificate_authority, "the certificate authority");
  if (!authorities) return authorities.error();
  for (const auto& authority : *authorities) {
    X509_STORE_add_cert(store, authority.get());
    // Reads its extensions now; otherwise the first handshakes would, several at once, with a guard
    // that ThreadSanitizer does not see.
    X509_check_purpose(authority.get(), -1, 0);
  }
  // As in Go: whatever certificate is given is trusted as it is, an intermediate one included.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

// The rules that prepare() has set decide, whatever callback a library puts on its connections. A
// connection that was never prepared would take any certificate of the authority's: it is refused.
int judge(X509_STORE_CTX* chain, void*) {
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(chain);
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(rules);
  const bool names_server = address != nullptr || X509_VERIFY_PARAM_get0_host(rules, 0) != nullptr;
  OPENSSL_free(address);
  if (!names_server) {
    X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
  }
  X509_STORE_CTX_set_verify_cb(chain, [](int verdict, X509_STORE_CTX*) { return verdict; });
  return X509_verify_cert(chain);
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsMaterial& material) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    return Error{ErrorCode::Internal, "cannot set up TLS: " + take_openssl_error()};
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), judge, nullptr);
  if (auto trusted = trust_only(context.get(), material.certificate_authority); !trusted) {
    return trusted.error();
  }
  if (!material.client_certificate.empty() || !material.client_key.empty()) {
    auto used = use_certificate(context.get(), material.client_certificate, material.client_key,
                                "the client certificate");
    if (!used) return used.error();
  }
  return std::make_shared<TlsContext>(std::move(context));
}

TlsContext::TlsContext(SslContextPtr context) : asio_(context.release()) {
  SSL_CTX* native = asio_.native_handle();
  SSL_CTX_set_ex_data(native, self_index(), this);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, &TlsContext::keep_session);
}

Result<void> TlsContext::prepare(SSL* connection, const std::string& server_name) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  // An address is not a legal SNI name (RFC 6066) and is checked against the IP SANs.
  const bool set = is_ip_literal(server_name)
                       ? X509_VERIFY_PARAM_set1_ip_asc(rules, server_name.c_str()) == 1
                       : X509_VERIFY_PARAM_set1_host(rules, server_name.c_str(), 0) == 1 &&
                             SSL_set_tlsext_host_name(connection, server_name.c_str()) == 1;
  if (!set) {
    return Error{ErrorCode::Internal,
                 "cannot verify the server name " + server_name + ": " + take_openssl_error()};
  }
  if (const SessionPtr session = take_session()) SSL_set_session(connection, session.get());
  return {};
}

int TlsContext::keep_session(SSL* connection, SSL_SESSION* session) {
  auto* self =
      static_cast<TlsContext*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), self_index()));
  // A copy, for OpenSSL forbids the reuse of a session whose connection ends without a goodbye, and
  // that is not worth a packet when the answer was complete.
  SessionPtr copy(SSL_SESSION_dup(session));
  const std::lock_guard lock(self->mutex_);
  if (self->sessions_.size() == kMaxSessions) self->sessions_.erase(self->sessions_.begin());
  if (copy) self->sessions_.push_back(std::move(copy));
  return 0;  // the session itself was not kept
}

// Each session is used once: TLS 1.3 asks for that, and no two connections then share one.
SessionPtr TlsContext::take_session() {
  const std::lock_guard lock(mutex_);
  if (sessions_.empty()) return nullptr;
  SessionPtr newest = std::move(sessions_.back());
  sessions_.pop_back();
  return newest;
}

}  // namespace sojourn::http
