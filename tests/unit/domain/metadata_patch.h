#pragma once

#include "sojourn/api/meta.h"

namespace sojourn::domain::test {

// What the API server makes of a merge patch.
void change(api::ObjectMeta& meta, const api::MetadataPatch& changes);

}  // namespace sojourn::domain::test
