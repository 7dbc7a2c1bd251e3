//! Text to tokens, with logos.
//!
//! Takes a file's text and gives its raw tokens, its comments, and what is wrong with them. Raw: no
//! newline is a token yet, `<` is always an operator, brackets need not match. Words after a `.` are
//! names, whatever they spell. What logos cannot describe, strings, numbers and block comments, is
//! scanned by hand in the files beside this one, starting from a trigger.
//!
//! Invariants: tokens are in source order and do not overlap; interpolations are closed (an
//! [`Tok::InterpOpen`] has its [`Tok::InterpClose`], a [`Tok::StrOpen`] its [`Tok::StrClose`]); text
//! that is no token is reported and becomes at most a [`Tok::Error`].

mod number;
mod string;

use logos::Logos;
use wyn_base::{Code, Diagnostic, Diagnostics, SourceId, Span, Symbol};

use crate::ast::{BinaryOp, Comment, CommentKind};
use crate::token::{EQ, Tok, Token};
use string::OpenString;

/// What the lexer gives.
pub(crate) struct Lexed {
    /// The raw tokens.
    pub(crate) tokens: Vec<Token>,
    /// All comments.
    pub(crate) comments: Vec<Comment>,
    /// The doc comments' texts, each with the offset of the token that follows it.
    pub(crate) docs: Vec<(u32, Symbol)>,
    /// What strings, characters and comments that are never closed took away.
    pub(crate) damaged: Vec<Damage>,
    /// What is wrong.
    pub(crate) diagnostics: Diagnostics,
}

/// Text that a string or comment which is never closed took away: brackets missing because of it are not reported again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Damage {
    /// Where it ends.
    pub(crate) end: u32,
    /// Whether it goes over several lines, to the end of the file.
    pub(crate) lines: bool,
}

/// What logos recognises: whole tokens, and the triggers of what is scanned by hand.
#[derive(Logos, Clone, Copy, Debug)]
#[logos(skip r"[ \t\r\x0c]+")]
enum Raw {
    #[token("\n")]
    Newline,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    LineComment,
    #[token("/*")]
    BlockComment,
    #[regex(r"[\p{XID_Start}_]\p{XID_Continue}*")]
    Word,
    #[regex(r"[0-9]")]
    Digit,
    #[token("\"")]
    Quote,
    #[token("\"\"\"")]
    TripleQuote,
    #[regex("r#*\"")]
    Verbatim,
    #[token("'")]
    Tick,

    #[token("await", |_| Tok::Await)]
    #[token("break", |_| Tok::Break)]
    #[token("const", |_| Tok::Const)]
    #[token("continue", |_| Tok::Continue)]
    #[token("defer", |_| Tok::Defer)]
    #[token("detach", |_| Tok::Detach)]
    #[token("else", |_| Tok::Else)]
    #[token("enum", |_| Tok::Enum)]
    #[token("extern", |_| Tok::Extern)]
    #[token("false", |_| Tok::False)]
    #[token("fn", |_| Tok::Fn)]
    #[token("for", |_| Tok::For)]
    #[token("if", |_| Tok::If)]
    #[token("impl", |_| Tok::Impl)]
    #[token("import", |_| Tok::Import)]
    #[token("in", |_| Tok::Op(BinaryOp::In))]
    #[token("lock", |_| Tok::Lock)]
    #[token("match", |_| Tok::Match)]
    #[token("mut", |_| Tok::Mut)]
    #[token("nursery", |_| Tok::Nursery)]
    #[token("pub", |_| Tok::Pub)]
    #[token("return", |_| Tok::Return)]
    #[token("select", |_| Tok::Select)]
    #[token("spawn", |_| Tok::Spawn)]
    #[token("struct", |_| Tok::Struct)]
    #[token("trait", |_| Tok::Trait)]
    #[token("true", |_| Tok::True)]
    #[token("type", |_| Tok::Type)]
    #[token("var", |_| Tok::Var)]
    #[token("while", |_| Tok::While)]
    #[token("within", |_| Tok::Within)]
    #[token("after", |_| Tok::After)]
    #[token("as", |_| Tok::As)]
    #[token("any", |_| Tok::Any)]
    #[token("biased", |_| Tok::Biased)]
    #[token("closed", |_| Tok::Closed)]
    #[token("test", |_| Tok::Test)]
    #[token("_", |_| Tok::Underscore, priority = 10)]
    Keyword(Tok),

    #[token("(", |_| Tok::LParen(false))]
    #[token(")", |_| Tok::RParen)]
    #[token("[", |_| Tok::LBracket)]
    #[token("]", |_| Tok::RBracket)]
    #[token("{", |_| Tok::LBrace(false))]
    #[token("}", |_| Tok::RBrace)]
    #[token(",", |_| Tok::Comma)]
    #[token(":", |_| Tok::Colon)]
    #[token(";", |_| Tok::Semi)]
    #[token(".", |_| Tok::Dot)]
    #[token("..", |_| Tok::DotDot)]
    #[token("..=", |_| Tok::DotDotEq)]
    #[token("->", |_| Tok::Arrow)]
    #[token("=>", |_| Tok::FatArrow)]
    #[token("?", |_| Tok::Question)]
    #[token("!", |_| Tok::Bang)]
    #[token("~", |_| Tok::Tilde)]
    #[token("*", |_| Tok::Op(BinaryOp::Mul))]
    #[token("/", |_| Tok::Op(BinaryOp::Div))]
    #[token("%", |_| Tok::Op(BinaryOp::Rem))]
    #[token("*%", |_| Tok::Op(BinaryOp::WrappingMul))]
    #[token("+", |_| Tok::Op(BinaryOp::Add))]
    #[token("+%", |_| Tok::Op(BinaryOp::WrappingAdd))]
    #[token("-", |_| Tok::Op(BinaryOp::Sub))]
    #[token("-%", |_| Tok::Op(BinaryOp::WrappingSub))]
    #[token("<<", |_| Tok::Op(BinaryOp::Shl))]
    #[token(">>", |_| Tok::Op(BinaryOp::Shr))]
    #[token("&", |_| Tok::Op(BinaryOp::BitAnd))]
    #[token("^", |_| Tok::Op(BinaryOp::BitXor))]
    #[token("|", |_| Tok::Op(BinaryOp::BitOr))]
    #[token("==", |_| Tok::Op(BinaryOp::Eq))]
    #[token("!=", |_| Tok::Op(BinaryOp::Ne))]
    #[token("<", |_| Tok::Op(BinaryOp::Lt))]
    #[token("<=", |_| Tok::Op(BinaryOp::Le))]
    #[token(">", |_| Tok::Op(BinaryOp::Gt))]
    #[token(">=", |_| Tok::Op(BinaryOp::Ge))]
    #[token("&&", |_| Tok::Op(BinaryOp::And))]
    #[token("||", |_| Tok::Op(BinaryOp::Or))]
    #[token("??", |_| Tok::Op(BinaryOp::Coalesce))]
    #[token("=", |_| EQ)]
    #[token("*=", |_| Tok::Assign(Some(BinaryOp::Mul)))]
    #[token("/=", |_| Tok::Assign(Some(BinaryOp::Div)))]
    #[token("%=", |_| Tok::Assign(Some(BinaryOp::Rem)))]
    #[token("*%=", |_| Tok::Assign(Some(BinaryOp::WrappingMul)))]
    #[token("+=", |_| Tok::Assign(Some(BinaryOp::Add)))]
    #[token("+%=", |_| Tok::Assign(Some(BinaryOp::WrappingAdd)))]
    #[token("-=", |_| Tok::Assign(Some(BinaryOp::Sub)))]
    #[token("-%=", |_| Tok::Assign(Some(BinaryOp::WrappingSub)))]
    #[token("<<=", |_| Tok::Assign(Some(BinaryOp::Shl)))]
    #[token(">>=", |_| Tok::Assign(Some(BinaryOp::Shr)))]
    #[token("&=", |_| Tok::Assign(Some(BinaryOp::BitAnd)))]
    #[token("^=", |_| Tok::Assign(Some(BinaryOp::BitXor)))]
    #[token("|=", |_| Tok::Assign(Some(BinaryOp::BitOr)))]
    #[token("&&=", |_| Tok::Assign(Some(BinaryOp::And)))]
    #[token("||=", |_| Tok::Assign(Some(BinaryOp::Or)))]
    #[token("??=", |_| Tok::Assign(Some(BinaryOp::Coalesce)))]
    Punctuation(Tok),
}

/// Lexes a file. `text` is at most `u32::MAX` bytes long.
pub(crate) fn lex(source: SourceId, text: &str) -> Lexed {
    let mut lexer = Lexer {
        source,
        text,
        pos: 0,
        first: true,
        last_unknown: None,
        tokens: Vec::with_capacity(text.len() / 4),
        comments: Vec::new(),
        docs: Vec::new(),
        doc_lines: Vec::new(),
        strings: Vec::new(),
        damaged: Vec::new(),
        empty: Symbol::new(""),
        diagnostics: Diagnostics::new(),
    };
    lexer.run();
    Lexed {
        tokens: lexer.tokens,
        comments: lexer.comments,
        docs: lexer.docs,
        damaged: lexer.damaged,
        diagnostics: lexer.diagnostics,
    }
}

struct Lexer<'t> {
    source: SourceId,
    text: &'t str,
    /// Where the next token, or the gap before it, begins.
    pos: usize,
    /// Whether a newline stands between the last token and `pos`.
    first: bool,
    /// Where the last unknown character stands.
    last_unknown: Option<usize>,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    docs: Vec<(u32, Symbol)>,
    /// The lines of a doc comment whose token is still to come.
    doc_lines: Vec<&'t str>,
    /// The strings whose interpolation is being read, outermost first.
    strings: Vec<OpenString>,
    damaged: Vec<Damage>,
    empty: Symbol,
    diagnostics: Diagnostics,
}

impl<'t> Lexer<'t> {
    fn run(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.pos = '\u{feff}'.len_utf8();
        }
        let mut raw = Raw::lexer(self.text);
        raw.bump(self.pos);
        while let Some(found) = raw.next() {
            let span = raw.span();
            self.pos = span.end;
            match found {
                Ok(kind) => self.token(kind, span.start),
                Err(()) => self.unknown(span.start),
            }
            // A scan by hand went on, or back.
            if self.pos > raw.span().end {
                raw.bump(self.pos - raw.span().end);
            }
        }
        self.pos = self.text.len();
        self.close_interpolations(|_| true);
    }

    fn token(&mut self, kind: Raw, start: usize) {
        match kind {
            Raw::Newline => self.newline(start),
            Raw::LineComment => self.line_comment(start),
            Raw::BlockComment => self.block_comment(start),
            Raw::Word => self.word(start),
            Raw::Keyword(tok) => {
                if self.after_dot() {
                    self.word(start)
                } else {
                    self.push(tok, start)
                }
            }
            Raw::Digit => self.number(start),
            Raw::Quote => self.string(start, false),
            Raw::TripleQuote => self.string(start, true),
            Raw::Verbatim => self.raw_string(start),
            Raw::Tick => self.char_literal(start),
            Raw::Punctuation(tok) if self.strings.is_empty() => self.push(tok, start),
            Raw::Punctuation(tok) => self.interpolation_punctuation(tok, start),
        }
    }

    fn word(&mut self, start: usize) {
        let text = &self.text[start..self.pos];
        let symbol = Symbol::new(text);
        let upper = text.chars().next().is_some_and(char::is_uppercase);
        self.push(if upper { Tok::Upper(symbol) } else { Tok::Lower(symbol) }, start);
    }

    fn newline(&mut self, start: usize) {
        self.first = true;
        if self.strings.last().is_some_and(|open| !open.triple) {
            self.pos = start;
            self.close_interpolations(|open| !open.triple);
            self.pos = start + 1;
            self.first = true;
        }
    }

    /// Closes the interpolations that end here without a `}`, while `ends` holds. One report says it for all.
    fn close_interpolations(&mut self, ends: fn(&OpenString) -> bool) {
        let mut reported = false;
        while let Some(open) = self.strings.pop_if(|open| ends(open)) {
            self.unterminated_interpolation(&open, !std::mem::replace(&mut reported, true));
        }
    }

    fn line_comment(&mut self, start: usize) {
        let text = &self.text[start..self.pos];
        let doc = text.starts_with("///") && !text.starts_with("////");
        if doc {
            self.doc_lines.push(text[3..].trim_end());
        }
        let kind = if doc { CommentKind::Doc } else { CommentKind::Line };
        self.comments.push(Comment { span: self.span(start, self.pos), kind });
    }

    /// `/* … */`, nested. A newline inside counts as a newline.
    fn block_comment(&mut self, start: usize) {
        let bytes = self.text.as_bytes();
        let mut at = start + 2;
        let mut depth = 1;
        while depth > 0 {
            match bytes.get(at..) {
                Some([b'*', b'/', ..]) => (depth, at) = (depth - 1, at + 2),
                Some([b'/', b'*', ..]) => (depth, at) = (depth + 1, at + 2),
                Some([byte, ..]) => {
                    self.first |= *byte == b'\n';
                    at += 1;
                }
                _ => {
                    let opening = self.span(start, start + 2);
                    self.diagnostics.report(
                        Diagnostic::error(Code::E0003, opening, "this comment is never closed")
                            .help("close it with `*/`; comments nest, so each `/*` inside needs its own"),
                    );
                    self.damage(bytes.len(), true);
                    break;
                }
            }
        }
        self.pos = at.min(bytes.len());
        self.comments.push(Comment { span: self.span(start, self.pos), kind: CommentKind::Block });
    }

    fn unknown(&mut self, start: usize) {
        let found = self.text[start..].chars().next().unwrap_or('\u{fffd}');
        self.pos = start + found.len_utf8();
        if found == '`'
            && let Some(length) = self.text[self.pos..].find('`')
        {
            return self.backticks(start, self.pos + length);
        }
        let span = self.span(start, self.pos);
        self.push(Tok::Error, start);
        // Of each line the first is told (`lines`): megabytes of such characters are one mistake.
        let before = self.last_unknown.replace(start);
        if before.is_some_and(|before| !self.text[before..start].contains('\n')) {
            return;
        }
        let message = match found {
            ' '..='~' => format!("unexpected character `{found}`"),
            _ if found.is_alphanumeric() => format!("unexpected character `{found}`"),
            _ => format!("unexpected character U+{:04X}", u32::from(found)),
        };
        let after = &self.text[self.pos..];
        let in_line = self.text[..start].rsplit('\n').next().is_some_and(|line| !line.trim().is_empty());
        let help = match found {
            '#' if after.starts_with("[derive") || after.starts_with("![") => Some(
                "remove it: `Eq`, `Ord`, `Hash` and `Show` are there by themselves where the parts have them",
            ),
            '#' if after.starts_with("[test]") => Some("a test is written `test \"name\" { … }`"),
            '#' if after.starts_with('[') => Some("Wyn has no attributes: remove it"),
            '#' if after.starts_with("include") => {
                Some("modules are imported with `import`; `print` needs none")
            }
            '#' => Some("comments begin with `//`"),
            '@' if in_line => Some(
                "a whole and its parts have no names at once: match with a guard, `n if n in 1..=5 => …`",
            ),
            '@' => Some("Wyn has no decorators or attributes: remove it"),
            '`' => Some("strings are written with double quotes: \"…\""),
            '$' => Some("`${…}` is read inside a string only"),
            '\\' => Some("a statement goes on after an operator, a comma, or inside `(` and `[`"),
            '“' | '”' | '„' => Some("strings are written with plain double quotes: \"…\""),
            '–' | '—' | '−' => Some("the minus sign is `-`"),
            '×' | '·' => Some("multiplication is written `*`"),
            '÷' => Some("division is written `/`"),
            '≤' => Some("write `<=`"),
            '≥' => Some("write `>=`"),
            '≠' => Some("write `!=`"),
            '→' => Some("write `->`"),
            '⇒' => Some("write `=>`"),
            '…' => Some("a range is written `..`"),
            '‘' | '’' => Some("characters are written with plain single quotes: 'x'"),
            '\u{a0}' | '\u{200b}' | '\u{feff}' => Some("this character is invisible: remove it"),
            _ => None,
        };
        let mut diagnostic = Diagnostic::error(Code::E0001, span, message);
        diagnostic.help = help.map(str::to_owned);
        self.diagnostics.report(diagnostic);
    }

    /// A text between backticks, of which the second stands at `end`.
    fn backticks(&mut self, start: usize, end: usize) {
        self.pos = end + 1;
        self.push(Tok::Error, start);
        let text = &self.text[start + 1..end];
        let help = match text {
            _ if text.contains('\n') => {
                "write `\"\"\"` before and after it, each at the end of a line or on one of its own"
                    .to_owned()
            }
            _ if text.contains('"') || text.len() > 40 => "write `\"…\"`".to_owned(),
            _ => format!("write `\"{text}\"`"),
        };
        let opening = self.span(start, start + 1);
        self.diagnostics.report(
            Diagnostic::error(
                Code::E0009,
                opening,
                "texts are written with double quotes, not with backticks",
            )
            .help(help),
        );
    }

    // ------------------------------------------------------------------------------------ output

    fn span(&self, start: usize, end: usize) -> Span {
        // The text's length fits, so every offset does.
        Span::new(self.source, start as u32, end as u32)
    }

    /// Adds the token from `start` to the present position.
    fn push(&mut self, tok: Tok, start: usize) {
        if !self.doc_lines.is_empty() {
            self.finish_doc(start);
        }
        let first = std::mem::take(&mut self.first);
        self.tokens.push(Token { tok, start: start as u32, end: self.pos as u32, first });
    }

    fn finish_doc(&mut self, next: usize) {
        let lines = std::mem::take(&mut self.doc_lines);
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
        let stripped: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or("")).collect();
        self.docs.push((next as u32, Symbol::new(&stripped.join("\n"))));
    }

    fn after_dot(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.tok == Tok::Dot)
    }

    fn error(&mut self, code: Code, start: usize, end: usize, message: impl Into<String>) {
        let span = self.span(start, end);
        self.diagnostics.report(Diagnostic::error(code, span, message));
    }
}
