//! Places: what can be assigned to, changed by a method or passed to a `mut` parameter; and that
//! two `mut` arguments of a call do not overlap.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{Arg, ExprKind, LocalId};
use wyn_syntax::ast;

use crate::body::{FnCx, Want};
use crate::scope::{Binding, LocalKind};
use crate::unknown::Sought;

/// One step from a place to a place inside it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Step {
    Field(usize),
    /// Some element, or some entry of a map. Written-out indices are not told apart: what may be passed should not depend on
    /// whether an index is a literal.
    Element,
}

/// The local that a place belongs to, with the way from it, outermost step first.
pub(crate) fn path(place: &hir::Expr) -> Option<(LocalId, Vec<Step>)> {
    let mut steps = Vec::new();
    let mut at = place;
    loop {
        match &at.kind {
            ExprKind::Local(id) => {
                steps.reverse();
                return Some((*id, steps));
            }
            ExprKind::Field(base, field) => {
                steps.push(Step::Field(*field));
                at = base;
            }
            ExprKind::Index(base, _) => {
                steps.push(Step::Element);
                at = base;
            }
            ExprKind::Entry(entry) => {
                steps.push(Step::Element);
                at = &entry.map;
            }
            _ => return None,
        }
    }
}

impl<'a> FnCx<'_, 'a> {
    /// Makes a place one that can be evaluated again and again: its indices and keys become locals, which
    /// the statements declare, unless they cannot change.
    pub(crate) fn evaluate_indices(&mut self, place: &mut hir::Expr, stmts: &mut Vec<hir::Stmt>) {
        match &mut place.kind {
            ExprKind::Field(base, _) => self.evaluate_indices(base, stmts),
            ExprKind::Index(base, index) => {
                self.evaluate_indices(base, stmts);
                self.evaluate_part(index, stmts);
            }
            ExprKind::Entry(entry) => {
                self.evaluate_indices(&mut entry.map, stmts);
                self.evaluate_part(&mut entry.key, stmts);
                entry.default.iter_mut().for_each(|default| self.evaluate_part(default, stmts));
            }
            _ => {}
        }
    }

    fn evaluate_part(&mut self, part: &mut hir::Expr, stmts: &mut Vec<hir::Stmt>) {
        let fixed = match part.kind {
            ExprKind::Lit(_) => true,
            ExprKind::Local(id) => !self.frame().local(id).mutable(),
            _ => false,
        };
        if fixed {
            return;
        }
        let (ty, span) = (part.ty, part.span);
        let local = self.temp(ty, span);
        let read = self.local_value(local, ty, span);
        let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span };
        stmts.push(hir::Stmt::Let(pat, std::mem::replace(part, read)));
    }

    /// Checks an expression that has to be a mutable place; `use_` says what happens to it.
    pub(crate) fn place(&mut self, expr: &'a ast::Expr, use_: &str) -> hir::Expr {
        let value = self.expr(expr, Want::Any);
        self.require_mutable(&value, use_);
        value
    }

    /// Checks the target of an assignment, which may be `compound` (`+=`); a plain local that is only
    /// assigned to is not used by it.
    pub(crate) fn assigned_place(&mut self, expr: &'a ast::Expr, compound: bool) -> hir::Expr {
        if let ast::ExprKind::Name(segment) = &expr.unparenthesized().kind {
            let name = segment.name;
            if let Some(Binding::Local(id)) = self.own_binding(name.symbol) {
                let info = self.frame().local_mut(id);
                info.assigned = true;
                let ty = info.ty;
                let place = self.local_value(id, ty, name.span);
                return self.assignable(place, compound);
            }
            let known = !self.means_nothing(segment);
            let sought = Sought::Name(self.module, name.symbol);
            if !known && let Some(error) = self.w.known_unknown(sought, name.span) {
                return self.wrong(error, name.span);
            }
            if let Some(error) = self.unknown.get(&name.symbol) {
                return self.wrong(*error, name.span);
            }
            if !known && let Some(lost) = self.w.lost(self.module, name.symbol).or_else(|| self.doubted()) {
                return self.wrong(lost, name.span);
            }
            if !known {
                let names: Vec<&str> = self.local_names();
                let mut diagnostic = Diagnostic::error(
                    Code::E0301,
                    name.span,
                    format!("`{}` is assigned to, but not declared", name.symbol),
                )
                .label("not a variable here");
                diagnostic = match self.w.suggest(name.symbol.as_str(), names) {
                    Some(meant) => diagnostic
                        .help(format!("did you mean `{meant}`? To declare it: `var {} = …`", name.symbol)),
                    None => diagnostic.help(format!("declare it: `var {} = …`", name.symbol)),
                };
                let declared = self.visible_like(name.symbol);
                let error = self.w.unknown(sought, name.span, declared, || diagnostic);
                self.unknown.insert(name.symbol, error);
                return self.wrong(error, name.span);
            }
        }
        let place = self.expr(expr, Want::Any);
        self.assignable(place, compound)
    }

    fn means_nothing(&mut self, segment: &ast::PathSegment) -> bool {
        self.lookup(segment.name.symbol).is_none() && self.resolve_name(segment).is_none()
    }

    /// Whether assigning to a name would be reported, because nothing declares it.
    pub(crate) fn is_undeclared(&mut self, segment: &ast::PathSegment) -> bool {
        let name = segment.name.symbol;
        self.means_nothing(segment)
            && !self.unknown.contains_key(&name)
            && self.w.lost_name(self.module, name).is_none()
    }

    /// A compound assignment to a handle means the value behind it.
    fn assignable(&mut self, place: hir::Expr, compound: bool) -> hir::Expr {
        if compound && let Some(wrong) = self.unopened(place.ty, place.span) {
            return wrong;
        }
        if !compound {
            self.no_default(&place);
        }
        self.require_mutable(&place, "assigned to");
        place
    }

    /// Reports a value that cannot be changed where it stands.
    pub(crate) fn require_mutable(&mut self, place: &hir::Expr, use_: &str) {
        let mut root = place;
        loop {
            match &root.kind {
                ExprKind::Field(base, _) | ExprKind::Index(base, _) => root = base,
                ExprKind::Entry(entry) => root = &entry.map,
                ExprKind::Local(id) => return self.require_mutable_local(*id, place.span, use_),
                ExprKind::Const(id) => {
                    let (name, span) = (self.w.consts[*id].name, self.w.consts[*id].item.name.span);
                    self.w.report(
                        Diagnostic::error(
                            Code::E0302,
                            place.span,
                            format!("the constant `{name}` cannot be {use_}"),
                        )
                        .also(span, "declared here")
                        .note("there are no variables outside of functions")
                        .help("copy it into a `var` first"),
                    );
                    return;
                }
                _ => break,
            }
        }
        let ty = self.infer.shallow(place.ty);
        if matches!(ty.kind(), hir::TyKind::Error | hir::TyKind::Never) {
            return;
        }
        self.w.report(
            Diagnostic::error(Code::E0304, place.span, format!("a temporary value cannot be {use_}"))
                .label("nothing would keep the change")
                .help("put it into a `var` first"),
        );
    }

    fn require_mutable_local(&mut self, id: LocalId, span: Span, use_: &str) {
        let local = self.frame().local_mut(id);
        local.changed = true;
        let info = *local;
        let name = info.name;
        let diagnostic = match info.kind {
            LocalKind::Var | LocalKind::MutParam | LocalKind::Locked | LocalKind::Temp => return,
            // What it should be was reported where it is declared.
            LocalKind::Const | LocalKind::Pattern
                if matches!(self.infer.shallow(info.ty).kind(), hir::TyKind::Error) =>
            {
                return;
            }
            LocalKind::Const => {
                Diagnostic::error(Code::E0302, span, format!("`{name}` is a `const` and cannot be {use_}"))
                    .also(info.span, "declared here")
                    .help(format!("declare it with `var {name}`"))
            }
            // The `mut` may be what could not be read there.
            LocalKind::Param if self.w.on_broken_line(info.span).is_some() => return,
            LocalKind::Param if name == "self" => {
                Diagnostic::error(Code::E0302, span, format!("`self` is read-only here and cannot be {use_}"))
                    .also(info.span, "declared here")
                    .help("a method that changes its receiver takes `mut self`")
            }
            LocalKind::ClosureParam => Diagnostic::error(
                Code::E0302,
                span,
                format!("the parameter `{name}` of the closure is read-only and cannot be {use_}"),
            )
            .also(info.span, "declared here")
            .help(format!("change a copy, `var copy = {name}`, and let the closure give it")),
            LocalKind::Param => Diagnostic::error(
                Code::E0302,
                span,
                format!("the parameter `{name}` is read-only and cannot be {use_}"),
            )
            .also(info.span, "declared here")
            .help(format!(
                "change a copy: `var copy = {name}`; or declare it `mut {name}` to change the caller's"
            )),
            LocalKind::Pattern => Diagnostic::error(
                Code::E0302,
                span,
                format!("`{name}` is bound by a pattern and cannot be {use_}"),
            )
            .also(info.span, "bound here")
            .help(format!("change a copy: `var copy = {name}`")),
            LocalKind::Capture => {
                Diagnostic::error(Code::E0303, span, format!("`{name}` is a copy here and cannot be {use_}"))
                    .label("the change would be lost")
                    .also(info.span, "the variable itself is declared outside")
                    .note("closures and spawned blocks work on copies of what they use from outside")
                    .help(self.instead_of_captured(id, info.ty))
            }
        };
        self.w.report(diagnostic);
    }

    /// Two `mut` arguments of one call may not be the same place, nor one inside the other.
    pub(crate) fn check_overlap(&mut self, args: &[Arg]) {
        let places: Vec<(&hir::Expr, LocalId, Vec<Step>)> = args
            .iter()
            .filter_map(|arg| match arg {
                Arg::Mut(place) => path(place).map(|(root, steps)| (place, root, steps)),
                Arg::Value(_) => None,
            })
            .collect();
        for (n, (second, root, steps)) in places.iter().enumerate() {
            let clash = places[..n]
                .iter()
                .find(|(_, other, other_steps)| other == root && overlaps(steps, other_steps));
            let Some((first, ..)) = clash else { continue };
            let mut diagnostic =
                Diagnostic::error(Code::E0306, second.span, "two `mut` arguments of one call overlap")
                    .label("may be the same place")
                    .also(first.span, "also changed by the call");
            diagnostic = if steps.last() == Some(&Step::Element) {
                diagnostic.help("exchange elements with `xs.swap(i, j)`; else copy one into a `var` first")
            } else {
                diagnostic.help("copy one of them into a `var` first")
            };
            self.w.report(diagnostic);
        }
    }
}

pub(crate) fn overlaps(a: &[Step], b: &[Step]) -> bool {
    a.iter().zip(b).all(|(x, y)| match (x, y) {
        (Step::Field(x), Step::Field(y)) => x == y,
        _ => true,
    })
}
