//! On rayon, and on threads of the system with crossbeam's channels.

use std::thread;

use crossbeam_channel::{bounded, never, select};

use crate::{argument, workers};

/// Starts rayon's threads.
pub fn prepare(variant: &str) {
    if variant == "rayon" {
        rayon::ThreadPoolBuilder::new().num_threads(workers()).build_global().unwrap();
    }
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (left, right) = rayon::join(|| fib(n - 1), || fib(n - 2));
    left + right
}

pub fn rayon_fib(n: u64) -> u64 {
    rayon::scope(|_| fib(n))
}

pub fn one_task(n: u64) -> u64 {
    let (tx, rx) = bounded(128);
    let mut sum = 0;
    for i in 0..n {
        tx.send(i).unwrap();
        sum += rx.recv().unwrap();
    }
    sum
}

pub fn one_to_one(n: u64) -> u64 {
    let (tx, rx) = bounded(argument(1) as usize);
    thread::spawn(move || (0..n).for_each(|i| tx.send(i).unwrap()));
    rx.into_iter().sum()
}

pub fn ping_pong(n: u64) -> u64 {
    let (ping, from_main) = bounded::<u64>(0);
    let (to_main, pong) = bounded::<u64>(0);
    thread::spawn(move || from_main.into_iter().for_each(|v| to_main.send(v + 1).unwrap()));
    let mut sum = 0;
    for i in 0..n {
        ping.send(i).unwrap();
        sum += pong.recv().unwrap();
    }
    sum
}

pub fn many_to_many(n: u64) -> u64 {
    let (senders, receivers) = (argument(1), argument(2));
    let (tx, rx) = bounded(128);
    for _ in 0..senders {
        let tx = tx.clone();
        thread::spawn(move || (0..n / senders).for_each(|i| tx.send(i).unwrap()));
    }
    drop(tx);
    let consumers: Vec<_> = (0..receivers)
        .map(|_| {
            let rx = rx.clone();
            thread::spawn(move || rx.into_iter().sum::<u64>())
        })
        .collect();
    consumers.into_iter().map(|c| c.join().unwrap()).sum()
}

pub fn select_four(n: u64) -> u64 {
    let source = || {
        let (tx, rx) = bounded(16);
        thread::spawn(move || (0..n / 4).for_each(|i| tx.send(i).unwrap()));
        rx
    };
    let mut sources = [source(), source(), source(), source()];
    let mut sum = 0;
    let mut open = 4;
    while open > 0 {
        let [a, b, c, d] = &sources;
        let (at, message) = select! {
            recv(a) -> v => (0, v),
            recv(b) -> v => (1, v),
            recv(c) -> v => (2, v),
            recv(d) -> v => (3, v),
        };
        match message {
            Ok(v) => sum += v,
            Err(_) => {
                sources[at] = never();
                open -= 1;
            }
        }
    }
    sum
}
