#include "http/server/tls_identity.h"

#include <utility>

#include "http/wire/openssl.h"
#include "sojourn/base/file.h"

namespace sojourn::http {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

Result<TlsIdentity::Context> make_context(const std::string& certificate, const std::string& key) {
  SslContextPtr native(SSL_CTX_new(TLS_server_method()));
  if (!native) {
    return Error{ErrorCode::Internal, "cannot set up TLS: " + take_openssl_error()};
  }
  SSL_CTX_set_min_proto_version(native.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(native.get(), SSL_OP_NO_RENEGOTIATION);
  auto used = use_certificate(native.get(), certificate, key, "the server's certificate");
  if (!used) return used.error();
  return std::make_shared<boost::asio::ssl::context>(native.release());
}

}  // namespace

Result<void> TlsIdentity::reload() {
  auto certificate = read_file(certificate_file_, kMaxFileBytes);
  if (!certificate) return certificate.error();
  auto key = read_file(key_file_, kMaxFileBytes);
  if (!key) return key.error();
  const std::lock_guard lock(mutex_);
  if (context_ && *certificate == certificate_ && *key == key_) return {};
  auto made = make_context(*certificate, *key);
  if (!made) return made.error();
  context_ = *std::move(made);
  certificate_ = *std::move(certificate);
  key_ = *std::move(key);
  return {};
}

void TlsIdentity::reload_or_warn() {
  if (auto reloaded = reload(); !reloaded) {
    log_.warn("keeping the server's certificate read before: " + reloaded.error().message);
  }
}

TlsIdentity::Context TlsIdentity::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace sojourn::http
