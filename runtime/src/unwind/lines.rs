//! The program's own line tables: what line of the program, not of the standard library, an address is of.
//!
//! They are read from the program's file when first asked for, and kept. A lookup needs more stack than a fiber has below
//! its limit, so it is done on the worker's.

use std::sync::{LazyLock, Mutex, PoisonError};

use wyn_abi::LIBRARY_ROOT;
use wyn_lines::{Line, Lines};

use crate::fiber::symbols;

/// The line tables of the program that runs.
struct Tables {
    lines: Lines,
    /// Distance between addresses in the file and in memory.
    bias: usize,
}

/// None when the program was stripped of them.
static TABLES: LazyLock<Mutex<Option<Tables>>> = LazyLock::new(|| Mutex::new(Tables::of_program()));

impl Tables {
    fn of_program() -> Option<Tables> {
        let image: &'static [u8] = Box::leak(std::fs::read("/proc/self/exe").ok()?.into_boxed_slice());
        let lines = Lines::read(&mut |name| symbols::section(image, name).unwrap_or_default())?;
        Some(Tables { lines, bias: symbols::load_bias(image)? })
    }
}

/// Reads the tables, for whoever will need them soon, and does not want to wait then.
pub(crate) fn prepare() {
    LazyLock::force(&TABLES);
}

/// The line of an address, in the innermost function around it that is the program's own. Not on a fiber's stack.
pub(crate) fn own_line<T>(address: usize, found: impl FnOnce(Line<'_>) -> T) -> Option<T> {
    let tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    let Tables { lines, bias } = tables.as_ref()?;
    let own = |file: &str| !file.starts_with(LIBRARY_ROOT);
    let line = lines.find(address.wrapping_sub(*bias) as u64, &own)?;
    let file = line.file.strip_prefix("./").unwrap_or(line.file);
    Some(found(Line { file, ..line }))
}
