//! Hashing: rows. What they compute may differ from process to process, but not within one.

use crate::fiber::Fiber;
use crate::object::StringObject;

/// The rows of hashing; the argument is the macro that receives them. A state is the hash of what came before.
#[macro_export]
macro_rules! hash_rows {
    ($callback:ident) => {
        $callback! {
            /// The state in which a hash begins; the same in the whole process.
            hot fn wyn_hash_seed(fiber: *mut Fiber) -> u64 [];
            /// The state after a word.
            hot fn wyn_hash_word(value: u64, state: u64) -> u64 [];
            /// The state after a string.
            slow fn wyn_hash_string(s: *mut StringObject, state: u64) -> u64 [];
        }
    };
}

hash_rows!(declare_rows);
