// The module's only door. load_cpprest_transport.h opens it.
#include "sojourn/http/client/cpprest_transport.h"

using Maker = decltype(&sojourn::http::make_cpprest_transport);

extern "C" Maker sojourn_cpprest_transport();

extern "C" Maker sojourn_cpprest_transport() {
  return &sojourn::http::make_cpprest_transport;
}
