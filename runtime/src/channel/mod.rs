//! Channels: the slow paths behind `wyn_hot::channel`.
//!
//! Read `README.md` beside this file first: the two ways, the protocols and why they are right.
//!
//! * `operate`: send, receive, and signal, under the lock
//! * `rendezvous`: the same of channels that hold nothing
//! * `select`: one of several operations
//! * `settle`: serving waiters; the fences between registration and second look
//! * `life`: creation, handles, closing, teardown
//! * `queue`: moving elements in and out with the lock; `segments`: memory for those of channels without limit
//! * `waiter`, `lock`: the parts
//! * `parker`: what is wanted of the scheduler; `fibers`: the scheduler that ships
//! * `exports`: the rows of the ABI table

#[cfg(not(wyn_loom))]
pub(crate) mod fibers;
mod life;
mod lock;
mod operate;
pub(crate) mod parker;
mod queue;
mod rendezvous;
mod segments;
mod select;
mod settle;
mod waiter;

#[cfg(not(wyn_loom))]
pub mod exports;

/// For the report at the program's end.
#[cfg(not(wyn_loom))]
pub(crate) use life::{drain, live::count as live_channels};

#[cfg(all(test, not(wyn_loom)))]
mod litmus;
#[cfg(all(test, wyn_loom))]
mod models;
#[cfg(test)]
pub(crate) mod test_parker;
#[cfg(all(test, not(wyn_loom)))]
mod tests;
