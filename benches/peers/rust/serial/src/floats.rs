//! Arithmetic of floats.

struct Body {
    x: f64,
    y: f64,
    z: f64,
    vx: f64,
    vy: f64,
    vz: f64,
    mass: f64,
}

fn body([x, y, z, vx, vy, vz, mass]: [f64; 7]) -> Body {
    Body { x, y, z, vx, vy, vz, mass }
}

fn advance(bodies: &mut [Body], dt: f64) {
    let count = bodies.len();
    for i in 0..count {
        for j in i + 1..count {
            let dx = bodies[i].x - bodies[j].x;
            let dy = bodies[i].y - bodies[j].y;
            let dz = bodies[i].z - bodies[j].z;
            let squared = dx * dx + dy * dy + dz * dz;
            let pull = dt / (squared * squared.sqrt());
            let (mine, other) = (bodies[i].mass * pull, bodies[j].mass * pull);
            bodies[i].vx -= dx * other;
            bodies[i].vy -= dy * other;
            bodies[i].vz -= dz * other;
            bodies[j].vx += dx * mine;
            bodies[j].vy += dy * mine;
            bodies[j].vz += dz * mine;
        }
    }
    for b in bodies {
        b.x += dt * b.vx;
        b.y += dt * b.vy;
        b.z += dt * b.vz;
    }
}

/// Five bodies attract each other, N steps.
pub(crate) fn nbody(n: u64) -> u64 {
    let mut bodies = vec![
        body([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47]),
        body([4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.037]),
        body([8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011]),
        body([12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017]),
        body([15.37, -25.9, 0.17, 0.97, 0.59, -0.034, 0.002]),
    ];
    for _ in 0..n {
        advance(&mut bodies, 0.001);
    }
    let mut sum = 0.0;
    for b in &bodies {
        sum += b.x + b.y + b.z;
    }
    (sum * 1_000_000.0) as u64
}

fn element(i: usize, j: usize) -> f64 {
    1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) as f64
}

fn times(v: &[f64]) -> Vec<f64> {
    let n = v.len();
    let row = |i| (0..n).fold(0.0, |sum, j| sum + element(i, j) * v[j]);
    (0..n).map(row).collect()
}

fn times_transposed(v: &[f64]) -> Vec<f64> {
    let n = v.len();
    let row = |i| (0..n).fold(0.0, |sum, j| sum + element(j, i) * v[j]);
    (0..n).map(row).collect()
}

/// The spectral norm of an infinite matrix, from its first N rows and columns.
pub(crate) fn spectral(n: u64) -> u64 {
    let n = n as usize;
    let mut u = vec![1.0; n];
    let mut v = Vec::new();
    for _ in 0..10 {
        v = times_transposed(&times(&u));
        u = times_transposed(&times(&v));
    }
    let (mut vbv, mut vv) = (0.0, 0.0);
    for i in 0..n {
        vbv += u[i] * v[i];
        vv += v[i] * v[i];
    }
    ((vbv / vv).sqrt() * 1_000_000_000.0) as u64
}

fn stays(cx: f64, cy: f64) -> bool {
    let (mut x, mut y) = (0.0, 0.0);
    for _ in 0..100 {
        let (xx, yy) = (x * x, y * y);
        if xx + yy > 4.0 {
            return false;
        }
        y = 2.0 * x * y + cy;
        x = xx - yy + cx;
    }
    true
}

/// How many of N × N points lie in the Mandelbrot set, as far as a hundred steps can tell.
pub(crate) fn mandelbrot(n: u64) -> u64 {
    let side = n as f64;
    let mut count = 0;
    for row in 0..n {
        for column in 0..n {
            if stays(3.0 * column as f64 / side - 2.0, 2.0 * row as f64 / side - 1.0) {
                count += 1;
            }
        }
    }
    count
}
