#include "api/json/container_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "api/json/document.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

Json write_env(const std::vector<EnvVar>& env, std::string_view path, Problem& problem) {
  Json list = Json::array();
  for (const EnvVar& variable : env) {
    Json item = {{"name", variable.name}};
    put(item, "value", variable.value);
    put_raw(item, "valueFrom", variable.value_from, path, problem);
    list.push_back(std::move(item));
  }
  return list;
}

Json write_mounts(const std::vector<VolumeMount>& mounts) {
  Json list = Json::array();
  for (const VolumeMount& mount : mounts) {
    Json item = {{"name", mount.name}, {"mountPath", mount.mount_path}};
    put(item, "subPath", mount.sub_path);
    put_flag(item, "readOnly", mount.read_only);
    list.push_back(std::move(item));
  }
  return list;
}

Json write_resources(const ResourceRequirements& resources) {
  Json json = Json::object();
  put(json, "limits", resources.limits);
  put(json, "requests", resources.requests);
  return json;
}

// All of it, false included: the restricted level asks for the word.
Json write_security(const ContainerSecurity& security) {
  Json json = {{"allowPrivilegeEscalation", security.allow_privilege_escalation}};
  if (!security.drop_capabilities.empty()) {
    json["capabilities"]["drop"] = security.drop_capabilities;
  }
  return json;
}

Json write_container(const Container& container, const std::string& path, Problem& problem) {
  Json json = {{"name", container.name}};
  put(json, "image", container.image);
  put(json, "command", container.command);
  put(json, "args", container.args);
  put_json(json, "env", write_env(container.env, path + ".env", problem));
  put_raw(json, "envFrom", container.env_from, path, problem);
  put_raw(json, "ports", container.ports, path, problem);
  put_json(json, "resources", write_resources(container.resources));
  put_json(json, "volumeMounts", write_mounts(container.volume_mounts));
  put(json, "restartPolicy", container.restart_policy);
  if (container.security) json["securityContext"] = write_security(*container.security);
  return json;
}

}  // namespace

Container read_container(const ObjectView& view) {
  Container container;
  container.name = view.text("name");
  container.image = view.text("image");
  container.command = view.texts("command");
  container.args = view.texts("args");
  for (const ObjectView& variable : view.objects("env")) {
    container.env.push_back({.name = variable.text("name"),
                             .value = variable.text("value"),
                             .value_from = variable.raw("valueFrom")});
  }
  container.env_from = view.raw("envFrom");
  container.ports = view.raw("ports");
  const ObjectView resources = view.object("resources");
  container.resources = {.limits = resources.quantity_map("limits"),
                         .requests = resources.quantity_map("requests")};
  for (const ObjectView& mount : view.objects("volumeMounts")) {
    container.volume_mounts.push_back({.name = mount.text("name"),
                                       .mount_path = mount.text("mountPath"),
                                       .sub_path = mount.text("subPath"),
                                       .read_only = mount.flag("readOnly").value_or(false)});
  }
  return container;
}

PodSecurity read_pod_security(const ObjectView& view) {
  return {.run_as_user = view.long_integer("runAsUser"),
          .run_as_group = view.long_integer("runAsGroup"),
          .fs_group = view.long_integer("fsGroup"),
          .run_as_non_root = view.flag("runAsNonRoot"),
          .fs_group_change_policy = view.text("fsGroupChangePolicy"),
          .supplemental_groups = view.long_integers("supplementalGroups"),
          .seccomp_profile = view.raw("seccompProfile")};
}

Json write_containers(const std::vector<Container>& containers, std::string_view path,
                      Problem& problem) {
  Json list = Json::array();
  for (const Container& container : containers) {
    const std::string item = std::string(path) + "[" + std::to_string(list.size()) + "]";
    list.push_back(write_container(container, item, problem));
  }
  return list;
}

Json write_pod_security(const PodSecurity& security, std::string_view path, Problem& problem) {
  Json json = Json::object();
  put(json, "runAsUser", security.run_as_user);
  put(json, "runAsGroup", security.run_as_group);
  put(json, "fsGroup", security.fs_group);
  put(json, "runAsNonRoot", security.run_as_non_root);
  put(json, "fsGroupChangePolicy", security.fs_group_change_policy);
  put(json, "supplementalGroups", security.supplemental_groups);
  put_raw(json, "seccompProfile", security.seccomp_profile, path, problem);
  return json;
}

}  // namespace sojourn::api
