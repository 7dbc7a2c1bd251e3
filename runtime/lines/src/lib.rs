//! Which line an address of the program is of, by the line tables (DWARF) that it carries.
//!
//! A crate of its own, because reading DWARF is generic code, and much of it: here it is made for size
//! (`Cargo.toml` of the workspace), everywhere else for speed. Every program carries it, and none is in a hurry here.

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, Error, LittleEndian, SectionId};

/// The line tables of a program.
pub struct Lines {
    context: Context<EndianSlice<'static, LittleEndian>>,
}

/// A line of a source file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Line<'a> {
    /// The file, as it was given to the compiler.
    pub file: &'a str,
    /// From 1.
    pub line: u32,
    /// From 1; 0 when it is not known.
    pub column: u32,
    /// The function around it, as debuggers see it; empty when it is not known.
    pub function: &'a str,
}

// Nothing here is generic: what is would be made in the crates that use it, for speed.
impl Lines {
    /// The tables in these sections, by name; empty ones are not there. `None` when they cannot be read.
    pub fn read(section: &mut dyn FnMut(&str) -> &'static [u8]) -> Option<Lines> {
        let load = |id: SectionId| Ok::<_, Error>(EndianSlice::new(section(id.name()), LittleEndian));
        let context = Context::from_dwarf(Dwarf::load(load).ok()?).ok()?;
        Some(Lines { context })
    }

    /// Of the functions that the code at an address is of, which are inlined into each other, the innermost line whose
    /// file is wanted. The address is that of the file, not of memory.
    pub fn find(&self, address: u64, wanted: &dyn Fn(&str) -> bool) -> Option<Line<'_>> {
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        while let Some(frame) = frames.next().ok()? {
            let Some(location) = frame.location else { continue };
            let (Some(file), Some(line @ 1..)) = (location.file, location.line) else { continue };
            if wanted(file) {
                let function = frame.function.and_then(|function| function.name.to_string().ok());
                let (column, function) = (location.column.unwrap_or(0), function.unwrap_or_default());
                return Some(Line { file, line, column, function });
            }
        }
        None
    }
}
