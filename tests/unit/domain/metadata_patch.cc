#include "tests/unit/domain/metadata_patch.h"

namespace sojourn::domain::test {

void change(api::ObjectMeta& meta, const api::MetadataPatch& changes) {
  const auto apply = [](api::StringMap& entries, const api::MetadataPatch::Changes& wanted) {
    for (const auto& [key, value] : wanted) {
      if (value) {
        entries.insert_or_assign(key, *value);
      } else {
        entries.erase(key);
      }
    }
  };
  apply(meta.labels, changes.labels);
  apply(meta.annotations, changes.annotations);
  if (changes.owner_references) meta.owner_references = *changes.owner_references;
}

}  // namespace sojourn::domain::test
