#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sojourn/kube/transport.h"

namespace sojourn::fake {

// An answer with its body as JSON (null when it is none).
struct Answer {
  int status = 0;
  nlohmann::json body;
  // The `reason` of a Status, or "".
  std::string reason() const;
  std::string message() const;
};

// Somebody with kubectl: plain calls with JSON in and out, to any API server. A call that gets no
// answer throws std::runtime_error. Thread-safe as far as the transport is, which must outlive it.
class ApiUser {
 public:
  explicit ApiUser(kube::Transport& transport) : transport_(transport) {}

  using Query = std::vector<std::pair<std::string, std::string>>;

  Answer create(const nlohmann::json& object) const;
  // Creates the object, or merges it into the one that is there.
  Answer apply(const nlohmann::json& object) const;
  Answer get(std::string_view plural, std::string_view namespace_, std::string_view name) const;
  Answer list(std::string_view plural, std::string_view namespace_, const Query& query = {}) const;
  Answer update(const nlohmann::json& object, std::string_view subresource = "") const;
  Answer patch(std::string_view plural, std::string_view namespace_, std::string_view name,
               const nlohmann::json& merge_patch, std::string_view subresource = "") const;
  Answer remove(std::string_view plural, std::string_view namespace_, std::string_view name,
                const nlohmann::json& options = nlohmann::json::object()) const;
  // Reads a watch until it ends, breaks or `enough(events so far)`.
  std::vector<nlohmann::json> watch(
      std::string_view plural, std::string_view namespace_, const Query& query,
      const std::function<bool(const std::vector<nlohmann::json>& events)>& enough) const;

  // A request as the functions above build it.
  static kube::Request request(kube::Method method, std::string_view plural,
                               std::string_view namespace_, std::string_view name = "",
                               std::string_view subresource = "", const Query& query = {});
  Answer call(const kube::Request& request) const;

 private:
  kube::Transport& transport_;
};

}  // namespace sojourn::fake
