#include "tests/fake/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace sojourn::fake {
namespace {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

KeyPtr make_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

template <typename Write>
std::string to_pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  write(out.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return to_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

std::string pem_of(EVP_PKEY* key) {
  return to_pem(
      [&](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  if (!extension) throw std::invalid_argument("bad certificate extension: " + value);
  X509_add_ext(certificate, extension.get(), -1);
}

CertificatePtr begin_certificate(const std::string& common_name, EVP_PKEY* key, long valid_for) {
  static std::atomic<long> serial{1};
  CertificatePtr certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_for);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

struct CertificateAuthority::Keys {
  KeyPtr key = make_key();
  CertificatePtr certificate = begin_certificate("test authority", key.get(), 7200);
};

CertificateAuthority::CertificateAuthority() : keys_(std::make_unique<Keys>()) {
  X509* self = keys_->certificate.get();
  X509_set_issuer_name(self, X509_get_subject_name(self));
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  X509_sign(self, keys_->key.get(), EVP_sha256());
  certificate_ = pem_of(self);
}

CertificateAuthority::~CertificateAuthority() = default;

Identity CertificateAuthority::issue(const std::string& common_name,
                                     const std::vector<std::string>& alternative_names,
                                     long valid_for_seconds) const {
  const KeyPtr key = make_key();
  const CertificatePtr leaf = begin_certificate(common_name, key.get(), valid_for_seconds);
  X509* issuer = keys_->certificate.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
  add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid");
  std::string names;
  for (const auto& name : alternative_names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(leaf.get(), issuer, NID_subject_alt_name, names);
  X509_sign(leaf.get(), keys_->key.get(), EVP_sha256());
  return {pem_of(leaf.get()), pem_of(key.get())};
}

}  // namespace sojourn::fake
