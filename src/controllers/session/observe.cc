#include "controllers/session/observe.h"

#include <utility>

#include "sojourn/api/json/session_template_json.h"
#include "sojourn/controllers/names.h"
#include "sojourn/domain/template_check.h"

namespace sojourn::controllers::session {
namespace {

// The spec that a ControllerRevision holds; nothing for one that is not ours to read.
std::shared_ptr<const api::SessionTemplateSpec> spec_of(const api::ControllerRevision& revision) {
  auto spec = api::decode_session_template_spec(revision.data.text);
  if (!spec) return nullptr;
  return std::make_shared<const api::SessionTemplateSpec>(std::move(*spec));
}

// The revision the last start took, while it is still stored.
std::optional<domain::Revision> last_revision(const Stores& stores, const api::Session& session) {
  const auto& last = session.status.template_;
  if (!last || last->name != session.spec.template_name) return std::nullopt;
  const auto stored = stores.revisions.get({session.meta.namespace_, last->revision});
  if (!stored) return std::nullopt;
  auto spec = spec_of(*stored);
  if (!spec) return std::nullopt;
  return domain::Revision{*last, std::move(spec)};
}

domain::TemplateView view_template(const Stores& stores, const api::Session& session,
                                   const std::string& default_agent_image) {
  const auto tmpl = stores.templates.get({session.meta.namespace_, session.spec.template_name});
  if (!tmpl) return {domain::TemplateState::Missing, "", last_revision(stores, session)};
  if (auto problem = domain::check_template(tmpl->spec, default_agent_image)) {
    return {domain::TemplateState::Invalid, std::move(*problem), last_revision(stores, session)};
  }
  const auto name = revision_name(*tmpl);
  if (!stores.revisions.get({session.meta.namespace_, name})) {
    return {domain::TemplateState::Pending, "", last_revision(stores, session)};
  }
  // Shares the template's memory: the spec lives as long as anybody looks at it.
  std::shared_ptr<const api::SessionTemplateSpec> spec(tmpl, &tmpl->spec);
  return {domain::TemplateState::Usable, "",
          domain::Revision{{tmpl->meta.name, tmpl->meta.generation, name}, std::move(spec)}};
}

// An object that we have asked to go counts as going, even before the cache has heard of it.
template <typename T>
std::shared_ptr<const T> marked(std::shared_ptr<const T> object, const Memory& memory, Time now) {
  if (!object || object->meta.deletion_timestamp ||
      !memory.deleted_uids.contains(object->meta.uid)) {
    return object;
  }
  auto going = std::make_shared<T>(*object);
  going->meta.deletion_timestamp = now;
  return going;
}

}  // namespace

std::optional<Observation> observe(const Stores& stores, const kube::ObjectKey& key,
                                   const Memory& memory, const std::string& default_agent_image,
                                   Time now) {
  Observation seen;
  auto& observed = seen.observed;
  observed.session = stores.sessions.get(key);
  if (!observed.session) return std::nullopt;
  const auto& session = *observed.session;
  observed.child_name = child_name(session);
  observed.template_ = view_template(stores, session, default_agent_image);
  for (auto& pod : stores.pods_of(session.meta.uid)) {
    observed.pods.push_back(marked(std::move(pod), memory, now));
  }
  observed.claim_name = claim_name(session);
  observed.claim = marked(stores.claims.get({key.namespace_, observed.claim_name}), memory, now);
  observed.claim_is_genuine = observed.claim && is_genuine(*observed.claim);
  observed.refusal = memory.refusal;
  observed.pruned = memory.pruned;
  observed.refused_growth = memory.refused_growth;
  // A clock that jumps back makes the answer look as if it stood for long.
  if (now < memory.clock_until && memory.clock_until - now <= kClockCheckStands) {
    observed.clock = memory.clock;
    observed.clock_retry_at = memory.clock_until;
  }
  observed.pod_confirmed_gone = memory.pod_confirmed_gone;
  observed.claim_confirmed_gone = memory.claim_confirmed_gone;
  const auto& revision = observed.template_.revision;
  seen.policy = domain::resolve_policy(session.spec, revision ? revision->spec.get() : nullptr,
                                       default_agent_image);
  return seen;
}

}  // namespace sojourn::controllers::session
