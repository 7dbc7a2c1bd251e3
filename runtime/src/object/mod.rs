//! Objects: memory, the end of objects, marking, arrays and strings. The fast halves are in `wyn_hot`.
//!
//! * [`heap`]: blocks of memory, by size class, from a worker's lists, a central list, or the system;
//! * [`release`]: slow ends of the count operations, and how an object dies;
//! * [`walk`]: marking (invariant M), its check, and making constants immortal;
//! * [`cell`], [`array`], [`string`], [`search`], [`text`], [`format`]: operations of values;
//! * [`message`]: panic messages made of values;
//! * [`live`]: how many objects there are.
//!
//! Everything here runs on the fiber's stack, inside the slack below its limit: no recursion, no big frames. The
//! deepest stay below 4 KB (a float written to many digits) and 1.6 KB (reading one), the others below 0.8 KB.

pub mod array;
pub mod cell;
pub mod format;
pub mod hash;
pub mod heap;
pub mod live;
pub mod message;
pub mod release;
mod search;
pub mod string;
pub mod text;
pub mod walk;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

mod rows {
    //! Proves that the functions of this area have the signatures of their rows.

    use wyn_abi::object::sig;

    use super::array::*;
    use super::cell::*;
    use super::heap::*;
    use super::release::*;
    use super::walk::*;
    use wyn_abi::check_slow_rows;

    wyn_abi::object_rows!(check_slow_rows);
}
