//! What happened, for benchmarks: printed at exit on stderr when `WYN_STATS=1`.

use std::fmt::Write as _;

use super::runtime;
use crate::sync::Ordering;

/// Counted by each worker for itself.
#[derive(Default)]
pub(crate) struct Counts {
    /// Tasks begun on a host fiber.
    pub(crate) hosted: u64,
    /// Times something was taken from another worker.
    pub(crate) steals: u64,
    /// Fibers sent to the worker where what they work on is used.
    pub(crate) sent: u64,
    /// Sleeping tasks whose stacks were folded.
    pub(crate) folded: u64,
}

/// Whether a variable asks for something: set, and neither empty nor `0`.
pub(crate) fn wanted(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0")
}

/// Prints the sums over all workers, if asked for. Exact when the workers have stopped.
pub(crate) fn report() {
    if !wanted("WYN_STATS") {
        return;
    }
    let Some(runtime) = runtime() else { return };
    let mut sum = Counts::default();
    let (mut spawned, mut inline) = (0, 0);
    for shared in &runtime.workers {
        let worker = shared.worker();
        if worker.is_null() {
            continue;
        }
        // SAFETY: workers live as long as the process; numbers of running workers may be a little old.
        let counts = unsafe {
            // ORDER: Relaxed, all; as old as that.
            let latent = (*worker).hot.latent.load(Ordering::Relaxed);
            spawned += (*worker).hot.spawned.load(Ordering::Relaxed) + latent;
            inline += (*worker).hot.inline.load(Ordering::Relaxed) + latent;
            &(*worker).counts
        };
        sum.hosted += counts.hosted;
        sum.steals += counts.steals;
        sum.sent += counts.sent;
        sum.folded += counts.folded;
    }
    // SAFETY: all zeroes is a value; the call fills it in.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: writes the struct.
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "wyn-stats workers={} spawned={spawned} inline={} hosted={} steals={} sent={} folded={} parks={} max_rss_kib={}",
        runtime.workers.len(),
        inline,
        sum.hosted,
        sum.steals,
        sum.sent,
        sum.folded,
        runtime.parks(),
        usage.ru_maxrss,
    );
    crate::panic::write_stderr(&text);
}
