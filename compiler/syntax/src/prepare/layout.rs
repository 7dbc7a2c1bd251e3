//! Newlines, lookahead and depth: the last pass before the parser.
//!
//! A newline becomes [`Tok::Newline`] when it ends a statement (`spec/lexical.md`, rules LAY): the innermost
//! open bracket is a `{` or there is none, the token before it can end a statement, and the line after it does
//! not go on with `.name` or `else`. Before a `}` none is needed.
//!
//! The parser chooses by one token, so `(` is told whether its `)` is followed by `=>`, and `{` whether it
//! stands right after a type's name.
//!
//! Depth is what the tree's depth can be at most: open brackets, and operators and links in the statements
//! around a token. It is bounded so that every later stage may recurse over the tree.

use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span};

use super::Segment;
use crate::ast::BinaryOp;
use crate::token::{Tok, Token};

const MINUS: Tok = Tok::Op(BinaryOp::Sub);
const PLUS: Tok = Tok::Op(BinaryOp::Add);

/// The greatest depth of a declaration's tree.
const MAX_DEPTH: u32 = 1_000;

/// Tokens with newlines among them, and where declarations begin and end.
pub(super) struct LaidOut {
    pub(super) kinds: Vec<Tok>,
    pub(super) spans: Vec<(u32, u32)>,
    pub(super) segments: Vec<Segment>,
}

/// Lays out balanced tokens. `repairs` are the offsets of repaired brackets, in order.
pub(super) fn lay_out(
    source: SourceId,
    tokens: &[Token],
    repairs: &[u32],
    diagnostics: &mut Diagnostics,
) -> LaidOut {
    let mut layout = Layout {
        source,
        kinds: Vec::with_capacity(tokens.len() + tokens.len() / 4),
        spans: Vec::with_capacity(tokens.len() + tokens.len() / 4),
        segments: Vec::new(),
        start: 0,
        levels: vec![Level { opened: 0, newlines: true, links: 0, wants_brace: false }],
        links: 0,
        too_deep: None,
        repairs,
        diagnostics,
    };
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| tokens[before]);
        layout.token(*token, before, &tokens[index + 1..]);
    }
    layout.end_segment();
    LaidOut { kinds: layout.kinds, spans: layout.spans, segments: layout.segments }
}

/// An open bracket.
struct Level {
    /// The index of its token in the output.
    opened: usize,
    /// Whether newlines count directly inside it.
    newlines: bool,
    /// How many operators and links the statement directly inside it has so far.
    links: u32,
    /// Whether a word of the statement directly inside it still waits for its `{`.
    wants_brace: bool,
}

struct Layout<'a> {
    source: SourceId,
    kinds: Vec<Tok>,
    spans: Vec<(u32, u32)>,
    segments: Vec<Segment>,
    /// Where the present segment begins in the output.
    start: usize,
    /// The open brackets; the first level is the file itself.
    levels: Vec<Level>,
    /// The sum of all levels' links.
    links: u32,
    /// The token at which the present segment became too deep.
    too_deep: Option<Token>,
    repairs: &'a [u32],
    diagnostics: &'a mut Diagnostics,
}

impl Layout<'_> {
    fn token(&mut self, token: Token, before: Option<Token>, rest: &[Token]) {
        let next = rest.first().map(|next| next.tok);
        if let Some(before) = before {
            if token.first && matches!(before.tok, MINUS | PLUS) {
                self.step(token, before.tok);
            } else if token.first && self.ends_statement(before, token, rest) {
                if matches!(token.tok, Tok::LBrace(_)) && self.level().wants_brace {
                    self.misplaced_brace(token);
                } else {
                    self.end_statement(Tok::Newline, before.end, before.end);
                }
            }
        }
        let previous = self.kinds.last().copied();
        match token.tok {
            Tok::Semi => return self.end_statement(Tok::Semi, token.start, token.end),
            Tok::LBrace(_) => {
                self.level_mut().wants_brace = false;
                let after_type = matches!(previous, Some(Tok::Upper(_) | Tok::RAngle));
                self.open(Tok::LBrace(after_type), token, true);
            }
            Tok::LParen(_) | Tok::LBracket | Tok::InterpOpen | Tok::LAngle => {
                self.open(token.tok, token, false)
            }
            Tok::RParen | Tok::RBracket | Tok::RBrace | Tok::InterpClose | Tok::RAngle => {
                self.close(token, next)
            }
            Tok::Comma => self.reset_links(),
            tok => {
                if tok.wants_brace() {
                    self.level_mut().wants_brace = true;
                }
                if links(tok) {
                    self.add_link(token);
                }
            }
        }
        if !is_open(token.tok) {
            self.push(token.tok, token.start, token.end);
        }
    }

    /// Whether the newline between two tokens ends a statement.
    fn ends_statement(&self, before: Token, token: Token, rest: &[Token]) -> bool {
        if !self.level().newlines || !before.tok.ends_statement() {
            return false;
        }
        match token.tok {
            Tok::RBrace => false,
            Tok::Dot => !matches!(rest.first().map(|next| next.tok), Some(Tok::Lower(_))),
            Tok::Else => is_else_arm(rest),
            _ => true,
        }
    }

    /// `i++` or `i--` at the end of a line: a habit that would take the next line as its operand.
    fn step(&mut self, token: Token, sign: Tok) {
        let at = self.kinds.len();
        let (Some([operand, first, second]), true) =
            (self.kinds.get(at.wrapping_sub(3)..), self.level().newlines)
        else {
            return;
        };
        if (*first, *second) != (sign, sign) {
            return;
        }
        let ((start, middle), (again, end)) = (self.spans[at - 2], self.spans[at - 1]);
        if !operand.ends_statement() || middle != again {
            return;
        }
        self.diagnostics.report(if sign == PLUS {
            Diagnostic::error(Code::E0009, Span::new(self.source, start, end), "there is no `++`")
                .help("write `i += 1`")
        } else {
            Diagnostic::error(Code::E0009, Span::new(self.source, start, end), "there is no `--`")
                .help("write `i -= 1`")
        });
        self.kinds.truncate(at - 2);
        self.spans.truncate(at - 2);
        if token.tok != Tok::RBrace {
            self.end_statement(Tok::Newline, end, end);
        }
    }

    fn misplaced_brace(&mut self, token: Token) {
        self.diagnostics.report(
            Diagnostic::error(
                Code::E0002,
                Span::new(self.source, token.start, token.end),
                "this `{` stands on a line of its own",
            )
            .note("a statement ends at the end of its line")
            .help("put it at the end of the line before"),
        );
    }

    fn end_statement(&mut self, tok: Tok, start: u32, end: u32) {
        self.reset_links();
        self.level_mut().wants_brace = false;
        if self.levels.len() == 1 && !(tok == Tok::Newline && self.awaits_default()) {
            self.end_segment();
            self.push(tok, start, end);
            self.start = self.kinds.len();
        } else {
            self.push(tok, start, end);
        }
    }

    /// Whether the present segment is a constant and its last token a `??`: no type ends there.
    fn awaits_default(&self) -> bool {
        let segment = &self.kinds[self.start..];
        segment.last() == Some(&Tok::Op(BinaryOp::Coalesce))
            && matches!(segment, [Tok::Const, ..] | [Tok::Pub, Tok::Const, ..])
    }

    fn end_segment(&mut self) {
        let (start, end) = (self.start, self.kinds.len());
        let too_deep = self.too_deep.take();
        if let Some(token) = too_deep {
            self.diagnostics.report(
                Diagnostic::error(
                    Code::E0014,
                    Span::new(self.source, token.start, token.end),
                    "this is nested too deeply",
                )
                .help("split it into several statements or functions"),
            );
        }
        if start < end {
            let (first, last) = (self.spans[start].0, self.spans[end - 1].1);
            let repaired = self.repairs.iter().copied().find(|at| (first..=last).contains(at));
            self.segments.push(Segment { start, end, repaired, too_deep: too_deep.is_some() });
        }
    }

    fn open(&mut self, tok: Tok, token: Token, newlines: bool) {
        self.add_link(token);
        self.levels.push(Level { opened: self.kinds.len(), newlines, links: 0, wants_brace: false });
        self.push(tok, token.start, token.end);
    }

    fn close(&mut self, token: Token, next: Option<Tok>) {
        if self.levels.len() == 1 {
            return;
        }
        if let Some(level) = self.levels.pop() {
            self.links -= level.links;
            if token.tok == Tok::InterpClose {
                // The parts of a string lie beside one another.
                self.level_mut().links -= 1;
                self.links -= 1;
            }
            if token.tok == Tok::RParen && next == Some(Tok::FatArrow) {
                self.kinds[level.opened] = Tok::LParen(true);
            }
        }
    }

    fn add_link(&mut self, token: Token) {
        self.level_mut().links += 1;
        self.links += 1;
        if self.links > MAX_DEPTH && self.too_deep.is_none() {
            self.too_deep = Some(token);
        }
    }

    fn reset_links(&mut self) {
        self.links -= std::mem::take(&mut self.level_mut().links);
    }

    fn level(&self) -> &Level {
        self.levels.last().expect("the file's own level is never closed")
    }

    fn level_mut(&mut self) -> &mut Level {
        self.levels.last_mut().expect("the file's own level is never closed")
    }

    fn push(&mut self, tok: Tok, start: u32, end: u32) {
        self.kinds.push(tok);
        self.spans.push((start, end));
    }
}

fn is_open(tok: Tok) -> bool {
    matches!(tok, Tok::LBrace(_) | Tok::LParen(_) | Tok::LBracket | Tok::InterpOpen | Tok::LAngle)
}

/// Whether an `else` at the start of a line begins an arm of a `select`, `else =>` or `else if guard =>`; otherwise
/// it goes on with the `if` before it. Looks no further than the next `else`, so all looks together are linear.
fn is_else_arm(rest: &[Token]) -> bool {
    let Some((first, rest)) = rest.split_first() else { return false };
    if first.tok != Tok::If {
        return first.tok == Tok::FatArrow;
    }
    let mut depth = 0;
    for token in rest {
        match token.tok {
            Tok::FatArrow if depth == 0 => return true,
            Tok::LBrace(_) if depth == 0 => return false,
            Tok::Else | Tok::Semi => return false,
            tok if is_open(tok) => depth += 1,
            Tok::RParen | Tok::RBracket | Tok::RBrace | Tok::InterpClose | Tok::RAngle => {
                if depth == 0 {
                    return false;
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    false
}

/// Whether a token can put another level into the tree of its statement.
fn links(tok: Tok) -> bool {
    let sign = matches!(
        tok,
        Tok::Op(_) | Tok::Dot | Tok::Question | Tok::Bang | Tok::Tilde | Tok::DotDot | Tok::DotDotEq
    );
    let arrow = matches!(tok, Tok::FatArrow | Tok::Arrow);
    let word = matches!(tok, Tok::Await | Tok::Spawn | Tok::Detach | Tok::Return | Tok::Else | Tok::Defer);
    sign || arrow || word
}
