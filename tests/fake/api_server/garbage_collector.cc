#include "tests/fake/api_server/garbage_collector.h"

namespace sojourn::fake {

using nlohmann::json;

namespace {

bool is_gone(const ObjectStore& store, const json& owner, const std::string& namespace_) {
  const Kind* kind = find_owner_kind(owner.value("apiVersion", ""), owner.value("kind", ""));
  if (kind == nullptr) return false;
  const json* object = store.find(
      {std::string(kind->plural), kind->namespaced ? namespace_ : "", owner.value("name", "")});
  return object == nullptr || object->at("metadata").at("uid") != owner.value("uid", "");
}

bool collect(ObjectStore& store, Writer& writer, const ObjectId& id) {
  const json* object = store.find(id);
  if (object == nullptr) return false;
  const json& meta = object->at("metadata");
  const json owners = meta.value("ownerReferences", json::array());
  json remaining = json::array();
  for (const auto& owner : owners) {
    if (!is_gone(store, owner, id.namespace_)) remaining.push_back(owner);
  }
  if (remaining.size() == owners.size()) return false;
  if (!remaining.empty()) {
    json kept = *object;
    kept["metadata"]["ownerReferences"] = std::move(remaining);
    store.put(id, std::move(kept));
    return true;
  }
  if (meta.contains("deletionTimestamp")) return false;  // on its way already
  writer.remove(*find_kind(id.plural), id, std::nullopt);
  return true;
}

}  // namespace

bool collect_garbage(ObjectStore& store, Writer& writer) {
  std::vector<ObjectId> ids;
  for (const auto& [id, object] : store.objects()) ids.push_back(id);
  bool changed = false;
  for (const auto& id : ids) changed = collect(store, writer, id) || changed;
  return changed;
}

}  // namespace sojourn::fake
