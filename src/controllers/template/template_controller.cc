#include "sojourn/controllers/template/template_controller.h"

#include <utility>

#include "controllers/lease_lost.h"
#include "controllers/template/revision_collector.h"
#include "sojourn/api/json/session_template_json.h"
#include "sojourn/base/timestamp.h"
#include "sojourn/controllers/names.h"
#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/reason.h"
#include "sojourn/domain/template_check.h"

namespace sojourn::controllers::tmpl {
namespace {

constexpr std::string_view kAccepted = "Accepted";

api::ControllerRevision build_revision(const api::SessionTemplate& tmpl) {
  api::ControllerRevision revision;
  revision.meta.name = revision_name(tmpl);
  revision.meta.namespace_ = tmpl.meta.namespace_;
  // Labels of our own only: a StatefulSet whose selector matched would adopt an ownerless revision.
  revision.meta.labels = {{std::string(domain::kTemplateLabel), tmpl.meta.name}};
  revision.data = tmpl.spec_text;
  revision.revision = tmpl.meta.generation;
  return revision;
}

api::SessionTemplateStatus build_status(const api::SessionTemplate& tmpl,
                                        const std::optional<std::string>& problem, Time now) {
  const auto reason = problem ? domain::Reason::InvalidTemplate : domain::Reason::Accepted;
  api::Condition accepted{
      .type = std::string(kAccepted),
      .status = problem ? api::ConditionStatus::False : api::ConditionStatus::True,
      .reason = std::string(to_string(reason)),
      .message = problem.value_or(""),
      .last_transition_time = truncate_to_seconds(now),
      .observed_generation = tmpl.meta.generation};
  const auto* before = api::find_condition(tmpl.status.conditions, kAccepted);
  if (before != nullptr && before->status == accepted.status) {
    accepted.last_transition_time = before->last_transition_time;
  }
  return {.observed_generation = tmpl.meta.generation, .conditions = {std::move(accepted)}};
}

}  // namespace

TemplateController::TemplateController(kube::Client& client, Stores& stores,
                                       const kube::History& history, Clock& clock,
                                       std::function<bool()> may_write, Options options)
    : client_(client),
      stores_(stores),
      history_(history),
      clock_(clock),
      may_write_(std::move(may_write)),
      default_agent_image_(std::move(options.default_agent_image)),
      collector_(std::make_unique<RevisionCollector>(client, stores, clock, may_write_,
                                                     options.keep_unused)) {}
TemplateController::~TemplateController() = default;

Result<kube::ReconcileResult> TemplateController::reconcile(const kube::ObjectKey& key,
                                                            const Logger& logger,
                                                            std::stop_token stop) {
  if (!history_.whole()) return kube::ReconcileResult{};
  const auto tmpl = stores_.templates.get(key);
  if (!tmpl) {
    forget(key);
    return collect_revisions(key, "", logger, stop);
  }
  if (tmpl->meta.deletion_timestamp || is_ending(*tmpl)) return kube::ReconcileResult{};
  auto problem = domain::check_template(tmpl->spec, default_agent_image_);
  if (!problem) {
    auto conflict = store_revision(*tmpl, stop);
    // S37: the template goes with its namespace, and nothing is made there any more.
    if (!conflict && conflict.error().reason == "NamespaceTerminating") {
      const std::lock_guard lock(mutex_);
      ending_.insert_or_assign(key, tmpl->meta.uid);
      return kube::ReconcileResult{};
    }
    if (!conflict) return conflict.error();
    problem = std::move(*conflict);
  }
  if (problem) logger.debug("the template cannot make pods", {{"problem", *problem}});
  if (auto written = write_status(*tmpl, problem, stop); !written) return written.error();
  return collect_revisions(key, revision_name(*tmpl), logger, stop);
}

void TemplateController::forget(const kube::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  ending_.erase(key);
}

Result<kube::ReconcileResult> TemplateController::collect_revisions(const kube::ObjectKey& key,
                                                                    const std::string& newest,
                                                                    const Logger& logger,
                                                                    const std::stop_token& stop) {
  auto next = collector_->collect(key, newest, logger, stop);
  if (!next) return next.error();
  return kube::ReconcileResult{.requeue_after = *next};
}

bool TemplateController::is_ending(const api::SessionTemplate& tmpl) {
  const std::lock_guard lock(mutex_);
  if (const auto epoch = history_.epoch(); epoch != epoch_) {
    epoch_ = epoch;
    ending_.clear();  // a namespace that was gone may be back (S30)
  }
  const auto found = ending_.find(kube::key_of(tmpl.meta));
  if (found == ending_.end()) return false;
  if (found->second == tmpl.meta.uid) return true;
  ending_.erase(found);  // another of that name, in a namespace made anew
  return false;
}

Result<std::optional<std::string>> TemplateController::store_revision(
    const api::SessionTemplate& tmpl, std::stop_token stop) {
  const auto wanted = build_revision(tmpl);
  const auto key = kube::key_of(wanted.meta);
  auto stored = stores_.revisions.get(key);
  if (!stored) {
    if (!may_write_()) return lease_lost();
    auto made = client_.create(wanted, stop);
    if (!made && made.error().code == ErrorCode::AlreadyExists) {
      made = client_.get<api::ControllerRevision>(key, stop);
    }
    if (!made) return made.error();
    stored = std::make_shared<const api::ControllerRevision>(*made);
    stores_.revisions.observe_write(*made);
  }
  if (stored->data == wanted.data) return std::optional<std::string>{};
  return std::optional("ControllerRevision " + key.name + " holds something else; remove it");
}

Result<void> TemplateController::write_status(const api::SessionTemplate& tmpl,
                                              const std::optional<std::string>& problem,
                                              std::stop_token stop) {
  const auto status = build_status(tmpl, problem, clock_.now());
  if (status == tmpl.status) return {};
  if (!may_write_()) return lease_lost();
  auto patch = api::encode_status_patch(tmpl.status, status, tmpl.meta.resource_version);
  auto answer = client_.patch_status<api::SessionTemplate>(kube::key_of(tmpl.meta),
                                                           std::move(patch), std::move(stop));
  if (!answer) return answer.error();
  stores_.templates.observe_write(*answer);
  return {};
}

void TemplateController::wake_on_changes(Stores& stores,
                                         std::function<void(const kube::ObjectKey&)> wake) {
  stores.templates.subscribe(
      [wake](const auto& old, const auto& now) { wake(kube::key_of((now ? now : old)->meta)); });
  // A revision that is removed by hand is stored again.
  stores.revisions.subscribe([wake](const auto& old, const auto& now) {
    const auto& meta = (now ? now : old)->meta;
    const auto name = api::lookup(meta.labels, domain::kTemplateLabel);
    if (!name.empty()) wake({meta.namespace_, std::string(name)});
  });
}

}  // namespace sojourn::controllers::tmpl
