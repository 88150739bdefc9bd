#include "http/client/credentials.h"

#include <string_view>
#include <utility>

#include "sojourn/base/file.h"

namespace sojourn::http {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;  // a CA bundle of a few hundred certificates

Result<std::string> load(const kube::Material& source) {
  if (source.file.empty()) return source.data;
  return read_file(source.file, kMaxFileBytes);
}

std::string trimmed(std::string text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto last = text.find_last_not_of(kSpace);
  if (last == std::string::npos) return {};
  text.erase(last + 1);
  return text.substr(text.find_first_not_of(kSpace));
}

}  // namespace

Credentials::Credentials(const kube::Connection& connection, Clock& clock, Logger log,
                         std::chrono::milliseconds reread)
    : with_tls_(connection.tls),
      token_source_(connection.token),
      authority_source_(connection.certificate_authority),
      certificate_source_(connection.client_certificate),
      key_source_(connection.client_key),
      clock_(clock),
      log_(std::move(log)),
      reread_(reread) {
  if (!with_tls_) context_ = std::shared_ptr<TlsContext>{};
}

Result<std::string> Credentials::token() {
  const std::lock_guard lock(mutex_);
  refresh();
  return token_;
}

Result<std::shared_ptr<TlsContext>> Credentials::tls() {
  const std::lock_guard lock(mutex_);
  refresh();
  return context_;
}

void Credentials::expire() {
  const std::lock_guard lock(mutex_);
  read_at_.reset();
}

void Credentials::refresh() {
  const SteadyTime now = clock_.steady_now();
  if (read_at_ && now - *read_at_ < reread_) return;
  read_at_ = now;
  auto token = load(token_source_);
  if (token) token = trimmed(*std::move(token));
  take(token_, std::move(token));
  if (with_tls_) take(context_, load_context());
}

template <typename T>
void Credentials::take(Result<T>& kept, Result<T> fresh) {
  if (fresh || !kept) {
    kept = std::move(fresh);
  } else {
    log_.warn("keeping the credentials read before: " + fresh.error().message);
  }
}

// A new context only for new material: connections are kept as long as theirs is the current one.
Result<std::shared_ptr<TlsContext>> Credentials::load_context() {
  auto authority = load(authority_source_);
  if (!authority) return authority.error();
  auto certificate = load(certificate_source_);
  if (!certificate) return certificate.error();
  auto key = load(key_source_);
  if (!key) return key.error();
  if (authority->empty()) {
    return Error{ErrorCode::Configuration,
                 "no certificate authority is given for the API server; give the cluster's CA"};
  }
  TlsMaterial material{*std::move(authority), *std::move(certificate), *std::move(key)};
  if (context_ && material == material_) return context_;
  auto context = TlsContext::make(material);
  if (context) material_ = std::move(material);
  return context;
}

}  // namespace sojourn::http
