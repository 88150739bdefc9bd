#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sojourn::fake {

// A kind that the in-memory API server serves, with what sets it apart on the real one.
struct Kind {
  std::string_view group;  // "" for the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;
  bool custom = false;      // described by a CRD
  bool has_status = false;  // a /status of its own
  bool counts_generation = false;
  bool returns_deleted = false;        // DELETE answers with the object's last state
  bool update_without_version = true;  // PUT may leave resourceVersion out
  bool create_on_update = false;       // PUT of a missing object creates it
};

std::span<const Kind> all_kinds();

// Null for a kind that is not served.
const Kind* find_kind(std::string_view group, std::string_view version, std::string_view plural);
const Kind* find_kind(std::string_view plural);
// By apiVersion without regard to the version, as the garbage collector resolves an owner.
const Kind* find_owner_kind(std::string_view api_version, std::string_view kind);

std::string api_version(const Kind& kind);     // "v1", "apps/v1"
std::string qualified_name(const Kind& kind);  // "pods", "sessions.sojourn.dev"

}  // namespace sojourn::fake
