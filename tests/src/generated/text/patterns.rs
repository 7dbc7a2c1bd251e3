//! Patterns, and the arms that they stand in.

use super::super::tree::{Arm, Choice, Expr, Pattern};
use super::super::value::{Shape, Value};
use super::Printer;
use super::expressions::literal;

impl Printer {
    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Any => self.put("_"),
            Pattern::Bind(name) => self.put(name),
            Pattern::Literal(value) => self.put(&bare(value)),
            Pattern::Range(from, to) => {
                self.put(&bare(from));
                self.put("..=");
                self.put(&bare(to));
            }
            Pattern::Tuple(parts) => {
                self.put("(");
                self.separated(parts, Self::pattern);
                self.put(")");
            }
            Pattern::Shape(shape, parts) => self.shape_pattern(shape, parts),
            Pattern::Either(patterns) => {
                for (at, pattern) in patterns.iter().enumerate() {
                    self.put(if at == 0 { "" } else { " | " });
                    self.pattern(pattern);
                }
            }
        }
    }

    fn shape_pattern(&mut self, shape: &Shape, parts: &[Pattern]) {
        if !shape.owner.is_empty() {
            self.put(&shape.owner);
            self.put(".");
        }
        self.put(&shape.name);
        if shape.fields.is_empty() {
            return;
        }
        if !shape.is_named {
            self.put("(");
            self.separated(parts, Self::pattern);
            return self.put(")");
        }
        self.put(" { ");
        let fields: Vec<_> = shape.fields.iter().zip(parts).collect();
        self.separated(&fields, |printer, (field, part)| {
            printer.put(field);
            printer.put(": ");
            printer.pattern(part);
        });
        self.put(" }");
    }

    pub(super) fn matching(&mut self, value: &Expr, arms: &[Arm]) {
        self.put("match ");
        self.expr(value, 1);
        self.put(" {");
        self.indent += 1;
        for (at, arm) in arms.iter().enumerate() {
            self.begin_arm(at);
            self.pattern(&arm.pattern);
            if let Some(guard) = &arm.guard {
                self.put(" if ");
                self.expr(guard, 1);
            }
            self.put(" => ");
            self.block(&arm.body);
        }
        self.end();
        self.put("}");
    }

    pub(super) fn selecting(&mut self, is_biased: bool, choices: &[Choice]) {
        self.put(if is_biased { "select biased {" } else { "select {" });
        self.indent += 1;
        for (at, choice) in choices.iter().enumerate() {
            self.begin_arm(at);
            let body = match choice {
                Choice::Receive(name, rx, body) => {
                    self.put("Some(");
                    self.put(name);
                    self.put(") = ");
                    self.expr(rx, 90);
                    self.put(".recv()");
                    body
                }
                Choice::Await(name, future, body) => {
                    self.put(name);
                    self.put(" = await ");
                    self.expr(future, 90);
                    body
                }
                Choice::Send(tx, value, body) => {
                    self.expr(tx, 90);
                    self.put(".send(");
                    self.expr(value, 0);
                    self.put(")");
                    body
                }
                Choice::Closed(body) => {
                    self.put("closed");
                    body
                }
                Choice::After(body) => {
                    self.put("after 1000m");
                    body
                }
            };
            self.put(" => ");
            self.block(body);
        }
        self.end();
        self.put("}");
    }

    fn begin_arm(&mut self, at: usize) {
        match (self.flat, at) {
            (0, _) => self.line(),
            (_, 0) => self.put(" "),
            _ => self.put(", "),
        }
    }
}

/// A literal of a pattern, which takes the type of the value.
fn bare(value: &Value) -> String {
    match value {
        Value::Int(_, number) => number.to_string(),
        _ => literal(value),
    }
}
