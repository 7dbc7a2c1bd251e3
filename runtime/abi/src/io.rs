//! Input, output, the process, clocks and floats: rows.
//!
//! Functions that wait for the outside world do so off the fiber's stack, and let other tasks run
//! meanwhile. `at` is where, for reports.

use crate::fiber::Fiber;
use crate::object::{ArrayObject, StringObject, StringPair};
use crate::program::Location;

/// The rows of IO, the process and floats; the argument is the macro that receives them.
///
/// The status of a [`StringPair`] is 0 when the string is the result, and 1 when it is the message of an
/// error, unless the row says otherwise.
#[macro_export]
macro_rules! io_rows {
    ($callback:ident) => { $callback! {
        /// Writes a line to stdout: the string and a newline, in one piece.
        slow fn wyn_print(fiber: *mut Fiber, line: *mut StringObject) [];
        /// Writes a line to stderr, in one piece.
        slow fn wyn_eprint(fiber: *mut Fiber, line: *mut StringObject) [];
        /// Writes the string to stdout.
        slow fn wyn_write(fiber: *mut Fiber, text: *mut StringObject) [];
        /// Hands what was written to stdout to the operating system.
        slow fn wyn_flush(fiber: *mut Fiber) [];
        /// The next line of stdin without its end; status 2 at the end of input.
        slow fn wyn_read_line(fiber: *mut Fiber, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// The rest of stdin.
        slow fn wyn_read_all(fiber: *mut Fiber, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// The contents of a file.
        slow fn wyn_fs_read(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Creates or replaces a file; the string is empty when that worked.
        slow fn wyn_fs_write(fiber: *mut Fiber, path: *mut StringObject, text: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Appends to a file, creating it; the string is empty when that worked.
        slow fn wyn_fs_append(fiber: *mut Fiber, path: *mut StringObject, text: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Removes a file; the string is empty when that worked.
        slow fn wyn_fs_remove(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Whether something has this path.
        slow fn wyn_fs_exists(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> bool [suspends unwinds];
        /// The names of what is in a folder, sorted, with a NUL after each.
        slow fn wyn_fs_list(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Whether this is the path of a folder.
        slow fn wyn_fs_is_dir(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> bool [suspends unwinds];
        /// Creates a folder; the string is empty when that worked.
        slow fn wyn_fs_create_dir(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// Removes an empty folder; the string is empty when that worked.
        slow fn wyn_fs_remove_dir(fiber: *mut Fiber, path: *mut StringObject, at: *const Location) -> StringPair [suspends unwinds allocates];
        /// The program's arguments without its own name, an array of strings of the type at `type_index`.
        slow fn wyn_args(fiber: *mut Fiber, type_index: u32) -> *mut ArrayObject [allocates];
        /// The value of an environment variable; status 2 when it is not set.
        slow fn wyn_env_get(fiber: *mut Fiber, name: *mut StringObject) -> StringPair [allocates];
        /// Ends the program with this exit code (its low eight bits), output flushed.
        slow fn wyn_exit(fiber: *mut Fiber, code: i64) -> ! [];
        /// Panics with the message when the condition does not hold.
        hot fn wyn_assert(fiber: *mut Fiber, condition: bool, message: *mut StringObject, at: *const Location) [unwinds];
        /// Processor time of the process, in nanoseconds.
        slow fn wyn_cpu_nanos() -> i64 [];
        /// Resident memory of the process, in bytes.
        slow fn wyn_rss(fiber: *mut Fiber) -> i64 [];
        /// The largest resident memory the process has had, in bytes.
        slow fn wyn_max_rss() -> i64 [];
        /// A clock that never goes back, in nanoseconds since some moment.
        slow fn wyn_now_nanos() -> i64 [];
        /// The time of day, in nanoseconds since 1970 (UTC).
        slow fn wyn_wall_nanos() -> i64 [];

        /// The bits of a float.
        hot fn wyn_float_bits(x: f64) -> i64 [];
        /// The square root.
        hot fn wyn_math_sqrt(x: f64) -> f64 [];
        /// The next integer below.
        slow fn wyn_math_floor(x: f64) -> f64 [];
        /// The next integer above.
        slow fn wyn_math_ceil(x: f64) -> f64 [];
        /// The nearest integer, halves away from zero.
        slow fn wyn_math_round(x: f64) -> f64 [];
        /// The integer part.
        slow fn wyn_math_trunc(x: f64) -> f64 [];
        /// Sine of an angle in radians.
        slow fn wyn_math_sin(x: f64) -> f64 [];
        /// Cosine of an angle in radians.
        slow fn wyn_math_cos(x: f64) -> f64 [];
        /// Tangent of an angle in radians.
        slow fn wyn_math_tan(x: f64) -> f64 [];
        /// The angle of the point `(x, y)`, in radians.
        slow fn wyn_math_atan2(y: f64, x: f64) -> f64 [];
        /// `e` to this power.
        slow fn wyn_math_exp(x: f64) -> f64 [];
        /// The natural logarithm.
        slow fn wyn_math_ln(x: f64) -> f64 [];
        /// The decimal logarithm.
        slow fn wyn_math_log10(x: f64) -> f64 [];
        /// The binary logarithm.
        slow fn wyn_math_log2(x: f64) -> f64 [];
        /// `x` to the power `y`.
        slow fn wyn_math_pow(x: f64, y: f64) -> f64 [];
    } };
}

io_rows!(declare_rows);
