// The table of a step's life: events, states, actions, rows and the laws on them. Included by
// step_life.cpp only, which turns facts into these events.
// Invariant: from a doubt the only way on leads through Settling and Looking, never back to Acting.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/step.hpp"
#include "states/engine/laws.hpp"
#include "states/engine/step_life.hpp"

namespace states::step_table {

using core::StepContext;
using core::StepSpec;

// Events: what a fact means for the step. One kind for each way on, so that no row needs a guard.
// clang-format off
struct Begun          { static constexpr std::string_view name = "Begun"; };
struct Holds          { static constexpr std::string_view name = "Holds"; };
struct NotYet         { static constexpr std::string_view name = "NotYet"; };
struct NeedsAct       { static constexpr std::string_view name = "NeedsAct"; };
struct Wrong          { static constexpr std::string_view name = "Wrong"; };
struct Expired        { static constexpr std::string_view name = "Expired"; };
struct Progressed     { static constexpr std::string_view name = "Progressed"; };
struct Succeeded      { static constexpr std::string_view name = "Succeeded"; };
struct Failed         { static constexpr std::string_view name = "Failed"; };
struct NeverBegan     { static constexpr std::string_view name = "NeverBegan"; };
struct StillRunning   { static constexpr std::string_view name = "StillRunning"; };
struct Vanished       { static constexpr std::string_view name = "Vanished"; };
struct CopyCut        { static constexpr std::string_view name = "CopyCut"; };
struct LinkLost       { static constexpr std::string_view name = "LinkLost"; };
struct LinkRefused    { static constexpr std::string_view name = "LinkRefused"; };
struct Ticked         { static constexpr std::string_view name = "Ticked"; };
struct StopAsked      { static constexpr std::string_view name = "StopAsked"; };
struct ResumedInDoubt { static constexpr std::string_view name = "ResumedInDoubt"; };
struct ResumedClear   { static constexpr std::string_view name = "ResumedClear"; };

struct Idle     : State { static constexpr std::string_view name = "Idle"; };
struct Looking  : State { static constexpr std::string_view name = "Looking"; };
struct Acting   : State { static constexpr std::string_view name = "Acting"; };
struct Settling : State { static constexpr std::string_view name = "Settling"; };
struct Held     : State { static constexpr std::string_view name = "Held"; };
struct Done     : State { static constexpr std::string_view name = "Done"; };
// clang-format on

// What the actions need; lives in the machine and is copied with it. The pointers are set for the
// time of one event only.
struct StepEnv {
  const StepSpec* spec = nullptr;
  const StepContext* context = nullptr;
  Outbox* out = nullptr;
  std::int64_t deadline_ms = 0;  // of the witness; 0: starts with the next look
  std::int64_t recheck_ms = 0;
  int link_tries = 0;
  std::string detail;
  std::string remedy;
  std::vector<std::string> findings;                // of a witness that holds
  std::map<std::string, std::int64_t> stuck_since;  // since when looks show it, without a gap
  core::HoldKind hold = core::HoldKind::unmet;      // why, if it is held now

  const core::StepState* known() const { return context->run.find(context->host.name, spec->name); }
  std::int64_t within(std::int64_t own_ms) const {
    return core::deadline_ms(*spec, own_ms, context->inventory().timing);
  }
  std::string via() const { return core::via_of(*spec, context->inventory(), context->host.name); }
};

inline void look(StepEnv& env, bool changed_only) {
  if (env.deadline_ms == 0)
    env.deadline_ms = env.context->now_ms + env.within(env.spec->verify_deadline_ms);
  env.out->push_back(core::Look{env.context->host.name, std::string(env.spec->name), env.via(),
                                env.spec->look(*env.context), changed_only,
                                env.context->inventory().timing.poll_ms,
                                changed_only ? env.recheck_ms : 0, env.deadline_ms});
}

// The random part of every id is the run's; the rest is derived, so a replay decides the same.
inline std::string job_id(const StepEnv& env) {
  const core::StepState* known = env.known();
  const int attempt = known == nullptr ? 1 : known->attempts + 1;
  return env.context->start().run_id + "." + std::string(env.spec->name) + "." +
         env.context->host.name + "." + std::to_string(attempt);
}

// Actions: each writes into the outbox and nothing else.
struct Look {
  static constexpr std::string_view name = "Look";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    look(fsm.env, false);
  }
};

struct LookAgain {
  static constexpr std::string_view name = "LookAgain";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    look(fsm.env, true);
  }
};

// After an act the witness gets its whole time.
struct LookFresh {
  static constexpr std::string_view name = "LookFresh";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    fsm.env.deadline_ms = 0;
    look(fsm.env, false);
  }
};

struct Act {
  static constexpr std::string_view name = "Act";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    StepEnv& env = fsm.env;
    const std::int64_t deadline_ms = env.context->now_ms + env.within(env.spec->act_deadline_ms);
    const std::string& host = env.context->host.name;
    std::string text = env.spec->act(*env.context);
    if (env.spec->action == core::Action::copy) {
      env.out->push_back(core::CopyBackup{host, std::string(env.spec->name), env.via(),
                                          std::move(text), deadline_ms, env.known()->confirmed});
    } else {
      env.out->push_back(core::RunJob{host, std::string(env.spec->name), env.via(), job_id(env),
                                      std::move(text), deadline_ms});
    }
  }
};

struct Follow {
  static constexpr std::string_view name = "Follow";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    StepEnv& env = fsm.env;
    const core::StepState* known = env.known();
    env.out->push_back(core::FollowJob{
        env.context->host.name, std::string(env.spec->name), env.via(), known->job,
        known->output_offset, env.context->now_ms + env.within(env.spec->act_deadline_ms)});
  }
};

struct Settle {
  static constexpr std::string_view name = "Settle";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    StepEnv& env = fsm.env;
    env.out->push_back(core::SettleJob{env.context->host.name, std::string(env.spec->name),
                                       env.via(), env.known()->job});
  }
};

struct WaitForLink {
  static constexpr std::string_view name = "WaitForLink";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    StepEnv& env = fsm.env;
    env.deadline_ms = 0;  // the time without a link is not the step's
    const std::int64_t pause_ms = std::min<std::int64_t>(
        env.context->inventory().timing.link_backoff_max_ms, 500LL << std::min(env.link_tries, 5));
    ++env.link_tries;
    env.out->push_back(core::Wait{env.context->host.name, std::string(env.spec->name),
                                  env.context->now_ms + pause_ms});
  }
};

// clang-format off
using rows = mp::mp_list<
  //  in state  on                 to         doing
  Row<Idle,     Begun,             Looking,   LookFresh>,

  Row<Looking,  Holds,             Done>,
  Row<Looking,  NeedsAct,          Acting,    Act>,
  Row<Looking,  NotYet,            Looking,   LookAgain>,
  Row<Looking,  Wrong,             Held>,
  Row<Looking,  Expired,           Held>,
  Row<Looking,  LinkLost,          Looking,   WaitForLink>,
  Row<Looking,  LinkRefused,       Held>,
  Row<Looking,  Ticked,            Looking,   Look>,
  Row<Looking,  StopAsked,         Held>,
  Row<Looking,  ResumedClear,      Looking,   LookFresh>,

  Row<Acting,   Progressed,        None>,
  Row<Acting,   Succeeded,         Looking,   LookFresh>,
  Row<Acting,   Failed,            Held>,
  Row<Acting,   Expired,           Held>,
  Row<Acting,   NeverBegan,        Looking,   LookFresh>,
  Row<Acting,   Vanished,          Looking,   LookFresh>,
  Row<Acting,   CopyCut,           Looking,   WaitForLink>,
  Row<Acting,   LinkLost,          Settling,  WaitForLink>,
  Row<Acting,   LinkRefused,       Held>,
  Row<Acting,   StopAsked,         Held>,
  Row<Acting,   ResumedInDoubt,    Settling,  Settle>,
  Row<Acting,   ResumedClear,      Looking,   LookFresh>,

  Row<Settling, Succeeded,         Looking,   LookFresh>,
  Row<Settling, Failed,            Held>,
  Row<Settling, NeverBegan,        Looking,   LookFresh>,
  Row<Settling, StillRunning,      Acting,    Follow>,
  Row<Settling, Vanished,          Looking,   LookFresh>,
  Row<Settling, LinkLost,          Settling,  WaitForLink>,
  Row<Settling, LinkRefused,       Held>,
  Row<Settling, Ticked,            Settling,  Settle>,
  Row<Settling, StopAsked,         Held>,
  Row<Settling, ResumedInDoubt,    Settling,  Settle>,

  Row<Held,     ResumedInDoubt,    Settling,  Settle>,
  Row<Held,     ResumedClear,      Looking,   LookFresh>
>;
// clang-format on

using live = mp::mp_list<Looking, Acting, Settling>;
static_assert(keys_are_unique<rows>);
static_assert(all_handle<rows, live, StopAsked>, "^C must be taken in every live state");
static_assert(all_handle<rows, live, LinkLost>, "a link can break in every live state");
static_assert(all_handle<rows, live, LinkRefused>);
static_assert(!handles<rows, Settling, NeedsAct> && !handles<rows, Acting, NeedsAct>,
              "a doubt is never settled by acting again without a look");
static_assert(mp::mp_size<rows>::value <= kWrittenRowsMax);

struct Def : MachineDef<Def> {
  using initial_state = Idle;
  using transition_table = table_of<rows>;
  StepEnv env;
};

}  // namespace states::step_table
