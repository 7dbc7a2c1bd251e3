//! The Wyn runtime: objects, fibers, scheduler, tasks, channels, time and IO.
//!
//! A compiled program calls it through the rows of `wyn-abi`; `wyn_start` is the way in. `README.md` beside this
//! crate has the vocabulary, the life cycle of a task, the wake protocol and what things cost.
//!
//! Build with `panic = "unwind"`: a panic or cancellation of a task passes through the slow paths that suspend.
//! x86-64 Linux only.

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!("Wyn's runtime is written for x86-64 Linux");

pub use wyn_hot as hot;

pub mod channel;
#[cfg(wyn_loom)]
pub(crate) mod fault;
mod fence;
#[cfg(all(test, wyn_loom))]
mod modelling;
pub mod mutex;
mod spin;
pub mod sync;

// A model build has the modules that can be modelled, and those alone.
#[cfg(not(wyn_loom))]
pub mod fiber;
#[cfg(not(wyn_loom))]
pub mod io;
#[cfg(not(wyn_loom))]
pub(crate) mod leaks;
mod memory;
#[cfg(not(wyn_loom))]
pub mod object;
#[cfg(not(wyn_loom))]
pub mod panic;
#[cfg(not(wyn_loom))]
mod report;
#[cfg(not(wyn_loom))]
pub mod sched;
#[cfg(not(wyn_loom))]
mod signals;
#[cfg(not(wyn_loom))]
pub mod start;
#[cfg(not(wyn_loom))]
pub mod task;
#[cfg(not(wyn_loom))]
pub mod time;
#[cfg(not(wyn_loom))]
pub mod unwind;

#[cfg(all(test, wyn_loom))]
mod object {
    //! Shared counts, whose code is in `wyn_hot`.
    mod models;
}

#[cfg(wyn_loom)]
pub mod sched {
    //! The parts of the scheduler that models check.
    pub(crate) mod announced;
    pub mod demand;
    pub(crate) mod doze;
    pub(crate) mod futex;
    pub(crate) mod home;
    pub mod idle;
    pub(crate) mod inbox;
    pub(crate) mod knot;
    #[cfg(test)]
    mod models;
    pub mod next;
    pub mod poll;
    pub mod request;
    pub(crate) mod standstill;
    pub mod word;
}

#[cfg(wyn_loom)]
pub mod task {
    //! The parts of tasks that models check.
    pub(crate) mod children;
    pub mod firing;
    pub(crate) mod links;
    #[cfg(test)]
    mod models;
    pub(crate) mod told;
    pub(crate) mod wait;
}

#[cfg(wyn_loom)]
pub mod io {
    //! The parts of input and output that models check.
    pub(crate) mod held;
    pub(crate) mod line;
    #[cfg(test)]
    mod models;
}

#[cfg(wyn_loom)]
pub mod time {
    //! The parts of time that models check.
    pub mod heap;
    pub mod keeper;
    #[cfg(test)]
    mod models;
    pub mod shards;
}

#[cfg(not(wyn_loom))]
mod rows {
    //! Proves that the functions of tasks, panics and time have the signatures of their rows.
    use wyn_abi::check_slow_rows;
    use wyn_abi::task::sig;

    use crate::panic::*;
    use crate::start::*;
    use crate::task::detach::*;
    use crate::task::future::*;
    use crate::task::latent::*;
    use crate::task::local::*;
    use crate::task::nursery::*;
    use crate::task::placed::*;
    use crate::task::run::*;
    use crate::task::slab::*;
    use crate::task::*;
    use crate::time::*;

    wyn_abi::task_rows!(check_slow_rows);
}
