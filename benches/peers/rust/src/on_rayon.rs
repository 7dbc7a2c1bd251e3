//! On rayon: loops that are split among threads.

use rayon::prelude::*;

fn steps(n: u64) -> u64 {
    let (mut at, mut count) = (n, 0);
    while at != 1 {
        // Checked, as in the Wyn program: what overflows is a panic in both.
        let next = || at.checked_mul(3)?.checked_add(1);
        at = if at & 1 == 0 { at >> 1 } else { next().expect("a number that fits") };
        count += 1;
    }
    count
}

/// The lengths of the Collatz sequences of 1 to N, in a vector, and their sum.
pub fn par_map(n: u64) -> u64 {
    let lengths: Vec<u64> = (1..n + 1).into_par_iter().map(steps).collect();
    lengths.par_iter().sum()
}

/// The numbers of [`par_light`], made before the clock starts.
static NUMBERS: std::sync::OnceLock<Vec<u64>> = std::sync::OnceLock::new();

/// Makes what the clock is not to see.
pub fn prepare(program: &str, n: u64) {
    if program == "par_light" {
        NUMBERS.get_or_init(|| (0..n).collect());
    }
}

/// N numbers, a multiplication each, in a vector; then their sum.
pub fn par_light(n: u64) -> u64 {
    let numbers = NUMBERS.get_or_init(|| (0..n).collect());
    let scaled: Vec<u64> = numbers.par_iter().map(|x| x.wrapping_mul(2654435761) & 1023).collect();
    scaled.par_iter().sum()
}
