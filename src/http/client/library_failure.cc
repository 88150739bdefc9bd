#include "http/client/library_failure.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "http/client/answer_error.h"

namespace sojourn::http {
namespace {

constexpr std::string_view kConnecting = "Failed to connect";
constexpr std::string_view kShakingHands = "Error in SSL handshake";

Error unavailable(std::string_view doing, const std::string& peer, std::string_view why) {
  return {ErrorCode::Unavailable, std::string(doing) + " " + peer + ": " + std::string(why)};
}

Error handshake_failure(const LibraryFailure& failure, const std::string& peer) {
  if (failure.verdict != X509_V_OK) {
    return unavailable("the certificate of", peer,
                       std::string("refused: ") + X509_verify_cert_error_string(failure.verdict));
  }
  const char* reason = ERR_reason_error_string(static_cast<unsigned>(failure.code));
  return unavailable("cannot set up TLS with", peer,
                     reason != nullptr ? reason : "the connection was closed");
}

}  // namespace

Error describe(const LibraryFailure& failure, const std::string& peer) {
  if (failure.code == ETIMEDOUT) {
    return {ErrorCode::DeadlineExceeded,
            "cannot read from " + peer + ": it did not answer in time"};
  }
  if (failure.text.starts_with(kShakingHands)) return handshake_failure(failure, peer);
  if (failure.text.starts_with("Invalid ")) return not_http(peer, failure.text);
  // The library tells a refused connection as an unreachable host.
  if (failure.text.starts_with(kConnecting) && failure.code == EHOSTUNREACH) {
    return unavailable("cannot connect to", peer, "Connection refused, or no route to it");
  }
  if (failure.text.starts_with(kConnecting)) {
    return unavailable("cannot connect to", peer, std::generic_category().message(failure.code));
  }
  return unavailable("the connection broke off to", peer, failure.text);
}

bool is_before_sending(const LibraryFailure& failure) {
  return failure.text.starts_with(kConnecting) || failure.text.starts_with(kShakingHands);
}

}  // namespace sojourn::http
