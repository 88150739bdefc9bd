#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sojourn/base/clock.h"
#include "sojourn/base/random.h"
#include "tests/fake/api_server/admission.h"
#include "tests/fake/api_server/call.h"
#include "tests/fake/api_server/object_store.h"

namespace sojourn::fake {

// Carries out the writes: create, update, patch and delete with their preconditions. Not
// thread-safe; all references must outlive it.
class Writer {
 public:
  Writer(ObjectStore& store, const Admission& admission, Clock& clock, Random& random)
      : store_(store), admission_(admission), clock_(clock), random_(random) {}

  kube::Response carry_out(const Call& call);

  // Begins the end of an object, as DELETE does; `grace_seconds` unset: the object's own.
  kube::Response remove(const Kind& kind, const ObjectId& id,
                        std::optional<std::int64_t> grace_seconds);

  // Stores what a change made of an object; one that only waited to lose its last finalizer goes.
  nlohmann::json store(const ObjectId& id, nlohmann::json object);

 private:
  kube::Response create(const Call& call, nlohmann::json object);
  kube::Response update(const Call& call);
  kube::Response patch(const Call& call);
  kube::Response remove(const Call& call);

  // Puts `wanted` in place of `old` after all checks. `versioned`: it must name the version it
  // replaces.
  kube::Response replace(const Call& call, const nlohmann::json& old, nlohmann::json wanted);

  std::optional<kube::Response> refuse_namespace(const Kind& kind, const std::string& namespace_,
                                                 const std::string& name) const;
  std::string new_uid();
  std::string now() const;

  ObjectStore& store_;
  const Admission& admission_;
  Clock& clock_;
  Random& random_;
};

}  // namespace sojourn::fake
