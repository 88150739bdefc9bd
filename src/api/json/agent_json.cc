#include "api/json/agent_json.h"

namespace sojourn::api {

AgentSettings read_agent_settings(const ObjectView& view) {
  return {.model = view.text("model"),
          .config = view.text_map("config"),
          .tools = view.optional_texts("tools"),
          .temperature = {view.number("temperature")},
          .max_output_tokens = view.integer("maxOutputTokens")};
}

}  // namespace sojourn::api
