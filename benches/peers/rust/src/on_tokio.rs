//! Tasks on tokio's multi-threaded runtime. The work runs in a task, not in `block_on`, whose thread is not a worker.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::{TOLD, argument, task, workers};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

fn runtime() -> &'static Runtime {
    RUNTIME
        .get_or_init(|| Builder::new_multi_thread().worker_threads(workers()).enable_time().build().unwrap())
}

/// Starts the runtime's threads.
pub fn prepare(variant: &str) {
    if variant == "tokio" {
        runtime().block_on(async { tokio::spawn(async {}).await.unwrap() });
    }
}

/// Runs the work in a task of the runtime.
pub fn run(work: impl Future<Output = u64> + Send + 'static) -> u64 {
    let runtime = runtime();
    runtime.block_on(runtime.spawn(work)).unwrap()
}

pub fn spawn_await(n: u64) -> u64 {
    run(async move {
        let handles: Vec<_> = (0..n).map(|i| tokio::spawn(async move { task(i) })).collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

pub fn spawn_turn(n: u64) -> u64 {
    run(async move {
        let mut sum = 0;
        for i in 0..n {
            sum += tokio::spawn(async move { task(i) }).await.unwrap();
        }
        sum
    })
}

/// Tasks that sleep, each until a moment of its own within the same second; tells how late the 99th of a hundred was.
pub fn sleepers(n: u64) -> u64 {
    const AHEAD: u64 = 500_000_000;
    const SPREAD: u64 = 1_000_000_000;
    run(async move {
        let start = Instant::now();
        let sleeper = |i: u64| async move {
            let at = Duration::from_nanos(AHEAD + i * 2_654_435_761 % SPREAD);
            tokio::time::sleep_until((start + at).into()).await;
            start.elapsed().saturating_sub(at).as_nanos() as u64
        };
        let handles: Vec<_> = (0..n).map(|i| tokio::spawn(sleeper(i))).collect();
        let mut late = Vec::new();
        for handle in handles {
            late.push(handle.await.unwrap());
        }
        late.sort_unstable();
        TOLD.store(late[n as usize * 99 / 100], Ordering::Relaxed);
        late.len() as u64
    })
}

/// A quick operation with a time limit that is not reached. As the operation does not wait, tokio sets no timer.
pub fn deadlines(n: u64) -> u64 {
    run(async move {
        let mut sum = 0;
        for i in 0..n {
            sum += tokio::time::timeout(Duration::from_secs(1), async move { task(i) }).await.unwrap();
        }
        sum
    })
}

/// Tasks of a set that is joined; results come in the order in which they are ready.
pub fn nursery_await(n: u64) -> u64 {
    run(async move {
        let mut tasks = tokio::task::JoinSet::new();
        for i in 0..n {
            tasks.spawn(async move { task(i) });
        }
        let mut sum = 0;
        while let Some(result) = tasks.join_next().await {
            sum += result.unwrap();
        }
        sum
    })
}

/// A branch that is not spawned is boxed: an `async fn` cannot contain itself.
fn fib(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if n < 2 {
            return n;
        }
        let left = tokio::spawn(fib(n - 1));
        let right = fib(n - 2).await;
        left.await.unwrap() + right
    })
}

pub fn spawn_fib(n: u64) -> u64 {
    run(fib(n))
}

/// With tokio's own mutex, which parks tasks as Wyn's does.
pub fn mutex_counter(n: u64) -> u64 {
    let tasks = argument(1);
    run(async move {
        let total = Arc::new(tokio::sync::Mutex::new(0));
        let add = |_| {
            let total = total.clone();
            tokio::spawn(async move {
                for i in 0..n / tasks {
                    *total.lock().await += i & 7;
                }
            })
        };
        let adders: Vec<_> = (0..tasks).map(add).collect();
        for adder in adders {
            adder.await.unwrap();
        }
        let sum = *total.lock().await;
        sum
    })
}
