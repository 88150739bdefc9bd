#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/result.h"

namespace sojourn::http {

// Owners of OpenSSL's objects.
template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;

// Every certificate of a PEM text, in order. Configuration when there is none or one is broken;
// `what` names the text in the message ("the cluster's CA").
Result<std::vector<CertificatePtr>> parse_certificates(std::string_view pem, std::string_view what);

// Gives `context` a certificate with its chain and private key, both PEM. Configuration when either
// is broken, the key is encrypted or they do not belong together.
Result<void> use_certificate(SSL_CTX* context, std::string_view certificate_pem,
                             std::string_view key_pem, std::string_view what);

// The reason of the oldest error in OpenSSL's queue of this thread, which is emptied.
std::string take_openssl_error();

}  // namespace sojourn::http
