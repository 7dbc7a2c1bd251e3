//! Programs without tasks, as one would write them in safe Rust. The work is done by functions that are not generic, so
//! this crate's profile holds for it: arithmetic is checked for overflow.

mod arrays;
mod floats;
mod numbers;
mod texts;
mod trees;

/// The benchmark of this name.
pub fn find(program: &str) -> Option<fn(u64) -> u64> {
    Some(match program {
        "serial_sort" => numbers::sort,
        "serial_functions" => numbers::functions,
        "serial_primes" => numbers::primes,
        "serial_strings" => texts::strings,
        "serial_words" => texts::words,
        "serial_trees" => trees::trees,
        "serial_heap" => trees::heap,
        "serial_fannkuch" => arrays::fannkuch,
        "serial_matrix" => arrays::matrix,
        "serial_nbody" => floats::nbody,
        "serial_spectral" => floats::spectral,
        "serial_mandelbrot" => floats::mandelbrot,
        _ => return None,
    })
}

/// The next of a fixed sequence of numbers below 2^30.
fn next(state: &mut i64) -> i64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) & 0x3fff_ffff
}
