//! What the benchmarks and the tests share.

pub mod generated;
