//! What is alive, by address, with the place where it was made: when `WYN_LEAKS=1` asks for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wyn_abi::Fiber;

use super::place::{self, Site};

/// What lies at an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum What {
    Channel,
    Object,
    /// A buffer for arguments or a result that a record has no room for.
    Buffer,
    Scope,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Channel => "a channel",
            What::Object => "an object",
            What::Buffer => "a task's arguments or result",
            What::Scope => "a scope",
        }
    }
}

/// One thing that is alive.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(super) what: What,
    pub(super) address: usize,
    pub(super) site: Site,
}

/// Enough that workers seldom meet.
const SHARDS: usize = 64;

type Shard = Mutex<Option<HashMap<usize, Entry>>>;

static ALIVE: [Shard; SHARDS] = [const { Mutex::new(None) }; SHARDS];

fn shard(address: usize) -> MutexGuard<'static, Option<HashMap<usize, Entry>>> {
    ALIVE[(address >> 4) % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something was made by the code that runs now.
///
/// # Safety
/// `fiber` is the running fiber, and its stack is the one in use.
pub(crate) unsafe fn made(fiber: *mut Fiber, what: What, address: usize) {
    // SAFETY: by contract.
    let site = unsafe { place::here(fiber) };
    let entry = Entry { what, address, site };
    let before = shard(address).get_or_insert_default().insert(address, entry);
    debug_assert!(before.is_none(), "made twice without an end");
}

/// It was given back.
pub(crate) fn gone(what: What, address: usize) {
    let entry = forget(address);
    if entry.is_none_or(|entry| entry.what != what) {
        super::given_back_twice(what.name());
    }
}

/// What was [forgotten](forget) lies somewhere else now.
pub(crate) fn moved(entry: Entry, to: usize) {
    shard(to).get_or_insert_default().insert(to, Entry { address: to, ..entry });
}

/// Nobody is to miss it: it stays for good, or is about to move.
pub(crate) fn forget(address: usize) -> Option<Entry> {
    shard(address).as_mut()?.remove(&address)
}

/// All that is alive, in an order that depends on nothing but the addresses.
pub(super) fn all() -> Vec<Entry> {
    let mut all = Vec::new();
    for shard in &ALIVE {
        let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(shard.iter().flatten().map(|(_, entry)| *entry));
    }
    all.sort_unstable_by_key(|entry| (entry.what, entry.address));
    all
}
