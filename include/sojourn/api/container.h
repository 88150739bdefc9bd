#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sojourn/api/meta.h"

namespace sojourn::api {

struct EnvVar {
  std::string name;
  std::string value;
  JsonText value_from;  // an EnvVarSource; exclusive with value
  friend bool operator==(const EnvVar&, const EnvVar&) = default;
};

struct VolumeMount {
  std::string name;
  std::string mount_path;
  std::string sub_path;
  bool read_only = false;
  friend bool operator==(const VolumeMount&, const VolumeMount&) = default;
};

// Resource name to quantity: {"cpu": "200m", "memory": "256Mi"}.
struct ResourceRequirements {
  StringMap limits;
  StringMap requests;
  friend bool operator==(const ResourceRequirements&, const ResourceRequirements&) = default;
};

// The container security context that the restricted Pod Security level asks for.
struct ContainerSecurity {
  bool allow_privilege_escalation = false;
  std::vector<std::string> drop_capabilities = {"ALL"};
  friend bool operator==(const ContainerSecurity&, const ContainerSecurity&) = default;
};

struct Container {
  std::string name;
  std::string image;
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::vector<EnvVar> env;
  JsonText env_from;  // a list of EnvFromSource
  JsonText ports;     // a list of ContainerPort
  ResourceRequirements resources;
  std::vector<VolumeMount> volume_mounts;
  std::string restart_policy;  // "Always" makes an init container a sidecar; else empty
  std::optional<ContainerSecurity> security;
  friend bool operator==(const Container&, const Container&) = default;
};

struct PodSecurity {
  std::optional<std::int64_t> run_as_user;
  std::optional<std::int64_t> run_as_group;
  std::optional<std::int64_t> fs_group;
  std::optional<bool> run_as_non_root;
  std::string fs_group_change_policy;
  std::vector<std::int64_t> supplemental_groups;
  JsonText seccomp_profile;
  friend bool operator==(const PodSecurity&, const PodSecurity&) = default;
};

}  // namespace sojourn::api
