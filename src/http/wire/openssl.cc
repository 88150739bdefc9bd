#include "http/wire/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

namespace sojourn::http {
namespace {

// Without one OpenSSL would ask for the passphrase of an encrypted key on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Error broken(std::string_view what, const std::string& why) {
  return Error{ErrorCode::Configuration, std::string(what) + " cannot be used: " + why};
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown error" : reason;
}

Result<std::vector<CertificatePtr>> parse_certificates(std::string_view pem,
                                                       std::string_view what) {
  const BioPtr reader = reader_of(pem);
  std::vector<CertificatePtr> certificates;
  while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) {
    certificates.emplace_back(next);
  }
  const unsigned long stopped = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(stopped) == ERR_LIB_PEM && ERR_GET_REASON(stopped) == PEM_R_NO_START_LINE;
  const std::string reason = take_openssl_error();
  if (!at_end) return broken(what, "it holds a broken certificate (" + reason + ")");
  if (certificates.empty()) return broken(what, "it holds no PEM certificate");
  return certificates;
}

Result<void> use_certificate(SSL_CTX* context, std::string_view certificate_pem,
                             std::string_view key_pem, std::string_view what) {
  auto chain = parse_certificates(certificate_pem, what);
  if (!chain) return chain.error();
  const KeyPtr key(
      PEM_read_bio_PrivateKey(reader_of(key_pem).get(), nullptr, no_passphrase, nullptr));
  if (!key) {
    return broken(what,
                  "its key is not an unencrypted PEM private key (" + take_openssl_error() + ")");
  }
  bool taken = SSL_CTX_use_certificate(context, chain->front().get()) == 1;
  for (std::size_t i = 1; taken && i < chain->size(); ++i) {
    taken = SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) == 1;
  }
  taken = taken && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  if (!taken) return broken(what, take_openssl_error());
  return {};
}

}  // namespace sojourn::http
