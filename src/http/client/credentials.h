#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/client/tls_context.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/kube/connection.h"

namespace sojourn::http {

// The token and the TLS context of one API server, kept up with their files: these are read again
// when the last reading is older than `reread` or after expire(). A file that cannot be read or
// used any more leaves what was read before in force, with one warning a reading: a rotation is not
// atomic, and the old credential may still be good. Thread-safe. `clock` must outlive it.
class Credentials {
 public:
  Credentials(const kube::Connection& connection, Clock& clock, Logger log,
              std::chrono::milliseconds reread);

  // Empty when the connection has none. Configuration when it never could be read.
  Result<std::string> token();
  // Null for a connection without TLS. The same pointer as long as the material is the same.
  // Configuration when no usable material was read yet.
  Result<std::shared_ptr<TlsContext>> tls();
  // The server refused us: reads the files again before the next call.
  void expire();

 private:
  void refresh();
  template <typename T>
  void take(Result<T>& kept, Result<T> fresh);
  Result<std::shared_ptr<TlsContext>> load_context();

  const bool with_tls_;
  const kube::Material token_source_;
  const kube::Material authority_source_;
  const kube::Material certificate_source_;
  const kube::Material key_source_;
  Clock& clock_;
  const Logger log_;
  const std::chrono::milliseconds reread_;

  std::mutex mutex_;  // guards all below
  std::optional<SteadyTime> read_at_;
  Result<std::string> token_ = Error{ErrorCode::Configuration, "no token was read yet"};
  TlsMaterial material_;  // of context_
  Result<std::shared_ptr<TlsContext>> context_ =
      Error{ErrorCode::Configuration, "no certificate authority was read yet"};
};

}  // namespace sojourn::http
