#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sojourn/api/meta.h"
#include "sojourn/base/result.h"

namespace sojourn::kube {

// Names an object within one kind. `namespace_` is empty for a cluster-scoped object.
struct ObjectKey {
  std::string namespace_;
  std::string name;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

// "namespace/name", or "name" without a namespace.
std::string to_string(const ObjectKey& key);

// Where a kind lives in the API and how it is read.
struct ResourceInfo {
  std::string_view group;  // "" for the core group
  std::string_view version;
  std::string_view plural;
  std::string_view kind;
  bool namespaced = true;
  // Lists and watches ask for protobuf, which costs both sides less than JSON; the API server has
  // it for its own kinds alone. Asks for ResourceTraits<T>::decode_message.
  bool protobuf = false;
};

// "v1" or "apps/v1".
std::string api_version(const ResourceInfo& info);

// Ties a struct of api/ to its resource. A specialisation has `static constexpr ResourceInfo info`
// and, as far as the program reads or creates the kind,
//   static Result<T> decode(std::string_view json);
//   static Result<T> decode_message(std::string_view message);   // protobuf
//   static Result<std::string> encode(const T& object);   // whole, with apiVersion and kind
// The specialisations of this program's kinds are in resources.h.
template <typename T>
struct ResourceTraits;

template <typename T>
concept Readable = requires(std::string_view json, const T& object) {
  { ResourceTraits<T>::info } -> std::convertible_to<ResourceInfo>;
  { ResourceTraits<T>::decode(json) } -> std::same_as<Result<T>>;
  { object.meta } -> std::convertible_to<api::ObjectMeta>;
};

template <typename T>
concept ReadableAsProtobuf = Readable<T> && requires(std::string_view message) {
  { ResourceTraits<T>::decode_message(message) } -> std::same_as<Result<T>>;
};

template <typename T>
concept Creatable = requires(const T& object) {
  { ResourceTraits<T>::info } -> std::convertible_to<ResourceInfo>;
  { ResourceTraits<T>::encode(object) } -> std::same_as<Result<std::string>>;
  { object.meta } -> std::convertible_to<api::ObjectMeta>;
};

inline ObjectKey key_of(const api::ObjectMeta& meta) {
  return {meta.namespace_, meta.name};
}

// A resourceVersion as the number it is. Versions of one kind may be compared since Kubernetes
// 1.35 says so (KEP-5504). Nothing for "" and for anything but a decimal number.
std::optional<std::uint64_t> parse_resource_version(std::string_view text);

}  // namespace sojourn::kube

template <>
struct std::hash<sojourn::kube::ObjectKey> {
  std::size_t operator()(const sojourn::kube::ObjectKey& key) const noexcept {
    const std::size_t first = std::hash<std::string>{}(key.namespace_);
    return first ^
           (std::hash<std::string>{}(key.name) + 0x9E3779B97F4A7C15 + (first << 6) + (first >> 2));
  }
};
