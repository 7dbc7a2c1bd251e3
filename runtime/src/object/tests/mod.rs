//! Tests of objects, by area. Each test has a program of its own ([`Bench`](super::testing::Bench)), whose objects
//! it counts at the end.

mod arrays;
mod formats;
mod memory;
mod strings;
mod walks;

/// A generator of numbers for tests that try many cases: xorshift, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
