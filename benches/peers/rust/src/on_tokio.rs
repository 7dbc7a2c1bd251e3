//! On tokio's multi-threaded runtime. The work runs in a task, not in `block_on`, whose thread is not a worker.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use tokio::runtime::{Builder, Runtime};

use crate::{task, workers};

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

fn runtime() -> &'static Runtime {
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(workers()).build().unwrap())
}

/// Starts the runtime's threads.
pub fn prepare(variant: &str) {
    if variant == "tokio" {
        runtime().block_on(async { tokio::spawn(async {}).await.unwrap() });
    }
}

fn run(work: impl Future<Output = u64> + Send + 'static) -> u64 {
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

pub fn one_to_one(n: u64) -> u64 {
    run(async move {
        let (tx, mut rx) = tokio::sync::mpsc::channel(128);
        tokio::spawn(async move {
            for i in 0..n {
                tx.send(i).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Some(v) = rx.recv().await {
            sum += v;
        }
        sum
    })
}

/// tokio's own channels have no rendezvous; kanal's do.
pub fn ping_pong(n: u64) -> u64 {
    run(async move {
        let (ping, from_main) = kanal::bounded_async::<u64>(0);
        let (to_main, pong) = kanal::bounded_async::<u64>(0);
        tokio::spawn(async move {
            while let Ok(v) = from_main.recv().await {
                to_main.send(v + 1).await.unwrap();
            }
        });
        let mut sum = 0;
        for i in 0..n {
            ping.send(i).await.unwrap();
            sum += pong.recv().await.unwrap();
        }
        sum
    })
}

/// tokio's own channels have one consumer; kanal's have many.
pub fn four_to_four(n: u64) -> u64 {
    run(async move {
        let (tx, rx) = kanal::bounded_async::<u64>(128);
        for _ in 0..4 {
            let tx = tx.clone();
            tokio::spawn(async move {
                for i in 0..n / 4 {
                    tx.send(i).await.unwrap();
                }
            });
        }
        drop(tx);
        let consume = |_| {
            let rx = rx.clone();
            tokio::spawn(async move {
                let mut sum = 0;
                while let Ok(v) = rx.recv().await {
                    sum += v;
                }
                sum
            })
        };
        let consumers: Vec<_> = (0..4).map(consume).collect();
        let mut sum = 0;
        for consumer in consumers {
            sum += consumer.await.unwrap();
        }
        sum
    })
}

/// With tokio's own mutex, which parks tasks as Wyn's does.
pub fn mutex_counter(n: u64) -> u64 {
    run(async move {
        let total = Arc::new(tokio::sync::Mutex::new(0));
        let add = |_| {
            let total = total.clone();
            tokio::spawn(async move {
                for i in 0..n / 8 {
                    *total.lock().await += i & 7;
                }
            })
        };
        let adders: Vec<_> = (0..8).map(add).collect();
        for adder in adders {
            adder.await.unwrap();
        }
        let sum = *total.lock().await;
        sum
    })
}
