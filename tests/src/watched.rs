//! Runs the compiler's stages on many programs at once, with an eye on panics and on time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use wyn_base::Diagnostic;

use crate::stages::{self, Until};

/// The stages recurse over trees as deep as the program's, as in the driver.
pub const STACK: usize = 256 << 20;

/// A stage that takes this long on a test's program will not end.
const HANGS: Duration = Duration::from_secs(60);

/// How the stages ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What they said, or the message of the panic that ended them.
    pub found: Result<Vec<Diagnostic>, String>,
    /// The processor's time that they took: other programs on the machine do not count.
    pub time: Duration,
}

/// Runs the stages on one program. Panics are caught, and print nothing when [`quietly`] was called.
#[must_use]
pub fn run(text: &str, until: Until) -> Outcome {
    let before = processor_time();
    let found = catch_unwind(AssertUnwindSafe(|| stages::diagnose(text, until)));
    let time = processor_time().saturating_sub(before);
    let found = found.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
    });
    Outcome { found, time }
}

/// Longer than this no program that a person could write may take.
pub const LIMIT: Duration = Duration::from_secs(1);

/// Runs something that must take less than [`LIMIT`] of the processor's time.
///
/// # Panics
/// When it takes longer.
pub fn in_time(work: impl FnOnce()) {
    let before = processor_time();
    work();
    let time = processor_time().saturating_sub(before);
    assert!(time < LIMIT, "this takes {time:?}");
}

/// Makes panics of the stages print nothing: they are looked at as outcomes.
pub fn quietly() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// The time that this thread has run.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// Runs the stages on every program, on as many threads as there are processors; the outcomes are in
/// the order of the programs.
///
/// # Panics
/// When a program keeps the stages busy for a minute: it names the program.
#[must_use]
pub fn run_all(programs: &[&str], until: Until) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; programs.len()]);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let (done, finished) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let done = done.clone();
            let (next, outcomes) = (&next, &outcomes);
            let work = move || {
                loop {
                    // ORDER: Relaxed, each number is taken once; the outcomes are behind the mutex.
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(text) = programs.get(at) else { return };
                    let outcome = run(text, until);
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(outcome);
                    let _ = done.send(());
                }
            };
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread starts");
        }
        drop(done);
        let mut last = Instant::now();
        loop {
            match finished.recv_timeout(Duration::from_secs(1)) {
                Ok(()) => last = Instant::now(),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) if last.elapsed() < HANGS => {}
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let outcomes = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    let hanging = outcomes.iter().position(Option::is_none).unwrap_or(0);
                    eprintln!("the stages do not end on this program:\n{}", programs[hanging]);
                    std::process::exit(1);
                }
            }
        }
    });
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.into_iter().map(|outcome| outcome.expect("every program was run")).collect()
}
