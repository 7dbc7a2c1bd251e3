//! Channels on tokio: its own where it has them, else kanal's, which have rendezvous and several receivers.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kanal::{AsyncReceiver, AsyncSender, bounded_async};
use tokio::sync::mpsc;

use crate::argument;
use crate::on_tokio::run;

pub fn one_to_one(n: u64) -> u64 {
    let capacity = argument(1) as usize;
    run(async move {
        let (tx, mut rx) = mpsc::channel(capacity);
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

pub fn ping_pong(n: u64) -> u64 {
    run(async move {
        let (ping, from_main) = bounded_async::<u64>(0);
        let (to_main, pong) = bounded_async::<u64>(0);
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

/// Round trips over channels of 1, each answer awaited for a second at most.
pub fn deadlines_select(n: u64) -> u64 {
    run(async move {
        let (ping, mut from_main) = mpsc::channel(1);
        let (to_main, mut pong) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(v) = from_main.recv().await {
                let v: u64 = v;
                to_main.send(v + 1).await.unwrap();
            }
        });
        let mut sum = 0;
        for i in 0..n {
            ping.send(i).await.unwrap();
            tokio::select! {
                v = pong.recv() => sum += v.unwrap(),
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => panic!("too late"),
            }
        }
        sum
    })
}

pub fn one_task(n: u64) -> u64 {
    run(async move {
        let (tx, mut rx) = mpsc::channel(128);
        let mut sum = 0;
        for i in 0..n {
            tx.send(i).await.unwrap();
            sum += rx.recv().await.unwrap();
        }
        sum
    })
}

async fn produce(tx: AsyncSender<u64>, n: u64) {
    for i in 0..n {
        tx.send(i).await.unwrap();
    }
}

async fn consume(rx: AsyncReceiver<u64>) -> u64 {
    let mut sum = 0;
    while let Ok(v) = rx.recv().await {
        sum += v;
    }
    sum
}

pub fn many_to_many(n: u64) -> u64 {
    let (senders, receivers) = (argument(1), argument(2));
    run(async move {
        let (tx, rx) = bounded_async(128);
        for _ in 0..senders {
            tokio::spawn(produce(tx.clone(), n / senders));
        }
        drop(tx);
        let consumers: Vec<_> = (0..receivers).map(|_| tokio::spawn(consume(rx.clone()))).collect();
        let mut sum = 0;
        for consumer in consumers {
            sum += consumer.await.unwrap();
        }
        sum
    })
}

pub fn select_four(n: u64) -> u64 {
    run(async move {
        let source = || {
            let (tx, rx) = mpsc::channel(16);
            tokio::spawn(async move {
                for i in 0..n / 4 {
                    tx.send(i).await.unwrap();
                }
            });
            rx
        };
        let (mut a, mut b, mut c, mut d) = (source(), source(), source(), source());
        let mut sum = 0;
        loop {
            sum += tokio::select! {
                Some(v) = a.recv() => v,
                Some(v) = b.recv() => v,
                Some(v) = c.recv() => v,
                Some(v) = d.recv() => v,
                else => break sum,
            };
        }
    })
}

pub fn ring(n: u64) -> u64 {
    run(async move {
        let (entry, mut exit) = bounded_async::<u64>(0);
        for _ in 1..1000 {
            let (tx, next) = bounded_async(0);
            let rx = std::mem::replace(&mut exit, next);
            tokio::spawn(async move {
                while let Ok(hops) = rx.recv().await {
                    tx.send(hops + 1).await.unwrap();
                }
            });
        }
        let mut sum = 0;
        while sum < n {
            entry.send(sum + 1).await.unwrap();
            sum = exit.recv().await.unwrap();
        }
        sum
    })
}

pub fn blocked(n: u64) -> u64 {
    run(async move {
        let (tx, rx) = bounded_async::<u64>(0);
        let begun = Arc::new(AtomicU64::new(0));
        let waits = || {
            let (rx, begun) = (rx.clone(), begun.clone());
            tokio::spawn(async move {
                begun.fetch_add(1, Ordering::Relaxed);
                rx.recv().await.unwrap()
            })
        };
        let handles: Vec<_> = (0..n).map(|_| waits()).collect();
        while begun.load(Ordering::Relaxed) < n {
            tokio::task::yield_now().await;
        }
        for i in 0..n {
            tx.send(i).await.unwrap();
        }
        let mut sum = 0;
        for handle in handles {
            sum += handle.await.unwrap();
        }
        sum
    })
}

pub fn sieve(n: u64) -> u64 {
    run(async move {
        let (tx, mut rx) = bounded_async::<u64>(0);
        tokio::spawn(async move {
            for i in 2..n {
                tx.send(i).await.unwrap();
            }
        });
        let mut sum = 0;
        while let Ok(prime) = rx.recv().await {
            sum += prime;
            let (tx, next) = bounded_async(0);
            let rx = std::mem::replace(&mut rx, next);
            tokio::spawn(async move {
                while let Ok(i) = rx.recv().await {
                    if i % prime != 0 {
                        tx.send(i).await.unwrap();
                    }
                }
            });
        }
        sum
    })
}

/// A node of the tree. Boxed: an `async fn` cannot contain itself.
fn node(tx: AsyncSender<u64>, first: u64, size: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if size == 1 {
            return tx.send(first).await.unwrap();
        }
        let (child, sums) = bounded_async(0);
        for i in 0..10 {
            tokio::spawn(node(child.clone(), first + i * (size / 10), size / 10));
        }
        let mut sum = 0;
        for _ in 0..10 {
            sum += sums.recv().await.unwrap();
        }
        tx.send(sum).await.unwrap();
    })
}

pub fn skynet(n: u64) -> u64 {
    run(async move {
        let (tx, rx) = bounded_async(0);
        tokio::spawn(node(tx, 0, n));
        rx.recv().await.unwrap()
    })
}

pub fn pressure(n: u64) -> u64 {
    const CHANNELS: u64 = 100;
    const EACH: u64 = 25;
    run(async move {
        let mut consumers = Vec::new();
        for _ in 0..CHANNELS {
            let (tx, rx) = bounded_async(4);
            for _ in 0..EACH {
                consumers.push(tokio::spawn(consume(rx.clone())));
                tokio::spawn(produce(tx.clone(), n / (CHANNELS * EACH)));
            }
        }
        let mut sum = 0;
        for consumer in consumers {
            sum += consumer.await.unwrap();
        }
        sum
    })
}
