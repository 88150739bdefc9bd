#pragma once

#include <memory>
#include <string>
#include <vector>

namespace sojourn::fake {

// A certificate and its private key, both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

// A certificate authority made on the spot, for tests. Immutable after construction.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  // Its own certificate, PEM.
  const std::string& certificate() const { return certificate_; }
  // `alternative_names` as OpenSSL writes them: "IP:127.0.0.1", "DNS:kubernetes.default.svc". The
  // certificate is good for servers and clients until `valid_for_seconds` from now.
  Identity issue(const std::string& common_name, const std::vector<std::string>& alternative_names,
                 long valid_for_seconds = 3600) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string certificate_;
};

}  // namespace sojourn::fake
