//! Hashing of strings: two words a step, in the manner of wyhash.

use wyn_abi::check_slow_rows;
use wyn_abi::hash::sig;
use wyn_abi::object::StringObject;
use wyn_hot::hash::fold;

use super::string::bytes_of;

wyn_abi::hash_rows!(check_slow_rows);

/// Keep apart the two words of a step, and the last step from the others.
const FIRST: u64 = 0xa076_1d64_78bd_642f;
const SECOND: u64 = 0xe703_7ed1_a0b4_28db;

/// The state after these bytes.
pub(crate) fn hash_bytes(bytes: &[u8], state: u64) -> u64 {
    let mut state = state ^ FIRST;
    let mut steps = bytes.chunks_exact(16);
    for step in &mut steps {
        state = fold(word(step) ^ state, word(&step[8..]) ^ SECOND);
    }
    // Padded with zeroes; the length tells what was padded from what was there.
    let mut rest = [0; 16];
    rest[..steps.remainder().len()].copy_from_slice(steps.remainder());
    let last = fold(word(&rest) ^ state, word(&rest[8..]) ^ SECOND);
    fold(last ^ bytes.len() as u64, FIRST)
}

/// The first eight bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

/// See the table.
///
/// # Safety
/// `s` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_hash_string(s: *mut StringObject, state: u64) -> u64 {
    // SAFETY: the caller's promise.
    hash_bytes(unsafe { bytes_of(s) }, state)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::hash_bytes;

    /// Strings that differ in one byte, in length or in trailing zeroes have different hashes.
    #[test]
    fn near_strings_are_told_apart() {
        let mut seen = HashSet::new();
        for len in 0..100 {
            assert!(seen.insert(hash_bytes(&vec![0; len], 7)), "{len} zeroes");
            for at in 0..len {
                let mut bytes = vec![0; len];
                bytes[at] = 1;
                assert!(seen.insert(hash_bytes(&bytes, 7)), "a one at {at} of {len}");
            }
        }
    }

    #[test]
    fn the_state_matters() {
        assert_ne!(hash_bytes(b"key", 1), hash_bytes(b"key", 2));
    }
}
