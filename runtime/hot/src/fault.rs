//! Faults that a model injects into the shipping code, to show that it would notice. Each module of the shipping
//! code names its own, as bits.

extern crate std;
use core::cell::Cell;

std::thread_local! {
    static INJECTED: Cell<u64> = const { Cell::new(0) };
}

/// Whether this model runs with this fault. A model and all its threads run on one thread of the system.
pub fn injected(fault: u64) -> bool {
    INJECTED.with(Cell::get) & fault != 0
}

/// Runs a model with a set of faults.
pub fn with<T>(faults: u64, model: impl FnOnce() -> T) -> T {
    INJECTED.with(|injected| injected.set(faults));
    model()
}
