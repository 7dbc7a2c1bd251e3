//! The tree as text, for `--emit ast` and for tests: parenthesised, one line where it fits.
//!
//! Heads say what a node is (`if`, `call`, `+`), names and literals stand for themselves. Places are left out.

mod exprs;
mod items;

use crate::ast::File;

/// The text of a file's tree; the same tree always gives the same text.
#[must_use]
pub fn dump(file: &File) -> String {
    let mut out = String::new();
    for item in &file.items {
        items::item(item).write(&mut out, 0);
        out.push('\n');
    }
    out
}

/// The widest line that is not broken.
const WIDTH: usize = 100;

/// A node as it is printed: `head`, or `(head part part)`.
struct Node {
    head: String,
    parts: Vec<Node>,
    /// The number of characters on one line.
    width: usize,
}

impl Node {
    fn leaf(head: impl Into<String>) -> Self {
        let head = head.into();
        Self { width: head.chars().count(), head, parts: Vec::new() }
    }

    fn new(head: impl Into<String>, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut node = Self::leaf(head);
        node.width += 2;
        node.parts.extend(parts);
        node.width += node.parts.iter().map(|part| part.width + 1).sum::<usize>();
        node
    }

    fn write(&self, out: &mut String, indent: usize) {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.write_here(out, indent));
    }

    fn write_here(&self, out: &mut String, indent: usize) {
        if self.width == self.head.chars().count() {
            out.push_str(&self.head);
        } else if indent + self.width <= WIDTH {
            self.write_line(out);
        } else {
            out.push('(');
            out.push_str(&self.head);
            for part in &self.parts {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 2));
                part.write(out, indent + 2);
            }
            out.push(')');
        }
    }

    fn write_line(&self, out: &mut String) {
        let leaf = self.width == self.head.chars().count();
        out.push_str(if leaf { "" } else { "(" });
        out.push_str(&self.head);
        for part in &self.parts {
            out.push(' ');
            part.write_line(out);
        }
        out.push_str(if leaf { "" } else { ")" });
    }
}
