#include "sojourn/api/json/controller_revision_json.h"

#include <nlohmann/json.hpp>

#include "api/json/decode.h"
#include "api/json/document.h"
#include "api/json/writer.h"

namespace sojourn::api {
namespace {

void read_revision(const ObjectView& root, ControllerRevision& revision) {
  revision.data = root.raw("data");
  revision.revision = root.long_integer("revision").value_or(0);
}

}  // namespace

Result<ControllerRevision> decode_controller_revision(std::string_view json) {
  return decode_object<ControllerRevision>(json, "ControllerRevision", KeptKeys::Own,
                                           read_revision);
}

Result<std::string> encode_controller_revision(const ControllerRevision& revision) {
  Problem problem;
  Json json = begin_object("apps/v1", "ControllerRevision", revision.meta);
  put_raw(json, "data", revision.data, "", problem);
  if (!json.contains("data") || !json["data"].is_object()) {
    problem.report("data", "expected an object");
  }
  json["revision"] = revision.revision;
  if (problem.found()) return encode_error("ControllerRevision", revision.meta, problem);
  return dump(json);
}

}  // namespace sojourn::api
