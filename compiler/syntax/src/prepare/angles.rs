//! Tells type arguments from comparisons.
//!
//! `<` after a name opens type arguments when a balanced list of types and its `>` follow, and after them
//! something that cannot begin an operand. In the head of a declaration (`fn f<`, `struct S<`, `impl<`) it
//! opens type parameters. Then it becomes [`Tok::LAngle`] and its `>` [`Tok::RAngle`], a `>>` that closes two
//! lists becomes two tokens. Every other `<` and `>` stays an operator.
//!
//! Each `<` that fails is remembered, so the time is linear up to the limit of nesting.

use crate::ast::BinaryOp;
use crate::token::{EQ, Tok, Token};

/// Lists nested deeper than this are not looked for.
const LIMIT: u32 = 64;

/// Marks the angle brackets of type arguments and type parameters.
pub(super) fn mark(tokens: &mut Vec<Token>) {
    let failed = vec![false; tokens.len()];
    let mut scan = Scan { tokens, marks: Vec::new(), failed };
    let mut found = Vec::new();
    let mut at = 1;
    while at < scan.tokens.len() {
        if scan.tokens[at].tok != LT {
            at += 1;
            continue;
        }
        scan.marks.clear();
        let before = scan.tokens[at - 1].tok;
        let declared = before == Tok::Impl
            || (at > 1
                && before.as_name().is_some()
                && matches!(
                    scan.tokens[at - 2].tok,
                    Tok::Fn | Tok::Struct | Tok::Enum | Tok::Trait | Tok::Type
                ));
        let end = if declared {
            scan.parameters(Place { at: at + 1, half: false })
        } else if before.as_name().is_some() {
            scan.list(at, 0).filter(|end| scan.follows(*end))
        } else {
            None
        };
        match end {
            Some(end) if !end.half => {
                found.push((at, false));
                found.append(&mut scan.marks);
                at = end.at;
            }
            _ => at += 1,
        }
    }
    apply(tokens, &found);
}

const LT: Tok = Tok::Op(BinaryOp::Lt);
const GT: Tok = Tok::Op(BinaryOp::Gt);
const SHR: Tok = Tok::Op(BinaryOp::Shr);

/// Replaces the marked tokens; those that close may be `>>`, which becomes two.
fn apply(tokens: &mut Vec<Token>, found: &[(usize, bool)]) {
    let mut halves = Vec::new();
    for &(at, closing) in found {
        let token = &mut tokens[at];
        match (closing, token.tok) {
            (false, _) => token.tok = Tok::LAngle,
            (true, SHR) => {
                halves.push(at);
                token.tok = Tok::RAngle;
                token.end = token.start + 1;
            }
            (true, _) => token.tok = Tok::RAngle,
        }
    }
    if halves.is_empty() {
        return;
    }
    halves.sort_unstable();
    let mut halves = halves.into_iter().peekable();
    let mut out = Vec::with_capacity(tokens.len() + halves.len());
    for (at, token) in tokens.iter().enumerate() {
        out.push(*token);
        if halves.next_if_eq(&at).is_some() {
            out.push(Token { start: token.end, end: token.end + 1, first: false, ..*token });
        }
    }
    *tokens = out;
}

/// A position: a token, or the second half of a `>>`.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    half: bool,
}

struct Scan<'t> {
    tokens: &'t [Token],
    /// The angle brackets of the lists found: their tokens and whether they close. A `>>` is here once.
    marks: Vec<(usize, bool)>,
    /// Whether the token is a `<` that is known to open nothing.
    failed: Vec<bool>,
}

impl Scan<'_> {
    fn tok(&self, place: Place) -> Option<Tok> {
        let tok = self.tokens.get(place.at)?.tok;
        Some(if place.half { GT } else { tok })
    }

    /// A list of types whose `<` is at `open`; gives the place after its `>`.
    fn list(&mut self, open: usize, depth: u32) -> Option<Place> {
        if depth > LIMIT || self.failed[open] {
            return None;
        }
        let marks = self.marks.len();
        let mut place = Place { at: open + 1, half: false };
        let end = loop {
            let Some(next) = self.ty(place, depth) else { break None };
            place = match self.tok(next) {
                Some(Tok::Comma) => after(next),
                _ => break self.close(next),
            };
            if let Some(end) = self.close(place) {
                break Some(end);
            }
        };
        if end.is_none() {
            self.marks.truncate(marks);
            self.failed[open] = true;
        }
        end
    }

    /// A `>`, or half of a `>>`.
    fn close(&mut self, place: Place) -> Option<Place> {
        match self.tok(place)? {
            GT => {
                if !place.half {
                    self.marks.push((place.at, true));
                }
                Some(Place { at: place.at + 1, half: false })
            }
            SHR => {
                self.marks.push((place.at, true));
                Some(Place { at: place.at, half: true })
            }
            _ => None,
        }
    }

    fn ty(&mut self, place: Place, depth: u32) -> Option<Place> {
        let mut place = match self.tok(place)? {
            Tok::Any if self.tok(after(place)).is_some_and(|tok| tok.as_name().is_some()) => {
                self.path(after(place), depth)?
            }
            Tok::LParen(_) => self.types(after(place), Tok::RParen, depth + 1)?,
            Tok::LBracket => {
                let inner = self.ty(after(place), deeper(depth)?)?;
                self.expect(inner, Tok::RBracket)?
            }
            Tok::Fn => {
                let open = self.expect_open(after(place))?;
                let end = self.types(open, Tok::RParen, depth + 1)?;
                if self.tok(end) == Some(Tok::Arrow) { self.ty(after(end), deeper(depth)?)? } else { end }
            }
            _ => self.path(place, depth)?,
        };
        while matches!(self.tok(place), Some(Tok::Question | Tok::Op(BinaryOp::Coalesce))) {
            place = after(place);
        }
        Some(place)
    }

    fn path(&mut self, mut place: Place, depth: u32) -> Option<Place> {
        loop {
            self.tok(place)?.as_name()?;
            place = after(place);
            if self.tok(place) == Some(LT) {
                self.marks.push((place.at, false));
                place = self.list(place.at, depth + 1)?;
            }
            if self.tok(place) != Some(Tok::Dot) {
                return Some(place);
            }
            place = after(place);
        }
    }

    /// Types and commas up to `close`.
    fn types(&mut self, mut place: Place, close: Tok, depth: u32) -> Option<Place> {
        let depth = deeper(depth)?;
        loop {
            if self.tok(place) == Some(close) {
                return Some(after(place));
            }
            place = self.ty(place, depth)?;
            match self.tok(place) {
                Some(Tok::Comma) => place = after(place),
                _ => return self.expect(place, close),
            }
        }
    }

    /// Type parameters with bounds and defaults, from after the `<`.
    fn parameters(&mut self, mut place: Place) -> Option<Place> {
        loop {
            if let Some(end) = self.close(place) {
                return Some(end);
            }
            self.tok(place)?.as_name()?;
            place = after(place);
            if self.tok(place) == Some(Tok::Colon) {
                place = self.path(after(place), 0)?;
                while self.tok(place) == Some(Tok::Op(BinaryOp::Add)) {
                    place = self.path(after(place), 0)?;
                }
            }
            if self.tok(place) == Some(EQ) {
                place = self.ty(after(place), 0)?;
            }
            match self.tok(place) {
                Some(Tok::Comma) => place = after(place),
                _ => return self.close(place),
            }
        }
    }

    fn expect(&self, place: Place, tok: Tok) -> Option<Place> {
        (self.tok(place)? == tok).then(|| after(place))
    }

    fn expect_open(&self, place: Place) -> Option<Place> {
        matches!(self.tok(place)?, Tok::LParen(_)).then(|| after(place))
    }

    /// Whether what follows a list shows that it is one: nothing that begins an operand.
    fn follows(&self, end: Place) -> bool {
        let Some(next) = self.tokens.get(end.at) else { return true };
        next.first
            || matches!(
                next.tok,
                Tok::LParen(_) | Tok::Dot | Tok::Comma | Tok::RParen | Tok::RBracket | Tok::LBrace(_) | Tok::Semi | Tok::Colon
            )
            // After types only: no comparison can stand here.
            || matches!(next.tok, EQ | Tok::Question | Tok::Op(BinaryOp::Coalesce) | Tok::FatArrow | Tok::For)
            || matches!(next.tok, Tok::RBrace | Tok::InterpClose | Tok::Format(_))
    }
}

fn after(place: Place) -> Place {
    Place { at: place.at + 1, half: false }
}

fn deeper(depth: u32) -> Option<u32> {
    (depth < LIMIT).then_some(depth + 1)
}
