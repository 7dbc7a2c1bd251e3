//! Any bytes, and programs stirred: text to tree.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use wyn_tests::stages::{Until, diagnose};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    wyn_tests::watched::in_time(|| drop(diagnose(&text, Until::Parse)));
});

fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    wyn_fuzz::mutate(data, size, most, seed)
});
