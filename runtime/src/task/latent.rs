//! Giving latent tasks their records: see [`wyn_hot::latent`].
//!
//! Whatever looks at the task that a fiber runs, at its frames or scopes, changes these, takes the fiber off its worker, or gives
//! tasks away calls [`record`] first. After that the fiber is as if each `spawn` had made a record at once.

use wyn_abi::sync::Ordering;
use wyn_abi::task::PAYLOAD_SIZE;
use wyn_abi::{AwaitSite, Fiber, LatentTask, Scope, TaskDescriptor, TaskRecord};
use wyn_hot::latent::{RUNS, TAGS, WAITS, any};
use wyn_hot::nested;
use wyn_hot::state::State;
use wyn_hot::task::new_record;

use super::scope::{Kind, ScopeCell};
use super::{submitted, wyn_payload_alloc, wyn_slow_scope};
use crate::fiber::FiberCell;

/// Gives all latent tasks of a fiber records.
///
/// # Safety
/// The fiber runs on this thread; or it has left its worker, and is this thread's or pinned: then it has none.
#[inline(always)]
pub(crate) unsafe fn record(cell: *mut FiberCell) {
    // SAFETY: by contract.
    unsafe {
        if any(cell.cast()) {
            record_all(cell);
        }
    }
}

/// From the outermost on: each belongs to the scope that is the innermost where it stands, which is opened if there is none.
#[cold]
#[inline(never)]
unsafe fn record_all(cell: *mut FiberCell) {
    // SAFETY: the chain leads through frames that have not returned. What it calls finds the chain empty, and so the
    // fiber as far as it has come.
    unsafe {
        let mut inside = FiberCell::innermost(cell);
        let mut next = outermost(cell, &mut inside);
        ScopeCell::enter(cell, inside);
        while !next.is_null() {
            let latent = next;
            next = (*latent).outer;
            let (word, tag) = ((*latent).word & !TAGS, (*latent).word & TAGS);
            let innermost = FiberCell::innermost(cell);
            let scope = if innermost.is_null() { ScopeCell::open(cell, Kind::Task) } else { innermost };
            if tag == WAITS {
                let record = submit(cell, latent, word as *const TaskDescriptor, scope.cast());
                (*latent).word = record as usize;
                let counted = &(*FiberCell::worker(cell)).hot.latent;
                // ORDER: Relaxed, both; as `spawned`. The sum of the two never falls.
                counted.store(counted.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
            } else {
                let AwaitSite { desc, at } = *(word as *const AwaitSite);
                let record = new_record(cell.cast(), desc, scope.cast());
                (*scope).hot.private_children += 1;
                State(&(*record).state).claim_private();
                (*latent).word = record as usize;
                let frame = latent.cast::<u8>().add(LatentTask::frame((*desc).args_size as usize));
                nested::enter(cell.cast(), record, frame.cast(), at);
                ScopeCell::enter(cell, ScopeCell::of((*latent).scope));
            }
        }
    }
}

/// Empties a fiber's chain and turns it around: gives the outermost task, after which `outer` leads inwards. The scope of
/// each that runs becomes the one that is open inside it, and `inside`, the one that is open in the innermost task, the one
/// that is open around all.
unsafe fn outermost(cell: *mut FiberCell, inside: &mut *mut ScopeCell) -> *mut LatentTask {
    // SAFETY: as in `record_all`.
    unsafe {
        let chain = &(*cell).hot.latent;
        // ORDER: Relaxed, both; written by the thread that runs the fiber.
        let mut latent = chain.load(Ordering::Relaxed);
        chain.store(std::ptr::null_mut(), Ordering::Relaxed);
        let mut inner = std::ptr::null_mut();
        while !latent.is_null() {
            let outer = std::mem::replace(&mut (*latent).outer, inner);
            if (*latent).word & TAGS == RUNS {
                let around = std::mem::replace(&mut (*latent).scope, (*inside).cast());
                *inside = ScopeCell::of(around);
            }
            inner = latent;
            latent = outer;
        }
        inner
    }
}

/// Spawns what a latent task is to run.
unsafe fn submit(
    cell: *mut FiberCell,
    latent: *mut LatentTask,
    desc: *const TaskDescriptor,
    scope: *mut Scope,
) -> *mut TaskRecord {
    // SAFETY: the arguments lie behind the task, and move into the record; the scope is open.
    unsafe {
        let record = new_record(cell.cast(), desc, scope);
        let size = (*desc).args_size as usize;
        let mut payload = (&raw mut (*record).payload).cast::<u8>();
        if size > PAYLOAD_SIZE {
            let buffer = wyn_payload_alloc(cell.cast(), size);
            payload.cast::<*mut u8>().write(buffer);
            payload = buffer;
        }
        let args = latent.cast::<u8>().add(LatentTask::ARGS);
        std::ptr::copy_nonoverlapping(args, payload, size);
        // Reports search stacks for what tasks have: this one has them no more.
        args.write_bytes(0, size);
        (*scope).private_children += 1;
        let worker = FiberCell::worker(cell);
        (*worker).private_push(record);
        let spawned = &(*worker).hot.spawned;
        // ORDER: Relaxed, both; written by this worker only.
        spawned.store(spawned.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        record
    }
}

/// See the table.
///
/// # Safety
/// Called by compiled code with its fiber; the memory lies in the caller's frame, the arguments behind it.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_latent(
    fiber: *mut Fiber,
    latent: *mut LatentTask,
    desc: *const TaskDescriptor,
) {
    // SAFETY: the fiber runs; the worker is read after the wait that there may be for room.
    unsafe {
        let cell = FiberCell::of(fiber);
        record(cell);
        let mut scope = (*cell).hot.scope;
        if scope.is_null() {
            scope = wyn_slow_scope(fiber, desc);
        }
        let record = submit(cell, latent, desc, scope);
        (*latent).word = record as usize;
        submitted(cell, record);
    }
}

/// See the table.
///
/// # Safety
/// The task was spawned by the caller, and has not ended without a record.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_latent_record(
    fiber: *mut Fiber,
    latent: *mut LatentTask,
) -> *mut TaskRecord {
    // SAFETY: by contract: it is in the chain, or has a record.
    unsafe {
        record(FiberCell::of(fiber));
        (*latent).word as *mut TaskRecord
    }
}
