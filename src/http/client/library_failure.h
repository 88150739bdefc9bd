#pragma once

#include <string>

#include "sojourn/base/error.h"

namespace sojourn::http {

// A failed call as cpprestsdk 2.10 tells it. Its codes are those of the system but for TLS, where
// they are OpenSSL's, and some are replaced by others: the text says more.
struct LibraryFailure {
  int code = 0;
  std::string text;
  long verdict = 0;  // OpenSSL's on the server's certificate
};

// Malformed, DeadlineExceeded (a limit of the library's own), otherwise Unavailable.
Error describe(const LibraryFailure& failure, const std::string& peer);
// Nothing of the request has left.
bool is_before_sending(const LibraryFailure& failure);

}  // namespace sojourn::http
