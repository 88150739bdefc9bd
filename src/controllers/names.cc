#include "sojourn/controllers/names.h"

#include <algorithm>

#include "sojourn/domain/pod_shape.h"
#include "sojourn/domain/retention.h"
#include "sojourn/http/digest.h"

namespace sojourn::controllers {
namespace {

constexpr std::size_t kDigits = 10;
constexpr std::size_t kMostOfName = 44;

std::string revision_name(std::string_view tmpl, const api::JsonText& spec) {
  return std::string(tmpl) + "-" + http::sha256_hex(spec.text).substr(0, kDigits);
}

}  // namespace

std::string child_name(const std::string& session, const std::string& uid) {
  std::string name = session.substr(0, kMostOfName);
  // A pod's name becomes its host name, where a dot would begin a domain.
  std::ranges::replace(name, '.', '-');
  while (name.ends_with('-')) name.pop_back();
  return name + "-" + http::sha256_hex(uid).substr(0, kDigits);
}

std::string child_name(const api::Session& session) {
  return child_name(session.meta.name, session.meta.uid);
}

std::string claim_name(const api::Session& session) {
  const auto& existing = session.spec.existing_claim;
  return existing.empty() ? child_name(session) : existing;
}

bool is_genuine(const api::PersistentVolumeClaim& claim) {
  const auto first = domain::first_holder_of(claim);
  return !first.uid.empty() && child_name(first.name, first.uid) == claim.meta.name;
}

std::string revision_name(const api::SessionTemplate& tmpl) {
  return revision_name(tmpl.meta.name, tmpl.spec_text);
}

bool is_genuine(const api::ControllerRevision& revision) {
  const auto tmpl = api::lookup(revision.meta.labels, domain::kTemplateLabel);
  return revision_name(tmpl, revision.data) == revision.meta.name;
}

}  // namespace sojourn::controllers
