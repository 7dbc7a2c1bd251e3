//! Many integers.

use crate::next;

/// N numbers in no order, sorted.
pub(crate) fn sort(n: u64) -> u64 {
    let mut state = 1;
    let mut xs = Vec::new();
    for _ in 0..n {
        xs.push(next(&mut state));
    }
    xs.sort();
    let mut sum = 0;
    for (i, x) in xs.iter().enumerate() {
        sum += x * (i as i64 & 7);
    }
    sum as u64
}

/// N numbers through functions: a vector of them, made anew by each, and a range of them, one by one.
pub(crate) fn functions(n: u64) -> u64 {
    let n = n as i64;
    let xs: Vec<i64> = (0..n).collect();
    let tripled: Vec<i64> = xs.iter().map(|x| x * 3).collect();
    let even: Vec<i64> = tripled.into_iter().filter(|x| x % 2 == 0).collect();
    let strict = even.iter().fold(0, |sum, x| sum + x);
    let lazy: i64 = (0..n).map(|x| x * 5).filter(|x| x % 3 == 0).map(|x| x + 1).sum();
    (strict + lazy) as u64
}

/// The primes below N, by a sieve.
pub(crate) fn primes(n: u64) -> u64 {
    let n = n as usize;
    let mut composite = vec![false; n];
    let mut sum = 0;
    for i in 2..n {
        if composite[i] {
            continue;
        }
        sum += i;
        let mut multiple = i * i;
        while multiple < n {
            composite[multiple] = true;
            multiple += i;
        }
    }
    sum as u64
}
