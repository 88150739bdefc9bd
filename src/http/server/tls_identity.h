#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <string>

#include "sojourn/base/log.h"
#include "sojourn/base/result.h"

namespace sojourn::http {

// The certificate a server shows, kept up with its two PEM files. Thread-safe.
class TlsIdentity {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  TlsIdentity(std::string certificate_file, std::string key_file, Logger log)
      : certificate_file_(std::move(certificate_file)),
        key_file_(std::move(key_file)),
        log_(std::move(log)) {}

  // Reads the files again. Configuration when they cannot be used; what was read before then stays
  // in force.
  Result<void> reload();
  // reload(), with a log line instead of an error.
  void reload_or_warn();
  // For new connections; null before the first reload() that succeeded.
  Context context() const;

 private:
  const std::string certificate_file_;
  const std::string key_file_;
  const Logger log_;
  mutable std::mutex mutex_;  // guards all below
  std::string certificate_;
  std::string key_;
  Context context_;
};

}  // namespace sojourn::http
