//! The form of the report.
//!
//! ```text
//! leaks: 14 things are left, which nobody gave back
//!   a cycle keeps itself alive:
//!     .-> channel<fn() -> ()>, made at main.wyn:3
//!     |      has in its buffer
//!     |-> closure of main.main, made at main.wyn:7
//!     '----- holds a sender of the first
//!      12 × [string], made at main.wyn:40
//!       1 × channel<fn() -> ()>, made at main.wyn:3
//!       1 × closure of main.main, made at main.wyn:7
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::report::drawing;

/// Cycles of different forms that are drawn, and kinds of things that are listed.
const LISTED: usize = 40;
/// Parts of a cycle that are drawn; of a longer one, the last is too.
const DRAWN: usize = 20;

/// A part of a cycle: what it is, and how it holds the next one.
pub(super) type Part = (String, String);

/// What is left.
#[derive(Default)]
pub(super) struct Left {
    kinds: HashMap<(String, Option<String>), usize>,
    cycles: Vec<(String, usize)>,
    known: HashMap<String, usize>,
}

impl Left {
    /// One thing, and where it was made if that is known.
    pub(super) fn add(&mut self, name: String, made_at: Option<String>) {
        *self.kinds.entry((name, made_at)).or_default() += 1;
    }

    /// Several of a kind.
    pub(super) fn add_many(&mut self, count: usize, name: String) {
        if count > 0 {
            *self.kinds.entry((name, None)).or_default() += count;
        }
    }

    /// Things that hold each other.
    pub(super) fn add_cycle(&mut self, parts: &[Part]) {
        let drawn = draw(parts);
        let next = self.cycles.len();
        let at = *self.known.entry(drawn.clone()).or_insert(next);
        if at == next {
            self.cycles.push((drawn, 0));
        }
        self.cycles[at].1 += 1;
    }

    /// The report, if anything is left.
    pub(super) fn report(mut self, with_places: bool) -> Option<String> {
        if self.kinds.is_empty() {
            return None;
        }
        let total: usize = self.kinds.values().sum();
        let mut text = match total {
            1 => "leaks: one thing is left, which nobody gave back\n".to_owned(),
            _ => format!("leaks: {total} things are left, which nobody gave back\n"),
        };
        self.cycles.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (drawn, count) in self.cycles.iter().take(LISTED) {
            let _ = match count {
                1 => write!(text, "  a cycle keeps itself alive:\n{drawn}"),
                _ => write!(text, "  {count} cycles like this keep themselves alive:\n{drawn}"),
            };
        }
        more(&mut text, self.cycles.iter().skip(LISTED).map(|(_, count)| count).sum(), "cycles");
        let mut kinds: Vec<_> = self.kinds.into_iter().collect();
        kinds.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        for ((name, made_at), count) in kinds.iter().take(LISTED) {
            let made = made_at.as_ref().map(|place| format!(", made at {place}")).unwrap_or_default();
            let _ = writeln!(text, "  {count:>5} × {name}{made}");
        }
        more(&mut text, kinds.iter().skip(LISTED).map(|(_, count)| count).sum(), "things");
        if !with_places {
            text.push_str("  WYN_LEAKS=1 tells where they were made\n");
        }
        Some(text)
    }
}

fn more(text: &mut String, count: usize, what: &str) {
    if count > 0 {
        let _ = writeln!(text, "  and {count} more {what}");
    }
}

/// A cycle as a drawing.
fn draw(parts: &[Part]) -> String {
    let omitted = parts.len().saturating_sub(DRAWN + 1);
    let shown = if omitted > 0 { DRAWN } else { parts.len().saturating_sub(1) };
    let mut drawn = parts[..shown].to_vec();
    if let Some((name, holds)) = parts.last() {
        let first = if parts.len() == 1 { "itself" } else { "the first" };
        drawn.push((name.clone(), format!("{holds} {first}")));
    }
    let mut text = String::new();
    drawing::circle(&mut text, drawn.into_iter(), omitted);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    // rules: LEK-2
    #[test]
    fn the_form() {
        let mut left = Left::default();
        assert_eq!(Left::default().report(true), None);
        let cycle = [
            ("channel<fn()>, made at a.wyn:3".to_owned(), "has in its buffer".to_owned()),
            ("closure of a.main, made at a.wyn:7".to_owned(), "holds a sender of".to_owned()),
        ];
        left.add_cycle(&cycle);
        left.add_cycle(&cycle);
        left.add_cycle(&[("Mutex<fn()>, made at a.wyn:9".to_owned(), "holds".to_owned())]);
        left.add("channel<fn()>".to_owned(), Some("a.wyn:3".to_owned()));
        for _ in 0..12 {
            left.add("[string]".to_owned(), Some("a.wyn:40".to_owned()));
        }
        left.add_many(1, "fiber".to_owned());
        let expected = "leaks: 14 things are left, which nobody gave back
  2 cycles like this keep themselves alive:
    .-> channel<fn()>, made at a.wyn:3
    |      has in its buffer
    |-> closure of a.main, made at a.wyn:7
    '----- holds a sender of the first
  a cycle keeps itself alive:
    .-> Mutex<fn()>, made at a.wyn:9
    '----- holds itself
     12 × [string], made at a.wyn:40
      1 × channel<fn()>, made at a.wyn:3
      1 × fiber
";
        assert_eq!(left.report(true).as_deref(), Some(expected));
    }

    #[test]
    fn many_kinds_and_long_cycles_take_few_lines() {
        let mut left = Left::default();
        let long: Vec<Part> = (0..100_000).map(|at| (format!("cell {at}"), "holds".to_owned())).collect();
        left.add_cycle(&long);
        (0..100_000).for_each(|at| left.add(format!("kind {at}"), None));
        let report = left.report(true).unwrap_or_default();
        assert!(report.lines().count() < 100, "{report}");
        assert!(report.contains("    |   99979 more\n"), "{report}");
        assert!(report.contains("  and 99960 more things\n"), "{report}");
    }
}
