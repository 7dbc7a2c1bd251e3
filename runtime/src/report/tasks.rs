//! What each task does: a copy of the facts, taken while the task's fiber is pinned.
//!
//! A pinned fiber is parked and stays so. Its stack does not change, and what it waits for is there: it has a handle of
//! the channel, mutex or task. Its tasks are unfinished, so their scopes are open, and whoever waits for such a scope
//! goes on waiting. Records and cells are never unmapped; descriptors and places are static.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use wyn_abi::channel::Channel;
use wyn_abi::select::{ARM_AFTER, ARM_AWAIT, SelectArm};
use wyn_abi::{Location, TaskDescriptor, TaskRecord};
use wyn_hot::state::{JOINING, State};

use crate::channel::parker::{Outside, WaitFor};
use crate::fiber::FiberCell;
use crate::sched::word::Ticket;
use crate::sync::Ordering::Relaxed;
use crate::task::local;
use crate::task::scope::{Kind, ScopeCell};

/// A task, as others know it. The record names it for as long as it has not ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Name {
    pub(super) record: *mut TaskRecord,
    pub(super) desc: *const TaskDescriptor,
}

impl Name {
    /// # Safety
    /// The record is one of the slab's, or null.
    pub(super) unsafe fn of(record: *mut TaskRecord) -> Name {
        if record.is_null() {
            return Name { record, desc: std::ptr::null() };
        }
        // SAFETY: by contract; a record has the descriptor of its last task, or none.
        let desc = unsafe { (&raw const (*record).desc).read_volatile() };
        Name { record, desc }
    }
}

/// A channel, as far as a report tells of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct ChannelView {
    /// Which one; only a name.
    pub(super) channel: *const Channel,
    /// Where it was made; null when nobody knows.
    pub(super) made_at: *const Location,
    /// How many elements fit; none without a limit.
    pub(super) capacity: Option<usize>,
    /// Handles of the end that would have to act.
    pub(super) peers: usize,
}

/// An arm of a select.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Arm {
    Receive(ChannelView),
    Send(ChannelView),
    Await(Name),
    After,
}

/// What a task does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Doing {
    Runs,
    /// It was woken, and waits for a worker.
    Ready,
    Awaits(Name),
    /// Waits for a mutex, which this task holds; null when nobody has said so.
    Locks(Name),
    /// Its code has ended; it waits for the tasks of this scope.
    Joins(*mut ScopeCell),
    /// Waits at the end of this block, for its tasks.
    Block(*mut ScopeCell, Block),
    Sends(ChannelView),
    Receives(ChannelView),
    Selects(Vec<Arm>),
    /// Waits in an operation of the standard library on what was made at this place, at a channel that is a part of that.
    Inside(*const Location),
    /// Waits to spawn, until a task of this nursery ends, which may have so many.
    Spawns(*mut ScopeCell, u32),
    Sleeps,
    Outside(Outside),
}

/// A block that joins tasks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Block {
    Nursery,
    /// `within`, or a nursery with a time limit.
    Timed,
    /// `with` of a task-local value.
    Binding,
    /// A `defer`, with what it has spawned.
    Defer,
}

impl Block {
    /// # Safety
    /// The scope is that of a block, whose task is pinned.
    unsafe fn of(scope: *mut ScopeCell) -> Block {
        // SAFETY: by contract.
        unsafe {
            match () {
                () if (*scope).kind == Kind::Shield => Block::Defer,
                () if local::binds(scope) => Block::Binding,
                () if (*scope).deadline.is_there() => Block::Timed,
                () => Block::Nursery,
            }
        }
    }
}

impl Doing {
    /// The channels that it waits at, each with whether it waits for a message.
    pub(super) fn channels(&self) -> impl Iterator<Item = (ChannelView, bool)> + '_ {
        let (one, arms) = match self {
            Doing::Receives(channel) => (Some((*channel, true)), &[][..]),
            Doing::Sends(channel) => (Some((*channel, false)), &[][..]),
            Doing::Selects(arms) => (None, &arms[..]),
            _ => (None, &[][..]),
        };
        one.into_iter().chain(arms.iter().filter_map(|arm| match arm {
            Arm::Receive(channel) => Some((*channel, true)),
            Arm::Send(channel) => Some((*channel, false)),
            Arm::Await(_) | Arm::After => None,
        }))
    }
}

/// One task.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) name: Name,
    pub(super) doing: Doing,
    /// Where; null when it is not known.
    pub(super) at: *const Location,
    /// Who waits for the end of this scope waits for the task.
    pub(super) scope: *mut ScopeCell,
    /// The park of the fiber that has it on its stack; none without a stack.
    pub(super) host: Option<(*mut FiberCell, Ticket)>,
}

/// Some tasks, each once.
#[derive(Default)]
pub(super) struct Tasks {
    pub(super) list: Vec<Task>,
    /// No task runs, and none will.
    pub(super) still: bool,
    /// Of channels that somebody waits at, and whether for a message, the tasks that seem to have the other end; see `ends`.
    /// Those of which nothing can be said are left out.
    pub(super) ends: HashMap<(*const Channel, bool), Vec<usize>>,
    index: HashMap<*mut TaskRecord, usize>,
}

impl Tasks {
    /// The position of a task.
    pub(super) fn position(&self, record: *mut TaskRecord) -> Option<usize> {
        self.index.get(&record).copied()
    }

    /// Tasks that seem to have the end of a channel that somebody misses who waits for a message, or to send one. None when
    /// nothing can be said.
    pub(super) fn holders(&self, channel: *const Channel, receives: bool) -> Option<&[usize]> {
        self.ends.get(&(channel, receives)).map(Vec::as_slice)
    }

    pub(super) fn add(&mut self, task: Task) {
        if let Entry::Vacant(entry) = self.index.entry(task.name.record) {
            entry.insert(self.list.len());
            self.list.push(task);
        }
    }

    /// Adds the tasks on a fiber if it is parked and waits for something that is wanted. Gives whether it is parked.
    ///
    /// # Safety
    /// The cell is that of a slot that was handed out.
    pub(super) unsafe fn add_parked(
        &mut self,
        cell: *mut FiberCell,
        wanted: impl Fn(&WaitFor) -> bool,
    ) -> bool {
        // SAFETY: a slot's memory stays; until its cell is written it is zero, and a word of zero is not parked.
        unsafe {
            let Some(ticket) = (*cell).word.pin() else { return false };
            if wanted(&(*cell).wait) {
                self.add_pinned(cell, ticket);
            }
            (*cell).word.unpin();
        }
        true
    }

    /// Adds the tasks on a fiber that is pinned in this park, and those that wait for them without a stack.
    ///
    /// # Safety
    /// The fiber is pinned.
    pub(super) unsafe fn add_pinned(&mut self, cell: *mut FiberCell, ticket: Ticket) {
        // SAFETY: by contract, and as the module's documentation says.
        unsafe {
            let mut frame = (*cell).hot.frame;
            let mut at = (*cell).at;
            let mut doing = inside(waits_for((*cell).wait), at);
            while !frame.is_null() {
                let record = (*frame).record;
                let scope = ScopeCell::of((*record).scope);
                let name = Name::of(record);
                self.add(Task { name, doing, at, scope, host: Some((cell, ticket)) });
                self.add_joining(scope);
                doing = Doing::Awaits(name);
                at = (*frame).awaited_at;
                frame = (*frame).outer;
            }
        }
    }

    /// Adds the task whose end waits for a scope, if its code has ended, and those whose end waits for it in turn.
    unsafe fn add_joining(&mut self, mut scope: *mut ScopeCell) {
        // SAFETY: a task of the scope is unfinished, so the scope is open and its owner unfinished.
        unsafe {
            while !scope.is_null() && (*scope).kind == Kind::Task {
                let owner = (*scope).hot.task;
                if State(&(*owner).state).load().phase() != JOINING || self.position(owner).is_some() {
                    return;
                }
                let outer = ScopeCell::of((*owner).scope);
                let doing = Doing::Joins(scope);
                let name = Name::of(owner);
                self.add(Task { name, doing, at: std::ptr::null(), scope: outer, host: None });
                scope = outer;
            }
        }
    }
}

/// What the fiber waits for.
///
/// # Safety
/// The fiber is pinned.
unsafe fn waits_for(wait: WaitFor) -> Doing {
    // SAFETY: by contract; what it waits for is there.
    unsafe {
        match wait {
            WaitFor::Room(channel) => Doing::Sends(room(channel)),
            WaitFor::Element(channel) => Doing::Receives(element(channel)),
            WaitFor::Task(record) => Doing::Awaits(Name::of(record)),
            WaitFor::Select(arms, count) => {
                let arms = (0..count as usize).map(|at| &*arms.add(at)).filter(|arm| arm.enabled.get());
                Doing::Selects(arms.map(|arm| select_arm(arm)).collect())
            }
            // ORDER: Relaxed; a task that holds the mutex and is pinned has said so before it parked.
            WaitFor::Lock(waiter) => Doing::Locks(Name::of((*(*waiter).lock).holder.load(Relaxed))),
            WaitFor::Nursery(scope) => {
                let scope = ScopeCell::of(scope);
                Doing::Block(scope, Block::of(scope))
            }
            WaitFor::Spawn(scope) => {
                let scope = ScopeCell::of(scope);
                Doing::Spawns(scope, (*scope).limit)
            }
            WaitFor::Sleep => Doing::Sleeps,
            WaitFor::Outside(what) => Doing::Outside(what),
        }
    }
}

/// A channel of the program stands for itself; one that the standard library has made, and that a function of the library waits at, is
/// a part of something else.
unsafe fn inside(doing: Doing, at: *const Location) -> Doing {
    // SAFETY: places are static, or null.
    unsafe {
        match doing {
            Doing::Receives(channel) | Doing::Sends(channel)
                if operation(at).is_some() && operation(channel.made_at).is_some() =>
            {
                Doing::Inside(channel.made_at)
            }
            other => other,
        }
    }
}

/// The function of the standard library that is called at a place.
///
/// # Safety
/// The place is static, or null.
pub(super) unsafe fn operation(at: *const Location) -> Option<&'static str> {
    // SAFETY: by contract.
    unsafe { at.as_ref() }.map(|at| at.operation.as_str()).filter(|name| !name.is_empty())
}

unsafe fn select_arm(arm: &SelectArm) -> Arm {
    // SAFETY: as for `waits_for`.
    unsafe {
        match arm.kind {
            ARM_AFTER => Arm::After,
            ARM_AWAIT => Arm::Await(Name::of(arm.task())),
            _ if arm.receives() => Arm::Receive(element(arm.channel())),
            _ => Arm::Send(room(arm.channel())),
        }
    }
}

/// A channel that a receiver waits at.
unsafe fn element(channel: *const Channel) -> ChannelView {
    // SAFETY: as for `waits_for`.
    // ORDER: Relaxed; a number for people.
    unsafe { view(channel, (*channel).tx.handles.load(Relaxed)) }
}

/// A channel that a sender waits at.
unsafe fn room(channel: *const Channel) -> ChannelView {
    // SAFETY: as for `waits_for`.
    // ORDER: Relaxed; a number for people.
    unsafe { view(channel, (*channel).rx.handles.load(Relaxed)) }
}

unsafe fn view(channel: *const Channel, peers: usize) -> ChannelView {
    // SAFETY: as for `waits_for`; what is read here was written when the channel was made.
    unsafe {
        let capacity = (!(*channel).unbounded).then_some((*channel).capacity);
        ChannelView { channel, made_at: (*channel).made_at.get(), capacity, peers }
    }
}
