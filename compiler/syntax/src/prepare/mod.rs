//! Raw tokens to what the parser reads: brackets balanced, type arguments told from comparisons,
//! newlines that end statements made tokens.
//!
//! *Requires* raw tokens as the lexer gives them. *Ensures*: brackets match, with every repair
//! reported; depth is bounded; [`Tok::LParen`] and [`Tok::LBrace`] carry what the parser needs to
//! choose a production by one token.

mod angles;
mod brackets;
mod layout;

use wyn_base::{Diagnostics, SourceId};

use crate::lex::Damage;
use crate::token::{Tok, Token};

/// What the parser reads.
pub(crate) struct Prepared {
    /// The kinds of the tokens.
    pub(crate) kinds: Vec<Tok>,
    /// Their places: byte offsets of the first byte and of the one past the last.
    pub(crate) spans: Vec<(u32, u32)>,
    /// The top-level declarations.
    pub(crate) segments: Vec<Segment>,
    /// The offsets of the brackets that had to be repaired, in order.
    repairs: Vec<u32>,
}

impl Prepared {
    /// The repairs from one offset up to another.
    pub(crate) fn repairs_between(&self, start: u32, end: u32) -> Vec<u32> {
        let first = self.repairs.partition_point(|at| *at < start);
        self.repairs[first..].iter().copied().take_while(|at| *at < end).collect()
    }
}

/// A run of tokens that should be one top-level declaration; the newline or `;` that ends it is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The index of its first token.
    pub(crate) start: usize,
    /// One past the index of its last token.
    pub(crate) end: usize,
    /// The offset of the first bracket in it that had to be repaired: what the parser finds from there on may
    /// be only a consequence.
    pub(crate) repaired: Option<u32>,
    /// Whether it is nested too deeply to be read.
    pub(crate) too_deep: bool,
}

/// Prepares the tokens of one file. `damaged` is the lexer's.
pub(crate) fn prepare(
    source: SourceId,
    text: &str,
    mut tokens: Vec<Token>,
    damaged: &[Damage],
    diagnostics: &mut Diagnostics,
) -> Prepared {
    let repairs = brackets::balance(source, text, &mut tokens, damaged, diagnostics);
    angles::mark(&mut tokens);
    let laid_out = layout::lay_out(source, &tokens, &repairs, diagnostics);
    Prepared { kinds: laid_out.kinds, spans: laid_out.spans, segments: laid_out.segments, repairs }
}
