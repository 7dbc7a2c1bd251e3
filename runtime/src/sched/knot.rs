//! What binds a fiber to a worker: a number that grows with every time that the worker has untied its fibers.
//!
//! The worker unties all at once, when it is through with what only it may touch (K1). Whoever has claimed a fiber looks
//! whether its knot binds (K2); if not, it sees what the worker did before K1, and goes on with it.

use crate::sync::{AtomicU64, Ordering};

/// Binds a fiber that does not run; 0 binds none.
pub(crate) type Knot = u64;

/// The newest knot of a worker that is untied.
pub(crate) struct Untied(AtomicU64);

impl Untied {
    /// There has been none.
    pub(crate) fn new() -> Untied {
        Untied(AtomicU64::new(0))
    }

    /// The worker: the knot for who is bound from now on.
    pub(crate) fn next(&self) -> Knot {
        // ORDER: Relaxed; the worker is the only writer.
        self.0.load(Ordering::Relaxed) + 1
    }

    /// The worker: knots up to this one are untied.
    pub(crate) fn untie(&self, knot: Knot) {
        // ORDER: Release; pairs with the Acquire in `binds`: what the worker did with the fiber's tasks comes before.
        self.0.store(knot, Ordering::Release);
    }

    /// Whether a knot binds: for who has claimed the fiber.
    pub(crate) fn binds(&self, knot: Knot) -> bool {
        // ORDER: Acquire; pairs with the Release in `untie`.
        self.0.load(Ordering::Acquire) < knot
    }
}
