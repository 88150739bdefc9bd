#pragma once

#include "tests/fake/api_server/admission.h"
#include "tests/fake/api_server/call.h"
#include "tests/fake/api_server/object_store.h"

namespace sojourn::fake {

// Answers a list with its pages (limit, continue) and versions (resourceVersion,
// resourceVersionMatch=Exact). All pages of a list show the moment of its first.
kube::Response list(const ObjectStore& store, const Admission& admission, const Call& call);

}  // namespace sojourn::fake
