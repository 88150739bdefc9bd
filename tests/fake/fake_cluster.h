#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "sojourn/base/clock.h"
#include "tests/fake/api_server.h"

namespace sojourn::fake {

// What the controllers and the one node of a cluster do to the objects of an in-memory API server,
// each thing only when it is called for. Every function returns whether it changed anything.
// Not thread-safe by itself; `server` and `clock` must outlive it.
class FakeCluster {
 public:
  struct Options {
    // A claim is bound only once a pod wants it (WaitForFirstConsumer).
    bool binds_on_demand = false;
    std::string node = "node-1";
  };
  FakeCluster(ApiServer& server, Clock& clock) : FakeCluster(server, clock, Options{}) {}
  FakeCluster(ApiServer& server, Clock& clock, Options options)
      : server_(server), clock_(clock), options_(std::move(options)) {}

  // Binds every claim that is not bound yet.
  bool bind_claims();
  // Gives bound claims the capacity that they ask for by now.
  bool grow_claims();
  // Gives a node to every pod without one; to a pod whose claim is missing, unbound or going, or
  // while no node fits (see refuse_pods), the condition PodScheduled=False/Unschedulable.
  bool schedule();
  // Takes every pod on a node one stage further: Pending → Running → Ready. A pod that waits
  // (set_waiting) or is going stays.
  bool run_pods();
  // Takes away the pods that are going, and the claims that are going and that no pod uses.
  bool finish_deletions();
  bool collect_garbage();
  // One round of all of the above.
  bool step();
  // Rounds until nothing changes.
  bool settle();

  // From now on no node fits; "" ends that. `why` is the scheduler's message.
  void refuse_pods(std::string why) { unschedulable_ = std::move(why); }

  // The pod ends: phase Failed with that reason ("Evicted"; "" and "OOMKilled" are the
  // containers').
  bool fail_pod(std::string_view namespace_, std::string_view name, std::string_view reason = "");
  // All containers have ended with 0.
  bool succeed_pod(std::string_view namespace_, std::string_view name);
  // The first container ends with 1 and runs again; the pod is not Ready until run_pods().
  bool restart_container(std::string_view namespace_, std::string_view name);
  // The first container waits ("ImagePullBackOff"); "" ends that.
  bool set_waiting(std::string_view namespace_, std::string_view name, std::string_view reason);
  // The pod keeps running without being Ready until run_pods().
  bool make_unready(std::string_view namespace_, std::string_view name);
  // Somebody deletes the pod; it stays until finish_deletions() if it runs.
  bool delete_pod(std::string_view namespace_, std::string_view name);

 private:
  bool schedule(const nlohmann::json& pod);
  // Why the pod's claims keep it from a node, or "".
  std::string claim_problem(const nlohmann::json& pod) const;
  bool is_wanted(const nlohmann::json& claim) const;
  bool is_used(const nlohmann::json& claim) const;

  ApiServer& server_;
  Clock& clock_;
  const Options options_;
  std::string unschedulable_;
};

}  // namespace sojourn::fake
