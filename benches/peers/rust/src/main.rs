//! `peers VARIANT PROGRAM N ...`: one benchmark in one Rust variant. Prints a check value and the time of the work.
//!
//! All variants use as many threads as `BENCH_WORKERS` says.

mod on_rayon;
mod on_tokio;
mod on_tokio_channels;
mod threads;
mod useful;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A benchmark: N in, check value out.
type Work = fn(u64) -> u64;

fn find(variant: &str, program: &str) -> Option<Work> {
    Some(match (variant, program) {
        ("tokio", "spawn_await") => on_tokio::spawn_await,
        ("tokio", "spawn_turn") => on_tokio::spawn_turn,
        ("tokio", "spawn_fib") => on_tokio::spawn_fib,
        ("tokio", "mutex_counter") => on_tokio::mutex_counter,
        ("tokio", "sleepers") => on_tokio::sleepers,
        ("tokio", "deadlines") => on_tokio::deadlines,
        ("tokio", "deadlines_select") => on_tokio_channels::deadlines_select,
        ("tokio", "nursery_await") => on_tokio::nursery_await,
        ("tokio", "one_task") => on_tokio_channels::one_task,
        ("tokio", "one_to_one") => on_tokio_channels::one_to_one,
        ("tokio", "ping_pong") => on_tokio_channels::ping_pong,
        ("tokio", "many_to_many") => on_tokio_channels::many_to_many,
        ("tokio", "select_four") => on_tokio_channels::select_four,
        ("tokio", "ring") => on_tokio_channels::ring,
        ("tokio", "blocked") => on_tokio_channels::blocked,
        ("tokio", "sieve") => on_tokio_channels::sieve,
        ("tokio", "skynet") => on_tokio_channels::skynet,
        ("tokio", "pressure") => on_tokio_channels::pressure,
        ("rayon", "spawn_fib") => threads::rayon_fib,
        ("rayon", "useful") => useful::on_rayon,
        ("chili", "useful") => useful::on_chili,
        ("tokio", "useful") => useful::on_tokio,
        ("tokio", "useful_flat") => useful::flat_on_tokio,
        ("chili", "spawn_fib") => useful::fib_on_chili,
        ("rayon", "par_map") => on_rayon::par_map,
        ("rayon", "par_light") => on_rayon::par_light,
        ("crossbeam", "one_task") => threads::one_task,
        ("crossbeam", "one_to_one") => threads::one_to_one,
        ("crossbeam", "ping_pong") => threads::ping_pong,
        ("crossbeam", "many_to_many") => threads::many_to_many,
        ("crossbeam", "select_four") => threads::select_four,
        ("rust", _) => return wyn_bench_serial::find(program),
        _ => return None,
    })
}

/// What a benchmark tells instead of the time that it took, in nanoseconds; none at 0.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// What a small task does. Not inlined, as a real one would not be.
#[inline(never)]
fn task(n: u64) -> u64 {
    n & 7
}

/// Threads that the runtimes may use.
fn workers() -> usize {
    std::env::var("BENCH_WORKERS").ok().and_then(|n| n.parse().ok()).unwrap_or(2)
}

/// The number at this place after the program's name: N at 0, what else the row gives after it.
fn argument(at: usize) -> u64 {
    let text = std::env::args().nth(at + 3).expect("usage: peers VARIANT PROGRAM N ...");
    text.parse().expect("arguments after the program's name are numbers")
}

/// The same, or what holds without it.
fn argument_or(at: usize, default: u64) -> u64 {
    if std::env::args().len() > at + 3 { argument(at) } else { default }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [variant, program, ..] = &arguments[..] else { panic!("usage: peers VARIANT PROGRAM N ...") };
    let work = find(variant, program).expect("there is such a benchmark");
    let n = argument(0);
    // The runtimes start their threads before the clock does, as Wyn and Go have when `main` begins.
    on_tokio::prepare(variant);
    threads::prepare(variant);
    on_rayon::prepare(program, n);
    useful::prepare(variant);
    let serial = match program.as_str() {
        "useful" | "useful_flat" => Some(useful::serial(n)),
        "spawn_fib" => Some(useful::serial_fib(n)),
        _ => None,
    };
    // More rounds of the same work before the clock starts: what they left behind is warm.
    if program == "spawn_await" {
        for _ in 0..argument_or(1, 0) {
            work(n);
        }
    }
    let start = Instant::now();
    let check = work(n);
    let took = start.elapsed().as_nanos() as u64;
    let told = TOLD.load(Ordering::Relaxed);
    let time = if told == 0 { took } else { told };
    match serial {
        Some((sum, nanos)) => {
            println!("check: {}, {check}\ntime_ns: {time}\nserial_ns: {nanos}", check.wrapping_sub(sum));
        }
        None => println!("check: {check}\ntime_ns: {time}"),
    }
}
