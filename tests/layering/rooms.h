#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sojourn::layering {

// A room is a folder with its own rules: "base", "api/json", "controllers/session",
// "tests/unit/kube". A program's entry point (src/operator_main.cc) is the room "main".
std::string room_of_file(std::string_view path);

// The room of a header as it is included: "sojourn/kube/client.h", "http/wire/openssl.h",
// "tests/fake/fake_clock.h". Nothing when it is not a header of the project.
std::optional<std::string> room_of_header(std::string_view header);

// Whether a file of room `from` may include a header of room `to`.
bool may_include(std::string_view from, std::string_view to);

// The top folder: "http" of "http/client".
std::string_view top_of(std::string_view room);

}  // namespace sojourn::layering
