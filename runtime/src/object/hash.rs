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
    // The length tells what was padded from what was there.
    let (first, second) = padded(steps.remainder());
    let last = fold(first ^ state, second ^ SECOND);
    fold(last ^ bytes.len() as u64, FIRST)
}

/// The first eight bytes.
fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, u64::from_le_bytes)
}

/// The two words of less than 16 bytes, padded with zeroes: read in two parts, which overlap where both have a byte.
fn padded(bytes: &[u8]) -> (u64, u64) {
    let len = bytes.len();
    match *bytes {
        [] => (0, 0),
        [first, .., last] if len < 4 => {
            let (middle, at) = (u64::from(bytes[len / 2]), 8 * (len / 2));
            (u64::from(first) | middle << at | u64::from(last) << (8 * (len - 1)), 0)
        }
        [only] => (u64::from(only), 0),
        _ if len < 8 => (half(bytes) | half(&bytes[len - 4..]) << (8 * (len - 4)), 0),
        // What the second word has of the first one is pushed out.
        _ => (word(bytes), word(&bytes[len - 8..]).checked_shr(8 * (16 - len) as u32).unwrap_or(0)),
    }
}

/// The first four bytes.
fn half(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, |half| u64::from(u32::from_le_bytes(half)))
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

    use super::{hash_bytes, padded, word};

    #[test]
    fn rests_are_padded_with_zeroes() {
        let bytes: Vec<u8> = (1..16).map(|byte| byte * 17).collect();
        for len in 0..16 {
            let mut rest = [0; 16];
            rest[..len].copy_from_slice(&bytes[..len]);
            assert_eq!(padded(&bytes[..len]), (word(&rest), word(&rest[8..])), "{len} bytes");
        }
    }

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
