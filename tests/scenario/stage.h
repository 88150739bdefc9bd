#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sojourn/base/random.h"
#include "sojourn/base/telemetry.h"
#include "sojourn/kube/recorder.h"
#include "tests/fake/api_server.h"
#include "tests/fake/api_user.h"
#include "tests/fake/fake_clock.h"
#include "tests/fake/fake_cluster.h"

namespace sojourn::scenario {

// The operator's controllers on an in-memory cluster, in one thread, on a clock that stands still:
// a test says what users and the cluster do and then looks at every write the operator made.
class Stage {
 public:
  // How the operator was started.
  struct Settings {
    std::vector<std::string> namespaces = {};  // those it is to serve; empty: all
    bool reaper_dry_run = false;
  };
  explicit Stage(Settings settings);
  Stage() : Stage(Settings{}) {}
  ~Stage();

  fake::FakeClock clock;
  fake::ApiServer server;
  fake::FakeCluster cluster;
  fake::ApiUser user;

  // A SessionTemplate "claude" with one agent.
  void apply_template();
  // A Session "chat" of that template; `spec` is merged into its spec.
  void apply_session(const nlohmann::json& spec = nlohmann::json::object());
  void patch_session(const nlohmann::json& spec);
  static nlohmann::json storage();  // {"storage": {}}

  // The operator alone works until it has nothing left to do at this moment.
  void reconcile();
  // Operator and cluster take turns until neither has anything to do at this moment.
  void settle();
  // Moves the clock in steps of at most a second, settling after each.
  void pass(Duration time);
  // A new process: everything the operator had in memory is gone.
  void restart_operator();

  nlohmann::json session(std::string_view name = "chat") const;
  std::string state() const { return session()["status"].value("state", "none"); }
  std::string reason() const { return session()["status"].value("reason", ""); }
  // The status of a condition of the Session, "" when it is not there.
  std::string condition(std::string_view type) const;
  std::string condition_reason(std::string_view type) const;
  // The name of the Session's pod and claim.
  std::string child() const;
  nlohmann::json pod() const;    // null when there is none
  nlohmann::json claim() const;  // null when there is none

  // What the operator wrote for Sessions since the last call, Events apart: "create pods
  // team/chat-…" with the child's name as CHILD.
  std::vector<std::string> writes();
  // The reasons of the Events that are new since the last call.
  std::vector<std::string> events();
  // What the operator's page of metrics says of a series, such as name{a="b"}; of a histogram the
  // number of its observations, and their sum.
  double metric(const std::string& series) const;
  double metric_sum(const std::string& series) const;

 private:
  class Operator;
  // One turn of everything the operator has to do now; true when it did something.
  bool work();

  const Settings settings_;
  SeededRandom random_;
  std::unique_ptr<Operator> operator_;
  std::size_t writes_seen_ = 0;
  std::set<std::string> events_seen_;
};

}  // namespace sojourn::scenario
