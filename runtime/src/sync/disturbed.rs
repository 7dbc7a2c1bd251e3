//! A lock that may lose time when it is asked for and when it is had.

use std::sync::{self, LockResult, MutexGuard};

use wyn_abi::sync::disturbed::step;

/// The standard library's, with a step before and after it is taken.
#[derive(Debug, Default)]
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    /// Free.
    pub const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Waits until it is free.
    ///
    /// # Errors
    /// The standard library's.
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        step();
        let guard = self.0.lock();
        step();
        guard
    }

    /// What is in it, of which the caller is the only user.
    ///
    /// # Errors
    /// The standard library's.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.0.get_mut()
    }
}
