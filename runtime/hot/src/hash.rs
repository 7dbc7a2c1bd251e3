//! Hashing for maps and sets: a folded multiplication per word, keyed with a seed that each process draws.
//!
//! `fold(a, b)` is the 128-bit product of two words with its halves xored, as in wyhash and foldhash: every bit of
//! the result depends on every bit of the operands. A value is hashed part by part; the state that one part leaves
//! is where the next begins, and the first begins with the seed. Who does not know the seed cannot choose keys that
//! collide; iteration is in order of insertion, so nobody sees the seed either.

use wyn_abi::Fiber;
use wyn_abi::check_hot_rows;
use wyn_abi::hash::sig;

wyn_abi::hash_rows!(check_hot_rows);

/// The constant operand of a step: odd, with its bits evenly spread (the golden ratio).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The xored halves of the product.
#[inline(always)]
pub fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_hash_word(value: u64, state: u64) -> u64 {
    fold(value ^ state, MULTIPLIER)
}

/// See the table.
///
/// # Safety
/// `fiber` runs on a worker.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_hash_seed(fiber: *mut Fiber) -> u64 {
    // SAFETY: the caller's promise; the seed never changes.
    unsafe { (*(*fiber).worker).hash_seed }
}
