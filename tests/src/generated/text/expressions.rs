//! Expressions.

use std::fmt::Write;

use super::super::tree::{Argument, Binary, Expr, Forever, Int, Name, Piece, Scope, Unary, Work};
use super::super::value::{Shape, Value, escaped, float_text};
use super::{Printer, shown_type};

/// Precedences: what stands alone, what is behind an operand, what is in front of one.
const ATOM: u8 = 100;
const POSTFIX: u8 = 90;
const PREFIX: u8 = 80;

/// How an operator is written.
pub(super) fn sign(op: Binary) -> &'static str {
    match op {
        Binary::Add => "+",
        Binary::Sub => "-",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::Rem => "%",
        Binary::WrapAdd => "+%",
        Binary::WrapSub => "-%",
        Binary::WrapMul => "*%",
        Binary::Shl => "<<",
        Binary::Shr => ">>",
        Binary::And => "&",
        Binary::Or => "|",
        Binary::Xor => "^",
        Binary::Both => "&&",
        Binary::Either => "||",
        Binary::Eq => "==",
        Binary::Ne => "!=",
        Binary::Lt => "<",
        Binary::Le => "<=",
        Binary::Gt => ">",
        Binary::Ge => ">=",
        Binary::In => "in",
        Binary::Default => "??",
    }
}

/// How tightly an operator binds, and whether it groups with one of its own on the left and right.
fn binding(op: Binary) -> (u8, u8, u8) {
    match op {
        Binary::Mul | Binary::Div | Binary::Rem | Binary::WrapMul => (70, 70, 71),
        Binary::Add | Binary::Sub | Binary::WrapAdd | Binary::WrapSub => (65, 65, 66),
        Binary::Shl | Binary::Shr => (60, 60, 61),
        Binary::And => (55, 55, 56),
        Binary::Xor => (50, 50, 51),
        Binary::Or => (45, 45, 46),
        Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge => (0, 36, 36),
        Binary::Eq | Binary::Ne | Binary::In => (35, 36, 36),
        Binary::Both => (30, 30, 31),
        Binary::Either => (25, 25, 26),
        Binary::Default => (20, 21, 20),
    }
}

fn level(expr: &Expr) -> u8 {
    match expr {
        Expr::Literal(Value::Int(Int::I64, number)) if *number < 0 => PREFIX,
        Expr::Literal(Value::Float(number)) if number.is_sign_negative() => PREFIX,
        Expr::Literal(_)
        | Expr::Variable(_)
        | Expr::Array(_)
        | Expr::Repeat(..)
        | Expr::Tuple(_)
        | Expr::Map(_)
        | Expr::Set(_)
        | Expr::Make(..)
        | Expr::Update(..)
        | Expr::Text(_) => ATOM,
        Expr::Call(..)
        | Expr::Method(..)
        | Expr::Invoke(..)
        | Expr::Std(..)
        | Expr::Change(..)
        | Expr::Free(..)
        | Expr::Field(..)
        | Expr::Part(..)
        | Expr::Index(..)
        | Expr::Slice(..)
        | Expr::Typed(..)
        | Expr::Try(_)
        | Expr::Forever(_)
        | Expr::With(..) => POSTFIX,
        Expr::Unary(..) | Expr::Await(_) => PREFIX,
        Expr::Spawn { work, detached: false, .. } if matches!(**work, Work::Call(_)) => PREFIX,
        Expr::Binary(op, ..) => binding(*op).0,
        Expr::Range(..) => 40,
        _ => 0,
    }
}

/// The text of a scalar.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Int(Int::I64, number) => number.to_string(),
        Value::Int(int, number) => format!("{}({number})", int.name()),
        Value::Float(float) => float_text(*float),
        Value::Str(text) => format!("\"{}\"", escaped(text).replace('$', "\\$")),
        Value::Char(c) => format!("'{c}'"),
        Value::Bool(truth) => truth.to_string(),
        _ => "()".to_owned(),
    }
}

impl Printer {
    /// Writes an expression, in brackets if it binds less than `least`.
    pub(super) fn expr(&mut self, expr: &Expr, least: u8) {
        if level(expr) >= least {
            return self.bare(expr);
        }
        self.put("(");
        self.bare(expr);
        self.put(")");
    }

    fn bare(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(value) => self.put(&literal(value)),
            Expr::Variable(name) => self.put(name),
            Expr::Unary(op, operand) => {
                self.put(match op {
                    Unary::Negate => "-",
                    Unary::Not => "!",
                    Unary::Invert => "~",
                });
                // Two signs in a row are not taken for one operator, and `-1` is a literal.
                self.expr(operand, if matches!(**operand, Expr::Literal(_)) { ATOM + 1 } else { PREFIX + 1 });
            }
            Expr::Binary(op, left, right) => {
                let (_, on_left, on_right) = binding(*op);
                self.expr(left, on_left);
                _ = write!(self.out, " {} ", sign(*op));
                self.expr(right, on_right);
            }
            Expr::Range(from, to, is_closed) => {
                self.expr(from, 41);
                self.put(if *is_closed { "..=" } else { ".." });
                self.expr(to, 41);
            }
            Expr::Array(parts) => self.list("[", parts, "]"),
            Expr::Tuple(parts) => self.list("(", parts, ")"),
            Expr::Set(parts) => self.list("({", parts, "})"),
            Expr::Repeat(value, count) => {
                self.put("[");
                self.expr(value, 0);
                _ = write!(self.out, "; {count}]");
            }
            Expr::Map(entries) if entries.is_empty() => self.put("({:})"),
            Expr::Map(entries) => {
                self.put("({");
                self.separated(entries, |printer, (key, value)| {
                    printer.expr(key, 0);
                    printer.put(": ");
                    printer.expr(value, 0);
                });
                self.put("})");
            }
            Expr::Make(shape, fields) => self.make(shape, fields, None),
            Expr::Update(shape, fields, base) => self.make(shape, fields, Some(base)),
            Expr::Text(pieces) => self.interpolation(pieces),
            Expr::If(condition, then, otherwise) => {
                self.put("if ");
                self.condition(condition);
                self.put(" ");
                self.block(then);
                self.put(" else ");
                self.block(otherwise);
            }
            Expr::Match(value, arms) => self.matching(value, arms),
            Expr::Closure(parameters, body) => {
                let shown = parameters.iter().map(|(name, of)| format!("{name}: {}", shown_type(of)));
                let shown = shown.collect::<Vec<_>>().join(", ");
                _ = write!(self.out, "({shown}) => ");
                match &body.value {
                    Some(value) if body.statements.is_empty() => self.expr(value, 1),
                    _ => self.block(body),
                }
            }
            Expr::Spawn { detached, work, .. } => {
                self.put(if *detached { "detach spawn " } else { "spawn " });
                match &**work {
                    Work::Call(call) => self.expr(call, 0),
                    Work::Block(block) => self.block(block),
                }
            }
            Expr::Await(future) => {
                self.put("await ");
                self.expr(future, POSTFIX);
            }
            Expr::Scope(scope, body) => {
                self.put(match scope {
                    Scope::Nursery => "nursery ",
                    Scope::Limited(1) => "nursery(limit: 1) ",
                    Scope::Limited(2) => "nursery(limit: 2) ",
                    Scope::Limited(_) => "nursery(limit: 3) ",
                    Scope::Supervised => "nursery(supervised: true) ",
                    Scope::Timed => "nursery(timeout: 1000m) ",
                    Scope::Within => "within 1000m ",
                    Scope::Expired => "within 0s ",
                });
                self.block(body);
            }
            Expr::Lock(handles, body) => {
                self.put("lock ");
                self.separated(handles, |printer, (handle, name)| {
                    printer.expr(handle, 1);
                    _ = write!(printer.out, " as {name}");
                });
                self.put(" ");
                self.block(body);
            }
            Expr::Select(is_biased, choices) => self.selecting(*is_biased, choices),
            _ => self.postfix(expr),
        }
    }

    fn postfix(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(name, arguments) => {
                self.put(name);
                self.arguments(arguments);
            }
            Expr::Method(receiver, name, arguments) => {
                match &**receiver {
                    Argument::Value(value) => self.expr(value, POSTFIX),
                    Argument::Place(place) => self.place(place),
                }
                _ = write!(self.out, ".{name}");
                self.arguments(arguments);
            }
            Expr::Invoke(function, arguments) => {
                self.expr(function, ATOM);
                self.list("(", arguments, ")");
            }
            Expr::Std(receiver, name, arguments) => {
                self.expr(receiver, POSTFIX);
                _ = write!(self.out, ".{name}");
                self.list("(", arguments, ")");
            }
            Expr::Change(place, name, arguments) => {
                self.place(place);
                _ = write!(self.out, ".{name}");
                self.list("(", arguments, ")");
            }
            Expr::Free(name, arguments) => {
                self.put(name);
                self.list("(", arguments, ")");
            }
            Expr::Field(value, name) => {
                self.expr(value, POSTFIX);
                _ = write!(self.out, ".{name}");
            }
            Expr::Part(value, at) => {
                self.expr(value, POSTFIX);
                _ = write!(self.out, ".{at}");
            }
            Expr::Index(value, index) => {
                self.expr(value, POSTFIX);
                self.list("[", std::slice::from_ref(index), "]");
            }
            Expr::Slice(value, from, to) => {
                self.expr(value, POSTFIX);
                self.put("[");
                if let Some(from) = from {
                    self.expr(from, 41);
                }
                self.put("..");
                if let Some(to) = to {
                    self.expr(to, 41);
                }
                self.put("]");
            }
            Expr::Typed(of, value) => {
                _ = write!(self.out, "typed<{}>", shown_type(of));
                self.list("(", std::slice::from_ref(value), ")");
            }
            Expr::Try(value) => {
                // Two in a row are another operator at the end of a line.
                self.expr(value, if matches!(**value, Expr::Try(_)) { ATOM } else { POSTFIX });
                self.put("?");
            }
            Expr::Forever(how) => self.put(match how {
                Forever::Sleep => "sleep(1000m)",
                Forever::Receive => "forever_receive()",
                Forever::Checkpoint => "forever_checkpoint()",
                Forever::Select => "forever_select()",
            }),
            Expr::With(local, value, body) => {
                self.expr(local, POSTFIX);
                self.put(".with(");
                self.expr(value, 0);
                self.put(", () => ");
                self.block(body);
                self.put(")");
            }
            _ => {}
        }
    }

    fn list<E: AsRef<Expr>>(&mut self, open: &str, parts: &[E], close: &str) {
        self.put(open);
        self.separated(parts, |printer, part| printer.expr(part.as_ref(), 0));
        self.put(close);
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        self.put("(");
        self.separated(arguments, |printer, argument| match argument {
            Argument::Value(value) => printer.expr(value, 0),
            Argument::Place(place) => {
                printer.put("&");
                printer.place(place);
            }
        });
        self.put(")");
    }

    fn make(&mut self, shape: &Shape, fields: &[(usize, Expr)], base: Option<&Expr>) {
        let owner = if shape.owner.is_empty() { String::new() } else { format!("{}.", shape.owner) };
        if shape.is_variant && !shape.is_named {
            _ = write!(self.out, "{owner}{}", shape.name);
            if !fields.is_empty() {
                self.put("(");
                self.separated(fields, |printer, (_, value)| printer.expr(value, 0));
                self.put(")");
            }
            return;
        }
        _ = write!(self.out, "({owner}{} {{ ", shape.name);
        self.separated(fields, |printer, (at, value)| {
            let name: &Name = &shape.fields[*at];
            _ = write!(printer.out, "{name}: ");
            printer.expr(value, 0);
        });
        if let Some(base) = base {
            self.put(if fields.is_empty() { ".." } else { ", .." });
            self.expr(base, 1);
        }
        self.put(" })");
    }

    fn interpolation(&mut self, pieces: &[Piece]) {
        self.flat += 1;
        self.put("\"");
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.put(&escaped(text).replace('$', "\\$")),
                Piece::Shown(value) => {
                    self.put("${");
                    self.expr(value, 1);
                    self.put("}");
                }
            }
        }
        self.put("\"");
        self.flat -= 1;
    }
}

impl AsRef<Expr> for Expr {
    fn as_ref(&self) -> &Expr {
        self
    }
}
