//! Strings and characters: escapes, interpolation, text blocks, raw strings.
//!
//! A string with interpolation is a bracket like any other: its state waits on a stack while the
//! tokens of `${…}` are read by the main loop, so that strings nest without recursion.

use wyn_base::{Code, Diagnostic, Symbol};

use super::{Damage, Lexer};
use crate::ast::BinaryOp;
use crate::token::{Tok, Token};

/// A string whose end is still to come.
pub(super) struct OpenString {
    /// Whether it is a text block, `"""`.
    pub(super) triple: bool,
    /// Where its opening quotes stand.
    start: usize,
    /// The index of its [`Tok::StrOpen`].
    open_index: usize,
    /// The pieces of text so far: the index of each one's token, and its range.
    pieces: Vec<(usize, usize, usize)>,
    /// Where the interpolation being read begins.
    interpolation: usize,
    /// How many brackets are open in it.
    depth: u32,
}

impl Lexer<'_> {
    /// A string whose opening quotes are `start..self.pos`.
    pub(super) fn string(&mut self, start: usize, triple: bool) {
        let open_index = self.tokens.len();
        self.push(Tok::StrOpen, start);
        self.string_text(OpenString {
            triple,
            start,
            open_index,
            pieces: Vec::new(),
            interpolation: 0,
            depth: 0,
        });
    }

    /// Text up to the next interpolation or the end.
    fn string_text(&mut self, mut open: OpenString) {
        let bytes = self.text.as_bytes();
        let from = self.pos;
        let mut at = from;
        loop {
            match bytes.get(at) {
                Some(b'"') if !open.triple || bytes[at..].starts_with(b"\"\"\"") => {
                    self.piece(&mut open, from, at);
                    self.pos = at + if open.triple { 3 } else { 1 };
                    return self.close_string(open, at);
                }
                Some(b'\\') if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
                Some(b'$') if bytes.get(at + 1) == Some(&b'{') => {
                    self.piece(&mut open, from, at);
                    self.pos = at + 2;
                    self.push(Tok::InterpOpen, at);
                    (open.interpolation, open.depth) = (at, 0);
                    return self.strings.push(open);
                }
                Some(b'\n') if !open.triple => break,
                Some(_) => at += 1,
                None => break,
            }
        }
        // Never closed. Inside an interpolation the newline's own report says so.
        self.piece(&mut open, from, at);
        self.pos = at;
        if self.strings.last().is_none_or(|outer| outer.triple) {
            let quotes = if open.triple { "\"\"\"" } else { "\"" };
            let opening = self.span(open.start, open.start + quotes.len());
            let mut diagnostic = Diagnostic::error(Code::E0003, opening, "this string is never closed")
                .help(format!("close it with `{quotes}`"));
            if !open.triple {
                diagnostic = diagnostic
                    .note("a string ends on its line; a text of several lines is written between `\"\"\"`");
            }
            self.diagnostics.report(diagnostic);
        }
        self.damage(at, open.triple);
        for (token, from, to) in &open.pieces {
            let text = self.decode(*from, *to);
            self.tokens[*token].tok = Tok::StrText(text);
        }
        self.push(Tok::StrClose, at);
    }

    /// Notes that text up to `end` was taken away.
    pub(super) fn damage(&mut self, end: usize, lines: bool) {
        let end = end as u32;
        if self.damaged.last().is_none_or(|last| last.end != end) {
            self.damaged.push(Damage { end, lines });
        }
    }

    /// Notes a piece of text; its value is set when the string ends.
    fn piece(&mut self, open: &mut OpenString, from: usize, to: usize) {
        if from < to || open.triple {
            open.pieces.push((self.tokens.len(), from, to));
            self.tokens.push(Token {
                tok: Tok::StrText(self.empty),
                start: from as u32,
                end: to as u32,
                first: false,
            });
        }
    }

    /// The closing quotes stand at `quotes..self.pos`.
    fn close_string(&mut self, open: OpenString, quotes: usize) {
        if open.triple {
            self.text_block(&open, quotes);
        } else {
            for (token, from, to) in &open.pieces {
                let text = self.decode(*from, *to);
                self.tokens[*token].tok = Tok::StrText(text);
            }
        }
        let whole = match self.tokens[open.open_index + 1..] {
            [] => Some(self.empty),
            [Token { tok: Tok::StrText(text), .. }] => Some(text),
            _ => None,
        };
        if let Some(text) = whole {
            self.tokens.truncate(open.open_index + 1);
            let token = &mut self.tokens[open.open_index];
            (token.tok, token.end) = (Tok::Str(text), self.pos as u32);
        } else {
            self.push(Tok::StrClose, quotes);
        }
    }

    /// Strips the indentation of the closing quotes from every line of a text block.
    fn text_block(&mut self, open: &OpenString, quotes: usize) {
        let (Some(&(_, first, first_end)), Some(&(_, last, last_end))) =
            (open.pieces.first(), open.pieces.last())
        else {
            return;
        };
        let head = &self.text[first..first_end];
        let opened = head.find('\n').filter(|at| head[..*at].trim().is_empty());
        let tail = &self.text[last..last_end];
        let line = tail.rfind('\n').map_or(0, |at| at + 1);
        let closed = tail.contains('\n') && tail[line..].trim().is_empty();
        if opened.is_none() {
            let end = open.start + 3;
            let span = self.span(open.start, end);
            let message = "the text of a `\"\"\"` string begins on the next line";
            let one_line = !tail.contains('\n') && open.pieces.len() < 2;
            self.diagnostics.report(Diagnostic::error(Code::E0008, span, message).help(match one_line {
                true => "a text of one line is written `\"…\"`; what describes a declaration stands before it, after `///`",
                false => "begin a line after the opening `\"\"\"`",
            }));
        } else if !closed {
            self.error(Code::E0008, quotes, self.pos, "the closing `\"\"\"` stands on a line of its own");
        }
        let (Some(opened), true) = (opened, closed) else {
            for (token, from, to) in &open.pieces {
                let text = self.decode(*from, *to);
                self.tokens[*token].tok = Tok::StrText(text);
            }
            return;
        };
        let indent = self.text[last + line..last_end].to_owned();
        for (number, (token, from, to)) in open.pieces.iter().enumerate() {
            let mut from = *from;
            let mut to = *to;
            let line_start = number == 0;
            if number == 0 {
                from += opened + 1;
            }
            if number + 1 == open.pieces.len() {
                to = (last + line).saturating_sub(1).max(from);
                if self.text[from..to].ends_with('\r') {
                    to -= 1;
                }
            }
            let text = self.strip_indent(from, to, &indent, line_start);
            self.tokens[*token].tok = Tok::StrText(text);
        }
    }

    /// The text of a piece of a text block, without `indent` at the start of its lines.
    fn strip_indent(&mut self, from: usize, to: usize, indent: &str, line_start: bool) -> Symbol {
        let mut out = String::with_capacity(to - from);
        let mut at = from;
        let text = self.text;
        for (number, line) in text[from..to].split('\n').enumerate() {
            if number > 0 {
                out.push('\n');
            }
            let begins = number > 0 || line_start;
            let stripped = if !begins {
                line
            } else if let Some(rest) = line.strip_prefix(indent) {
                rest
            } else if line.trim().is_empty() {
                ""
            } else {
                let width = line.len() - line.trim_start().len();
                let (start, end) = (at, at + width.max(1));
                let span = self.span(start, end);
                self.diagnostics.report(
                    Diagnostic::error(Code::E0008, span, "this line is indented less than the closing `\"\"\"`")
                        .help("the indentation of the closing `\"\"\"` is removed from every line: indent the line, or move the quotes left"),
                );
                line.trim_start()
            };
            let offset = at + (line.len() - stripped.len());
            self.decode_into(&mut out, offset, at + line.len());
            at += line.len() + 1;
        }
        Symbol::new(&out.replace('\r', ""))
    }

    // ------------------------------------------------------------------------------ interpolation

    /// A punctuation token inside `${…}`: brackets are counted, and at depth 0 `:` begins the format and `}` ends it.
    pub(super) fn interpolation_punctuation(&mut self, tok: Tok, start: usize) {
        let Some(open) = self.strings.last_mut() else { return };
        match tok {
            Tok::RBrace if open.depth == 0 => return self.end_interpolation(start),
            Tok::Colon if open.depth == 0 => return self.format(),
            Tok::LParen(_) | Tok::LBracket | Tok::LBrace(_) => open.depth += 1,
            Tok::RParen | Tok::RBracket | Tok::RBrace => open.depth = open.depth.saturating_sub(1),
            _ => {}
        }
        self.push(tok, start);
    }

    fn end_interpolation(&mut self, brace: usize) {
        self.pos = brace + 1;
        self.push(Tok::InterpClose, brace);
        if let Some(open) = self.strings.pop() {
            self.string_text(open);
        }
    }

    /// The format after `:`, up to the `}`; it is plain text.
    fn format(&mut self) {
        let from = self.pos;
        let rest = &self.text[from..];
        let length = rest.find(['}', '"', '\n']).unwrap_or(rest.len());
        self.pos = from + length;
        self.push(Tok::Format(Symbol::new(&rest[..length])), from);
        if rest[length..].starts_with('}') {
            self.end_interpolation(from + length);
        } else if let Some(open) = self.strings.pop() {
            self.unterminated_interpolation(&open, true);
            // The rest of the string's line is no code.
            let end = rest.find('\n').unwrap_or(rest.len());
            self.pos = from + end;
            self.damage(self.pos, false);
        }
    }

    /// Reports an interpolation that does not end, and closes it and its string here.
    pub(super) fn unterminated_interpolation(&mut self, open: &OpenString, report: bool) {
        let span = self.span(open.interpolation, open.interpolation + 2);
        let mut diagnostic =
            Diagnostic::error(Code::E0003, span, "this `${` is never closed").help("close it with `}`");
        if !open.triple {
            diagnostic = diagnostic.note("an interpolation in a `\"` string ends on its line");
        }
        if report {
            self.diagnostics.report(diagnostic);
        }
        let at = self.pos;
        self.damage(at, open.triple);
        for (token, from, to) in &open.pieces {
            let text = self.decode(*from, *to);
            self.tokens[*token].tok = Tok::StrText(text);
        }
        self.push(Tok::InterpClose, at);
        self.push(Tok::StrClose, at);
    }

    // --------------------------------------------------------------------------- raw and characters

    /// A raw string whose opening `r##"` is `start..self.pos`: everything up to `"##` stands for itself.
    pub(super) fn raw_string(&mut self, start: usize) {
        let hashes = self.pos - start - 2;
        let end = format!("\"{}", "#".repeat(hashes));
        let from = self.pos;
        let rest = &self.text[from..];
        if let Some(length) = rest.find(&end) {
            let text = Symbol::new(&rest[..length].replace("\r\n", "\n"));
            self.pos = from + length + end.len();
            return self.push(Tok::Str(text), start);
        }
        let span = self.span(start, from);
        self.diagnostics.report(
            Diagnostic::error(Code::E0003, span, "this raw string is never closed")
                .help(format!("close it with `{end}`")),
        );
        self.pos = from + rest.find('\n').unwrap_or(rest.len());
        self.damage(self.pos, false);
        self.push(Tok::Str(self.empty), start);
    }

    /// A character literal whose `'` is at `start`, or something that another language writes with a `'`.
    pub(super) fn char_literal(&mut self, start: usize) {
        let from = self.pos;
        let line = self.text[from..].split('\n').next().unwrap_or("");
        let mut chars = line.char_indices();
        match chars.next() {
            Some((_, '\\')) => {
                let mut at = from;
                let value = self.escape(&mut at);
                if self.text.as_bytes().get(at) == Some(&b'\'') {
                    self.pos = at + 1;
                    return self.push(Tok::Char(value.unwrap_or('\0')), start);
                }
            }
            Some((_, c)) if c != '\'' => {
                if let Some((at, '\'')) = chars.next() {
                    self.pos = from + at + 1;
                    return self.push(Tok::Char(c), start);
                }
            }
            _ => {}
        }
        self.malformed_char(start, line);
    }

    fn malformed_char(&mut self, start: usize, line: &str) {
        let from = start + 1;
        let word: usize =
            line.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum();
        let after = line[word..].chars().next();
        let generic = self.tokens.last().is_some_and(|token| match token.tok {
            Tok::Op(BinaryOp::Lt | BinaryOp::BitAnd) => true,
            Tok::Comma => matches!(after, Some(',' | '>')),
            _ => false,
        });
        let close = line.find('\'');
        if word > 0 && after != Some('\'') && generic {
            self.pos = from + word;
            let span = self.span(start, self.pos);
            self.diagnostics.report(
                Diagnostic::error(Code::E0009, span, "Wyn has no lifetimes")
                    .note("values behave as copies and nothing is borrowed, so there is nothing to annotate")
                    .help("remove it"),
            );
            return self.push(Tok::Error, start);
        }
        let length = close.unwrap_or(line.trim_end().len());
        self.pos = from + length + usize::from(close.is_some());
        let span = self.span(start, self.pos);
        let diagnostic = match (close, length) {
            (Some(_), 0) => Diagnostic::error(Code::E0006, span, "this character literal is empty"),
            (Some(_), _) => {
                Diagnostic::error(Code::E0006, span, "a character literal holds exactly one character")
                    .help(format!("a string is written with double quotes: \"{}\"", &line[..length]))
            }
            (None, _) => Diagnostic::error(Code::E0006, span, "this character literal is never closed")
                .help("a character is written `'x'`, a string `\"text\"`"),
        };
        self.diagnostics.report(diagnostic);
        if close.is_none() {
            self.damage(self.pos, false);
        }
        self.push(Tok::Error, start);
    }

    // ------------------------------------------------------------------------------------ escapes

    fn decode(&mut self, from: usize, to: usize) -> Symbol {
        let text = &self.text[from..to];
        if !text.contains('\\') {
            return Symbol::new(text);
        }
        let mut out = String::with_capacity(text.len());
        self.decode_into(&mut out, from, to);
        Symbol::new(&out)
    }

    fn decode_into(&mut self, out: &mut String, from: usize, to: usize) {
        let mut at = from;
        while let Some(length) = self.text[at..to].find('\\') {
            out.push_str(&self.text[at..at + length]);
            at += length;
            out.extend(self.escape(&mut at));
            at = at.min(to);
        }
        out.push_str(&self.text[at..to]);
    }

    /// The character that the escape at `*at` stands for; moves `*at` past it.
    fn escape(&mut self, at: &mut usize) -> Option<char> {
        let start = *at;
        let rest = &self.text[start + 1..];
        let Some(letter) = rest.chars().next() else {
            *at = start + 1;
            return None;
        };
        *at = start + 1 + letter.len_utf8();
        match letter {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            '0' => Some('\0'),
            '\\' | '"' | '\'' | '$' => Some(letter),
            'x' => {
                let value = rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let value = value.filter(u8::is_ascii);
                if value.is_some() {
                    *at += 2;
                } else {
                    let message = "`\\x` takes two hexadecimal digits up to `7f`";
                    self.error(Code::E0004, start, *at, message);
                }
                value.map(char::from)
            }
            'u' => {
                let digits = rest[1..]
                    .strip_prefix('{')
                    .and_then(|text| text.split_once('}'))
                    .map(|(digits, _)| digits);
                let digits = digits.filter(|digits| digits.len() <= 6);
                let value = digits.and_then(|d| u32::from_str_radix(d, 16).ok()).and_then(char::from_u32);
                *at += digits.map_or(0, |digits| digits.len() + 2);
                if value.is_none() {
                    let message = "`\\u{…}` takes the hexadecimal number of a Unicode scalar";
                    self.error(Code::E0004, start, *at, message);
                }
                value
            }
            _ => {
                let span = self.span(start, *at);
                let message = format!("`\\{}` is not an escape", letter.escape_default());
                if letter == '(' {
                    let rest = &self.text[*at..];
                    let name =
                        rest.split(')').next().filter(|name| name.len() < 40 && !name.contains(['(', '"']));
                    let name = name.unwrap_or("x");
                    self.diagnostics.report(
                        Diagnostic::error(Code::E0009, span, "values are put into a text with `${…}`")
                            .help(format!("write `${{{name}}}`")),
                    );
                    return None;
                }
                self.diagnostics.report(
                    Diagnostic::error(Code::E0004, span, message)
                        .note("the escapes are `\\n \\t \\r \\0 \\\\ \\\" \\' \\$ \\x41 \\u{1f600}`")
                        .help("for a backslash write `\\\\`, or use a raw string: r\"…\""),
                );
                None
            }
        }
    }
}
