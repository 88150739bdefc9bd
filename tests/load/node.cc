#include "tests/load/node.h"

#include <nlohmann/json.hpp>

#include "sojourn/base/timestamp.h"

namespace sojourn::load {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kTurn{20};
constexpr milliseconds kStart{100};
constexpr milliseconds kEnd{1'000};

void make_ready(json& pod, const std::string& now) {
  json statuses = json::array();
  for (const auto& container : pod.at("spec").at("containers")) {
    statuses.push_back({{"name", container.at("name")},
                        {"restartCount", 0},
                        {"ready", true},
                        {"state", {{"running", {{"startedAt", now}}}}}});
  }
  json conditions = json::array();
  for (const char* type : {"PodScheduled", "Initialized", "ContainersReady", "Ready"})
    conditions.push_back({{"type", type}, {"status", "True"}, {"lastTransitionTime", now}});
  pod["spec"]["nodeName"] = "node-1";
  pod["status"]["phase"] = "Running";
  pod["status"]["containerStatuses"] = std::move(statuses);
  pod["status"]["conditions"] = std::move(conditions);
}

}  // namespace

Node::Node(fake::ApiServer& server, Clock& clock)
    : server_(server), clock_(clock), thread_([this](std::stop_token stop) { run(stop); }) {}

void Node::note(const fake::Call& call) {
  if (call.kind->plural != "pods") return;
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  if (call.verb == "create") starts_.push_back({call.namespace_, call.name, now + kStart, false});
  if (call.verb == "delete") ends_.push_back({call.namespace_, call.name, now + kEnd, true});
}

void Node::run(std::stop_token stop) {
  while (sleep_until(clock_, clock_.steady_now() + kTurn, stop)) {
    for (const auto& task : take()) carry_out(task);
    server_.forget_records();  // else they would be more than all the objects
  }
}

std::deque<Node::Task> Node::take() {
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  std::deque<Task> due;
  for (auto* tasks : {&starts_, &ends_}) {
    while (!tasks->empty() && tasks->front().at <= now) {
      due.push_back(std::move(tasks->front()));
      tasks->pop_front();
    }
  }
  return due;
}

void Node::carry_out(const Task& task) {
  if (task.ends) {
    server_.erase("pods", task.namespace_, task.pod);
    return;
  }
  server_.edit("pods", task.namespace_, task.pod,
               [&](json& pod) { make_ready(pod, format_timestamp(clock_.now())); });
}

}  // namespace sojourn::load
