#include "sojourn/http/digest.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

namespace sojourn::http {
namespace {

// Fetched once: OpenSSL 3 otherwise looks through its providers for every digest, which takes
// longer than the digest of a name.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kSha256(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  return kSha256.get();
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256(), nullptr);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

}  // namespace sojourn::http
