#include "sojourn/api/json/pod_mounts_json.h"

#include <utility>

#include "api/json/decode.h"
#include "sojourn/api/pod.h"

namespace sojourn::api {
namespace {

void read_mounts(const ObjectView& root, PodMounts& pod) {
  const auto phase = parse_pod_phase(root.object("status").text("phase"));
  if (phase == PodPhase::Succeeded || phase == PodPhase::Failed) return;
  for (const ObjectView& volume : root.object("spec").objects("volumes")) {
    auto claim = volume.object("persistentVolumeClaim").text("claimName");
    if (!claim.empty()) pod.claims.push_back(std::move(claim));
  }
}

}  // namespace

Result<PodMounts> decode_pod_mounts(std::string_view json) {
  return decode_object<PodMounts>(json, "Pod", KeptKeys::Own, read_mounts);
}

}  // namespace sojourn::api
