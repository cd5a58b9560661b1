// The part of the model that is no table: the fold, the driver, the hosts, and what is asserted.
// Included by promela.cpp only, which prints names and rows between these texts.
// Invariant: each piece names the code it stands for; when that code changes, this changes too.
// In the text, a line marked "never" must not be reached, and every other line must be
// (tools/dev/model compares).
#pragma once

#include <string_view>

namespace states::promela_text {

// After the names of states, events and steps.
inline constexpr std::string_view kFold = R"pml(
mtype:run_action  = { do_EnterPhase, do_AskOperator };
mtype:lane_action = { do_BeginStep, do_PassOn, do_HaltStep, do_ResumeStep };
mtype:step_action = { do_Look, do_LookAgain, do_LookFresh, do_Act, do_Follow, do_Settle,
                      do_WaitForLink };

/* core/fact.hpp. An observation is a fact for each verdict, a finding one for each kind; a job's
   end and a copy's are one. */
mtype:fact = {
  fact_RunStarted, fact_ResumeAsked, fact_RunAbandoned, fact_Adopted, fact_StopAsked,
  fact_Confirmed,
  fact_Declined, fact_StepVerified, fact_StepHeld, fact_PhaseFinished, fact_RunFinished,
  fact_SeenHolds, fact_SeenNotYet, fact_SeenNeedsAct, fact_SeenWrong, fact_Expired,
  fact_Progressed, fact_EndedWell, fact_EndedBadly, fact_NeverBegan, fact_StillRunning,
  fact_Vanished, fact_LinkLost, fact_LinkRefused, fact_Ticked };

/* core/effect.hpp. Look is the first look, Await the one that returns when something changed. */
mtype:effect = { effect_Look, effect_Await, effect_RunJob, effect_Follow, effect_Settle,
                 effect_Copy, effect_Wait };

/* JobFate in core/run_state.hpp; killed and rebooted are one. */
mtype:fate = { fate_in_doubt, fate_ended_well, fate_ended_badly, fate_never_began, fate_gone };

/* docs/remote-job.md, for the id of the last attempt. Asked: the request is on its way or there,
   and may begin at any time or never. The claim is taken once: by the wrapper (running) or by
   whoever settles (barred). A copy is the same, but ends with its driver or its link (gone). */
mtype:job = { job_asked, job_running, job_ended_well, job_ended_badly, job_gone, job_barred };

#define none 0

/* The machine and its fold (core/run_state.hpp) after some facts. */
typedef Fold {
  mtype:run_at   run_at;
  mtype:drive_at drive_at;
  byte           phase;            /* how many were entered */
  bit            confirmed;
  mtype:lane_at  lane_at[HOSTS];   /* none: the phase has no lane for this host */
  mtype:step     step[HOSTS];
  mtype:life_at  life_at[HOSTS];
  bit            attempted[HOSTS];
  bit            again[HOSTS];     /* StepState::run_again_allowed */
  mtype:fate     fate[HOSTS];
  byte           verified[HOSTS]   /* how many steps are verified there; only asserted upon */
};
Fold mem;   /* the driver's: lost when it dies */
Fold disk;  /* the journal's: what a replay gives */

/* The driver, all of it lost when it dies. */
bit alive;
bit asking;                  /* AskOperator is under way */
mtype:effect todo[HOSTS];    /* decided, not started */
mtype:effect fly[HOSTS];     /* started, without an outcome */

/* The world. */
mtype:job job[HOSTS];
byte leave[HOSTS];  /* once-steps: 1 + the operator's words - the command's starts */
bit witness[HOSTS]; /* the last look since the last command said that the step is done */
bit kind;           /* from here on no fault, and the operator does what is asked of him */

#if HOSTS > 2
#define every(p) (p(0) && p(1) && p(2))
#define some(p)  (p(0) || p(1) || p(2))
#elif HOSTS > 1
#define every(p) (p(0) && p(1))
#define some(p)  (p(0) || p(1))
#else
#define every(p) (p(0))
#define some(p)  (p(0))
#endif

#define acts(s)     (by_job(s) || by_copy(s))
#define started     (disk.run_at != run_unstarted)
#define over        (disk.drive_at == drive_done || disk.drive_at == drive_abandoned)
#define is_harmless(g) (disk.phase <= PHASES_BEFORE_GATE && !irreversible(disk.step[g]))
#define is_at_rest(g) (finished(g) || lane_is_held(g) || is_done(g) || is_held(g))
#define at_work(g)  (job[g] == job_asked || job[g] == job_running)
#define finished(g) (mem.lane_at[g] == none || mem.lane_at[g] == lane_Finished)
#define idle(g)     (fly[g] == none)
#define looks(e)    (e == effect_Look || e == effect_Await)
#define follows(e)  (e == effect_RunJob || e == effect_Follow || e == effect_Copy)
#define asks_job(e) ((follows(e) || e == effect_Settle) && e != effect_Copy)

/* RunMachine::conclusion, LaneOf::conclusion, StepLife::conclusion. */
#define in_phase      (mem.drive_at == drive_driven && mem.run_at != run_unstarted && \
                       mem.run_at != run_gate && mem.run_at != run_all_done && \
                       mem.run_at != run_finished)
#define open(g)       (in_phase && !lane_is_held(g) && !finished(g))
#define is_done(g)    (open(g) && mem.life_at[g] == life_Done)
#define is_held(g)    (open(g) && mem.life_at[g] == life_Held)
#define phase_is_done (in_phase && every(finished))
#define run_is_done   (mem.drive_at == drive_driven && mem.run_at == run_all_done)
#define concluding    (some(is_done) || some(is_held) || phase_is_done || run_is_done)
#define listening     (alive && !concluding)

/* StepLife::may_act_again. */
#define may_act(g)  (!mem.attempted[g] || mem.again[g] || mem.fate[g] == fate_never_began || \
                     (mem.fate[g] == fate_ended_well -> repeats(mem.step[g]) : \
                                                        !once(mem.step[g])))
#define in_doubt(g) (mem.fate[g] == fate_in_doubt && by_job(mem.step[g]))

/* A kind host whose command was asked for answers when it has ended, and not before. */
#define answers(g)      (fly[g] != none && (!kind || !follows(fly[g]) || !at_work(g)))
#define wants_word(g)   (once(mem.step[g]) && mem.attempted[g] && !mem.again[g] && \
                         mem.life_at[g] == life_Held)
#define word_is_fair(g) (kind -> wants_word(g) : \
                                 once(mem.step[g]) && !mem.again[g] && leave[g] < 2)

inline copy(to, from) {
  to.run_at = from.run_at;
  to.drive_at = from.drive_at;
  to.phase = from.phase;
  to.confirmed = from.confirmed;
  g = 0;
  do
  :: g == HOSTS -> break
  :: else ->
     to.lane_at[g] = from.lane_at[g];
     to.step[g] = from.step[g];
     to.life_at[g] = from.life_at[g];
     to.attempted[g] = from.attempted[g];
     to.again[g] = from.again[g];
     to.fate[g] = from.fate[g];
     to.verified[g] = from.verified[g];
     g++
  od;
  g = 0
}

/* What must be true on this host when a command begins to change it. */
inline check_command(me) {
  assert(disk.fate[me] == fate_in_doubt);  /* nothing acts before its record is durable */
  assert(disk.confirmed || is_harmless(me));  /* nothing passes the gate unconfirmed */
  command = disk.step[me];
  due_before_command();
  k = 0;
  do
  :: k == HOSTS -> break
  :: k == 0 -> assert(disk.verified[k] >= due_recovery); k++  /* the barrier: the recovery host */
  :: else -> assert(disk.verified[k] >= due_other); k++       /* the barrier: every other host */
  od;
  assert(disk.verified[me] == due_here);  /* the witness of every step before has held */
  command = none; k = 0; due_here = 0; due_recovery = 0; due_other = 0;
  if
  :: once(disk.step[me]) ->
     assert(leave[me] > 0);  /* starts of a once-step <= 1 + the operator's words */
     leave[me] = leave[me] - 1
  :: else
  fi
}

/* A host's commands go on whether anybody drives or not. */
proctype host(byte me) {
  byte k, due_here, due_recovery, due_other;
  mtype:step command;
end:
  do
  :: atomic { job[me] == job_asked -> AT_ONCE { check_command(me); job[me] = job_running } }
  :: job[me] == job_running -> job[me] = job_ended_well
  :: job[me] == job_running && !kind -> job[me] = job_ended_badly
  :: job[me] == job_running && !kind -> job[me] = job_gone
  od
}

/* The fold takes a fact in before the machine does (RunState::note). */
inline note_fact() {
  if
  :: fact == fact_Confirmed -> mem.confirmed = 1
  :: fact == fact_StepVerified -> mem.verified[h] = mem.verified[h] + 1
  :: fact == fact_EndedWell -> mem.fate[h] = fate_ended_well
  :: fact == fact_EndedBadly -> mem.fate[h] = fate_ended_badly
  :: fact == fact_NeverBegan -> mem.fate[h] = fate_never_began
  :: fact == fact_Vanished -> mem.fate[h] = fate_gone
  :: fact == fact_StillRunning -> mem.fate[h] = fate_in_doubt
  :: fact == fact_ResumeAsked && word ->
     do
     :: g == HOSTS -> break
     :: g < HOSTS && once(mem.step[g]) -> mem.again[g] = 1; g++
     :: else -> g++
     od;
     g = 0
  :: else
  fi
}

/* RunMachine::route: which table hears of a fact. */
inline route() {
  if
  :: fact == fact_RunStarted -> run_event = run_ev_RunStarted
  :: fact == fact_StopAsked -> drive_event = drive_ev_StopAsked
  :: fact == fact_RunAbandoned -> drive_event = drive_ev_RunAbandoned
  :: fact == fact_Adopted -> drive_event = drive_ev_Adopted
  :: fact == fact_ResumeAsked && mem.run_at == run_gate ->
     drive_event = drive_ev_ResumeAsked; run_event = run_ev_ResumeAsked
  :: fact == fact_ResumeAsked && mem.run_at != run_gate -> drive_event = drive_ev_ResumeAsked
  :: fact == fact_RunFinished ->
     drive_event = drive_ev_RunFinished; run_event = run_ev_RunFinished
  :: fact == fact_PhaseFinished -> run_event = run_ev_PhaseFinished
  :: fact == fact_Confirmed -> run_event = run_ev_Confirmed
  :: fact == fact_Declined -> run_event = run_ev_Declined
  :: else -> assert(mem.drive_at == drive_driven)  /* nobody drives the run */
  fi
}

/* RunMachine::enter_phase. */
inline enter_phase() {
  mem.phase = mem.phase + 1;
  assert(is_phase(mem.phase, mem.run_at));  /* the run's table and the procedure agree */
  entered = 1;
  do
  :: g == HOSTS -> break
  :: g < HOSTS && has_lane(mem.phase, g) -> forget(g); mem.lane_at[g] = lane_Waiting; g++
  :: else -> forget(g); mem.lane_at[g] = none; g++
  od;
  g = 0
}

/* A step that begins is not known yet. */
inline forget(l) {
  mem.life_at[l] = life_Idle;
  mem.attempted[l] = 0;
  mem.again[l] = 0;
  mem.fate[l] = none
}

/* LaneOf::begin, take, halt, resume: what lane g hears of a fact. */
inline lane_hears() {
  if
  :: mem.lane_at[g] == none && heard && g == h -> assert(false)  /* no lane hears it: never */
  :: mem.lane_at[g] == none && !(heard && g == h) -> skip
  :: mem.lane_at[g] != none && entered -> lane_event = lane_ev_LaneBegun
  :: mem.lane_at[g] != none && fact == fact_StopAsked && !lane_is_held(g) && !finished(g) ->
     lane_event = lane_ev_StopAsked
  :: mem.lane_at[g] != none && fact == fact_ResumeAsked && run_event == none && !finished(g) ->
     lane_event = lane_ev_ResumeAsked
  :: mem.lane_at[g] != none && fact == fact_StepVerified && g == h ->
     lane_event = lane_ev_StepVerified
  :: mem.lane_at[g] != none && fact == fact_StepHeld && g == h ->
     lane_event = lane_ev_StepHeld
  :: mem.lane_at[g] != none && heard && g == h ->
     lane_event = lane_ev_StepFact
  :: else
  fi
}

/* The actions of a phase, and StepLife::begin, take, halt, resume: what a fact is to the step. */
inline lane_does() {
  if
  :: lane_action == do_BeginStep -> forget(g); begun[g] = 1; step_event = step_ev_Begun
  :: lane_action == do_PassOn -> step_takes()
  :: lane_action == do_HaltStep && mem.life_at[g] != life_Held && mem.life_at[g] != life_Done ->
     step_event = step_ev_StopAsked
  :: lane_action == do_ResumeStep && mem.life_at[g] != life_Done ->
     if
     :: in_doubt(g) -> step_event = step_ev_ResumedInDoubt
     :: else -> step_event = step_ev_ResumedClear
     fi
  :: else
  fi
}

/* StepLife::take, judge, lose_link. */
inline step_takes() {
  if
  :: fact == fact_SeenHolds -> step_event = step_ev_Holds
  :: fact == fact_SeenNotYet -> step_event = step_ev_NotYet
  :: fact == fact_SeenWrong -> step_event = step_ev_Wrong
  :: fact == fact_SeenNeedsAct && may_act(g) -> step_event = step_ev_NeedsAct
  :: fact == fact_SeenNeedsAct && !may_act(g) && mem.fate[g] == fate_ended_well ->
     step_event = step_ev_NotYet
  :: fact == fact_SeenNeedsAct && !may_act(g) && mem.fate[g] != fate_ended_well ->
     step_event = step_ev_Wrong
  :: fact == fact_Expired -> step_event = step_ev_Expired
  :: fact == fact_Progressed -> step_event = step_ev_Progressed
  :: fact == fact_EndedWell -> step_event = step_ev_Succeeded
  :: fact == fact_EndedBadly -> step_event = step_ev_Failed
  :: fact == fact_NeverBegan -> step_event = step_ev_NeverBegan
  :: fact == fact_StillRunning -> step_event = step_ev_StillRunning
  :: fact == fact_Vanished -> step_event = step_ev_Vanished
  :: fact == fact_Ticked -> step_event = step_ev_Ticked
  :: fact == fact_LinkRefused -> step_event = step_ev_LinkRefused
  :: fact == fact_LinkLost && mem.life_at[g] == life_Acting && by_copy(mem.step[g]) ->
     step_event = step_ev_CopyCut
  :: fact == fact_LinkLost && !(mem.life_at[g] == life_Acting && by_copy(mem.step[g])) ->
     step_event = step_ev_LinkLost
  fi
}

/* The actions of a step; the fold notes the intent of a command. */
inline step_does() {
  if
  :: step_action == do_Look -> todo[g] = effect_Look
  :: step_action == do_LookFresh -> todo[g] = effect_Look
  :: step_action == do_LookAgain -> todo[g] = effect_Await
  :: step_action == do_Follow -> todo[g] = effect_Follow
  :: step_action == do_Settle -> todo[g] = effect_Settle
  :: step_action == do_WaitForLink -> todo[g] = effect_Wait
  :: step_action == do_Act ->
     mem.attempted[g] = 1; mem.fate[g] = fate_in_doubt; mem.again[g] = 0;
     if
     :: by_copy(mem.step[g]) -> todo[g] = effect_Copy
     :: else -> todo[g] = effect_RunJob
     fi
  :: else
  fi
}
)pml";

// After the tables.
inline constexpr std::string_view kDriver = R"pml(
/* RunMachine::apply. A fact that no row takes is refused: the driver would stop for good. */
inline decide() {
  AT_ONCE {
    note_fact();
    route();
    drive_table();
    run_table();
    if
    :: run_action == do_EnterPhase -> enter_phase()
    :: run_action == do_AskOperator -> to_ask = 1
    :: else
    fi;
    do
    :: g == HOSTS -> break
    :: else ->
       lane_hears();
       phase_tables();
       lane_does();
       step_table();
       step_does();
       lane_event = none; lane_action = none; step_event = none; step_action = none;
       g++
    od;
    g = 0
  }
}

/* Journal::append. What stands below the copy is the world's, seen from the durable record: a new
   attempt has a new id, of which no host knows anything yet; a verified step's job is not asked
   for any more, so it is forgotten where that cannot matter. */
inline append() {
  AT_ONCE {
    copy(disk, mem);
    do
    :: g == HOSTS -> break
    :: else ->
       if
       :: begun[g] && once(disk.step[g]) -> leave[g] = 1
       :: word && once(disk.step[g]) && leave[g] < 2 -> leave[g] = leave[g] + 1
       :: else
       fi;
       if
       :: fact == fact_SeenHolds && g == h -> witness[g] = 1
       :: fact == fact_StepVerified && g == h ->
          assert(witness[g]);    /* a step is done when a look says so */
          assert(!at_work(g));   /* no command outlives its step */
          witness[g] = 0; job[g] = none; leave[g] = 0
       :: else
       fi;
       if
       :: todo[g] == effect_RunJob || todo[g] == effect_Copy ->
          assert(!at_work(g));   /* one command at a time */
          job[g] = none; witness[g] = 0
       :: else
       fi;
       g++
    od;
    g = 0
  }
}

inline drop_all() {
  do
  :: g == HOSTS -> break
  :: g < HOSTS && fly[g] == effect_Copy -> job[g] = job_gone; fly[g] = none; todo[g] = none; g++
  :: else -> fly[g] = none; todo[g] = none; g++
  od;
  g = 0
}

/* Interpreter::start for each effect, and the end of a driver that has nothing under way. */
inline start() {
  AT_ONCE {
    if
    :: fact == fact_StopAsked || fact == fact_RunAbandoned || fact == fact_Adopted ->
       alive = 0; asking = 0;
       drop_all()
    :: else ->
       do
       :: g == HOSTS -> break
       :: else ->
          if
          :: looks(todo[g]) -> assert(!at_work(g))  /* a witness is of what has ended */
          :: todo[g] == effect_RunJob || todo[g] == effect_Copy -> job[g] = job_asked
          :: else
          fi;
          if
          :: todo[g] != none ->
             assert(fly[g] == none);  /* a host has one effect under way */
             fly[g] = todo[g]; todo[g] = none
          :: else
          fi;
          assert(is_at_rest(g) || fly[g] != none);  /* no lane is silent */
          g++
       od;
       g = 0;
       if
       :: fact == fact_RunFinished -> assert(every(complete) && !some(at_work))  /* the end is whole */
       :: else
       fi;
       asking = to_ask;
       alive = concluding || asking || !every(idle)
    fi;
    to_ask = 0
  }
}

inline die() {
  AT_ONCE {
    copy(mem, disk);
    drop_all();
    alive = 0; asking = 0; to_ask = 0
  }
}

/* Driver::record: decide, append, start. It may die between any two of them. */
inline record() {
  decide();
  if
  :: append();
     if
     :: start()
     :: !kind -> die()  /* after the append */
     fi
  :: !kind -> die()     /* before the append, or the disk is full */
  fi;
  AT_ONCE {
    fact = none; h = 0; heard = 0; word = 0; entered = 0;
    run_event = none; run_action = none; drive_event = none;
    do
    :: g == HOSTS -> break
    :: else -> begun[g] = 0; g++
    od;
    g = 0
  }
}

/* What may come of an effect that was started on host h (transports/interpreter.cpp). */
inline hear_host() {
  heard = 1;
  if
  :: looks(fly[h]) -> fact = fact_SeenHolds
  :: looks(fly[h]) && acts(mem.step[h]) && !(kind && mem.fate[h] == fate_ended_well) ->
     fact = fact_SeenNeedsAct
  :: looks(fly[h]) && !kind -> fact = fact_SeenNotYet
  :: looks(fly[h]) && !kind -> fact = fact_SeenWrong
  :: fly[h] == effect_Await && !kind -> fact = fact_Expired
  :: follows(fly[h]) && !kind -> fact = fact_Expired
  :: follows(fly[h]) && job[h] == job_ended_well -> fact = fact_EndedWell
  :: follows(fly[h]) && job[h] == job_ended_badly -> fact = fact_EndedBadly
  :: fly[h] == effect_Settle && job[h] == job_ended_well -> fact = fact_EndedWell
  :: fly[h] == effect_Settle && job[h] == job_ended_badly -> fact = fact_EndedBadly
  :: asks_job(fly[h]) && job[h] == job_gone -> fact = fact_Vanished
  :: asks_job(fly[h]) && job[h] == job_running && fly[h] != effect_Settle && !kind ->
     fact = fact_Progressed
  :: asks_job(fly[h]) && job[h] == job_asked && !(kind && fly[h] != effect_Settle) ->
     job[h] = job_barred; fact = fact_NeverBegan
  :: fly[h] == effect_Settle && (job[h] == none || job[h] == job_barred) ->
     job[h] = job_barred; fact = fact_NeverBegan
  :: fly[h] == effect_Settle && job[h] == job_running -> fact = fact_StillRunning
  :: fly[h] == effect_Copy && job[h] == job_gone -> fact = fact_LinkLost
  :: fly[h] == effect_Wait -> fact = fact_Ticked
  :: fly[h] != effect_Wait && !kind -> fact = fact_LinkLost
  :: fly[h] != effect_Wait && !kind -> fact = fact_LinkRefused
  fi;
  if
  :: fact == fact_Progressed
  :: fact != fact_Progressed && fly[h] == effect_Copy && at_work(h) ->
     job[h] = job_gone; fly[h] = none
  :: else -> fly[h] = none
  fi
}

/* Driver::feed and the operator. A conclusion is recorded before anything else is awaited. */
proctype driver() {
  byte g, h;
  bit heard, word, entered, to_ask;
  bit begun[HOSTS];
  mtype:fact fact;
  mtype:step at_step;
  mtype:run_ev run_event;
  mtype:drive_ev drive_event;
  mtype:lane_ev lane_event;
  mtype:step_ev step_event;
  mtype:run_action run_action;
  mtype:lane_action lane_action;
  mtype:step_action step_action;
end:
  do
  :: atomic {
       if
       :: !alive && !started -> alive = 1; fact = fact_RunStarted
       :: !alive && started && !over && !(kind && some(wants_word)) ->
          alive = 1; fact = fact_ResumeAsked
       :: !alive && started && !over && some(word_is_fair) ->
          alive = 1; word = 1; fact = fact_ResumeAsked
       :: !alive && started && !over && !kind -> fact = fact_RunAbandoned
       :: !alive && started && !over && !kind -> fact = fact_Adopted
       :: alive && is_done(0) -> fact = fact_StepVerified
       :: alive && is_held(0) -> fact = fact_StepHeld
       :: listening && answers(0) -> skip
#if HOSTS > 1
       :: alive && is_done(1) -> h = 1; fact = fact_StepVerified
       :: alive && is_held(1) -> h = 1; fact = fact_StepHeld
       :: listening && answers(1) -> h = 1
#endif
#if HOSTS > 2
       :: alive && is_done(2) -> h = 2; fact = fact_StepVerified
       :: alive && is_held(2) -> h = 2; fact = fact_StepHeld
       :: listening && answers(2) -> h = 2
#endif
       :: alive && phase_is_done -> fact = fact_PhaseFinished
       :: alive && run_is_done -> fact = fact_RunFinished
       :: listening && asking -> asking = 0; fact = fact_Confirmed
       :: listening && asking && !kind -> asking = 0; fact = fact_Declined
       :: listening && !kind -> fact = fact_StopAsked
       fi;
       if
       :: fact == none -> hear_host()
       :: else
       fi;
       at_step = mem.step[h];
       printf("%e, host %d at ", fact, h);
       printf("%e\n", at_step);
       at_step = none;
       record()
     }
  :: atomic { alive && !kind -> printf("the driver dies\n"); die() }
  od
}

#ifdef KIND
proctype turn() { kind = 1 }
/* Once the world is kind, the run ends: no state is dead, none is left for ever. */
ltl comes_to_an_end { [] ((kind && !over) -> <> (disk.drive_at == drive_done)) }
#endif

init {
  atomic {
    mem.run_at = run_unstarted;
    mem.drive_at = drive_driven;
    disk.run_at = run_unstarted;
    disk.drive_at = drive_driven;
    run host(0);
#if HOSTS > 1
    run host(1);
#endif
#if HOSTS > 2
    run host(2);
#endif
#ifdef KIND
    run turn();
#endif
    run driver()
  }
}
)pml";

}  // namespace states::promela_text
