#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sojourn/domain/decide.h"

namespace sojourn::domain::test {

// What the rest of the cluster does with what we make.
enum class Surroundings {
  Cooperative,  // claims are bound, pods become Ready, deleted pods go
  Frozen,       // nothing moves: no claim is bound, no pod gets anywhere
};

// A whole small cluster around one Session, as plain values: it carries out plans under the API
// server's rules (resourceVersion and uid preconditions, one object per name) and writes down every
// promise that a plan breaks.
class World {
 public:
  World();

  api::Session session;
  TemplateView template_;
  std::vector<api::Pod> pods;
  std::optional<api::PersistentVolumeClaim> claim;
  std::optional<Refusal> refusal;
  std::optional<RefusedGrowth> refused_growth;
  bool class_expands = true;  // the storage class lets a claim grow
  ClockCheck clock = ClockCheck::Unknown;
  std::optional<Time> clock_retry_at;
  std::optional<Time> clock_differs_until;  // the API server's, from this machine's
  std::string pod_confirmed_gone;
  std::string claim_confirmed_gone;
  Time now;
  std::vector<std::string> violations;
  int writes = 0;

  std::string child_name() const { return "chat-0123456789"; }
  // The claim that the session is to have: its own, or the one it names, made for a session "left".
  std::string claim_name() const {
    return session.spec.existing_claim.empty() ? child_name() : session.spec.existing_claim;
  }
  Observed observe() const;
  Policy policy() const;
  Plan plan() const { return decide(observe(), policy(), now); }

  // Somebody has written the spec anew.
  void edited();
  // Time goes on; what the process remembers for a time only is forgotten.
  void pass_until(Time later);

  // Carries a plan out; false when one of its actions was refused (a stale snapshot). `decided_on`
  // is the observation the plan was made from.
  bool apply(const Plan& plan, const Observed& decided_on);
  // Lets everybody else take one step; true when something changed.
  bool move(Surroundings surroundings);
  // What a restart forgets.
  void forget();
  // Breaks of I1-I8 and T1-T10 that show in the state of the world alone.
  void check_invariants();

  api::Pod make_pod(std::string name, std::string uid) const;
  static void make_ready(api::Pod& pod);
  api::PersistentVolumeClaim make_claim() const;

 private:
  bool carry_out(const CreateClaim& action, const Observed&);
  bool carry_out(const CreatePod& action, const Observed&);
  bool carry_out(const DeletePod& action, const Observed&);
  bool carry_out(const DeleteClaim& action, const Observed&);
  bool carry_out(const UpdateClaim& action, const Observed&);
  bool carry_out(const GrowClaim& action, const Observed&);
  bool carry_out(const DeleteSession& action, const Observed&);
  bool carry_out(const WriteStatus& action, const Observed&);
  bool carry_out(const ConfirmPodGone& action, const Observed&);
  bool carry_out(const ConfirmTime& action, const Observed&);
  bool carry_out(const ConfirmClaimGone& action, const Observed&);
  void check_hop(const api::SessionStatus& next);
  void violate(std::string what) { violations.push_back(std::move(what)); }

  void check_growth(const GrowClaim& action, const Observed& decided_on);
  void check_fit(const Observed& decided_on, std::string_view what);

  // What observe() gave last.
  mutable std::shared_ptr<const api::Session> seen_session_;
  mutable std::vector<std::shared_ptr<const api::Pod>> seen_pods_;
  mutable std::shared_ptr<const api::PersistentVolumeClaim> seen_claim_;
  int next_uid_ = 100;
  int growths_refused_ = 0;
  std::string made_last_;  // uid of the newest pod of our making
};

}  // namespace sojourn::domain::test
