//! Patterns and the arms of `match`.

use super::super::tree::{Arm, Block, Expr, Int, Pattern, Type};
use super::super::value::Value;
use super::Generator;

impl Generator {
    /// A pattern that matches every value of a type; its names are declared.
    pub(super) fn certain(&mut self, of: &Type, depth: u32) -> Pattern {
        match of {
            Type::Tuple(parts) if depth > 0 && self.often(70) => {
                Pattern::Tuple(parts.iter().map(|part| self.certain(part, depth - 1)).collect())
            }
            Type::Named(_) if depth > 0 && self.often(60) => match self.variants(of).as_slice() {
                [(shape, types)] if !shape.is_variant => {
                    let parts = types.iter().map(|part| self.certain(part, depth - 1)).collect();
                    Pattern::Shape(shape.clone(), parts)
                }
                _ => self.name(of),
            },
            _ if self.often(15) => Pattern::Any,
            _ => self.name(of),
        }
    }

    fn name(&mut self, of: &Type) -> Pattern {
        let name = self.fresh("n");
        self.declare(false, &name, of);
        Pattern::Bind(name)
    }

    /// A pattern that may match or not; its names are declared.
    pub(super) fn pattern(&mut self, of: &Type, depth: u32) -> Pattern {
        if depth == 0 || self.often(20) {
            return self.certain(of, 0);
        }
        match of {
            Type::Int(int) => {
                let low = self.small(*int);
                match self.random.below(3) {
                    0 => Pattern::Literal(Value::Int(*int, low)),
                    1 => Pattern::Either(vec![
                        Pattern::Literal(Value::Int(*int, low)),
                        Pattern::Literal(Value::Int(*int, low + 1)),
                    ]),
                    _ => Pattern::Range(Value::Int(*int, low), Value::Int(*int, low + 5)),
                }
            }
            Type::Bool => Pattern::Literal(Value::Bool(self.often(50))),
            Type::Char => Pattern::Range(Value::Char('a'), Value::Char(*self.pick(&['c', 'm', 'z']))),
            Type::Str => match self.expr(&Type::Str, 0) {
                Expr::Literal(value) => Pattern::Literal(value),
                _ => self.certain(of, 0),
            },
            Type::Tuple(parts) => {
                Pattern::Tuple(parts.iter().map(|part| self.pattern(part, depth - 1)).collect())
            }
            _ => {
                let variants = self.variants(of);
                match self.random.choose(&variants).cloned() {
                    Some((shape, types)) => {
                        let parts = types.iter().map(|part| self.pattern(part, depth - 1)).collect();
                        Pattern::Shape(shape, parts)
                    }
                    None => self.certain(of, depth),
                }
            }
        }
    }

    /// A number near 0 that fits.
    pub(super) fn small(&mut self, int: Int) -> i128 {
        let number = self.up_to(25) as i128 - if int.is_signed() { 6 } else { 0 };
        number.clamp(int.bounds().0, int.bounds().1 - 6)
    }

    /// Arms that match every value; each body gives a value of the type `gives`.
    pub(super) fn arms(&mut self, of: &Type, gives: &Type, statements: usize) -> Vec<Arm> {
        let mut arms = Vec::new();
        let variants = self.variants(of);
        for _ in 0..self.up_to(2) {
            arms.push(self.arm(gives, statements, |generator| generator.pattern(of, 2)));
        }
        if variants.is_empty() || self.often(30) {
            let mut arm = self.arm(gives, statements, |generator| generator.certain(of, 1));
            arm.guard = None;
            arms.push(arm);
            return arms;
        }
        for (shape, types) in variants {
            let mut arm = self.arm(gives, statements, |generator| {
                let parts = types.iter().map(|part| generator.certain(part, 1)).collect();
                Pattern::Shape(shape, parts)
            });
            arm.guard = None;
            arms.push(arm);
        }
        arms
    }

    fn arm(&mut self, gives: &Type, statements: usize, pattern: impl FnOnce(&mut Self) -> Pattern) -> Arm {
        let outer = self.context.variables.clone();
        let pattern = pattern(self);
        let guard = self.often(25).then(|| self.expr(&Type::Bool, 1));
        let body: Block = self.within(|_| {}, |generator| generator.block(statements, gives));
        self.context.variables = outer;
        Arm { pattern, guard, body }
    }
}
