//! How the fuzzer makes a new input of an old one: half of the time as programs are changed, half of the
//! time as bytes are.

use std::sync::OnceLock;

use wyn_tests::random::Random;
use wyn_tests::{corpus, soup};

/// Changes the first `size` bytes of `data` in place; gives the new size, at most `most`.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    static PROGRAMS: OnceLock<Vec<String>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(corpus::programs);
    let mut random = Random::new(u64::from(seed));
    if random.below(3) == 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    }
    let text = String::from_utf8_lossy(&data[..size]).into_owned();
    let other = random.choose(programs).map_or("", String::as_str);
    let stirred = soup::stir(&text, other, &mut random);
    let new = &stirred.as_bytes()[..stirred.len().min(most)];
    data[..new.len()].copy_from_slice(new);
    new.len()
}
