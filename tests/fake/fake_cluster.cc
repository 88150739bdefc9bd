#include "tests/fake/fake_cluster.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sojourn/base/timestamp.h"
#include "tests/fake/api_user.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

std::string space_of(const json& object) {
  return object.at("metadata").value("namespace", "");
}

std::string name_of(const json& object) {
  return object.at("metadata").at("name").get<std::string>();
}

bool is_going(const json& object) {
  return object.at("metadata").contains("deletionTimestamp");
}

std::string node_of(const json& pod) {
  return pod.at("spec").value("nodeName", "");
}

std::string phase_of(const json& object) {
  return object.at("status").value("phase", "");
}

bool mounts(const json& pod, const std::string& claim) {
  const json volumes = pod.at("spec").value("volumes", json::array());
  return std::ranges::any_of(volumes, [&](const json& volume) {
    const json::json_pointer where("/persistentVolumeClaim/claimName");
    return volume.contains(where) && volume.at(where) == claim;
  });
}

// Sets a condition; lastTransitionTime moves only when the status does.
void set_condition(json& object, std::string_view type, bool holds, std::string_view reason,
                   std::string_view message, const std::string& now) {
  json& conditions = object["status"]["conditions"];
  if (conditions.is_null()) conditions = json::array();
  auto found =
      std::ranges::find_if(conditions, [&](const json& c) { return c.at("type") == type; });
  if (found == conditions.end()) {
    conditions.push_back({{"type", type}, {"status", ""}});
    found = conditions.end() - 1;
  }
  json& condition = *found;
  const char* status = holds ? "True" : "False";
  if (condition.at("status") != status) condition["lastTransitionTime"] = now;
  condition["status"] = status;
  for (const auto& [field, text] : {std::pair{"reason", reason}, {"message", message}}) {
    condition.erase(field);
    if (!text.empty()) condition[field] = text;
  }
}

bool has_condition(const json& object, std::string_view type) {
  const json conditions = object.at("status").value("conditions", json::array());
  return std::ranges::any_of(conditions, [&](const json& condition) {
    return condition.at("type") == type && condition.at("status") == "True";
  });
}

// One status for each container of the spec, with its count of restarts kept.
void set_containers(json& pod, const json& state, bool ready) {
  json& statuses = pod["status"]["containerStatuses"];
  if (statuses.is_null()) statuses = json::array();
  const json& containers = pod.at("spec").at("containers");
  while (statuses.size() < containers.size()) {
    statuses.push_back({{"name", containers[statuses.size()].at("name")}, {"restartCount", 0}});
  }
  for (json& status : statuses) {
    status["state"] = state;
    status["ready"] = ready;
  }
}

json ended(int exit_code, std::string_view reason, const std::string& now) {
  return {{"terminated", {{"exitCode", exit_code}, {"reason", reason}, {"finishedAt", now}}}};
}

bool is_waiting(const json& pod) {
  const json statuses = pod.at("status").value("containerStatuses", json::array());
  return std::ranges::any_of(statuses, [](const json& status) {
    const json::json_pointer where("/state/waiting");
    return status.contains(where);
  });
}

bool has_ended(const json& pod) {
  return phase_of(pod) == "Succeeded" || phase_of(pod) == "Failed";
}

}  // namespace

bool FakeCluster::bind_claims() {
  bool changed = false;
  for (const json& claim : server_.list("persistentvolumeclaims")) {
    const bool waits = options_.binds_on_demand && !is_wanted(claim);
    if (phase_of(claim) != "Pending" || is_going(claim) || waits) continue;
    changed |=
        server_.edit("persistentvolumeclaims", space_of(claim), name_of(claim), [](json& object) {
          object["spec"]["volumeName"] = "pvc-" + object["metadata"]["uid"].get<std::string>();
          object["status"] = {{"phase", "Bound"},
                              {"accessModes", object["spec"]["accessModes"]},
                              {"capacity", object["spec"]["resources"]["requests"]}};
        });
  }
  return changed;
}

bool FakeCluster::grow_claims() {
  bool changed = false;
  for (const json& claim : server_.list("persistentvolumeclaims")) {
    if (phase_of(claim) != "Bound" || is_going(claim)) continue;
    changed |=
        server_.edit("persistentvolumeclaims", space_of(claim), name_of(claim), [](json& object) {
          object["status"]["capacity"] = object["spec"]["resources"]["requests"];
        });
  }
  return changed;
}

bool FakeCluster::is_wanted(const json& claim) const {
  return std::ranges::any_of(server_.list("pods"), [&](const json& pod) {
    return space_of(pod) == space_of(claim) && mounts(pod, name_of(claim));
  });
}

bool FakeCluster::is_used(const json& claim) const {
  return std::ranges::any_of(server_.list("pods"), [&](const json& pod) {
    return space_of(pod) == space_of(claim) && !node_of(pod).empty() && mounts(pod, name_of(claim));
  });
}

std::string FakeCluster::claim_problem(const json& pod) const {
  for (const json& volume : pod.at("spec").value("volumes", json::array())) {
    const json::json_pointer where("/persistentVolumeClaim/claimName");
    if (!volume.contains(where)) continue;
    const auto name = volume.at(where).get<std::string>();
    const auto claim = server_.get("persistentvolumeclaims", space_of(pod), name);
    if (!claim) return "persistentvolumeclaim \"" + name + "\" not found";
    if (is_going(*claim)) return "persistentvolumeclaim \"" + name + "\" is being deleted";
    if (phase_of(*claim) != "Bound") return "pod has unbound immediate PersistentVolumeClaims";
  }
  return {};
}

bool FakeCluster::schedule() {
  bool changed = false;
  for (const json& pod : server_.list("pods")) {
    if (node_of(pod).empty() && !is_going(pod)) changed |= schedule(pod);
  }
  return changed;
}

bool FakeCluster::schedule(const json& pod) {
  const std::string problem = unschedulable_.empty() ? claim_problem(pod) : unschedulable_;
  return server_.edit("pods", space_of(pod), name_of(pod), [&](json& object) {
    const std::string now = format_timestamp(clock_.now());
    if (problem.empty()) object["spec"]["nodeName"] = options_.node;
    set_condition(object, "PodScheduled", problem.empty(), problem.empty() ? "" : "Unschedulable",
                  problem.empty() ? "" : "0/1 nodes are available: " + problem, now);
  });
}

bool FakeCluster::run_pods() {
  bool changed = false;
  for (const json& pod : server_.list("pods")) {
    if (node_of(pod).empty() || is_going(pod) || is_waiting(pod) || has_ended(pod)) continue;
    changed |= server_.edit("pods", space_of(pod), name_of(pod), [&](json& object) {
      const std::string now = format_timestamp(clock_.now());
      const bool starts = phase_of(object) == "Pending";
      if (!starts && has_condition(object, "Ready")) return;
      object["status"]["phase"] = "Running";
      set_containers(object, {{"running", {{"startedAt", now}}}}, !starts);
      const auto reason = starts ? "ContainersNotReady" : "";
      set_condition(object, "Initialized", true, "", "", now);
      set_condition(object, "ContainersReady", !starts, reason, "", now);
      set_condition(object, "Ready", !starts, reason, "", now);
    });
  }
  return changed;
}

bool FakeCluster::finish_deletions() {
  bool changed = false;
  for (const json& pod : server_.list("pods")) {
    if (is_going(pod)) changed |= server_.erase("pods", space_of(pod), name_of(pod));
  }
  for (const json& claim : server_.list("persistentvolumeclaims")) {
    if (!is_going(claim) || is_used(claim)) continue;
    changed |=
        server_.edit("persistentvolumeclaims", space_of(claim), name_of(claim), [](json& object) {
          json& finalizers = object["metadata"]["finalizers"];
          finalizers.erase(
              std::remove(finalizers.begin(), finalizers.end(), "kubernetes.io/pvc-protection"),
              finalizers.end());
        });
  }
  return changed;
}

bool FakeCluster::collect_garbage() {
  return server_.collect_garbage();
}

bool FakeCluster::step() {
  bool changed = bind_claims();
  changed |= grow_claims();
  changed |= schedule();
  changed |= run_pods();
  changed |= finish_deletions();
  changed |= collect_garbage();
  return changed;
}

bool FakeCluster::settle() {
  bool changed = false;
  while (step()) changed = true;
  return changed;
}

bool FakeCluster::fail_pod(std::string_view namespace_, std::string_view name,
                           std::string_view reason) {
  return server_.edit("pods", namespace_, name, [&](json& pod) {
    const std::string now = format_timestamp(clock_.now());
    const bool of_container = reason.empty() || reason == "OOMKilled";
    pod["status"]["phase"] = "Failed";
    if (!of_container) pod["status"]["reason"] = reason;
    if (!of_container) pod["status"]["message"] = "the pod was ended: " + std::string(reason);
    set_containers(pod,
                   ended(reason == "OOMKilled" ? 137 : 1,
                         of_container && !reason.empty() ? reason : "Error", now),
                   false);
    set_condition(pod, "Ready", false, "PodFailed", "", now);
  });
}

bool FakeCluster::succeed_pod(std::string_view namespace_, std::string_view name) {
  return server_.edit("pods", namespace_, name, [&](json& pod) {
    const std::string now = format_timestamp(clock_.now());
    pod["status"]["phase"] = "Succeeded";
    set_containers(pod, ended(0, "Completed", now), false);
    set_condition(pod, "Ready", false, "PodCompleted", "", now);
  });
}

bool FakeCluster::restart_container(std::string_view namespace_, std::string_view name) {
  return server_.edit("pods", namespace_, name, [&](json& pod) {
    const std::string now = format_timestamp(clock_.now());
    set_containers(pod, {{"running", {{"startedAt", now}}}}, false);
    json& first = pod["status"]["containerStatuses"][0];
    first["restartCount"] = first["restartCount"].get<int>() + 1;
    first["lastState"] = ended(1, "Error", now);
    set_condition(pod, "Ready", false, "ContainersNotReady", "", now);
  });
}

bool FakeCluster::set_waiting(std::string_view namespace_, std::string_view name,
                              std::string_view reason) {
  return server_.edit("pods", namespace_, name, [&](json& pod) {
    const std::string now = format_timestamp(clock_.now());
    json state = {{"running", {{"startedAt", now}}}};
    if (!reason.empty()) {
      state = {
          {"waiting", {{"reason", reason}, {"message", std::string(reason) + " of the image"}}}};
    }
    set_containers(pod, state, false);
    set_condition(pod, "Ready", false, "ContainersNotReady", "", now);
  });
}

bool FakeCluster::make_unready(std::string_view namespace_, std::string_view name) {
  return server_.edit("pods", namespace_, name, [&](json& pod) {
    set_condition(pod, "Ready", false, "ContainersNotReady", "", format_timestamp(clock_.now()));
  });
}

bool FakeCluster::delete_pod(std::string_view namespace_, std::string_view name) {
  return ApiUser(server_.others()).remove("pods", namespace_, name).status == 200;
}

}  // namespace sojourn::fake
