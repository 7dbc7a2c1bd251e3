//! `peers VARIANT PROGRAM N`: one benchmark in one Rust variant. Prints a check value and the time of the work.
//!
//! All variants use as many threads as `BENCH_WORKERS` says.

mod on_tokio;
mod threads;

use std::time::Instant;

/// A benchmark: N in, check value out.
type Work = fn(u64) -> u64;

fn find(variant: &str, program: &str) -> Option<Work> {
    Some(match (variant, program) {
        ("tokio", "spawn_await") => on_tokio::spawn_await,
        ("tokio", "spawn_turn") => on_tokio::spawn_turn,
        ("tokio", "spawn_fib") => on_tokio::spawn_fib,
        ("tokio", "one_to_one") => on_tokio::one_to_one,
        ("tokio", "ping_pong") => on_tokio::ping_pong,
        ("tokio", "four_to_four") => on_tokio::four_to_four,
        ("tokio", "mutex_counter") => on_tokio::mutex_counter,
        ("rayon", "spawn_fib") => threads::rayon_fib,
        ("crossbeam", "one_to_one") => threads::one_to_one,
        ("crossbeam", "ping_pong") => threads::ping_pong,
        ("crossbeam", "four_to_four") => threads::four_to_four,
        _ => return None,
    })
}

/// What a small task does. Not inlined, as a real one would not be.
#[inline(never)]
fn task(n: u64) -> u64 {
    n & 7
}

/// Threads that the runtimes may use.
fn workers() -> usize {
    std::env::var("BENCH_WORKERS").ok().and_then(|n| n.parse().ok()).unwrap_or(2)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [variant, program, n] = &arguments[..] else { panic!("usage: peers VARIANT PROGRAM N") };
    let work = find(variant, program).expect("there is such a benchmark");
    let n = n.parse().expect("N is a number");
    // The runtimes start their threads before the clock does, as Wyn and Go have when `main` begins.
    on_tokio::prepare(variant);
    threads::prepare(variant);
    let start = Instant::now();
    let check = work(n);
    let took = start.elapsed();
    println!("check: {check}\ntime_ns: {}", took.as_nanos());
}
