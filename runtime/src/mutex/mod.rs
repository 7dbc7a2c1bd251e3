//! Mutexes: the slow paths behind `wyn_hot::mutex`.
//!
//! * `operate`: lock and unlock with the guard, and several at once
//! * `queue`: the guard and the list of parked fibers
//! * `exports`: the rows of the ABI table
//!
//! # Who gets the mutex
//!
//! A mutex that is given up is *free*, and the first waiter is woken to try again. Until it runs, whoever comes by may
//! take the mutex: a task that locks in a loop goes on without a switch for each round, and no processor waits for a
//! fiber that was only just queued. While a waiter is under way (`WOKEN`) taking the mutex and giving it up cost no more than
//! if nobody waited. A waiter that comes too late goes back to the front of the list, and then the
//! next unlock *hands the mutex over* to it. So a waiter is passed over only between its first wake-up and its next
//! run, waiters are served in the order in which they came, and nobody waits forever. At most one waiter is under way at a
//! time: more could only come too late.
//!
//! Before a task queues, and before it comes too late, it looks at the mutex for a while, from a distance (`exports`).
//!
//! # No wake-up is lost
//!
//! *I1. While the word lacks `QUEUED`, the list is empty.* Who queues sets `QUEUED` in one step, under the guard, and
//! sees in the same step whether the mutex was free. If it was, it takes it instead; if not, the exchange by which its
//! holder would give it up fails from then on, and the holder comes to the guard, unless a waiter is under way.
//!
//! *I2. While the mutex is free and the list is not empty, `WOKEN` is set.* Who gives the mutex up sees that it is set, or
//! wakes a waiter and sets it. The waiter that was woken clears it in one step with taking the mutex, or when it has it;
//! or in one step with finding it held, when it queues again: then its holder has not given it up yet, and will find
//! `QUEUED` without `WOKEN`. It does not give up in between, even if it was cancelled: the cancellation is met at its next
//! operation that can wait.
//!
//! A canceller claims a parked waiter before any unlock does, or not at all; the waiter then takes itself off the list.

#[cfg(not(wyn_loom))]
mod exports;
mod operate;
mod queue;

#[cfg(all(test, wyn_loom))]
mod models;
