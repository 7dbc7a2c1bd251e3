//! Source files and positions in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Identifies one file of a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct SourceId(pub u32);

/// A half-open range of bytes in one source file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset one past the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `source`.
    #[must_use]
    pub fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, end }
    }

    /// The smallest span that covers both; both must lie in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        debug_assert_eq!(self.source, other.source);
        Self::new(self.source, self.start.min(other.start), self.end.max(other.end))
    }

    /// The empty span at this one's start.
    #[must_use]
    pub fn shrink_to_start(self) -> Self {
        Self::new(self.source, self.start, self.start)
    }

    /// The empty span at this one's end.
    #[must_use]
    pub fn shrink_to_end(self) -> Self {
        Self::new(self.source, self.end, self.end)
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}..{}", self.source.0, self.start, self.end)
    }
}

/// One source file: its name as the user knows it, its text, and where its lines begin.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as shown in messages and debug information.
    pub path: PathBuf,
    /// The whole text.
    pub text: Arc<str>,
    /// It belongs to the standard library, which the compiler carries: nobody finds it at its path.
    pub is_library: bool,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// The one-based line and the one-based column, counted in characters, of a byte offset.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        let line = self.line_starts.partition_point(|&start| start <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let end = (offset as usize).min(self.text.len());
        let column = self.text.get(start..end).map_or(0, |text| text.chars().count());
        (u32::try_from(line).unwrap_or(u32::MAX - 1) + 1, u32::try_from(column).unwrap_or(u32::MAX - 1) + 1)
    }

    /// How many bytes the line of a byte offset has, the newline not counted.
    #[must_use]
    pub fn line_length(&self, offset: u32) -> usize {
        let next = self.line_starts.partition_point(|&start| start <= offset);
        let end = self.line_starts.get(next).map_or(self.text.len(), |&start| start as usize - 1);
        end - self.line_starts[next - 1] as usize
    }
}

/// All source files of one compilation.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file and returns its identity.
    pub fn add(&mut self, path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let line_starts = starts.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect();
        let path = path.as_ref().to_owned();
        self.files.push(SourceFile { path, text, is_library: false, line_starts });
        SourceId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Adds a file of the standard library.
    pub fn add_library(&mut self, path: impl AsRef<Path>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.add(path, text);
        self.files[id.0 as usize].is_library = true;
        id
    }

    /// The file with this identity.
    ///
    /// # Panics
    /// When `id` was not made by this map.
    #[must_use]
    pub fn file(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// All files with their identities, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (SourceId(at as u32), file))
    }

    /// The text under a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.source).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}
