//! How scopes come into the lists of those that they lie in: so that whoever cancels finds what has parked below.
//!
//! *Whoever is in a list is found from above.* The first that parks in a scope links the scope and those above it, the
//! outermost first. So one that is linked has a way from the root, and the next that parks there, for whom that is all to
//! look at, is found too. Were it linked from within, another could find the scope linked, look at the flags and park,
//! while the rest of the way is still missing: the canceller would not find it.
//!
//! *What has come down is known below.* Whoever cancels walks down the lists, under their locks, and leaves the reason in
//! each scope that he passes. What is linked later takes the reason over from the scope above, under the same lock. So
//! nobody has to look further up for it.

use std::vec::Vec;

#[cfg(wyn_loom)]
use crate::fault::{FROM_WITHIN, injected};

/// A scope, to those who link it.
pub(crate) trait Link: Copy {
    /// The scope that it lies in; none for the root.
    fn around(self) -> Option<Self>;

    /// Whether it is in the list of the scope around it; looks under its lock.
    fn is_linked(self) -> bool;

    /// Enters it into that list, unless it is there, and takes over why those in the scope around it are told to stop: in one
    /// piece, under the lock.
    fn link(self);
}

/// Links a scope and those around it. (Mostly those are linked, and nothing needs to be remembered.)
pub(crate) fn link_all(innermost: impl Link) {
    if innermost.around().is_none() || innermost.is_linked() {
        return;
    }
    let mut missing = Vec::new();
    let mut next = innermost.around();
    while let Some(scope) = next.filter(|scope| scope.around().is_some() && !scope.is_linked()) {
        missing.push(scope);
        next = scope.around();
    }
    #[cfg(wyn_loom)]
    if injected(FROM_WITHIN) {
        innermost.link();
    }
    while let Some(scope) = missing.pop() {
        scope.link();
    }
    innermost.link();
}
