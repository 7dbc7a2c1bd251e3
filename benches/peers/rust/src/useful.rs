//! Tasks that are work of so many cycles, in trees and all from one, and `fib` on chili: how much of the time is work.

use std::hint::black_box;
use std::num::NonZero;
use std::pin::Pin;
use std::time::Instant;

use crate::{argument, on_tokio, workers};

/// Five multiplications a step, one a cycle, which is what a processor can do: leaves that overlap gain nothing.
#[inline(never)]
fn work(n: i64, steps: i64) -> i64 {
    let mut chains = [n, n + 1, n + 2, n + 3, n + 4];
    for _ in 0..steps {
        for x in &mut chains {
            *x = (*x ^ *x >> 7).wrapping_mul(2654435761);
        }
    }
    chains.iter().fold(0, |sum, x| sum ^ x) & 1023
}

/// The serial form of the work: its sum, and its time in nanoseconds.
pub fn serial(n: u64) -> (u64, u64) {
    let (n, steps) = (n as i64, steps());
    let start = Instant::now();
    let sum: i64 = (0..n).map(|i| work(i, steps)).sum();
    (sum as u64, start.elapsed().as_nanos() as u64)
}

fn steps() -> i64 {
    argument(1) as i64 / 5
}

fn join_tree(first: i64, leaves: i64, steps: i64) -> i64 {
    if leaves == 1 {
        return work(first, steps);
    }
    let half = leaves / 2;
    let (left, right) =
        rayon::join(|| join_tree(first, half, steps), || join_tree(first + half, leaves - half, steps));
    left + right
}

pub fn on_rayon(n: u64) -> u64 {
    let steps = steps();
    rayon::scope(|_| join_tree(0, n as i64, steps)) as u64
}

fn chili_tree(scope: &mut chili::Scope<'_>, first: i64, leaves: i64, steps: i64) -> i64 {
    if leaves == 1 {
        return work(first, steps);
    }
    let half = leaves / 2;
    let (left, right) = scope.join(
        |scope| chili_tree(scope, first, half, steps),
        |scope| chili_tree(scope, first + half, leaves - half, steps),
    );
    left + right
}

fn chili_fib(scope: &mut chili::Scope<'_>, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (left, right) = scope.join(|scope| chili_fib(scope, n - 1), |scope| chili_fib(scope, n - 2));
    left + right
}

static CHILI: std::sync::OnceLock<chili::ThreadPool> = std::sync::OnceLock::new();

/// Starts chili's threads; the calling thread counts as one of them.
pub fn prepare(variant: &str) {
    if variant == "chili" {
        CHILI.get_or_init(|| {
            let thread_count = NonZero::new(workers());
            chili::ThreadPool::with_config(chili::Config { thread_count, ..Default::default() })
        });
    }
}

fn chili_scope() -> chili::Scope<'static> {
    CHILI.get().expect("chili's threads run").scope()
}

pub fn on_chili(n: u64) -> u64 {
    chili_tree(&mut chili_scope(), 0, n as i64, steps()) as u64
}

pub fn fib_on_chili(n: u64) -> u64 {
    chili_fib(&mut chili_scope(), n)
}

/// A branch that is not spawned is boxed: an `async fn` cannot contain itself.
fn async_tree(first: i64, leaves: i64, steps: i64) -> Pin<Box<dyn Future<Output = i64> + Send>> {
    Box::pin(async move {
        if leaves == 1 {
            return work(first, steps);
        }
        let half = leaves / 2;
        let left = tokio::spawn(async_tree(first, half, steps));
        let right = async_tree(first + half, leaves - half, steps).await;
        left.await.unwrap() + right
    })
}

pub fn on_tokio(n: u64) -> u64 {
    let steps = steps();
    on_tokio::run(async move { async_tree(0, n as i64, steps).await as u64 })
}

/// N tasks spawned by one, then awaited in order.
pub fn flat_on_tokio(n: u64) -> u64 {
    let steps = steps();
    on_tokio::run(async move {
        let handles: Vec<_> = (0..n as i64).map(|i| tokio::spawn(async move { work(i, steps) })).collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum as u64
    })
}

/// The serial form of [`fib_on_chili`] and its like.
pub fn serial_fib(n: u64) -> (u64, u64) {
    #[inline(never)]
    fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }
    let start = Instant::now();
    let sum = fib(black_box(n));
    (sum, start.elapsed().as_nanos() as u64)
}
