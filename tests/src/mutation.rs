//! Small mistakes, made on purpose: a program becomes many that differ from it in one place.

use std::ops::Range;

use wyn_syntax::{Lexeme, LexemeKind, lexemes};

use crate::random::Random;
use crate::stages::line_at;

/// What is done to a program.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A token is left out.
    Dropped,
    /// A token stands there twice.
    Doubled,
    /// A token changes places with the one after it, on the same line.
    Swapped,
    /// A name is misspelt.
    Misspelt,
    /// A type is another one.
    Retyped,
    /// A bracket is left out.
    Unbracketed,
    /// A keyword is another one.
    Rekeyed,
    /// A keyword is misspelt.
    Miskeyed,
}

impl Kind {
    /// All kinds, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Dropped,
        Self::Doubled,
        Self::Swapped,
        Self::Misspelt,
        Self::Retyped,
        Self::Unbracketed,
        Self::Rekeyed,
        Self::Miskeyed,
    ];

    /// What a table calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Dropped => "token dropped",
            Self::Doubled => "token doubled",
            Self::Swapped => "tokens swapped",
            Self::Misspelt => "name misspelt",
            Self::Retyped => "type changed",
            Self::Unbracketed => "bracket dropped",
            Self::Rekeyed => "keyword replaced",
            Self::Miskeyed => "keyword misspelt",
        }
    }
}

/// A program with one mistake.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What was done.
    pub kind: Kind,
    /// The whole program.
    pub text: String,
    /// The one-based line on which it was done.
    pub line: usize,
    /// Other lines where the mistake can as well be seen: that of the other bracket of the pair, and when
    /// the token was the last or the first of its line, the line that it joined or parted from.
    pub near: Vec<usize>,
    /// What was there, and what is there now.
    pub change: (String, String),
}

/// At most `most` mutants of a program of one kind, the same ones each time.
#[must_use]
pub fn mutants(text: &str, kind: Kind, most: usize, random: &mut Random) -> Vec<Mutant> {
    let source = Source::new(text);
    let mut sites: Vec<usize> = (0..source.tokens.len()).filter(|at| source.suits(kind, *at)).collect();
    random.shuffle(&mut sites);
    sites.truncate(most);
    sites.sort_unstable();
    sites.into_iter().filter_map(|at| source.mutate(kind, at, random)).collect()
}

const KEYWORDS: &[&str] = &[
    "fn", "struct", "enum", "impl", "type", "const", "var", "mut", "pub", "import", "if", "else", "match",
    "for", "in", "while", "break", "continue", "return", "defer", "spawn", "await", "select", "nursery",
    "true", "false",
];

const TYPES: &[&str] = &["int", "string", "bool", "float", "u8", "char"];

struct Source<'a> {
    text: &'a str,
    tokens: Vec<Lexeme>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, tokens: lexemes(text) }
    }

    fn token(&self, at: usize) -> &'a str {
        &self.text[self.tokens[at].range.clone()]
    }

    fn suits(&self, kind: Kind, at: usize) -> bool {
        let found = self.tokens[at].kind;
        match kind {
            Kind::Dropped | Kind::Doubled => found != LexemeKind::Bracket,
            Kind::Swapped => self.tokens.get(at + 1).is_some_and(|next| {
                let between = &self.text[self.tokens[at].range.end..next.range.start];
                !between.contains('\n') && self.token(at) != self.token(at + 1)
            }),
            Kind::Misspelt => found == LexemeKind::Name && self.token(at).len() > 2,
            Kind::Retyped => TYPES.contains(&self.token(at)),
            Kind::Unbracketed => found == LexemeKind::Bracket,
            Kind::Rekeyed => found == LexemeKind::Keyword,
            Kind::Miskeyed => found == LexemeKind::Keyword && self.token(at).len() > 2,
        }
    }

    fn mutate(&self, kind: Kind, at: usize, random: &mut Random) -> Option<Mutant> {
        let range = self.tokens[at].range.clone();
        let token = self.token(at);
        let (range, new) = match kind {
            Kind::Dropped | Kind::Unbracketed => (range, String::new()),
            Kind::Doubled => (range, format!("{token} {token}")),
            Kind::Swapped => {
                let next = &self.tokens[at + 1].range;
                let between = &self.text[range.end..next.start];
                let between = if between.is_empty() { " " } else { between };
                (range.start..next.end, format!("{}{between}{token}", self.token(at + 1)))
            }
            Kind::Misspelt | Kind::Miskeyed => (range, misspelt(token, random)),
            Kind::Retyped => (range, other(TYPES, token, random)?.to_owned()),
            Kind::Rekeyed => (range, other(KEYWORDS, token, random)?.to_owned()),
        };
        let old = &self.text[range.clone()];
        let text = [&self.text[..range.start], &new, &self.text[range.end..]].concat();
        Some(Mutant {
            kind,
            text,
            line: line_at(self.text, range.start),
            near: self.near(at, &range),
            change: (old.to_owned(), new),
        })
    }

    fn near(&self, at: usize, range: &Range<usize>) -> Vec<usize> {
        let mut near = Vec::new();
        let line = |at: usize| line_at(self.text, self.tokens[at].range.start);
        let touched = self.tokens.iter().enumerate().skip(at).take_while(|(_, t)| t.range.start < range.end);
        for (at, token) in touched {
            if token.kind == LexemeKind::Bracket {
                near.extend(self.partner(at).map(line));
            }
            if matches!(token.kind, LexemeKind::Bracket | LexemeKind::Sign) {
                near.extend(at.checked_sub(1).map(line));
                near.extend(Some(at + 1).filter(|next| *next < self.tokens.len()).map(line));
            }
        }
        near
    }

    /// The other bracket of a pair.
    fn partner(&self, at: usize) -> Option<usize> {
        let mut open = Vec::new();
        for (index, token) in self.tokens.iter().enumerate() {
            if token.kind != LexemeKind::Bracket {
                continue;
            }
            if self.token(index).ends_with(['(', '[', '{']) {
                open.push(index);
            } else {
                let opened = open.pop()?;
                if index == at {
                    return Some(opened);
                }
                if opened == at {
                    return Some(index);
                }
            }
        }
        None
    }
}

/// A letter left out, doubled, or in its neighbour's place.
fn misspelt(word: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = random.below(letters.len() - 1);
    match random.below(3) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        _ if letters[at] == letters[at + 1] => drop(letters.remove(at)),
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

fn other(words: &'static [&'static str], than: &str, random: &mut Random) -> Option<&'static str> {
    let others: Vec<&str> = words.iter().copied().filter(|word| *word != than).collect();
    random.choose(&others).copied()
}

#[cfg(test)]
mod tests {
    use super::{Kind, mutants};
    use crate::random::Random;

    #[test]
    fn a_mutant_differs_in_one_place() {
        let text = "fn main() {\n    const total = 1\n    print(total)\n}\n";
        for kind in Kind::ALL {
            let made = mutants(text, kind, 100, &mut Random::new(1));
            let again = mutants(text, kind, 100, &mut Random::new(1));
            assert_eq!(made.len(), again.len());
            for (mutant, again) in made.iter().zip(&again) {
                assert_ne!(mutant.text, text);
                assert_eq!(mutant.text, again.text);
                assert_eq!(mutant.text.lines().count(), 4);
            }
        }
    }

    #[test]
    fn a_bracket_is_near_its_partner() {
        let made = mutants("fn f() {\n    1\n}\n", Kind::Unbracketed, 100, &mut Random::new(1));
        let last = made.last().expect("there are brackets");
        assert_eq!((last.change.0.as_str(), last.line), ("}", 3));
        assert!(last.near.contains(&1));
    }
}
