//! What bodies that are made inside of another are called: by the name of that one, one of these words, and a number.

/// A closure.
pub const CLOSURE: &str = "closure";
/// A block that is spawned.
pub const BLOCK: &str = "block";
/// A call of a function value that is spawned.
pub const CALL: &str = "call";
/// All of them.
pub const WORDS: [&str; 3] = [CLOSURE, BLOCK, CALL];
