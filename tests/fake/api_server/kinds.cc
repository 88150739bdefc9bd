#include "tests/fake/api_server/kinds.h"

#include <array>

namespace sojourn::fake {
namespace {

constexpr std::array<Kind, 8> kKinds = {{
    {.group = "sojourn.dev",
     .version = "v1alpha1",
     .plural = "sessions",
     .kind = "Session",
     .custom = true,
     .has_status = true,
     .counts_generation = true,
     .update_without_version = false},
    {.group = "sojourn.dev",
     .version = "v1alpha1",
     .plural = "sessiontemplates",
     .kind = "SessionTemplate",
     .custom = true,
     .has_status = true,
     .counts_generation = true,
     .update_without_version = false},
    {.group = "",
     .version = "v1",
     .plural = "pods",
     .kind = "Pod",
     .has_status = true,
     .counts_generation = true,
     .returns_deleted = true},
    {.group = "",
     .version = "v1",
     .plural = "persistentvolumeclaims",
     .kind = "PersistentVolumeClaim",
     .has_status = true,
     .returns_deleted = true},
    {.group = "",
     .version = "v1",
     .plural = "namespaces",
     .kind = "Namespace",
     .namespaced = false},
    {.group = "apps",
     .version = "v1",
     .plural = "controllerrevisions",
     .kind = "ControllerRevision"},
    {.group = "coordination.k8s.io",
     .version = "v1",
     .plural = "leases",
     .kind = "Lease",
     .update_without_version = false,
     .create_on_update = true},
    {.group = "events.k8s.io",
     .version = "v1",
     .plural = "events",
     .kind = "Event",
     .create_on_update = true},
}};

}  // namespace

std::span<const Kind> all_kinds() {
  return kKinds;
}

const Kind* find_kind(std::string_view group, std::string_view version, std::string_view plural) {
  const Kind* kind = find_kind(plural);
  return kind != nullptr && kind->group == group && kind->version == version ? kind : nullptr;
}

const Kind* find_kind(std::string_view plural) {
  for (const Kind& kind : kKinds) {
    if (kind.plural == plural) return &kind;
  }
  return nullptr;
}

const Kind* find_owner_kind(std::string_view api_version, std::string_view name) {
  const std::size_t slash = api_version.find('/');
  const auto group = slash == std::string_view::npos ? "" : api_version.substr(0, slash);
  for (const Kind& kind : kKinds) {
    if (kind.group == group && kind.kind == name) return &kind;
  }
  return nullptr;
}

std::string api_version(const Kind& kind) {
  return (kind.group.empty() ? "" : std::string(kind.group) + "/") + std::string(kind.version);
}

std::string qualified_name(const Kind& kind) {
  return std::string(kind.plural) + (kind.group.empty() ? "" : "." + std::string(kind.group));
}

}  // namespace sojourn::fake
