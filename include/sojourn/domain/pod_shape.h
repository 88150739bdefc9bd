#pragma once

#include <string>

#include "sojourn/api/pod.h"
#include "sojourn/domain/observed.h"
#include "sojourn/domain/policy.h"

namespace sojourn::domain {

// Labels and annotations of children. The prefix sojourn.dev/ is ours: a template's own entries
// under it are dropped.
inline constexpr std::string_view kReservedPrefix = "sojourn.dev/";
inline constexpr std::string_view kSessionLabel = "sojourn.dev/session";
inline constexpr std::string_view kSessionUidLabel = "sojourn.dev/session-uid";
inline constexpr std::string_view kTemplateLabel = "sojourn.dev/template";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedBy = "sojourn";
inline constexpr std::string_view kRevisionAnnotation = "sojourn.dev/template-revision";
inline constexpr std::string_view kGenerationAnnotation = "sojourn.dev/template-generation";
inline constexpr std::string_view kPromptAnnotation = "sojourn.dev/prompt";
inline constexpr std::string_view kContextAnnotation = "sojourn.dev/context";

// Where the pod's files are (docs/agents.md): the prompt, the context, and one JSON file per agent.
inline constexpr std::string_view kContextPath = "/sojourn/context";
inline constexpr std::string_view kContextFile = "context.json";

// The pod of a Session from a template that check_template() accepts and that the Session fits
// (check_session()). The Session adds nothing to it but texts, as files and as values of variables,
// and its volume, so that whoever may create a Session cannot create any other pod.
api::Pod build_pod(const api::Session& session, const Revision& revision, const Policy& policy,
                   const std::string& name);

// The template revision that a pod made by build_pod was built from.
api::TemplateStatus template_of(const api::Pod& pod);

}  // namespace sojourn::domain
