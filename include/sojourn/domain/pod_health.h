#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/pod.h"
#include "sojourn/domain/reason.h"

namespace sojourn::domain {

// Running, Ready and not on its way out: what READY promises (T1 with reporting None).
bool is_usable(const api::Pod& pod);

// The pod's uid with the restart count of each container in name order, "uid/agent:0": changes when
// a container restarts in place (T6).
std::string incarnation(const api::Pod& pod);

// How often containers have been restarted in place since the pod was this incarnation; 0 if it is
// another pod's.
int restarts_since(std::string_view incarnation, const api::Pod& pod);

// A container of the pod's agents has been restarted by the kubelet.
bool has_restarted(const api::Pod& pod);

// Why a pod that has failed, is going away or has restarted is of no use any more: the most telling
// of its signs (eviction, lost node, memory), else `otherwise`.
Why explain_end(const api::Pod& pod, Reason otherwise);

// How far a pod that is not usable yet has come.
struct PodProgress {
  Why why;
  Time since;            // when this stage began, in whole seconds
  bool failing = false;  // told at once; else only once the stage has lasted
};
PodProgress progress_of(const api::Pod& pod, Time now);

// When a pod came how far, by Kubernetes' own times, in whole seconds. None of them is about its
// claim, whose binding Kubernetes puts no time to; the scheduler waits for that.
struct StartTimes {
  Time created;
  Time scheduled;
  Time started;  // its last container, so that all images had been pulled
  Time ready;
};
// Of a usable pod. None where a time is missing, and once a container has restarted: it then tells
// when it was started last.
std::optional<StartTimes> start_times(const api::Pod& pod);

}  // namespace sojourn::domain
