//! Vectors that are changed in place.

/// The most reversals of a prefix that bring one to the front, over all orders of 1 to N.
pub(crate) fn fannkuch(n: u64) -> u64 {
    let n = n as usize;
    let mut order: Vec<usize> = (0..n).collect();
    let mut counts = vec![0; n];
    let mut turned = vec![0; n];
    let (mut most, mut checksum, mut rest) = (0, 0, n);
    let mut number = 0;
    loop {
        while rest != 1 {
            counts[rest - 1] = rest;
            rest -= 1;
        }
        if order[0] != 0 {
            turned.copy_from_slice(&order);
            let mut flips = 0_i64;
            while turned[0] != 0 {
                let (mut low, mut high) = (0, turned[0]);
                while low < high {
                    turned.swap(low, high);
                    low += 1;
                    high -= 1;
                }
                flips += 1;
            }
            most = most.max(flips);
            checksum += if number & 1 == 0 { flips } else { -flips };
        }
        loop {
            if rest == n {
                return (checksum * 1000 + most) as u64;
            }
            let first = order[0];
            for i in 0..rest {
                order[i] = order[i + 1];
            }
            order[rest] = first;
            counts[rest] -= 1;
            if counts[rest] > 0 {
                break;
            }
            rest += 1;
        }
        number += 1;
    }
}

fn made(n: usize, seed: usize) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| ((i * seed + j) % 17) as f64).collect()).collect()
}

/// The product of two N × N matrices, each a vector of rows.
pub(crate) fn matrix(n: u64) -> u64 {
    let n = n as usize;
    let (a, b) = (made(n, 3), made(n, 5));
    let mut c = vec![vec![0.0; n]; n];
    for i in 0..n {
        for k in 0..n {
            for j in 0..n {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
    }
    let mut sum = 0.0;
    for i in 0..n {
        sum += c[i][(i * 7) % n];
    }
    sum as u64
}
