#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "sojourn/base/clock.h"
#include "sojourn/base/log.h"
#include "sojourn/controllers/stores.h"
#include "sojourn/kube/client.h"
#include "sojourn/kube/controller.h"
#include "sojourn/kube/history.h"

namespace sojourn::controllers::tmpl {

class RevisionCollector;

// Says of every SessionTemplate whether it can make pods (condition Accepted) and stores its spec
// as a ControllerRevision, which Sessions then name: a template that is changed or deleted later
// harms nobody. Revisions that nobody needs any more are deleted. While the server's history is not
// whole it does nothing. Thread-safe for different keys; what it is given must outlive it.
class TemplateController {
 public:
  struct Options {
    std::string default_agent_image = {};
    // How long a revision is kept that is not the newest and that no Session names.
    Duration keep_unused = std::chrono::hours(1);
  };

  TemplateController(kube::Client& client, Stores& stores, const kube::History& history,
                     Clock& clock, std::function<bool()> may_write, Options options);
  ~TemplateController();

  Result<kube::ReconcileResult> reconcile(const kube::ObjectKey& key, const Logger& logger,
                                          std::stop_token stop);

  // Makes every change of a template or of a revision call `wake` with the template it concerns.
  // Before the informers start.
  static void wake_on_changes(Stores& stores, std::function<void(const kube::ObjectKey&)> wake);

 private:
  // The API server has said that the template's namespace is being deleted.
  bool is_ending(const api::SessionTemplate& tmpl);
  // Makes sure that the revision of the template is stored. Nothing, or what is wrong with the one
  // that is there under its name.
  Result<std::optional<std::string>> store_revision(const api::SessionTemplate& tmpl,
                                                    std::stop_token stop);
  void forget(const kube::ObjectKey& key);
  Result<kube::ReconcileResult> collect_revisions(const kube::ObjectKey& key,
                                                  const std::string& newest, const Logger& logger,
                                                  const std::stop_token& stop);
  Result<void> write_status(const api::SessionTemplate& tmpl,
                            const std::optional<std::string>& problem, std::stop_token stop);

  kube::Client& client_;
  Stores& stores_;
  const kube::History& history_;
  Clock& clock_;
  const std::function<bool()> may_write_;
  const std::string default_agent_image_;
  const std::unique_ptr<RevisionCollector> collector_;
  std::mutex mutex_;         // guards both
  std::uint64_t epoch_ = 0;  // of the history that ending_ belongs to
  // Templates of namespaces that are being deleted, with their uids.
  std::unordered_map<kube::ObjectKey, std::string> ending_;
};

}  // namespace sojourn::controllers::tmpl
