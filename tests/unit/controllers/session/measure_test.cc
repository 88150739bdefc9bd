#include "controllers/session/measure.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "sojourn/domain/pod_health.h"
#include "tests/fake/counting_telemetry.h"
#include "tests/fake/fake_clock.h"

namespace sojourn::controllers::session {
namespace {

using api::ConditionStatus;
using api::SessionState;
using api::SessionStatus;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time kNow{seconds(1'767'225'600)};
constexpr auto* kLateRetries = R"(sojourn_deadline_lateness_seconds{deadline="retryPolicy"})";

std::string stage(const std::string& name) {
  return "sojourn_session_start_stage_seconds{stage=\"" + name + "\"}";
}
std::string state(const std::string& name) {
  return "sojourn_session_state_seconds{state=\"" + name + "\"}";
}

api::Condition condition(std::string type, Time since) {
  return {.type = std::move(type),
          .status = ConditionStatus::True,
          .reason = "",
          .message = "",
          .last_transition_time = since};
}

SessionStatus in_state(SessionState which, std::string reason, Time since) {
  SessionStatus status;
  status.observed_generation = 1;
  status.state = which;
  status.reason = std::move(reason);
  status.state_since = since;
  return status;
}

api::PodRecord record_of(const api::Pod& pod) {
  return {pod.meta.name, pod.meta.uid, pod.spec.node_name, domain::incarnation(pod)};
}

// Made 9 s ago, on a node for 7, its container started 4 s ago, Ready for 1.
api::Pod ready_pod() {
  api::Pod pod;
  pod.meta.name = "chat-0123456789";
  pod.meta.uid = "pod-1";
  pod.meta.creation_timestamp = kNow - seconds(9);
  pod.status.phase = api::PodPhase::Running;
  pod.status.conditions = {condition("PodScheduled", kNow - seconds(7)),
                           condition("Ready", kNow - seconds(1))};
  api::ContainerStatus agent;
  agent.name = "agent";
  agent.started_at = kNow - seconds(4);
  pod.status.containers = {agent};
  return pod;
}

api::Pod restarted(api::Pod pod, int restarts) {
  pod.status.containers[0].restart_count = restarts;
  return pod;
}

class Measuring : public testing::Test {
 protected:
  Measuring() {
    session.meta.name = "chat";
    session.meta.namespace_ = "team";
    session.meta.generation = 1;
    session.meta.creation_timestamp = kNow - seconds(20);
  }

  // An INIT that began 12 s ago.
  void begin_start() {
    session.status = in_state(SessionState::Init, "Starting", kNow - seconds(12));
    session.status.conditions = {condition("Reconciling", kNow - seconds(12))};
  }
  SessionStatus ready_on(const api::Pod& up) const {
    auto status = in_state(SessionState::Ready, "Ready", kNow);
    status.pod = record_of(up);
    return status;
  }

  // The actions have succeeded `after` the decision at kNow.
  void carry_out(domain::Action action, Duration after = Duration::zero()) {
    Observation seen;
    seen.observed.session = std::make_shared<api::Session>(session);
    seen.observed.child_name = "chat-0123456789";
    seen.policy = policy;
    if (pod) seen.observed.pods.push_back(std::make_shared<api::Pod>(*pod));
    domain::Plan plan;
    plan.actions.push_back(std::move(action));
    measure.count(seen, plan, memory, kNow, kNow + after);
  }
  void write(SessionStatus status, Duration after = Duration::zero()) {
    carry_out(domain::WriteStatus{status}, after);
    session.status = std::move(status);
  }

  double value(const std::string& series) const { return telemetry.value(series); }
  double sum(const std::string& series) const { return telemetry.sum(series); }

  fake::CountingTelemetry telemetry;
  fake::FakeClock clock{kNow};
  Stores stores;
  Measure measure{telemetry, stores, clock};
  Memory memory;
  api::Session session;
  domain::Policy policy;
  std::optional<api::Pod> pod;
};

TEST_F(Measuring, AStateLastsUntilAnotherHasBeenWritten) {
  write(in_state(SessionState::Init, "Starting", kNow), milliseconds(500));
  EXPECT_EQ(value(state("new")), 1);
  EXPECT_EQ(sum(state("new")), 20.5);
  EXPECT_FALSE(telemetry.has(R"(sojourn_session_retries_total{reason="UnknownValue"})"));
  session.status.state_since = kNow - seconds(6);
  write(in_state(SessionState::Init, "PodPending", kNow - seconds(6)));
  EXPECT_EQ(value(state("INIT")), 0);
  write(in_state(SessionState::Error, "StartTimeout", kNow));
  EXPECT_EQ(value(state("INIT")), 1);
  EXPECT_EQ(sum(state("INIT")), 6);
  EXPECT_EQ(value(state("ERROR")), 0);
}

TEST_F(Measuring, AStateOfAClockThatWentBackLastsNoTime) {
  session.status = in_state(SessionState::Ready, "Ready", kNow + seconds(5));
  write(in_state(SessionState::Idle, "Stopped", kNow));
  EXPECT_EQ(value(state("READY")), 1);
  EXPECT_EQ(sum(state("READY")), 0);
}

TEST_F(Measuring, TheStagesOfAStartFollowEachOtherWithoutAGap) {
  begin_start();
  pod = ready_pod();
  write(ready_on(*pod), milliseconds(250));
  EXPECT_EQ(sum(stage("created")), 3);
  EXPECT_EQ(sum(stage("scheduled")), 2);
  EXPECT_EQ(sum(stage("started")), 3);
  EXPECT_EQ(sum(stage("ready")), 3);
  EXPECT_EQ(sum(stage("written")), 1.25);
  EXPECT_EQ(sum("sojourn_session_startup_seconds"), 20.25);  // from the Session's creation
}

TEST_F(Measuring, AStageWhoseClocksDisagreeTakesNoTimeAndTheNextTheRest) {
  begin_start();
  pod = ready_pod();
  pod->status.conditions[0].last_transition_time = kNow - seconds(10);  // before its creation
  write(ready_on(*pod));
  EXPECT_EQ(value(stage("scheduled")), 1);
  EXPECT_EQ(sum(stage("scheduled")), 0);
  EXPECT_EQ(sum(stage("started")), 5);
}

TEST_F(Measuring, OnlyAStartOfThatPodHasStages) {
  begin_start();
  pod = ready_pod();
  pod->meta.creation_timestamp = kNow - seconds(50);  // taken over after the status was lost
  write(ready_on(*pod));
  begin_start();
  pod = restarted(ready_pod(), 1);
  write(ready_on(*pod));
  session.status = in_state(SessionState::Error, "AgentRestarted", kNow - seconds(9));
  pod = ready_pod();
  write(ready_on(*pod));  // READY again in place is no start
  begin_start();
  session.status.conditions[0].last_transition_time.reset();  // written by somebody else
  write(ready_on(*pod));
  begin_start();
  pod.reset();
  write(ready_on(ready_pod()));
  for (const auto* name : {"created", "scheduled", "started", "ready", "written"}) {
    EXPECT_EQ(value(stage(name)), 0) << name;
  }
  EXPECT_EQ(value("sojourn_session_startup_seconds"), 3);
}

TEST_F(Measuring, ARetryIsCountedByTheReasonOfTheFailure) {
  session.status = in_state(SessionState::Error, "PodLost", kNow - seconds(10));
  write(in_state(SessionState::Init, "Starting", kNow));
  EXPECT_EQ(value(R"(sojourn_session_retries_total{reason="PodLost"})"), 1);
  session.status = in_state(SessionState::Error, "one-of-very-many", kNow - seconds(10));
  write(in_state(SessionState::Init, "Starting", kNow));
  EXPECT_FALSE(telemetry.has(R"(sojourn_session_retries_total{reason="one-of-very-many"})"));
  EXPECT_EQ(value(R"(sojourn_session_retries_total{reason="UnknownValue"})"), 1);
}

TEST_F(Measuring, ARetryOfTwoWritesIsAsLateAsTheFirst) {
  session.status = in_state(SessionState::Error, "PodFailed", kNow - seconds(13));
  session.status.next_attempt_time = kNow - seconds(3);
  pod = ready_pod();
  carry_out(domain::DeletePod{pod->meta.name, pod->meta.uid}, milliseconds(500));
  EXPECT_EQ(value(kLateRetries), 1);
  EXPECT_EQ(sum(kLateRetries), 3.5);
  EXPECT_FALSE(memory.empty());
  pod.reset();
  write(in_state(SessionState::Init, "Starting", kNow), seconds(30));
  EXPECT_EQ(value(kLateRetries), 1);
  EXPECT_TRUE(memory.empty());
  session.status = in_state(SessionState::Error, "PodLost", kNow - seconds(13));
  session.status.next_attempt_time = kNow - seconds(2);
  write(in_state(SessionState::Init, "Starting", kNow));
  EXPECT_EQ(value(kLateRetries), 2);
  EXPECT_EQ(sum(kLateRetries), 5.5);
  EXPECT_TRUE(memory.empty());
}

TEST_F(Measuring, OnlyARetryIsRemembered) {
  session.spec.mode = api::SessionMode::Task;
  session.status = in_state(SessionState::Idle, "Completed", kNow - seconds(70));
  session.status.outcome = api::Outcome::Completed;
  session.status.finish_time = kNow - seconds(70);
  pod = ready_pod();
  pod->status.phase = api::PodPhase::Succeeded;
  policy.pod_retention = seconds(60);
  carry_out(domain::DeletePod{pod->meta.name, pod->meta.uid});
  EXPECT_EQ(sum(R"(sojourn_deadline_lateness_seconds{deadline="podRetentionSeconds"})"), 9);
  EXPECT_TRUE(memory.empty());
}

TEST_F(Measuring, ARestartIsCountedOnceHoweverItIsRecorded) {
  constexpr auto* kRestarts = "sojourn_session_restarts_total";
  session.status = ready_on(ready_pod());
  pod = restarted(ready_pod(), 2);
  auto unready = session.status;
  unready.conditions = {condition("Ready", kNow)};
  write(unready);  // the record stays
  EXPECT_EQ(value(kRestarts), 0);
  auto failed = in_state(SessionState::Error, "AgentRestarted", kNow);
  failed.pod = record_of(*pod);
  write(failed);
  EXPECT_EQ(value(kRestarts), 2);
  write(ready_on(*pod));
  EXPECT_EQ(value(kRestarts), 2);
  pod = restarted(ready_pod(), 3);
  write(in_state(SessionState::Error, "AgentRestarted", kNow));  // given up: the record goes
  EXPECT_EQ(value(kRestarts), 3);
}

TEST_F(Measuring, AnExpiryIsCountedByItsClockAlsoWhenNobodyCouldHaveForeseenIt) {
  session.status = in_state(SessionState::Init, "Starting", kNow - seconds(5));
  policy.max_lifetime = seconds(15);
  auto expired = session.status;
  expired.conditions = {condition("Expired", kNow)};
  constexpr auto* kExpirations =
      R"(sojourn_session_expirations_total{deadline="ttl.maxLifetimeSeconds"})";
  constexpr auto* kLate = R"(sojourn_deadline_lateness_seconds{deadline="ttl.maxLifetimeSeconds"})";
  EXPECT_TRUE(
      telemetry.has(R"(sojourn_session_expirations_total{deadline="ttl.afterIdleSeconds"})"));
  carry_out(domain::WriteStatus{expired}, seconds(1));  // nothing of it is on record
  EXPECT_EQ(value(kExpirations), 1);
  EXPECT_EQ(value(kLate), 0);
  session.status.expires_at = kNow - seconds(5);
  carry_out(domain::WriteStatus{expired}, seconds(1));
  EXPECT_EQ(value(kExpirations), 2);
  EXPECT_EQ(value(kLate), 1);
  EXPECT_EQ(sum(kLate), 6);
}

TEST_F(Measuring, SessionsAreCountedAnewForEachPage) {
  int version = 7;
  const auto keep = [&](const char* name, SessionStatus status) {
    auto other = session;
    other.meta.name = name;
    other.meta.uid = name;
    other.meta.resource_version = std::to_string(version++);
    other.status = std::move(status);
    stores.sessions.observe_write(other);
  };
  auto late = in_state(SessionState::Error, "PodLost", kNow - seconds(600));
  late.next_attempt_time = kNow - seconds(500);
  keep("late", late);
  keep("well", in_state(SessionState::Ready, "Ready", kNow));
  telemetry.collect();
  EXPECT_EQ(value(R"(sojourn_sessions{namespace="team",state="ERROR"})"), 1);
  EXPECT_EQ(value(R"(sojourn_sessions{namespace="team",state="READY"})"), 1);
  EXPECT_EQ(value(R"(sojourn_sessions_overdue{namespace="team"})"), 1);
  keep("late", in_state(SessionState::Ready, "Ready", kNow));
  telemetry.collect();
  EXPECT_EQ(value(R"(sojourn_sessions{namespace="team",state="ERROR"})"), 0);
  EXPECT_EQ(value(R"(sojourn_sessions{namespace="team",state="READY"})"), 2);
  EXPECT_EQ(value(R"(sojourn_sessions_overdue{namespace="team"})"), 0);
}

}  // namespace
}  // namespace sojourn::controllers::session
