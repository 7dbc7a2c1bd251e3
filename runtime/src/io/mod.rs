//! Input and output, files, the process and its clocks.
//!
//! * [`stdout`]: buffered output, shared by all workers, in whole lines;
//! * [`stdin`]: buffered input, shared by all tasks;
//! * [`blocking`]: calls that may wait for the outside world, on threads of their own, while the task is parked;
//! * [`cancellable`]: such calls that their task may leave; [`files`]: reading and writing in steps, for them;
//! * [`fs`], [`process`], [`math`]: files; arguments, environment, exit, clocks; functions of floats.

pub mod blocking;
pub mod cancellable;
mod files;
pub mod fs;
mod held;
mod line;
pub mod math;
pub mod process;
mod shared;
pub mod stdin;
pub mod stdout;

pub use process::{end_with_message, start};
pub use stdout::flush;

use wyn_abi::Fiber;
use wyn_abi::object::StringPair;

use crate::object::string::new_string;

/// The string is the result.
const DONE: i64 = 0;
/// The string is the message of an error.
const FAILED: i64 = 1;
/// There is no result.
const NOTHING: i64 = 2;

/// A status with a new string.
unsafe fn pair(fiber: *mut Fiber, status: i64, text: &str) -> StringPair {
    // SAFETY: the caller's promise: the running fiber.
    StringPair { status, value: unsafe { new_string(fiber, text) } }
}

/// What people call an error of the operating system, without its number.
fn describe(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

mod rows {
    //! Proves that the functions of this area have the signatures of their rows.

    use wyn_abi::check_slow_rows;
    use wyn_abi::io::sig;

    use super::fs::*;
    use super::math::*;
    use super::process::*;
    use super::stdin::*;
    use super::stdout::*;

    wyn_abi::io_rows!(check_slow_rows);
}
