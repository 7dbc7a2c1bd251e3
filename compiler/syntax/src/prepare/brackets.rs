//! Balances brackets.
//!
//! A file whose brackets match is left alone. In any other the repair tries to be what a person would
//! do, so that the rest of the file still means what it says:
//!
//! * `}` never closes past the `${` that it stands in, `)` and `]` never past a `{`;
//! * an unclosed `(` or `[` is closed at the first place where its statement could have ended; in the head of what
//!   has a block, before the `{` that ends the line;
//! * when `}` are missing, indentation says where: a line that begins with `}`, or with a declaration, left
//!   of the line of an open `{` shows that this `{` should have been closed, before the first line that is not
//!   indented as a part of its block; when there are too many, a `}`
//!   that begins a line right of the line of its `{` is the one too many, unless a line above at its
//!   indentation should have ended with a `{`.
//!
//! *Ensures*: every opening bracket has its closing one. Each repair is reported once, unless a string
//! that is never closed swallowed the bracket.

use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span};

use crate::lex::Damage;
use crate::token::{Tok, Token};

/// How many repairs of a file are reported.
const MOST_REPORTED: usize = 50;

/// Balances `tokens` and gives the byte offsets of the places that were repaired, in order.
pub(super) fn balance(
    source: SourceId,
    text: &str,
    tokens: &mut Vec<Token>,
    damaged: &[Damage],
    diagnostics: &mut Diagnostics,
) -> Vec<u32> {
    if is_balanced(tokens) {
        return Vec::new();
    }
    let braces = |wanted: Tok| tokens.iter().filter(|t| t.tok == wanted).count() as i64;
    let surplus = braces(Tok::LBrace(false)) - braces(Tok::RBrace);
    let parens = braces(Tok::LParen(false)) - braces(Tok::RParen);
    let mut repair = Repair {
        source,
        text,
        damaged,
        diagnostics,
        surplus,
        parens,
        stack: Vec::new(),
        lines: Vec::new(),
        inserted: Vec::new(),
        dropped: Vec::new(),
        replaced: Vec::new(),
        places: Vec::new(),
    };
    repair.run(tokens);
    let Repair { inserted, dropped, replaced, mut places, .. } = repair;
    for (index, tok) in replaced {
        tokens[index].tok = tok;
    }
    *tokens = merged(tokens, inserted, &dropped);
    places.sort_unstable();
    places
}

fn is_balanced(tokens: &[Token]) -> bool {
    let mut stack = Vec::new();
    for token in tokens {
        if let Some(closer) = token.tok.closer() {
            stack.push(closer);
        } else if token.tok.is_closer() && stack.pop() != Some(token.tok) {
            return false;
        }
    }
    stack.is_empty()
}

/// The tokens with `inserted` (before the index given) and without `dropped`.
fn merged(tokens: &[Token], mut inserted: Vec<(usize, Token)>, dropped: &[usize]) -> Vec<Token> {
    inserted.sort_by_key(|(at, _)| *at);
    let mut inserted = inserted.into_iter().peekable();
    let mut dropped = dropped.iter().peekable();
    let mut out = Vec::with_capacity(tokens.len() + inserted.len());
    for (index, token) in tokens.iter().enumerate() {
        while let Some((_, extra)) = inserted.next_if(|(at, _)| *at == index) {
            out.push(extra);
        }
        if dropped.next_if(|at| **at == index).is_none() {
            out.push(*token);
        }
    }
    out.extend(inserted.map(|(_, token)| token));
    out
}

struct Open {
    token: Token,
    /// The indentation of the line that it stands on.
    indent: usize,
    /// The first token at which the statement that it stands in could have ended.
    end: Option<usize>,
}

/// A line with a token on it.
#[derive(Clone, Copy)]
struct Line {
    first: usize,
    indent: usize,
    /// How many brackets are open before it.
    depth: usize,
}

struct Repair<'a> {
    source: SourceId,
    text: &'a str,
    damaged: &'a [Damage],
    diagnostics: &'a mut Diagnostics,
    /// How many `{` there are more than `}`.
    surplus: i64,
    /// How many `(` there are more than `)`.
    parens: i64,
    stack: Vec<Open>,
    /// The lines so far, each with its first token.
    lines: Vec<Line>,
    inserted: Vec<(usize, Token)>,
    dropped: Vec<usize>,
    replaced: Vec<(usize, Tok)>,
    places: Vec<u32>,
}

impl Repair<'_> {
    fn run(&mut self, tokens: &[Token]) {
        let mut indent = 0;
        for (index, token) in tokens.iter().enumerate() {
            if token.first || index == 0 {
                indent = self.column(token.start);
                self.line_start(tokens, index, indent);
                let depth = self.stack.len().saturating_sub(usize::from(token.tok.is_closer()));
                self.lines.push(Line { first: index, indent, depth });
            }
            if token.tok.closer().is_some() {
                self.end_of_head(tokens, index);
                self.stack.push(Open { token: *token, indent, end: None });
            } else if token.tok.is_closer() {
                self.close(tokens, index, indent);
            }
        }
        while let Some(open) = self.stack.pop() {
            self.unclosed(tokens, &open, tokens.len());
        }
    }

    /// Closes what is open in the head of a form or declaration when its block begins.
    fn end_of_head(&mut self, tokens: &[Token], index: usize) {
        let ends_line = tokens.get(index + 1).is_none_or(|next| next.first);
        let line = self.lines.last().map_or(0, |line| line.first);
        let begins = tokens[line..index].iter().find(|token| !matches!(token.tok, Tok::RBrace | Tok::Pub));
        let is_head = begins.is_some_and(|token| token.tok.wants_brace());
        if !matches!(tokens[index].tok, Tok::LBrace(_)) || !ends_line || !is_head {
            return;
        }
        while self.parens > 0
            && let Some(open) = self.stack.pop_if(|open| {
                matches!(open.token.tok, Tok::LParen(_)) && open.token.start >= tokens[line].start
            })
        {
            self.parens -= 1;
            // Where the bracket belongs is certain here, so that what is read is no guess.
            let first = tokens.partition_point(|token| token.start <= open.token.start);
            let result =
                (first..index).find(|at| tokens[*at].tok == Tok::Arrow && tokens[*at - 1].tok != Tok::RParen);
            self.insert_closer(tokens, &open, result.unwrap_or(index));
        }
    }

    /// Notes where statements could end, and lets indentation close braces.
    fn line_start(&mut self, tokens: &[Token], index: usize, column: usize) {
        let tok = tokens[index].tok;
        let before = index.checked_sub(1).map(|before| tokens[before].tok);
        let ends = before.is_some_and(Tok::ends_statement)
            && !matches!(tok, Tok::Dot | Tok::Comma | Tok::FatArrow)
            && !tok.is_closer();
        if let Some(top) = self.stack.last_mut().filter(|top| ends && top.end.is_none()) {
            top.end = Some(index);
        }
        let declares = matches!(
            tok,
            Tok::Fn
                | Tok::Struct
                | Tok::Enum
                | Tok::Trait
                | Tok::Impl
                | Tok::Import
                | Tok::Pub
                | Tok::Extern
                | Tok::Type
        );
        while self.surplus > 0 && (declares || tok == Tok::RBrace) {
            let Some(brace) = self.stack.iter().rposition(|open| matches!(open.token.tok, Tok::LBrace(_)))
            else {
                break;
            };
            let left =
                if declares { column <= self.stack[brace].indent } else { column < self.stack[brace].indent };
            if !left {
                break;
            }
            self.surplus -= 1;
            for open in self.stack.split_off(brace).into_iter().rev() {
                self.unclosed(tokens, &open, index);
            }
        }
    }

    fn close(&mut self, tokens: &[Token], index: usize, indent: usize) {
        let token = tokens[index];
        if token.tok == Tok::RBrace
            && token.first
            && self.surplus < 0
            && self.never_opened(tokens, index, indent)
        {
            return;
        }
        let wall = |open: &Open| match open.token.tok {
            Tok::InterpOpen => token.tok != Tok::InterpClose,
            Tok::LBrace(_) => matches!(token.tok, Tok::RParen | Tok::RBracket),
            _ => false,
        };
        let reachable = self.stack.iter().rposition(wall).map_or(0, |at| at + 1);
        let found =
            self.stack[reachable..].iter().rposition(|open| open.token.tok.closer() == Some(token.tok));
        if let Some(found) = found.map(|at| at + reachable) {
            let misplaced = token.tok == Tok::RBrace
                && token.first
                && self.surplus < 0
                && indent > self.stack[found].indent;
            // On a line that lacks its own `{`, the `}` is not one for a line above; nor where what that one
            // opened goes on below.
            let line = self.lines.last().map_or(index, |line| line.first);
            let unpaired = token.tok == Tok::RBrace
                && !token.first
                && self.surplus < 0
                && self.stack[found].token.start < tokens[line].start
                && (lacks_brace(&tokens[line..index]) || self.goes_on(tokens, index, found));
            if misplaced || unpaired {
                self.surplus += 1;
                return self.stray(tokens, index);
            }
            for open in self.stack.split_off(found + 1).into_iter().rev() {
                self.unclosed(tokens, &open, index);
            }
            self.stack.pop();
            return;
        }
        let other_kind = self.stack.len() > reachable && matches!(token.tok, Tok::RParen | Tok::RBracket);
        match self.stack.last().and_then(|open| open.token.tok.closer()) {
            Some(expected) if other_kind => {
                if let Some(open) = self.stack.pop() {
                    self.mismatched(&open, index, token, expected);
                }
            }
            _ => self.stray(tokens, index),
        }
    }

    /// Whether the line below a token is indented as a part of what an open bracket encloses.
    fn goes_on(&self, tokens: &[Token], index: usize, open: usize) -> bool {
        let below = tokens[index + 1..].iter().find(|token| token.first);
        below.is_some_and(|below| self.column(below.start) > self.stack[open].indent)
    }

    /// Finds the line that a `}` at the start of a line belongs to, when that line lacks its `{`; the two are a
    /// pair then.
    fn never_opened(&mut self, tokens: &[Token], index: usize, indent: usize) -> bool {
        if self
            .stack
            .last()
            .is_some_and(|open| open.indent >= indent && matches!(open.token.tok, Tok::LBrace(_)))
        {
            return false;
        }
        let mut next = self.lines.len() - 1;
        while let Some(before) = next.checked_sub(1) {
            let (line, below) = (self.lines[before], self.lines[next]);
            if line.indent < indent {
                return false;
            }
            if line.indent == indent {
                let words = &tokens[line.first..below.first];
                // What is open since must have been opened on the line itself, as in `f(match x`.
                let start = tokens[line.first].start;
                let inside = self.stack.len() >= line.depth
                    && self.stack[line.depth..].iter().all(|open| open.token.start >= start);
                if below.first == index || !inside || !lacks_brace(words) {
                    return false;
                }
                self.unopened(tokens, below.first, index);
                return true;
            }
            next = before;
        }
        false
    }

    // ------------------------------------------------------------------------------------ repairs

    fn unopened(&mut self, tokens: &[Token], before: usize, closer: usize) {
        let end = tokens[before - 1].end;
        self.surplus += 1;
        self.inserted.push((before, Token { tok: Tok::LBrace(false), start: end, end, first: false }));
        let diagnostic = Diagnostic::error(
            Code::E0007,
            Span::new(self.source, end, end),
            "a `{` is missing at the end of this line",
        )
        .label("the block below begins here")
        .also(self.span(tokens[closer]), "and ends here")
        .help("add the `{`");
        self.report(diagnostic);
    }

    fn unclosed(&mut self, tokens: &[Token], open: &Open, before: usize) {
        let brace = matches!(open.token.tok, Tok::LBrace(_));
        let end = if brace { self.end_of_block(tokens, open) } else { open.end };
        let at = end.unwrap_or(before).min(before);
        self.places.push(open.token.start);
        self.insert_closer(tokens, open, at);
    }

    /// The first line that stands no further to the right than that of the `{`, if the block begins further right.
    fn end_of_block(&self, tokens: &[Token], open: &Open) -> Option<usize> {
        let first = self.lines.partition_point(|line| tokens[line.first].start <= open.token.start);
        let mut lines = self.lines[first..].iter();
        lines.next().filter(|line| line.indent > open.indent)?;
        lines.find(|line| line.indent <= open.indent).map(|line| line.first)
    }

    /// Closes a bracket before a token.
    fn insert_closer(&mut self, tokens: &[Token], open: &Open, at: usize) {
        let end = at.checked_sub(1).map_or(0, |previous| tokens[previous].end);
        let closer = open.token.tok.closer().unwrap_or(Tok::RParen);
        self.inserted.push((at, Token { tok: closer, start: end, end, first: false }));
        if self.swallowed(open.token.start) {
            return;
        }
        let (opening, closing) = (open.token.tok.describe(), closer.describe());
        let rest = &self.text[end as usize..];
        let line_end = rest.find('\n').map(|newline| end as usize + newline + 1);
        let below = tokens.get(at).map_or(self.text.len(), |next| next.start as usize);
        let rest = self.text[open.token.end as usize..].trim_start_matches([' ', '\t', '\r']);
        let ends_line = closer == Tok::RBrace && (rest.starts_with('\n') || rest.starts_with("//"));
        let diagnostic = match line_end.filter(|start| ends_line && *start <= below) {
            // A block of several lines ends on a line of its own.
            Some(start) => {
                let place = Span::new(self.source, start as u32, start as u32);
                Diagnostic::error(Code::E0007, place, format!("a {closing} is missing"))
                    .label("it belongs here")
                    .also(self.span(open.token), format!("this {opening} is never closed"))
            }
            None => Diagnostic::error(
                Code::E0007,
                self.span(open.token),
                format!("this {opening} is never closed"),
            )
            .label("opened here")
            .also(Span::new(self.source, end, end), format!("{closing} is missing here")),
        };
        self.report(diagnostic.help(format!("add the {closing}")));
    }

    fn stray(&mut self, tokens: &[Token], index: usize) {
        let token = tokens[index];
        self.dropped.push(index);
        // What is doubtful is what stands before it.
        self.places.push(index.checked_sub(1).map_or(token.start, |before| tokens[before].start));
        if !self.swallowed_before(token.start) {
            let message = format!("this {} closes nothing", token.tok.describe());
            let diagnostic = Diagnostic::error(Code::E0007, self.span(token), message)
                .help("remove it, or open it before");
            self.report(diagnostic);
        }
    }

    fn mismatched(&mut self, open: &Open, index: usize, token: Token, expected: Tok) {
        self.replaced.push((index, expected));
        self.places.push(open.token.start);
        let message = format!("{} is closed by {}", open.token.tok.describe(), token.tok.describe());
        self.report(
            Diagnostic::error(Code::E0007, self.span(token), message)
                .also(self.span(open.token), "opened here")
                .help(format!("write {}", expected.describe())),
        );
    }

    /// Reports a repair, unless there are so many that more would help nobody.
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.places.len() <= MOST_REPORTED {
            self.diagnostics.report(diagnostic);
        }
    }

    /// Whether a string that is never closed took the rest of the line, or of the file, from `offset` on.
    fn swallowed(&self, offset: u32) -> bool {
        self.damaged.iter().any(|damage| {
            offset < damage.end
                && (damage.lines || !self.text[offset as usize..damage.end as usize].contains('\n'))
        })
    }

    /// Whether a string that is never closed ends on this line before `offset`, or on the line before.
    fn swallowed_before(&self, offset: u32) -> bool {
        self.damaged.iter().any(|damage| {
            damage.end <= offset && self.text[damage.end as usize..offset as usize].matches('\n').count() <= 1
        })
    }

    fn column(&self, offset: u32) -> usize {
        let before = &self.text[..offset as usize];
        before.len() - before.rfind('\n').map_or(0, |at| at + 1)
    }

    fn span(&self, token: Token) -> Span {
        Span::new(self.source, token.start, token.end)
    }
}

/// Whether a line begins something that has a block, and does not open it.
fn lacks_brace(line: &[Token]) -> bool {
    let opener = line.iter().rposition(|token| token.tok.wants_brace());
    let ends_open =
        matches!(line.last().map(|token| token.tok), Some(Tok::FatArrow | Tok::Spawn | Tok::Defer));
    let rest = &line[opener.unwrap_or(0)..];
    (opener.is_some() || ends_open) && !rest.iter().any(|token| matches!(token.tok, Tok::LBrace(_)))
}
