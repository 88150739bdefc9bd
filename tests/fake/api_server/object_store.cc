#include "tests/fake/api_server/object_store.h"

#include <utility>

namespace sojourn::fake {

using nlohmann::json;

ObjectId id_of(const Kind& kind, const json& object) {
  const json& meta = object.at("metadata");
  return {std::string(kind.plural), meta.value("namespace", ""), meta.value("name", "")};
}

const json* ObjectStore::find(const ObjectId& id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

ObjectStore::Objects ObjectStore::at(std::uint64_t version) const {
  Objects objects = objects_;
  for (auto change = history_.rbegin(); change != history_.rend(); ++change) {
    if (change->version <= version) break;
    if (change->before.is_null()) {
      objects.erase(change->id);
    } else {
      objects[change->id] = change->before;
    }
  }
  return objects;
}

const json& ObjectStore::put(const ObjectId& id, json object) {
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
  json& place = objects_[id];
  json before = std::exchange(place, std::move(object));
  const auto type = before.is_null() ? Change::Type::Added : Change::Type::Modified;
  history_.push_back({version_, type, id, std::move(before), place});
  return place;
}

json ObjectStore::remove(const ObjectId& id) {
  auto node = objects_.extract(id);
  json last = node.mapped();
  last["metadata"]["resourceVersion"] = std::to_string(++version_);
  history_.push_back({version_, Change::Type::Deleted, id, std::move(node.mapped()), last});
  return last;
}

void ObjectStore::compact(std::size_t kept) {
  while (history_.size() > kept) {
    oldest_ = history_.front().version;
    history_.pop_front();
  }
}

}  // namespace sojourn::fake
