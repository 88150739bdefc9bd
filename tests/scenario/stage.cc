#include "tests/scenario/stage.h"

#include <stdexcept>

#include "operator/caches.h"
#include "sojourn/controllers/session/session_controller.h"
#include "sojourn/controllers/template/template_controller.h"
#include "sojourn/controllers/volume/volume_controller.h"
#include "sojourn/kube/controller.h"
#include "tests/fake/counting_telemetry.h"

namespace sojourn::scenario {

using nlohmann::json;

// What the operator's wiring makes, without its threads.
class Stage::Operator {
 public:
  Operator(kube::Transport& transport, Clock& clock, Random& random, const Settings& settings)
      : gate_(transport, history_),
        client_(gate_, clock),
        recorder_({.controller = "sojourn.dev/operator", .instance = "test"}, client_, history_,
                  clock, telemetry_, {}),
        caches_(stores_, settings.namespaces, transport, history_, clock, random, telemetry_, {}),
        session_queue_("session", clock, telemetry_),
        template_queue_("sessiontemplate", clock, telemetry_),
        volume_queue_("persistentvolumeclaim", clock, telemetry_),
        sessions_(client_, stores_, recorder_, history_, telemetry_, clock, [] { return true; },
                  {}),
        templates_(client_, stores_, history_, clock, [] { return true; }, {}),
        volumes_(client_, stores_, recorder_, history_, telemetry_, clock, [] { return true; },
                 {settings.reaper_dry_run}),
        session_controller_({.name = "session"}, session_queue_,
                            [this](const auto& key, const auto& log, auto stop) {
                              return sessions_.reconcile(key, log, stop);
                            },
                            clock, random, telemetry_, {}),
        template_controller_({.name = "sessiontemplate"}, template_queue_,
                             [this](const auto& key, const auto& log, auto stop) {
                               return templates_.reconcile(key, log, stop);
                             },
                             clock, random, telemetry_, {}),
        volume_controller_({.name = "persistentvolumeclaim"}, volume_queue_,
                           [this](const auto& key, const auto& log, auto stop) {
                             return volumes_.reconcile(key, log, stop);
                           },
                           clock, random, telemetry_, {}) {
    history_.when_whole_again([this] {
      stores_.templates.for_each(
          [this](const auto& each) { template_queue_.add(kube::key_of(each.meta)); });
      stores_.sessions.for_each(
          [this](const auto& each) { session_queue_.add(kube::key_of(each.meta)); });
      stores_.claims.for_each(
          [this](const auto& each) { volume_queue_.add(kube::key_of(each.meta)); });
    });
    controllers::session::SessionController::wake_on_changes(
        stores_, [this](const auto& key) { session_queue_.add(key); });
    controllers::tmpl::TemplateController::wake_on_changes(
        stores_, [this](const auto& key) { template_queue_.add(key); });
    controllers::volume::VolumeController::wake_on_changes(
        stores_, [this](const auto& key) { volume_queue_.add(key); });
  }

  // One turn: hear what is new, then work off what is ready.
  bool work() {
    caches_.step({});
    bool worked = false;
    while (template_controller_.step_next()) worked = true;
    while (session_controller_.step_next()) worked = true;
    while (volume_controller_.step_next()) worked = true;
    while (recorder_.step({})) worked = true;
    return worked;
  }

  const fake::CountingTelemetry& telemetry() const { return telemetry_; }

 private:
  fake::CountingTelemetry telemetry_;
  kube::History history_;
  kube::HistoryGate gate_;
  kube::Client client_;
  kube::Recorder recorder_;
  controllers::Stores stores_;
  operator_::Caches caches_;
  kube::WorkQueue<kube::ObjectKey> session_queue_;
  kube::WorkQueue<kube::ObjectKey> template_queue_;
  kube::WorkQueue<kube::ObjectKey> volume_queue_;
  controllers::session::SessionController sessions_;
  controllers::tmpl::TemplateController templates_;
  controllers::volume::VolumeController volumes_;
  kube::Controller session_controller_;
  kube::Controller template_controller_;
  kube::Controller volume_controller_;
};

Stage::Stage(Settings settings)
    : server(clock, random_, {.crd_directory = SOJOURN_SOURCE_DIR "/crds", .watches_block = false}),
      cluster(server, clock),
      user(server.others()),
      settings_(std::move(settings)),
      random_(1),
      operator_(std::make_unique<Operator>(server, clock, random_, settings_)) {
  user.create({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "team"}}}});
}

Stage::~Stage() = default;

void Stage::apply_template() {
  const auto answer = user.apply(json::parse(R"({
    "apiVersion": "sojourn.dev/v1alpha1", "kind": "SessionTemplate",
    "metadata": {"namespace": "team", "name": "claude"},
    "spec": {"agents": [{"name": "agent", "image": "docker.io/library/agent:1", "config": {"model": "large"}}]}})"));
  if (answer.status >= 300) throw std::runtime_error(answer.message());
}

json Stage::storage() {
  return {{"storage", json::object()}};
}

void Stage::apply_session(const json& spec) {
  json session = json::parse(R"({"apiVersion": "sojourn.dev/v1alpha1", "kind": "Session",
    "metadata": {"namespace": "team", "name": "chat"}, "spec": {"templateRef": {"name": "claude"}}})");
  session["spec"].update(spec);
  const auto answer = user.create(session);
  if (answer.status >= 300) throw std::runtime_error(answer.message());
}

void Stage::patch_session(const json& spec) {
  const auto answer = user.patch("sessions", "team", "chat", {{"spec", spec}});
  if (answer.status >= 300) throw std::runtime_error(answer.message());
}

bool Stage::work() {
  const auto before = server.version();
  const bool worked = operator_->work();
  return worked || server.version() != before;
}

void Stage::reconcile() {
  constexpr int kMostTurns = 200;
  for (int turn = 0; turn < kMostTurns; ++turn) {
    // Two quiet turns: the first may only have listed what the second would act on.
    if (!work() && !work()) return;
  }
  throw std::runtime_error("the operator does not come to rest");
}

void Stage::settle() {
  constexpr int kMostTurns = 100;
  for (int turn = 0; turn < kMostTurns; ++turn) {
    reconcile();
    if (!cluster.step()) return;
  }
  throw std::runtime_error("operator and cluster do not come to rest");
}

void Stage::pass(Duration time) {
  constexpr Duration kStep = std::chrono::seconds(1);
  for (; time > Duration::zero(); time -= kStep) {
    clock.advance(std::min(time, kStep));
    settle();
  }
}

void Stage::restart_operator() {
  operator_ = std::make_unique<Operator>(server, clock, random_, settings_);
}

json Stage::session(std::string_view name) const {
  return server.get("sessions", "team", name).value_or(json());
}

namespace {

const json* find_condition(const json& session, std::string_view type) {
  if (!session.contains("status") || !session["status"].contains("conditions")) return nullptr;
  for (const auto& condition : session["status"]["conditions"]) {
    if (condition["type"] == type) return &condition;
  }
  return nullptr;
}

}  // namespace

std::string Stage::condition(std::string_view type) const {
  const auto current = session();
  const auto* condition = find_condition(current, type);
  return condition == nullptr ? "" : (*condition)["status"].get<std::string>();
}

std::string Stage::condition_reason(std::string_view type) const {
  const auto current = session();
  const auto* condition = find_condition(current, type);
  return condition == nullptr ? "" : (*condition)["reason"].get<std::string>();
}

std::string Stage::child() const {
  for (const auto* plural : {"pods", "persistentvolumeclaims"}) {
    for (const auto& object : server.list(plural)) {
      const auto name = object["metadata"]["name"].get<std::string>();
      if (name.starts_with("chat-")) return name;
    }
  }
  return "";
}

json Stage::pod() const {
  return server.get("pods", "team", child()).value_or(json());
}
json Stage::claim() const {
  return server.get("persistentvolumeclaims", "team", child()).value_or(json());
}

std::vector<std::string> Stage::writes() {
  std::vector<std::string> fresh;
  const auto all = server.writes();
  for (; writes_seen_ < all.size(); ++writes_seen_) {
    std::string write = all[writes_seen_];
    if (write.find(" events ") != std::string::npos ||
        write.find("sessiontemplates") != std::string::npos ||
        write.find("controllerrevisions") != std::string::npos) {
      continue;
    }
    // "chat-0123456789" is any run's name of the child.
    const auto at = write.find("team/chat-");
    if (at != std::string::npos)
      write.replace(at + 5, std::string("chat-0123456789").size(), "CHILD");
    fresh.push_back(std::move(write));
  }
  return fresh;
}

std::vector<std::string> Stage::events() {
  std::vector<std::string> reasons;
  for (const auto& event : server.list("events")) {
    const auto name = event["metadata"]["name"].get<std::string>();
    if (events_seen_.insert(name).second) reasons.push_back(event["reason"].get<std::string>());
  }
  return reasons;
}

double Stage::metric(const std::string& series) const {
  operator_->telemetry().collect();
  return operator_->telemetry().value(series);
}
double Stage::metric_sum(const std::string& series) const {
  return operator_->telemetry().sum(series);
}

}  // namespace sojourn::scenario
