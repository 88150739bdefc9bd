#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>

namespace sojourn::api {

// Walks over the fields of one protobuf message, in the order in which they were written; what is
// not asked for is passed over. A message that breaks off, and a value of another type than is
// asked for, throw a protozero::exception, which decode_message answers. Refers to the message.
class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : reader_(message.data(), message.size()) {}

  // Goes to the next field; false after the last.
  bool next() {
    if (unread_) reader_.skip();
    unread_ = reader_.next();
    return unread_;
  }
  std::uint32_t number() const { return reader_.tag(); }

  // The value of the present field, at most once each.
  std::string_view bytes() {  // of a text or of a message
    expect(protozero::pbf_wire_type::length_delimited);
    const auto view = reader_.get_view();
    return {view.data(), view.size()};
  }
  std::string text() { return std::string(bytes()); }
  std::int64_t integer() {
    expect(protozero::pbf_wire_type::varint);
    return reader_.get_int64();
  }
  int small_integer() { return static_cast<int>(integer()); }
  bool flag() { return integer() != 0; }

 private:
  void expect(protozero::pbf_wire_type type) {
    if (reader_.wire_type() != type) throw protozero::unknown_pbf_wire_type_exception();
    unread_ = false;
  }

  protozero::pbf_reader reader_;
  bool unread_ = false;
};

// The text or the message in the field of that number; empty when it is not there. Throws as
// FieldReader does.
inline std::string_view value_at(std::string_view message, std::uint32_t number) {
  std::string_view found;
  for (FieldReader field(message); field.next();) {
    if (field.number() == number) found = field.bytes();
  }
  return found;
}

}  // namespace sojourn::api
