#pragma once

#include <array>
#include <string>
#include <string_view>

namespace sojourn::domain {

// Why something is as it is: the closed list of words that status.reason, the conditions and the
// Events carry. docs/reasons.md lists them with the meanings of kReasons.
enum class Reason {
  // A start under way.
  Starting,
  Waking,
  TemplatePending,
  VolumePending,
  PodPending,
  ContainersStarting,
  PodNotReady,
  PodTerminating,
  // Awake, asleep, over.
  Ready,
  Stopped,
  Paused,
  Completed,
  TaskFailed,
  Cancelled,
  Timeout,
  Expired,
  // A running pod was lost or broke.
  PodLost,
  PodFailed,
  Evicted,
  OOMKilled,
  NodeLost,
  AgentRestarted,
  AgentUnready,
  StartTimeout,
  WakeTimeout,
  RetriesExhausted,
  Retrying,
  // Causes outside the session.
  TemplateNotFound,
  InvalidTemplate,
  InvalidSession,
  ImagePull,
  ContainerConfig,
  Unschedulable,
  QuotaExceeded,
  Forbidden,
  Refused,
  NamespaceTerminating,
  PodConflict,
  // The volume.
  VolumeBound,
  VolumeNotRequested,
  VolumeTerminating,
  VolumeLost,
  VolumeConflict,
  VolumeNotFound,
  VolumeInUse,
  VolumeHandedOver,
  VolumeDeleted,
  ResizeRefused,
  Reattached,
  Reaped,
  ReapDue,
  // Conditions at rest.
  Running,
  NotExpired,
  NotFinished,
  Admitted,
  NoAgent,
  Accepted,
  StatusPruned,
  UnknownValue,
};

struct ReasonInfo {
  Reason reason;
  std::string_view word;
  std::string_view meaning;
  // The cause lies outside the session: it uses up no attempt, and a pod that exists is kept.
  bool outside = false;
};

inline constexpr std::array kReasons{
    ReasonInfo{Reason::Starting, "Starting", "the first steps of a start: volume, then pod"},
    ReasonInfo{Reason::Waking, "Waking", "asleep; a new pod is coming up on the kept volume"},
    ReasonInfo{Reason::TemplatePending, "TemplatePending",
               "the template was seen; its revision is being stored", true},
    ReasonInfo{Reason::VolumePending, "VolumePending", "the claim is not bound yet", true},
    ReasonInfo{Reason::PodPending, "PodPending", "the pod waits for a node", true},
    ReasonInfo{Reason::ContainersStarting, "ContainersStarting",
               "the pod has a node; images are pulled and containers started"},
    ReasonInfo{Reason::PodNotReady, "PodNotReady", "the containers run, but the pod is not Ready"},
    ReasonInfo{Reason::PodTerminating, "PodTerminating",
               "the old pod is still going away; the new start waits for it"},
    ReasonInfo{Reason::Ready, "Ready", "agents are up"},
    ReasonInfo{Reason::Stopped, "Stopped", "asleep because spec.desiredState is Stopped"},
    ReasonInfo{Reason::Paused, "Paused", "asleep because spec.desiredState is Paused"},
    ReasonInfo{Reason::Completed, "Completed", "the task's command ended with 0"},
    ReasonInfo{Reason::TaskFailed, "TaskFailed",
               "the task's command failed and its retries are used up"},
    ReasonInfo{Reason::Cancelled, "Cancelled", "ended because spec.desiredState is Cancelled"},
    ReasonInfo{Reason::Timeout, "Timeout", "ended because limits.activeDeadlineSeconds is over"},
    ReasonInfo{Reason::Expired, "Expired",
               "ttl.maxLifetimeSeconds or ttl.afterIdleSeconds is over"},
    ReasonInfo{Reason::PodLost, "PodLost", "the pod was deleted or vanished"},
    ReasonInfo{Reason::PodFailed, "PodFailed", "a container of the pod ended and is not restarted"},
    ReasonInfo{Reason::Evicted, "Evicted", "the pod was evicted, preempted or drained"},
    ReasonInfo{Reason::OOMKilled, "OOMKilled", "a container used more memory than its limit"},
    ReasonInfo{Reason::NodeLost, "NodeLost", "the pod's node stopped answering"},
    ReasonInfo{Reason::AgentRestarted, "AgentRestarted", "a container was restarted in place"},
    ReasonInfo{Reason::AgentUnready, "AgentUnready",
               "the pod was not Ready for startTimeoutSeconds"},
    ReasonInfo{Reason::StartTimeout, "StartTimeout", "not READY within startTimeoutSeconds"},
    ReasonInfo{Reason::WakeTimeout, "WakeTimeout", "not awake within startTimeoutSeconds"},
    ReasonInfo{Reason::RetriesExhausted, "RetriesExhausted",
               "retryPolicy.limit attempts are used up; change spec.runToken, or raise the limit"},
    ReasonInfo{Reason::Retrying, "Retrying", "a new attempt begins after a failure"},
    ReasonInfo{Reason::TemplateNotFound, "TemplateNotFound",
               "no SessionTemplate of that name in the namespace", true},
    ReasonInfo{Reason::InvalidTemplate, "InvalidTemplate",
               "the template cannot make a pod; its message says why", true},
    ReasonInfo{Reason::InvalidSession, "InvalidSession",
               "the template does not have or does not allow what the session asks for: an agent, "
               "an override or a parameter; its message says which",
               true},
    ReasonInfo{Reason::ImagePull, "ImagePull", "an image cannot be pulled", true},
    ReasonInfo{Reason::ContainerConfig, "ContainerConfig",
               "a container cannot be made: a ConfigMap, Secret or key is missing, or its settings "
               "are refused",
               true},
    ReasonInfo{Reason::Unschedulable, "Unschedulable", "no node can take the pod", true},
    ReasonInfo{Reason::QuotaExceeded, "QuotaExceeded",
               "a ResourceQuota of the namespace is used up; tried again at least every 30 s",
               true},
    ReasonInfo{Reason::Forbidden, "Forbidden",
               "the API server forbids the pod or claim: Pod Security, admission or RBAC", true},
    ReasonInfo{Reason::Refused, "Refused", "the API server refuses the claim as invalid", true},
    ReasonInfo{Reason::NamespaceTerminating, "NamespaceTerminating",
               "the namespace is being deleted; nothing is created any more", true},
    ReasonInfo{
        Reason::PodConflict, "PodConflict",
        "a pod of the session's name belongs to somebody else, or the session's own has lost its "
        "label app.kubernetes.io/managed-by",
        true},
    ReasonInfo{Reason::VolumeBound, "VolumeBound", "the claim is bound"},
    ReasonInfo{Reason::VolumeNotRequested, "VolumeNotRequested",
               "neither session nor template asks for storage"},
    ReasonInfo{Reason::VolumeTerminating, "VolumeTerminating",
               "the claim is being deleted; it is never mounted again", true},
    ReasonInfo{
        Reason::VolumeLost, "VolumeLost",
        "the recorded claim or the volume behind it is gone; it is never replaced by an empty "
        "one"},
    ReasonInfo{Reason::VolumeConflict, "VolumeConflict",
               "the claim was not made for this session, or not for any session at all", true},
    ReasonInfo{Reason::VolumeNotFound, "VolumeNotFound",
               "there is no claim of the name in storage.existingClaim", true},
    ReasonInfo{Reason::VolumeInUse, "VolumeInUse",
               "another session holds the claim named in storage.existingClaim", true},
    ReasonInfo{Reason::VolumeHandedOver, "VolumeHandedOver",
               "the session is over, and another goes on with its claim"},
    ReasonInfo{Reason::VolumeDeleted, "VolumeDeleted",
               "the claim was deleted, as storage.retention asks"},
    ReasonInfo{Reason::ResizeRefused, "ResizeRefused",
               "the claim may not grow to spec.storage.size; the volume stays as it is"},
    ReasonInfo{Reason::Reattached, "Reattached",
               "the session goes on with a claim that another has left"},
    ReasonInfo{Reason::Reaped, "Reaped",
               "a released claim was deleted, because storage.retention.retainFor was over"},
    ReasonInfo{Reason::ReapDue, "ReapDue",
               "a released claim would be deleted, but for --reaper-dry-run"},
    ReasonInfo{Reason::Running, "Running", "spec.desiredState is Running"},
    ReasonInfo{Reason::NotExpired, "NotExpired", "the session has lifetime left"},
    ReasonInfo{Reason::NotFinished, "NotFinished", "the session has no outcome"},
    ReasonInfo{Reason::Admitted, "Admitted", "nothing holds the session back"},
    ReasonInfo{Reason::NoAgent, "NoAgent", "no pod runs"},
    ReasonInfo{Reason::Accepted, "Accepted", "the template can make pods"},
    ReasonInfo{
        Reason::StatusPruned, "StatusPruned",
        "the API server does not keep all that is written to the status; apply the CRDs of the "
        "operator's version"},
    ReasonInfo{Reason::UnknownValue, "UnknownValue",
               "a field holds a word of a newer version; upgrade the operator"},
};

constexpr const ReasonInfo& info(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}
constexpr std::string_view to_string(Reason reason) {
  return info(reason).word;
}
constexpr bool is_outside(Reason reason) {
  return info(reason).outside;
}
// The reason of that word; UnknownValue for a word that is not in the list.
constexpr Reason parse_reason(std::string_view word) {
  for (const ReasonInfo& entry : kReasons) {
    if (entry.word == word) return entry.reason;
  }
  return Reason::UnknownValue;
}

// A reason and one line for people that says what to do next.
struct Why {
  Reason reason = Reason::Starting;
  std::string message;
  friend bool operator==(const Why&, const Why&) = default;
};

consteval bool reasons_are_in_order() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<std::size_t>(kReasons[i].reason) != i) return false;
  }
  return kReasons.size() == static_cast<std::size_t>(Reason::UnknownValue) + 1;
}
static_assert(reasons_are_in_order(),
              "kReasons lists every Reason, in the order of the enumeration");

}  // namespace sojourn::domain
