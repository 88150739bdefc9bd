#include "sojourn/kube/request.h"

#include <gtest/gtest.h>

#include "sojourn/kube/resources.h"

namespace sojourn::kube {
namespace {

constexpr ResourceInfo kPods{"", "v1", "pods", "Pod"};
constexpr ResourceInfo kSessions{"sojourn.dev", "v1alpha1", "sessions", "Session"};
constexpr ResourceInfo kNodes{"", "v1", "nodes", "Node", false};

// The whole of a request in one text, so that each builder has its golden form.
std::string golden(const Request& request) {
  std::string text(to_string(request.method));
  text += " " + request.target;
  if (!request.content_type.empty()) text += " " + request.content_type;
  if (!request.body.empty()) text += " " + request.body;
  return text;
}

struct Row {
  const char* name;
  Request request;
  const char* expected;
};

TEST(Request, EveryBuilderHasItsGoldenForm) {
  const ObjectKey key{"team-a", "s1"};
  const Row rows[] = {
      {"list all", list_request(kPods, {""}, {}), "GET /api/v1/pods"},
      {"list one namespace, next page",
       list_request(kSessions, {"team-a"}, {.limit = 2, .continue_ = "eyJ2=+/"}),
       "GET /apis/sojourn.dev/v1alpha1/namespaces/team-a/sessions?limit=2&continue=eyJ2%3D%2B%2F"},
      {"list by selectors",
       list_request(kPods, {"", "app in (a,b),!c", "spec.nodeName=n1"}, {.limit = 5}),
       "GET /api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29%2C%21c&"
       "fieldSelector=spec.nodeName%3Dn1&limit=5"},
      {"list of a cluster-scoped kind", list_request(kNodes, {"ignored"}, {}), "GET /api/v1/nodes"},
      {"watch",
       watch_request(kPods, {"", "a=b"},
                     {"17", std::chrono::seconds(305), std::chrono::seconds(150)}),
       "GET /api/v1/pods?labelSelector=a%3Db&watch=true&allowWatchBookmarks=true&"
       "resourceVersion=17&timeoutSeconds=305"},
      {"get", get_request(kSessions, key),
       "GET /apis/sojourn.dev/v1alpha1/namespaces/team-a/sessions/s1"},
      {"create", create_request(kPods, "team-a", "{}"),
       "POST /api/v1/namespaces/team-a/pods?fieldManager=sojourn-operator application/json {}"},
      {"remove whatever is there", remove_request(kPods, key, {}),
       "DELETE /api/v1/namespaces/team-a/pods/s1 application/json "
       R"({"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background"})"},
      {"remove exactly that",
       remove_request(kPods, key, {{"u-1", "17"}, std::chrono::seconds(0), "Foreground"}),
       "DELETE /api/v1/namespaces/team-a/pods/s1 application/json "
       R"({"apiVersion":"v1","gracePeriodSeconds":0,"kind":"DeleteOptions",)"
       R"("preconditions":{"resourceVersion":"17","uid":"u-1"},"propagationPolicy":"Foreground"})"},
      {"patch", patch_request(kPods, key, "{}"),
       "PATCH /api/v1/namespaces/team-a/pods/s1?fieldManager=sojourn-operator "
       "application/merge-patch+json {}"},
      {"patch the status", patch_status_request(kSessions, key, "{}"),
       "PATCH /apis/sojourn.dev/v1alpha1/namespaces/team-a/sessions/s1/status"
       "?fieldManager=sojourn-operator application/merge-patch+json {}"},
  };
  for (const auto& row : rows) EXPECT_EQ(golden(row.request), row.expected) << row.name;
}

TEST(Request, AWatchGivesUpAfterTheSilenceItWasTold) {
  const auto request =
      watch_request(kPods, {""}, {"1", std::chrono::seconds(300), std::chrono::seconds(150)});
  EXPECT_EQ(request.deadline, std::chrono::seconds(150));
}

TEST(Request, ListsAndWatchesOfAKindThatIsReadAsProtobufSaySo) {
  constexpr ResourceInfo kClaims = ResourceTraits<api::PersistentVolumeClaim>::info;
  const WatchOptions options{"1", std::chrono::seconds(300), std::chrono::seconds(150)};
  EXPECT_EQ(accepted_types(list_request(kClaims, {""}, {})),
            "application/vnd.kubernetes.protobuf, application/json");
  EXPECT_EQ(accepted_types(watch_request(kClaims, {""}, options)),
            "application/vnd.kubernetes.protobuf, application/json");
  EXPECT_EQ(accepted_types(get_request(kClaims, {"a", "b"})), "application/json");
  EXPECT_EQ(accepted_types(list_request(kSessions, {""}, {})), "application/json");
}

TEST(Request, ANameCannotLeaveItsPlaceInThePath) {
  EXPECT_EQ(get_request(kPods, {"a", "../secrets?x=#"}).target,
            "/api/v1/namespaces/a/pods/..%2Fsecrets%3Fx%3D%23");
}

TEST(Resource, AVersionIsADecimalNumberAndNothingElse) {
  EXPECT_EQ(parse_resource_version("18446744073709551615"), 18446744073709551615U);
  for (const char* text : {"", "x", "1x", "-1", " 1", "18446744073709551616"}) {
    EXPECT_EQ(parse_resource_version(text), std::nullopt) << text;
  }
}

TEST(Resource, AKeyReadsAsNamespaceSlashName) {
  EXPECT_EQ(to_string(ObjectKey{"a", "b"}), "a/b");
  EXPECT_EQ(to_string(ObjectKey{"", "b"}), "b");
  EXPECT_EQ(api_version(kPods), "v1");
  EXPECT_EQ(api_version(kSessions), "sojourn.dev/v1alpha1");
}

}  // namespace
}  // namespace sojourn::kube
