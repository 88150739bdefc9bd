#include "sojourn/api/json/api_status_json.h"

#include <utility>

#include "api/json/decode.h"

namespace sojourn::api {

Result<ApiStatus> decode_api_status(std::string_view json) {
  const auto tree = JsonTree::parse(json);
  if (!tree) return with_context("decode Status", tree.error());
  Problem problem;
  const ObjectView root(*tree, problem);
  root.require("kind");
  check_kind(root, "Status");
  const ObjectView details = root.object("details");
  ApiStatus status{.code = root.integer("code").value_or(0),
                   .reason = root.text("reason"),
                   .message = root.text("message"),
                   .causes = {},
                   .retry_after_seconds = details.integer("retryAfterSeconds")};
  for (const ObjectView& cause : details.objects("causes")) {
    status.causes.push_back(cause.text("reason"));
  }
  if (problem.found()) return decode_error("Status", {}, problem);
  return status;
}

}  // namespace sojourn::api
