#pragma once

#include <chrono>
#include <string>

#include "sojourn/api/pod.h"
#include "sojourn/base/clock.h"

namespace sojourn::domain::test {

// The moment at which every observation of these tests is made: 2026-01-01T00:00:00Z.
inline constexpr Time kNow{std::chrono::seconds(1'767'225'600)};
// The name of the session's pod and claim.
inline constexpr const char* kChild = "chat-0123456789";

// Pods as the API server shows them, of the Session "chat" and with the uid "pod-1". `age` is how
// long the stage they are in has lasted.
api::Pod pending_pod(std::chrono::seconds age = std::chrono::seconds(1));
api::Pod unschedulable_pod(std::string message, std::chrono::seconds age = std::chrono::seconds(1));
api::Pod starting_pod(std::chrono::seconds age = std::chrono::seconds(1));
// On its node, its container waiting for that reason of the kubelet.
api::Pod waiting_pod(std::string reason, std::string message);
api::Pod unready_pod(std::chrono::seconds age = std::chrono::seconds(1));
api::Pod ready_pod();
// Ready again after its container has restarted, the run before having ended so.
api::Pod restarted_pod(int restarts, int exit_code = 1, std::string reason = "Error");
// Not Ready, because its container ends and is restarted again and again.
api::Pod crashing_pod();
api::Pod failed_pod(int exit_code = 1, std::string reason = "Error");
api::Pod succeeded_pod();

// The same pod, asked to go; its grace period ends in `left`.
api::Pod going(api::Pod pod, std::chrono::seconds left = std::chrono::seconds(30));
// The same pod under another uid: another pod.
api::Pod as(api::Pod pod, std::string uid);

api::ContainerStatus container(std::string name, int restarts);

}  // namespace sojourn::domain::test
