#pragma once

#include <string_view>

namespace sojourn::api {

// Which labels and annotations are worth their memory: on the project's own kinds all but kubectl's
// last-applied-configuration, on others those under sojourn.dev/ but for the content that agents
// read from their pod.
enum class KeptKeys { All, Own };

// Whether the label or annotation `key` is kept.
bool is_kept(KeptKeys keys, std::string_view key);

}  // namespace sojourn::api
