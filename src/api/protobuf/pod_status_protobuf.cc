#include "api/protobuf/pod_status_protobuf.h"

#include "api/protobuf/field_reader.h"
#include "api/protobuf/meta_protobuf.h"

namespace sojourn::api {
namespace {

// The numbers of k8s.io/api/core/v1/generated.proto.
struct StatusField {
  enum : std::uint32_t {
    kPhase = 1,
    kConditions = 2,
    kMessage = 3,
    kReason = 4,
    kContainerStatuses = 8,
    kInitContainerStatuses = 10
  };
};
struct ConditionField {
  enum : std::uint32_t {
    kType = 1,
    kStatus = 2,
    kLastTransitionTime = 4,
    kReason = 5,
    kMessage = 6,
    kObservedGeneration = 7
  };
};
struct ContainerField {
  enum : std::uint32_t { kName = 1, kState = 2, kLastState = 3, kReady = 4, kRestartCount = 5 };
};
struct StateField {
  enum : std::uint32_t { kWaiting = 1, kRunning = 2, kTerminated = 3 };
};
struct WaitingField {
  enum : std::uint32_t { kReason = 1, kMessage = 2 };
};
struct RunningField {
  enum : std::uint32_t { kStartedAt = 1 };
};
struct TerminatedField {
  enum : std::uint32_t { kExitCode = 1, kReason = 3, kStartedAt = 5 };
};

Condition read_condition(std::string_view message) {
  Condition condition;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case ConditionField::kType:
        condition.type = field.text();
        break;
      case ConditionField::kStatus:
        condition.status = parse_condition_status(field.bytes());
        break;
      case ConditionField::kLastTransitionTime:
        condition.last_transition_time = read_time(field.bytes());
        break;
      case ConditionField::kReason:
        condition.reason = field.text();
        break;
      case ConditionField::kMessage:
        condition.message = field.text();
        break;
      case ConditionField::kObservedGeneration:
        condition.observed_generation = field.integer();
        break;
    }
  }
  return condition;
}

void read_waiting(std::string_view message, ContainerStatus& status) {
  for (FieldReader field(message); field.next();) {
    if (field.number() == WaitingField::kReason) status.waiting_reason = field.text();
    if (field.number() == WaitingField::kMessage) status.waiting_message = field.text();
  }
}

void read_running(std::string_view message, ContainerStatus& status) {
  for (FieldReader field(message); field.next();) {
    if (field.number() == RunningField::kStartedAt) status.started_at = read_time(field.bytes());
  }
}

struct Terminated {
  TerminatedState state;
  std::optional<Time> started_at;
};

Terminated read_terminated(std::string_view message) {
  Terminated terminated;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case TerminatedField::kExitCode:
        terminated.state.exit_code = field.small_integer();
        break;
      case TerminatedField::kReason:
        terminated.state.reason = field.text();
        break;
      case TerminatedField::kStartedAt:
        terminated.started_at = read_time(field.bytes());
        break;
    }
  }
  return terminated;
}

// Of the three a state has one.
void read_state(std::string_view message, ContainerStatus& status) {
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case StateField::kWaiting:
        read_waiting(field.bytes(), status);
        break;
      case StateField::kRunning:
        read_running(field.bytes(), status);
        break;
      case StateField::kTerminated: {
        Terminated terminated = read_terminated(field.bytes());
        status.terminated = std::move(terminated.state);
        status.started_at = terminated.started_at;
        break;
      }
    }
  }
}

std::optional<TerminatedState> read_last_state(std::string_view message) {
  std::optional<TerminatedState> last;
  for (FieldReader field(message); field.next();) {
    if (field.number() == StateField::kTerminated) last = read_terminated(field.bytes()).state;
  }
  return last;
}

ContainerStatus read_container_status(std::string_view message) {
  ContainerStatus status;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case ContainerField::kName:
        status.name = field.text();
        break;
      case ContainerField::kState:
        read_state(field.bytes(), status);
        break;
      case ContainerField::kLastState:
        status.last_terminated = read_last_state(field.bytes());
        break;
      case ContainerField::kReady:
        status.ready = field.flag();
        break;
      case ContainerField::kRestartCount:
        status.restart_count = field.small_integer();
        break;
    }
  }
  return status;
}

// Go writes a phase that is not set as an empty text.
PodPhase parse_written_phase(std::string_view text) {
  return text.empty() ? PodPhase::Pending : parse_pod_phase(text);
}

}  // namespace

PodPhase read_pod_phase(std::string_view status_message) {
  return parse_written_phase(value_at(status_message, StatusField::kPhase));
}

PodStatus read_pod_status(std::string_view message) {
  PodStatus status;
  for (FieldReader field(message); field.next();) {
    switch (field.number()) {
      case StatusField::kPhase:
        status.phase = parse_written_phase(field.bytes());
        break;
      case StatusField::kConditions:
        status.conditions.push_back(read_condition(field.bytes()));
        break;
      case StatusField::kMessage:
        status.message = field.text();
        break;
      case StatusField::kReason:
        status.reason = field.text();
        break;
      case StatusField::kContainerStatuses:
        status.containers.push_back(read_container_status(field.bytes()));
        break;
      case StatusField::kInitContainerStatuses:
        status.init_containers.push_back(read_container_status(field.bytes()));
        break;
    }
  }
  return status;
}

}  // namespace sojourn::api
