//! Reports on what tasks wait for: when nothing can happen any more, when some tasks wait for each other in a circle
//! while others go on, and when somebody asks with SIGQUIT. All three have one form.
//!
//! * `tasks`: what each task does, read from fibers that are kept parked for as long as it takes
//! * `circles`: tasks that wait for each other · `ends`: who seems to have the other end of a channel
//! * `text`: the form · `drawing`: that of a circle
//! * `still`: whether nothing can happen any more · `watch`: circles while others go on · `dump`: on request
//!
//! No hot path pays for any of this. Where a task waits is written when it takes a slow path; what for, when it parks.

mod circles;
pub(crate) mod drawing;
pub(crate) mod dump;
mod ends;
pub(crate) mod still;
mod tasks;
mod text;
pub(crate) mod watch;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// One report at a time: two would each miss the fibers that the other keeps parked.
static REPORTING: Mutex<()> = Mutex::new(());

fn one_at_a_time() -> MutexGuard<'static, ()> {
    REPORTING.lock().unwrap_or_else(PoisonError::into_inner)
}
