//! Locks and threads of an exploration: shuttle's threads, and locks that let another one go on while they are taken.
//!
//! All threads are one to the system, so a lock of the standard library must never be waited for: it is tried.

use std::ops::{Deref, DerefMut};
use std::sync::{self, LockResult, TryLockError};
use std::time::Duration;

use wyn_abi::sync::explored::{give_way, step};

/// The standard library's, with a step before each attempt.
#[derive(Debug, Default)]
pub struct Mutex<T>(sync::Mutex<T>);

/// The lock is taken for as long as it is there.
#[derive(Debug)]
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    guard: sync::MutexGuard<'a, T>,
}

impl<T> Mutex<T> {
    /// Free.
    pub const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Lets others go on until it is free. Never fails: a panic ends the exploration.
    ///
    /// # Errors
    /// None; the type is the standard library's.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        step();
        loop {
            match self.0.try_lock() {
                Ok(guard) => return Ok(MutexGuard { mutex: self, guard }),
                Err(TryLockError::Poisoned(poisoned)) => {
                    return Ok(MutexGuard { mutex: self, guard: poisoned.into_inner() });
                }
                Err(TryLockError::WouldBlock) => give_way(),
            }
        }
    }
}

impl<T> Mutex<T> {
    /// What is in it, of which the caller is the only user.
    ///
    /// # Errors
    /// None; the type is the standard library's.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.get_mut()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// Whoever waits looks again after a while, told or not. A wait never takes too long.
#[derive(Debug)]
pub struct Condvar(());

/// What [`Condvar::wait_timeout`] says of the time.
#[derive(Debug)]
pub struct Waited(());

impl Waited {
    /// Never.
    pub fn timed_out(&self) -> bool {
        false
    }
}

#[allow(clippy::new_without_default, reason = "as in `std`")]
impl Condvar {
    /// Without waiters.
    pub const fn new() -> Self {
        Self(())
    }

    /// Does nothing.
    pub fn notify_one(&self) {}

    /// Lets others go on without the lock.
    ///
    /// # Errors
    /// None, as for [`Mutex::lock`].
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, Waited)> {
        let mutex = guard.mutex;
        drop(guard);
        give_way();
        mutex.lock().map(|guard| (guard, Waited(()))).map_err(|_| unreachable!("locking never fails"))
    }
}

/// Threads, as far as the runtime uses them.
pub mod thread {
    use std::time::Duration;

    pub use shuttle::thread::{Builder, JoinHandle};
    use wyn_abi::sync::explored::{clock, give_way};

    /// Lets others go on.
    pub fn yield_now() {
        give_way();
    }

    /// Lets others go on until the clock has moved so far.
    pub fn sleep(time: Duration) {
        let end = clock() + time.as_nanos() as u64;
        while clock() < end {
            give_way();
        }
    }
}
