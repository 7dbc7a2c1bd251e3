//! What types can do: `Eq`, `Ord`, `Hash` and `Show`, derived from their parts, and the needs of
//! operators whose operands become known only at the end of a body.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{AdtId, Bound, FnId, Generic, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::FnCx;
use crate::origins::Origin;
use crate::sharing::{ATOMIC_HELP, MUTEX_HELP};
use crate::spelling::a;
use crate::uses::Asks;
use crate::value_habits::logical;
use crate::world::{Promise, World};

/// Something a type must be able to do, checked when the body is done.
#[derive(Clone, Debug)]
pub(crate) struct Needed {
    pub(crate) ty: Ty,
    pub(crate) need: Need,
    pub(crate) span: Span,
    /// The declaration that gave the type.
    pub(crate) origin: Option<Origin>,
}

#[derive(Clone, Debug)]
pub(crate) enum Need {
    /// A trait, for the parameter `T` of something.
    Bound(Bound, String),
    /// A trait, for a type argument that may also be written elsewhere, and judged there.
    Argument(Bound, String),
    /// The operator takes integers.
    Integer(&'static str),
    /// The operator takes numbers.
    Number(&'static str),
    /// `+`: numbers, strings, arrays.
    Addable,
    /// The loop's variable counts.
    Counter,
    /// An `Atomic` may hold it.
    AtomicValue,
    /// The operation of an `Atomic` counts.
    AtomicNumber(Symbol),
    /// The format of an interpolation fits it.
    Format(ast::FormatSpec),
}

/// The name of a trait in source.
pub(crate) fn bound_name(bound: Bound) -> &'static str {
    match bound {
        Bound::Eq => "Eq",
        Bound::Ord => "Ord",
        Bound::Hash => "Hash",
        Bound::Show => "Show",
    }
}

impl World<'_> {
    /// Whether values of the type can do this; `generics` are the type parameters in scope.
    pub(crate) fn can(&mut self, ty: Ty, bound: Bound, generics: &[Generic]) -> bool {
        match ty.kind() {
            TyKind::Never | TyKind::Error | TyKind::Unit | TyKind::Bool => true,
            TyKind::Int(_) | TyKind::Char | TyKind::String => true,
            TyKind::F64 | TyKind::F32 => bound != Bound::Hash,
            TyKind::Infer(_) => true,
            TyKind::Tuple(_) | TyKind::Array(_) if !ty.is_large() => {
                ty.parts().into_iter().all(|part| self.can(part, bound, generics))
            }
            TyKind::Tuple(_) | TyKind::Array(_) | TyKind::Adt(..) => self.parts_can(ty, bound, generics),
            TyKind::Param(at, _) => generics.get(*at as usize).is_some_and(|g| {
                g.bounds
                    .iter()
                    .any(|b| *b == bound || (bound == Bound::Eq && matches!(b, Bound::Ord | Bound::Hash)))
            }),
            TyKind::Fn(..)
            | TyKind::Future(_)
            | TyKind::Sender(_)
            | TyKind::Receiver(_)
            | TyKind::Mutex(_)
            | TyKind::Atomic(_) => false,
        }
    }

    /// The same for a type that can do what its parts can; the answer is kept.
    fn parts_can(&mut self, ty: Ty, bound: Bound, generics: &[Generic]) -> bool {
        if let Some(&known) = self.bounds.get(&(ty, bound)) {
            return known;
        }
        // Parts that contain the type again hold if the rest does. What was found to hold on that
        // assumption is forgotten when it turns out wrong.
        let assumed = self.assumed_bounds.len();
        self.bounds.insert((ty, bound), true);
        self.assumed_bounds.push((ty, bound));
        let holds = match ty.kind() {
            TyKind::Adt(id, _, args) if self.is_opaque(*id) || self.own_ability(*id, bound).is_some() => {
                self.own_ability_holds(*id, args, bound, generics)
            }
            _ => self.held(ty).into_iter().all(|part| self.can(part, bound, generics)),
        };
        if !holds {
            for wrong in self.assumed_bounds.split_off(assumed) {
                self.bounds.remove(&wrong);
            }
            self.bounds.insert((ty, bound), false);
            self.assumed_bounds.push((ty, bound));
        }
        if assumed == 0 {
            // Other type parameters of these names may be able to do something else.
            for known in std::mem::take(&mut self.assumed_bounds) {
                if known.0.is_generic() {
                    self.bounds.remove(&known);
                }
            }
        }
        holds
    }

    /// The types of what a value holds in itself.
    fn held(&self, ty: Ty) -> Vec<Ty> {
        match ty.kind() {
            TyKind::Adt(id, _, args) => self.adts[*id].types(args).collect(),
            _ => ty.parts(),
        }
    }

    /// Whether a declaration has a function that does this, for these type arguments.
    fn own_ability_holds(&mut self, adt: AdtId, args: &[Ty], bound: Bound, generics: &[Generic]) -> bool {
        let Some(id) = self.own_ability(adt, bound) else { return false };
        let sig = self.fns[id].sig.clone();
        // What the declaration itself asks is judged where the type is written.
        let declared = self.adts[adt].generics.clone();
        sig.generics.iter().zip(declared).zip(args).all(|((asked, declared), arg)| {
            let more = asked.bounds.iter().filter(|bound| !declared.bounds.contains(bound));
            more.copied().all(|bound| self.can(*arg, bound, generics))
        })
    }

    /// The part that keeps a type from doing this.
    fn culprit(&mut self, ty: Ty, bound: Bound, generics: &[Generic], depth: usize) -> Ty {
        let parts: Vec<Ty> = match ty.kind() {
            TyKind::Adt(id, ..) if self.own_ability(*id, bound).is_some() => ty.parts(),
            TyKind::Adt(id, ..) if self.is_opaque(*id) || self.is_sealed(*id) => Vec::new(),
            TyKind::Tuple(_) | TyKind::Array(_) | TyKind::Adt(..) => self.held(ty),
            _ => Vec::new(),
        };
        for part in parts {
            if depth < 8 && !self.can(part, bound, generics) {
                return self.culprit(part, bound, generics, depth + 1);
            }
        }
        ty
    }
}

impl FnCx<'_, '_> {
    /// Notes that a type must be able to do something.
    pub(crate) fn need(&mut self, ty: Ty, need: Need, span: Span) {
        self.needs.push(Needed { ty, need, span, origin: None });
    }

    /// Notes what the operand of an operator must be able to do.
    pub(crate) fn operand_need(&mut self, operand: &hir::Expr, ty: Ty, need: Need, span: Span) {
        let origin = self.origin(operand);
        self.needs.push(Needed { ty, need, span, origin });
    }

    /// Checks what was noted, now that types are as known as they will be.
    pub(crate) fn check_needs(&mut self) {
        for Needed { ty, need, span, origin } in std::mem::take(&mut self.needs) {
            let ty = self.infer.deep(ty);
            if self.infer.is_unknown(ty) {
                continue;
            }
            let ty = {
                let (int, common) = (self.w.common.int, self.w.common);
                self.infer.settle(ty, &common, &mut |_| int)
            };
            if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
                continue;
            }
            // The bounds of a type parameter may be what could not be read.
            if matches!(ty.kind(), TyKind::Param(..)) && self.has_errors() && self.w.is_partial() {
                continue;
            }
            match need {
                Need::Bound(bound, context) => self.check_bound(ty, bound, &context, span),
                Need::Argument(bound, context) => {
                    if !self.w.broken_promises.contains(&(ty, bound)) {
                        self.check_bound(ty, bound, &context, span);
                    }
                }
                Need::Integer(op) => self.check_operand(op, ty, Asks::Integer, span, origin),
                Need::Number(op) => self.check_operand(op, ty, Asks::Number, span, origin),
                Need::Addable => self.check_operand("+", ty, Asks::Sum, span, origin),
                Need::Format(format) => {
                    let before = self.w.reports();
                    self.check_format(ty, &format, span);
                    let uses = self.uses_from(origin, ty, Asks::Other);
                    self.w.disputed_since(before, uses);
                }
                Need::AtomicValue => self.check_atomic_value(ty, span),
                Need::AtomicNumber(operation) => self.check_atomic_number(ty, operation, span),
                Need::Counter => {
                    if !matches!(ty.kind(), TyKind::Int(_) | TyKind::Char) {
                        let message = format!("a range of `{ty}` cannot be counted through");
                        let diagnostic = Diagnostic::error(Code::E0216, span, message)
                            .help("ranges are of integers or characters");
                        let uses = self.uses_from(origin, ty, Asks::Integer);
                        self.w.disputed(diagnostic, uses);
                    }
                }
            }
        }
    }

    /// Judges the operand of an operator that takes only some types.
    fn check_operand(&mut self, op: &str, ty: Ty, asks: Asks, span: Span, origin: Option<Origin>) {
        if self.w.suits(ty, asks) {
            self.suited(origin, ty, asks);
        } else {
            self.operand_error(op, ty, asks, span, origin);
        }
    }

    fn operand_error(&mut self, op: &str, ty: Ty, asks: Asks, span: Span, origin: Option<Origin>) {
        let takes = match asks {
            Asks::Integer => "takes integers",
            Asks::Sum => "takes numbers, strings or arrays",
            _ => "takes numbers",
        };
        if self.unopened(ty, span).is_some() {
            return;
        }
        let mut diagnostic = Diagnostic::error(Code::E0215, span, format!("`{op}` {takes}, not `{ty}`"))
            .label(format!("this is `{ty}`"));
        diagnostic = match ty.kind() {
            TyKind::Future(_) => diagnostic.help("await it first: `await` before it, or `.await()` after it"),
            TyKind::String => diagnostic.help("strings are joined with `+` or `\"${a}${b}\"`"),
            TyKind::Param(..) => diagnostic
                .note(format!("nothing is known of `{ty}` but its bounds; operators need a concrete type")),
            TyKind::Bool if logical(op).is_some() => diagnostic.help(logical(op).unwrap_or_default()),
            _ if self.w.option_inner(ty).is_some() => {
                diagnostic.help("say what happens without a value: `x ?? default`")
            }
            _ => match self.collection_operator(ty, op) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            },
        };
        let uses = self.uses_from(origin, ty, asks);
        self.w.disputed(diagnostic, uses);
    }

    fn check_bound(&mut self, ty: Ty, bound: Bound, context: &str, span: Span) {
        let generics = self.types.generics.clone();
        if self.w.can(ty, bound, &generics) {
            return;
        }
        self.w.cannot(ty, bound, context, &generics, span);
    }
}

impl World<'_> {
    /// Checks the bounds of type arguments that were written.
    pub(crate) fn check_promises(&mut self) {
        for promise in std::mem::take(&mut self.promises) {
            let Promise { ty, bound, of, generics, span } = promise;
            if !self.can(ty, bound, &generics) {
                self.broken_promises.insert((ty, bound));
                self.cannot(ty, bound, &format!("`{of}`"), &generics, span);
            }
        }
    }

    /// Whether the type that a function belongs to asks the same of its argument: then it is judged where
    /// that type is written or made.
    pub(crate) fn promised(&self, function: FnId, param: usize, bound: Bound) -> bool {
        let Some(TyKind::Adt(adt, _, args)) = self.fns[function].self_ty.map(Ty::kind) else { return false };
        self.adts[*adt].generics.iter().zip(args).any(|(declared, arg)| {
            matches!(arg.kind(), TyKind::Param(at, _) if *at as usize == param)
                && declared.bounds.contains(&bound)
        })
    }

    /// Reports that a type cannot do something; `context` is what needs it.
    fn cannot(&mut self, ty: Ty, bound: Bound, context: &str, generics: &[Generic], span: Span) {
        let culprit = self.culprit(ty, bound, generics, 0);
        let name = bound_name(bound);
        let what = match bound {
            Bound::Eq => "compared with `==`",
            Bound::Ord => "ordered",
            Bound::Hash => "hashed",
            Bound::Show => "shown",
        };
        let mut diagnostic =
            Diagnostic::error(Code::E0204, span, format!("{a_ty} cannot be {what}", a_ty = a(&ty))).label(
                if context.is_empty() {
                    format!("needs `{name}`")
                } else {
                    format!("{context} needs `{name}`")
                },
            );
        if culprit != ty {
            diagnostic =
                diagnostic.note(format!("it holds {a_culprit}, which cannot", a_culprit = a(&culprit)));
        }
        diagnostic = match culprit.kind() {
            TyKind::Param(_, param) => {
                diagnostic.help(format!("ask for it where `{param}` is declared: `{param}: {name}`"))
            }
            TyKind::Future(_) => diagnostic.help("await it first: `await` before it, or `.await()` after it"),
            TyKind::Atomic(_) => diagnostic.help(ATOMIC_HELP),
            TyKind::Mutex(_) => diagnostic.help(MUTEX_HELP),
            TyKind::Fn(..) if bound == Bound::Eq => {
                diagnostic.help("functions have no identity: compare what they give")
            }
            TyKind::Fn(..) if bound == Bound::Hash => {
                diagnostic.help("functions have no identity: use a name or a number as the key")
            }
            TyKind::Fn(..) if culprit == ty => diagnostic.help("call it: add `()`"),
            TyKind::F64 | TyKind::F32 if bound == Bound::Hash => diagnostic.help(
                "rounding makes floats bad keys: use a whole number, such as `int(x * 100.0)`, or the text `\"${x}\"`",
            ),
            _ if bound == Bound::Hash && self.is_map_or_set(culprit) => {
                diagnostic.help("its order does not count: use its elements, sorted, as an array")
            }
            _ if bound == Bound::Ord && self.is_map_or_set(culprit) => {
                diagnostic.help("order its elements as an array: `.to_array()`")
            }
            _ if self.is_lazy(ty) || self.range_element(ty).is_some() => {
                diagnostic.help("`.to_array()` computes its elements")
            }
            _ => diagnostic,
        };
        self.report(diagnostic);
    }
}
