#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sojourn/api/fields.h"

namespace sojourn::kube {

// How a struct of api/ is written as bytes and read back: member after member, numbers in as few
// bytes as they need, texts with their length before them. For memory alone: the form may change
// with every build, and what is read is always what the same process wrote.
namespace packing {

template <typename T>
concept Number = std::is_integral_v<T> || std::is_enum_v<T>;

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void put(const std::string& text) {
    put_number(text.size());
    out_ += text;
  }
  template <Number T>
  void put(const T& value) {
    // Small negative numbers are small, too.
    const auto number = static_cast<std::int64_t>(value);
    put_number((static_cast<std::uint64_t>(number) << 1) ^
               static_cast<std::uint64_t>(number >> 63));
  }
  template <typename C, typename D>
  void put(const std::chrono::time_point<C, D>& time) {
    put(time.time_since_epoch().count());
  }
  template <typename T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <typename T>
  void put(const std::vector<T>& list) {
    put_number(list.size());
    for (const T& item : list) put(item);
  }
  template <typename K, typename V, typename Less>
  void put(const std::map<K, V, Less>& map) {
    put_number(map.size());
    for (const auto& [key, value] : map) {
      put(key);
      put(value);
    }
  }
  template <typename... T>
  void put(const std::variant<T...>& value) {
    put_number(value.index());
    std::visit([this](const auto& held) { this->put(held); }, value);
  }
  template <typename T>
  requires std::is_aggregate_v<T>
  void put(const T& object) {
    std::apply([this](const auto&... member) { (this->put(member), ...); }, fields(object));
  }

 private:
  void put_number(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) out_ += static_cast<char>(number | 0x80);
    out_ += static_cast<char>(number);
  }

  std::string& out_;
};

class Reader {
 public:
  explicit Reader(const char* bytes) : at_(bytes) {}

  void get(std::string& text) {
    const auto size = static_cast<std::size_t>(get_number());
    text.assign(at_, size);
    at_ += size;
  }
  template <Number T>
  void get(T& value) {
    const std::uint64_t number = get_number();
    value = static_cast<T>(static_cast<std::int64_t>((number >> 1) ^ (~(number & 1) + 1)));
  }
  template <typename C, typename D>
  void get(std::chrono::time_point<C, D>& time) {
    typename D::rep count{};
    get(count);
    time = std::chrono::time_point<C, D>(D(count));
  }
  template <typename T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    if (there) get(value.emplace());
  }
  template <typename T>
  void get(std::vector<T>& list) {
    list.resize(static_cast<std::size_t>(get_number()));
    for (T& item : list) get(item);
  }
  template <typename K, typename V, typename Less>
  void get(std::map<K, V, Less>& map) {
    for (auto left = get_number(); left > 0; --left) {
      K key;
      get(key);
      get(map.emplace_hint(map.end(), std::move(key), V())->second);
    }
  }
  template <typename... T>
  void get(std::variant<T...>& value) {
    get_alternative(value, get_number(), std::index_sequence_for<T...>{});
  }
  template <typename T>
  requires std::is_aggregate_v<T>
  void get(T& object) {
    std::apply([this](auto&... member) { (this->get(member), ...); }, fields(object));
  }

 private:
  std::uint64_t get_number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      number |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return number;
    }
  }
  template <typename Variant, std::size_t... I>
  void get_alternative(Variant& value, std::uint64_t index, std::index_sequence<I...>) {
    ((index == I ? get(value.template emplace<I>()) : void()), ...);
  }

  const char* at_;
};

}  // namespace packing

// One object as a cache keeps it: in about a fifth of the memory that the struct takes with all its
// texts and lists. Copies share the bytes, which never change. T is a struct that fields() knows.
template <typename T>
class Packed {
 public:
  Packed() = default;  // of nothing
  explicit Packed(const T& object) {
    std::string text;
    text.reserve(2'048);  // enough for most, so that it grows once
    packing::Writer(text).put(object);
    bytes_ = std::make_shared_for_overwrite<char[]>(text.size());
    std::memcpy(bytes_.get(), text.data(), text.size());
  }

  explicit operator bool() const { return bytes_ != nullptr; }
  // Null of nothing; else equal to what was packed.
  std::shared_ptr<const T> unpack() const {
    if (!bytes_) return nullptr;
    auto object = std::make_shared<T>();
    packing::Reader(bytes_.get()).get(*object);
    return object;
  }
  // Whether both share the same bytes.
  friend bool operator==(const Packed&, const Packed&) = default;

 private:
  std::shared_ptr<char[]> bytes_;
};

}  // namespace sojourn::kube
