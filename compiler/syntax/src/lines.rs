//! What is told of each line: of mistakes in how a line is built only the first, because the reader who
//! stumbled there saw the rest of the line from the wrong side.

use wyn_base::{Code, Diagnostics};

/// A line on which something could not be read: the offsets of its first byte and of the one past its last.
pub(crate) type Line = (u32, u32);

/// Leaves the first mistake in the structure of each line, and all others; says which lines have one.
pub(crate) fn settle(text: &str, found: Diagnostics) -> (Diagnostics, Vec<Line>) {
    let found = found.sorted();
    let mut broken: Vec<Line> = Vec::new();
    let mut first = vec![true; found.len()];
    for (diagnostic, first) in found.iter().zip(&mut first).filter(|(d, _)| is_structural(d.code)) {
        let at = diagnostic.primary.span.start;
        if broken.last().is_some_and(|(_, end)| at <= *end) {
            *first = false;
        } else {
            broken.push(line_around(text, at));
        }
    }
    let on_broken = |at: u32| {
        let next = broken.partition_point(|(start, _)| *start <= at);
        next.checked_sub(1).is_some_and(|line| at <= broken[line].1)
    };
    let mut kept = Diagnostics::new();
    for (diagnostic, first) in found.into_iter().zip(first) {
        if first && !(follows_structure(diagnostic.code) && on_broken(diagnostic.primary.span.start)) {
            kept.report(diagnostic);
        }
    }
    (kept, broken)
}

/// Whether it is about how operands and operators were read, which is a guess on a line with a wrong structure.
fn follows_structure(code: Code) -> bool {
    matches!(code, Code::E0010 | Code::E0304)
}

/// Whether what follows on the line is probably read wrongly.
fn is_structural(code: Code) -> bool {
    matches!(
        code,
        Code::E0001
            | Code::E0002
            | Code::E0003
            | Code::E0005
            | Code::E0006
            | Code::E0007
            | Code::E0008
            | Code::E0009
            | Code::E0013
    )
}

fn line_around(text: &str, at: u32) -> Line {
    let at = text.floor_char_boundary(at as usize);
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    (start as u32, end as u32)
}
