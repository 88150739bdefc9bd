#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "sojourn/api/controller_revision.h"
#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/base/result.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/client.h"

namespace sojourn::controllers::tmpl {

// Deletes the revisions of a template that are neither the newest nor named by any Session, once
// that has lasted for a while. Since when is kept in memory alone: after a restart the while begins
// anew. Thread-safe for different templates; what it is given must outlive it.
class RevisionCollector {
 public:
  RevisionCollector(kube::Client& client, Stores& stores, Clock& clock,
                    std::function<bool()> may_write, Duration unused_for);

  // One look at the revisions of a template, which need not exist any more. `newest`: the name of
  // the one that it stands for now; empty: none. When to look again, if there is anything to look
  // at.
  Result<std::optional<Duration>> collect(const kube::ObjectKey& tmpl, const std::string& newest,
                                          const Logger& logger, const std::stop_token& stop);

 private:
  // How much longer the revision is to be kept, as far as the caches tell.
  Duration kept_for(const api::ControllerRevision& revision, bool used);
  // The API server itself says that neither the template nor any Session names it.
  Result<bool> is_unused(const kube::ObjectKey& tmpl, const std::string& revision,
                         const std::stop_token& stop);

  kube::Client& client_;
  Stores& stores_;
  Clock& clock_;
  const std::function<bool()> may_write_;
  const Duration unused_for_;
  std::mutex mutex_;
  std::unordered_map<std::string, SteadyTime> unused_since_;  // by uid
};

}  // namespace sojourn::controllers::tmpl
