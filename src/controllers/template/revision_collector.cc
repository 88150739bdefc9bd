#include "controllers/template/revision_collector.h"

#include <algorithm>
#include <set>
#include <utility>

#include "controllers/lease_lost.h"
#include "sojourn/controllers/names.h"
#include "sojourn/kube/resources.h"

namespace sojourn::controllers::tmpl {
namespace {

// Sessions may carry long prompts: few of them are in memory at a time.
constexpr int kSessionsAtATime = 50;

std::string revision_of(const api::Session& session) {
  return session.status.template_ ? session.status.template_->revision : std::string();
}

}  // namespace

RevisionCollector::RevisionCollector(kube::Client& client, Stores& stores, Clock& clock,
                                     std::function<bool()> may_write, Duration unused_for)
    : client_(client),
      stores_(stores),
      clock_(clock),
      may_write_(std::move(may_write)),
      unused_for_(unused_for) {}

Result<std::optional<Duration>> RevisionCollector::collect(const kube::ObjectKey& tmpl,
                                                           const std::string& newest,
                                                           const Logger& logger,
                                                           const std::stop_token& stop) {
  std::vector<std::shared_ptr<const api::ControllerRevision>> older;
  for (auto& revision : stores_.revisions_of(tmpl)) {
    const bool going = revision->meta.deletion_timestamp.has_value();
    if (revision->meta.name != newest && !going && is_genuine(*revision)) {
      older.push_back(std::move(revision));
    }
  }
  if (older.empty()) return std::optional<Duration>{};
  std::set<std::string> named;
  for (const auto& key : stores_.sessions_of_template(tmpl.namespace_, tmpl.name)) {
    if (const auto session = stores_.sessions.get(key)) named.insert(revision_of(*session));
  }
  // A revision that is in use now is looked at again as late as it could be due.
  Duration next = unused_for_;
  for (const auto& revision : older) {
    const auto& name = revision->meta.name;
    const auto left = kept_for(*revision, named.contains(name));
    if (left > Duration::zero()) {
      next = std::min(next, left);
      continue;
    }
    const auto unused = is_unused(tmpl, name, stop);
    if (!unused) return unused.error();
    if (!*unused) {
      kept_for(*revision, true);
      continue;
    }
    if (!may_write_()) return lease_lost();
    auto removed = client_.remove<api::ControllerRevision>(
        kube::key_of(revision->meta),
        {.preconditions = {.uid = revision->meta.uid,
                           .resource_version = revision->meta.resource_version}},
        stop);
    if (!removed && removed.error().code != ErrorCode::NotFound) return removed.error();
    kept_for(*revision, true);  // nothing is to be remembered of it
    logger.info("no session has named the template's revision for long; it is deleted",
                {{"revision", name}});
  }
  return std::optional(next);
}

Duration RevisionCollector::kept_for(const api::ControllerRevision& revision, bool used) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.steady_now();
  if (used) {
    unused_since_.erase(revision.meta.uid);
    return unused_for_;
  }
  const auto since = unused_since_.try_emplace(revision.meta.uid, now).first->second;
  return std::chrono::ceil<Duration>(since - now) + unused_for_;
}

Result<bool> RevisionCollector::is_unused(const kube::ObjectKey& tmpl, const std::string& revision,
                                          const std::stop_token& stop) {
  const auto templates = client_.list<api::SessionTemplate>(
      {.namespace_ = tmpl.namespace_, .field_selector = "metadata.name=" + tmpl.name}, {}, stop);
  if (!templates) return templates.error();
  for (const auto& each : templates->items) {
    if (revision_name(each) == revision) return false;
  }
  kube::PageOptions page{.limit = kSessionsAtATime};
  do {
    auto sessions = client_.list<api::Session>(
        {.namespace_ = tmpl.namespace_, .field_selector = "spec.templateRef.name=" + tmpl.name},
        page, stop);
    if (!sessions) return sessions.error();
    for (const auto& session : sessions->items) {
      if (revision_of(session) == revision) return false;
    }
    page.continue_ = std::move(sessions->continue_);
  } while (!page.continue_.empty());
  return true;
}

}  // namespace sojourn::controllers::tmpl
