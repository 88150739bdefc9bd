#pragma once

#include "domain/verdict.h"

namespace sojourn::domain {

// What stands in the way of a pod.
struct Obstacle {
  Why why;
  bool needs_person = false;  // Stalled at once
  bool told_at_once = true;   // else once it has lasted since `since`
  Time since = {};
  bool is_final = false;  // nothing is tried again
};

// The template has another revision than the one that this start took.
bool template_changed(const View& view);
// The template or the volume keeps a pod from being made.
std::optional<Obstacle> obstacle_to_start(const View& view);
// Storage is asked for and the claim is not there yet.
bool needs_claim(const View& view);
// The claim is still to be made or to be taken over, and nothing but that is missing of it.
bool lacks_claim(const View& view);
// The next thing to make: the claim, else the pod.
Action next_creation(const View& view);
// The standing refusal of that creation, in our words. To be asked when nothing stands in the way.
std::optional<Obstacle> refusal_of(const View& view);
// The claim may be used: ours and bound, or none is asked for.
bool volume_is_ready(const View& view);
// Of a pod that is still there although its grace period is over.
Why explain_lingering(const View& view);
// True once a stage that began then (whole seconds) has lasted 2 s for sure.
bool has_lasted(const View& view, Time since);
Time told_from(Time since);

}  // namespace sojourn::domain
