//! The tokens of a text as ranges of bytes, for tools that look at programs as text.

use std::ops::Range;

use wyn_base::SourceId;

use crate::lex;
use crate::token::Tok;

/// What a lexeme is, as far as its looks say.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LexemeKind {
    /// A word that the language keeps for itself.
    Keyword,
    /// Any other word, and `_`.
    Name,
    /// A number or a duration.
    Number,
    /// A string, or a character; of a string with `${…}`, its quotes and the text between.
    Text,
    /// `( ) [ ] { }`, and the `${` and `}` in a string.
    Bracket,
    /// Everything else.
    Sign,
}

/// A token where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lexeme {
    /// What it is.
    pub kind: LexemeKind,
    /// Its bytes; never empty.
    pub range: Range<usize>,
}

/// The lexemes of a text, in order; comments and what belongs to no token are left out.
#[must_use]
pub fn lexemes(text: &str) -> Vec<Lexeme> {
    let lexed = lex::lex(SourceId(0), text);
    let lexeme =
        |kind, token: &crate::token::Token| Lexeme { kind, range: token.start as usize..token.end as usize };
    lexed
        .tokens
        .iter()
        .filter(|token| token.start < token.end && token.tok != Tok::Error)
        .map(|token| lexeme(kind(token.tok), token))
        .collect()
}

fn kind(tok: Tok) -> LexemeKind {
    match tok {
        Tok::Int(_) | Tok::Float(_) | Tok::Duration(_) => LexemeKind::Number,
        Tok::Char(_) | Tok::Str(_) | Tok::StrOpen | Tok::StrText(_) | Tok::StrClose | Tok::Format(_) => {
            LexemeKind::Text
        }
        tok if tok.closer().is_some() || tok.is_closer() => LexemeKind::Bracket,
        Tok::Op(crate::ast::BinaryOp::In) => LexemeKind::Keyword,
        tok if tok.as_name().is_some() => LexemeKind::Name,
        tok if tok.is_keyword() => LexemeKind::Keyword,
        _ => LexemeKind::Sign,
    }
}

#[cfg(test)]
mod tests {
    use super::{LexemeKind, lexemes};

    #[test]
    fn every_kind_is_told() {
        let text = "fn f(x: int) { print(\"a${x}\") } // end\nfor i in 0..10 { 1.5s }";
        let found: Vec<(&str, LexemeKind)> =
            lexemes(text).into_iter().map(|l| (&text[l.range], l.kind)).collect();
        use LexemeKind::{Bracket, Keyword, Name, Number, Sign, Text};
        for expected in [
            ("fn", Keyword),
            ("f", Name),
            ("(", Bracket),
            ("int", Name),
            (":", Sign),
            ("\"", Text),
            ("a", Text),
            ("${", Bracket),
            ("in", Keyword),
            ("..", Sign),
            ("10", Number),
        ] {
            assert!(found.contains(&expected), "{expected:?} in {found:?}");
        }
        assert!(found.iter().all(|(text, _)| !text.contains("end")));
    }
}
