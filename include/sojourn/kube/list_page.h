#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "sojourn/base/result.h"
#include "sojourn/kube/transport.h"
#include "sojourn/kube/wire_object.h"

namespace sojourn::kube {

// What a page of a list says of itself.
struct PageInfo {
  std::string continue_;  // token of the next page; empty: this was the last
  std::string resource_version;
};

// Reads one page of a list, JSON or protobuf, handing out its items as they arrive: only one of
// them is in memory at a time. Errors: what the transport returns, what the Status stands for, what
// `on_item` returned, Malformed for a body that is no list.
Result<PageInfo> read_list_page(Transport& transport, const Request& request,
                                const ObjectHandler& on_item, std::stop_token stop);

}  // namespace sojourn::kube
