#pragma once

#include <array>
#include <cstddef>

#include "sojourn/api/session.h"

namespace sojourn::domain {

struct Edge {
  api::SessionState from;
  api::SessionState to;
  friend constexpr bool operator==(const Edge&, const Edge&) = default;
};

// The whole state machine: every transition the operator may write. A new Session begins in INIT.
// The CRD's transition rule refuses all other pairs, whoever writes; docs/state-machine.md shows
// this table and a test compares the two.
inline constexpr std::array<Edge, 11> kEdges{{
    {api::SessionState::Init, api::SessionState::Ready},
    {api::SessionState::Init, api::SessionState::Error},
    {api::SessionState::Ready, api::SessionState::Idle},
    {api::SessionState::Ready, api::SessionState::Busy},
    {api::SessionState::Ready, api::SessionState::Error},
    {api::SessionState::Idle, api::SessionState::Ready},
    {api::SessionState::Idle, api::SessionState::Error},
    {api::SessionState::Busy, api::SessionState::Ready},
    {api::SessionState::Busy, api::SessionState::Error},
    {api::SessionState::Error, api::SessionState::Init},
    {api::SessionState::Error, api::SessionState::Ready},
}};

// True for the eleven edges; staying in a state is no transition.
constexpr bool is_legal(api::SessionState from, api::SessionState to) {
  for (const Edge& edge : kEdges) {
    if (edge == Edge{from, to}) return true;
  }
  return false;
}

static_assert(is_legal(api::SessionState::Init, api::SessionState::Ready));
static_assert(!is_legal(api::SessionState::Init, api::SessionState::Idle),
              "T4: asleep means it was awake");
static_assert(!is_legal(api::SessionState::Error, api::SessionState::Idle), "T4");
static_assert(!is_legal(api::SessionState::Busy, api::SessionState::Idle),
              "T3: a turn is never cut by sleep");
static_assert(!is_legal(api::SessionState::Ready, api::SessionState::Init),
              "T5: a lost pod is an ERROR");
static_assert(!is_legal(api::SessionState::Idle, api::SessionState::Busy), "I5");

}  // namespace sojourn::domain
