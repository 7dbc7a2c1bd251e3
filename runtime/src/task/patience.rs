//! Looking for a while at a task that another worker runs, before parking.

use wyn_hot::state::{RUNNING, Snapshot, State, pause};

use crate::time;

/// How long a worker's fibers look at a task that another worker runs before they park: parking makes all private tasks
/// of the worker public, and takes the fiber to the other's processor. Waiting for a short while pays when tasks are
/// short, and does not when they are blocked; which is the case is learnt.
pub(crate) struct Patience {
    /// Ticks; 0 for not at all.
    ticks: u64,
    /// Waits that went by without a try.
    skipped: u32,
}

impl Patience {
    /// Ticks at first and at most, some 0.3 and 2 µs.
    const FIRST: u64 = 750;
    const MOST: u64 = 5_000;
    /// Below this it is not worth a try, but once in so many waits.
    const LEAST: u64 = 150;
    const RETRY: u32 = 16;

    pub(crate) const fn new() -> Patience {
        Patience { ticks: Patience::FIRST, skipped: 0 }
    }

    /// Ticks to wait this time.
    fn now(&mut self) -> u64 {
        if self.ticks == 0 {
            self.skipped += 1;
            if self.skipped < Patience::RETRY {
                return 0;
            }
            self.skipped = 0;
            return Patience::FIRST;
        }
        self.ticks
    }

    /// Whether it was worth it to wait for so long.
    fn learn(&mut self, ticks: u64, paid: bool) {
        let next = if paid { (2 * ticks).min(Patience::MOST) } else { ticks / 2 };
        self.ticks = if next < Patience::LEAST { 0 } else { next };
    }
}

/// Looks for a while whether a public record is completed by another worker. Gives the state that was seen last.
pub(crate) fn look(patience: &mut Patience, state: State<'_>) -> Snapshot {
    let mut seen = state.load();
    let ticks = patience.now();
    if ticks == 0 || seen.phase() != RUNNING {
        return seen;
    }
    let start = time::ticks();
    while !seen.is_terminal() && time::ticks().wrapping_sub(start) < ticks {
        pause();
        seen = state.load();
    }
    patience.learn(ticks, seen.is_terminal());
    seen
}

#[cfg(test)]
mod tests {
    use super::Patience;

    #[test]
    fn patience_is_lost_with_tasks_that_are_blocked_and_found_again() {
        let mut patience = Patience::new();
        for _ in 0..4 {
            let ticks = patience.now();
            patience.learn(ticks, false);
        }
        let tries = (0..160).filter(|_| {
            let ticks = patience.now();
            if ticks > 0 {
                patience.learn(ticks, false);
            }
            ticks > 0
        });
        assert!(tries.count() <= 40);
        while patience.now() == 0 {}
        patience.learn(Patience::FIRST, true);
        assert_eq!(patience.now(), 2 * Patience::FIRST);
        patience.learn(Patience::MOST, true);
        assert_eq!(patience.now(), Patience::MOST);
    }
}
