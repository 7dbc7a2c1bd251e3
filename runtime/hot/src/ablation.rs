//! Fast paths that a benchmark can leave out, to see what each is worth: `./dev bench --ablate`.
//!
//! A build with `--cfg wyn_ablate` reads the names in `WYN_ABLATE` when the program starts. In every other build nothing is
//! left out, which the compiler knows.

use wyn_abi::WorkerHot;

/// What can be left out: its name, and its bit.
pub const PATHS: &[(&str, u32)] = &[
    ("inline", INLINE),
    ("quick-end", QUICK_END),
    ("nested", NESTED),
    ("own-scope", OWN_SCOPE),
    ("latent", LATENT),
    ("private", PRIVATE),
    ("records", RECORDS),
    ("fresh", FRESH),
    ("ahead", AHEAD),
    ("appetite", APPETITE),
    ("run-next", RUN_NEXT),
    ("exclusive", EXCLUSIVE),
    ("local-counts", LOCAL_COUNTS),
    ("bound", BOUND),
    ("rendezvous", RENDEZVOUS),
    ("hosts", HOSTS),
    ("fold", FOLD),
];

/// Running an awaited task on the stack of the one who awaits it.
pub const INLINE: u32 = 1 << 0;
/// The short way to begin and end such a task when nothing out of the ordinary happens.
pub const QUICK_END: u32 = 1 << 1;
/// The private stack: tasks are published as soon as they are spawned.
pub const PRIVATE: u32 = 1 << 2;
/// A worker's own list of free records: each comes from, and goes to, a list that all share.
pub const RECORDS: u32 = 1 << 3;
/// Making fresh records present in runs, and huge pages for them.
pub const FRESH: u32 = 1 << 4;
/// Asking for no more tasks than are worth taking.
pub const APPETITE: u32 = 1 << 5;
/// Running a woken fiber next.
pub const RUN_NEXT: u32 = 1 << 6;
/// The exclusive way of channels.
pub const EXCLUSIVE: u32 = 1 << 7;
/// Plain counts for objects that one task alone knows.
pub const LOCAL_COUNTS: u32 = 1 << 8;
/// Keeping tasks private when the one who has spawned them parks, and going on where they are.
pub const BOUND: u32 = 1 << 9;
/// The inlined way to run an awaited task whose body the compiler knows, with a record or without.
pub const NESTED: u32 = 1 << 10;
/// The inlined way to open the scope of a task's own tasks, and to close it.
pub const OWN_SCOPE: u32 = 1 << 11;
/// The way that channels of capacity 0 have for themselves.
pub const RENDEZVOUS: u32 = 1 << 12;
/// Switching from a fiber that parks to a free one that begins what waits, and from that to a woken one: without it, by way of
/// the worker's thread.
pub const HOSTS: u32 = 1 << 13;
/// Spawning without a record what is awaited by the function that spawns it.
pub const LATENT: u32 = 1 << 15;

/// Making fresh records present ahead, while some worker has nothing to do.
pub const AHEAD: u32 = 1 << 14;

/// Giving back the pages of tasks that sleep for long.
pub const FOLD: u32 = 1 << 16;

/// Whether a path is left out.
///
/// # Safety
/// The worker is the running one.
#[inline(always)]
#[cfg(wyn_ablate)]
pub unsafe fn left_out(worker: *const WorkerHot, path: u32) -> bool {
    // SAFETY: by contract.
    unsafe { (*worker).ablated & path != 0 }
}

/// Whether a path is left out: none is.
///
/// # Safety
/// None.
#[inline(always)]
#[cfg(not(wyn_ablate))]
pub unsafe fn left_out(_worker: *const WorkerHot, _path: u32) -> bool {
    false
}
