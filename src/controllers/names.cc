#include "sojourn/controllers/names.h"

#include <algorithm>

#include "sojourn/http/digest.h"

namespace sojourn::controllers {
namespace {

constexpr std::size_t kDigits = 10;
constexpr std::size_t kMostOfName = 44;

}  // namespace

std::string child_name(const api::Session& session) {
  std::string name = session.meta.name.substr(0, kMostOfName);
  // A pod's name becomes its host name, where a dot would begin a domain.
  std::ranges::replace(name, '.', '-');
  while (name.ends_with('-')) name.pop_back();
  return name + "-" + http::sha256_hex(session.meta.uid).substr(0, kDigits);
}

std::string revision_name(const api::SessionTemplate& tmpl) {
  return tmpl.meta.name + "-" + http::sha256_hex(tmpl.spec_text.text).substr(0, kDigits);
}

}  // namespace sojourn::controllers
