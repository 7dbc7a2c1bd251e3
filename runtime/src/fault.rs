//! The steps of the scheduler's, tasks' and timers' protocols that models leave out or move, to show that they would
//! notice. Channels and mutexes name theirs in `wyn_hot`.

pub(crate) use wyn_hot::channel::fault::{NO_HEAVY_FENCE, NO_LIGHT_FENCE};
pub(crate) use wyn_hot::fault::injected;

/// Whoever wakes a fiber does not wait for a report that keeps it parked.
pub(crate) const PIN_UNSEEN: u64 = 1 << 24;
/// A report keeps a fiber parked that is not.
pub(crate) const PIN_ANYBODY: u64 = 1 << 25;
/// A report looks at the parking word and changes it in two steps.
pub(crate) const PIN_IN_TWO_STEPS: u64 = 1 << 26;
/// Whoever wakes a fiber looks at the parking word and changes it in two steps.
pub(crate) const CLAIM_IN_TWO_STEPS: u64 = 1 << 27;
/// A worker looks for a request to stop before it says that the fiber has parked.
pub(crate) const EARLY_LOOK: u64 = 1 << 28;
/// Scopes are linked from within outwards.
pub(crate) const FROM_WITHIN: u64 = 1 << 29;
/// A canceller does not wait until the commit of what it has claimed has run.
pub(crate) const UNCOMMITTED: u64 = 1 << 30;
/// Whoever cancels asks a fiber that it finds running but once.
pub(crate) const ASKS_ONCE: u64 = 1 << 31;

/// A scope has no bias: its owner counts for nothing.
pub(crate) const NO_BIAS: u64 = 1 << 32;
/// The owner takes off the bias before it has said who is to be woken.
pub(crate) const EARLY_BIAS: u64 = 1 << 33;
/// A scope counts its tasks as public after others have them.
pub(crate) const LATE_COUNT: u64 = 1 << 34;
/// An owner that waits for room takes off the bias alone.
pub(crate) const NO_ROOM: u64 = 1 << 35;
/// An owner that has ended keeps the bias when the last of its private tasks becomes public.
pub(crate) const KEPT_BIAS: u64 = 1 << 36;
/// A task's record is still private when its bias is taken off.
pub(crate) const STAYS_PRIVATE: u64 = 1 << 37;

/// Whoever cancels counts before it sets the flag, and asks for polls in between.
pub(crate) const LATE_FLAG: u64 = 1 << 38;
/// Whoever cancels does not ask for polls.
pub(crate) const NO_POLL: u64 = 1 << 39;
/// A fiber that parks looks at the flags before it enters the list.
pub(crate) const LATE_ENTRY: u64 = 1 << 40;

/// The last to fall asleep looks at the list of sleepers but once, before the rest.
pub(crate) const NO_SECOND_ROLL: u64 = 1 << 41;
/// The last to fall asleep does not look at the list of sleepers before the rest.
pub(crate) const NO_FIRST_ROLL: u64 = 1 << 42;
/// Nobody asks whether a fiber was resumed meanwhile.
pub(crate) const NO_TURNS: u64 = 1 << 43;
/// The promises are not looked at again after the queues.
pub(crate) const PROMISES_ONCE: u64 = 1 << 44;
/// Whoever has kept the last promise does not have the sleepers look again.
pub(crate) const NO_LAST_LOOK: u64 = 1 << 45;

/// Timers are taken off the list before they count as firing.
pub(crate) const LATE_FIRING: u64 = 1 << 46;
/// Who asks whether all timers are gone looks first how many are firing.
pub(crate) const FIRING_FIRST: u64 = 1 << 47;
/// The owner of a timer that is being fired does not wait for that.
pub(crate) const UNAWAITED: u64 = 1 << 48;
/// Stopping a timer that was taken says that it was still listed.
pub(crate) const STOPPED_TWICE: u64 = 1 << 49;
/// The last timer's end is not looked for.
pub(crate) const LAST_UNSEEN: u64 = 1 << 50;
/// The keeper is not told of an earlier timer.
pub(crate) const KEEPER_UNTOLD: u64 = 1 << 51;

/// Who falls asleep does not look for work again.
pub(crate) const SLEEPS_BLINDLY: u64 = 1 << 52;
/// The last searcher who finds something leaves the rest to nobody.
pub(crate) const LAST_SEARCHER: u64 = 1 << 53;
/// Two thieves at the run-next slot at once.
pub(crate) const TWO_THIEVES: u64 = 1 << 54;
/// The worker takes from the run-next slot beside a thief.
pub(crate) const THIEF_UNSEEN: u64 = 1 << 55;
/// A notification is not kept for a thread that does not wait yet.
pub(crate) const UNKEPT: u64 = 1 << 56;
/// One that leaves the line for input counts as having been in it.
pub(crate) const LEFT_BLINDLY: u64 = 1 << 58;
/// Those who wait for input are taken off the line before it says that no call is under way.
pub(crate) const TAKEN_IN_TWO_STEPS: u64 = 1 << 59;
/// Who tries a lock looks at it and takes it in two steps.
pub(crate) const LOCKED_IN_TWO_STEPS: u64 = 1 << 60;
/// The kernel refuses membarrier: no fault, but another way.
pub(crate) const NO_MEMBARRIER: u64 = 1 << 61;

/// The context of a fiber that passes its thread on is saved after the commit of its park.
pub(crate) const UNSAVED: u64 = 1 << 57;

/// Who takes from another's inbox says how many are left when others may have put more in.
pub(crate) const COUNTED_LATE: u64 = 1 << 62;
/// A worker that goes to sleep does not say that it is away.
pub(crate) const SILENT_LEAVE: u64 = 1 << 63;
