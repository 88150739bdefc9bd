#pragma once

#include "tests/fake/api_server/object_store.h"
#include "tests/fake/api_server/writer.h"

namespace sojourn::fake {

// One round of Kubernetes' garbage collector: an object none of whose owners exists any more (by
// uid) is deleted in the background manner; owners that are gone beside ones that are there are
// struck from the list. Owners of kinds that are not served are left alone. Returns whether
// anything changed.
bool collect_garbage(ObjectStore& store, Writer& writer);

}  // namespace sojourn::fake
