#include "sojourn/http/client/load_cpprest_transport.h"

#include <dlfcn.h>

#include <string>

#include "sojourn/http/client/cpprest_transport.h"

namespace sojourn::http {
namespace {

// Found by the program's RUNPATH.
constexpr const char* kModule = "sojourn-cpprest.so";

Error not_loaded() {
  const char* why = dlerror();
  return {ErrorCode::Configuration,
          "the transport cpprest cannot be loaded: " + std::string(why != nullptr ? why : kModule) +
              "; install " + kModule + " and libcpprest2.10, or use --transport beast"};
}

}  // namespace

Result<MakeTransport> load_cpprest_transport() {
  void* module = dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return not_loaded();
  using Door = decltype (&make_cpprest_transport) (*)();
  const auto door = reinterpret_cast<Door>(dlsym(module, "sojourn_cpprest_transport"));
  if (door == nullptr) return not_loaded();
  return MakeTransport(door());
}

}  // namespace sojourn::http
