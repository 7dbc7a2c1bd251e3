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
//! fiber that was only just queued. A waiter that comes too late goes back to the front of the list, and then the
//! next unlock *hands the mutex over* to it. So a waiter is passed over only between its first wake-up and its next
//! run, waiters are served in the order in which they came, and nobody waits forever. At most one waiter is under way at a
//! time (`woken`): more could only come too late.
//!
//! # No wake-up is lost
//!
//! *I1. While the word lacks `QUEUED`, the list is empty.* Who queues sets `LOCKED | QUEUED` in one step, under the
//! guard, and sees in the same step whether the mutex was free. If it was, it is taken; if not, its holder's
//! compare-and-swap from `LOCKED` alone fails from then on, and the holder comes to the guard.
//!
//! *I2. While the mutex is free and the list is not empty, `woken` is set.* The slow unlock wakes a waiter or sees one
//! under way; and a waiter that was woken takes the mutex, or queues again while somebody else holds it. It does not
//! give up in between, even if it was cancelled: the cancellation is met at its next operation that can wait.
//!
//! A canceller claims a parked waiter before any unlock does, or not at all; the waiter then takes itself off the list.

#[cfg(not(wyn_loom))]
mod exports;
mod operate;
mod queue;

#[cfg(all(test, wyn_loom))]
mod models;
