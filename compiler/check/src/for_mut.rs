//! `for mut`: the name of the loop is each element in turn, where it stands in its array.
//!
//! `for mut p in place { body }` becomes `for i in 0..place.len() { body }`, with `place[i]` for every `p` of the
//! body. What indexes the place is evaluated once, before the loop. The body may name the array in no other way: so
//! its length stays, and no change is made behind the back of `p`.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, ForRange, LocalId, Stmt, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want};
use crate::places::{Step, overlaps, path};
use crate::scope::LocalKind;
use crate::spelling::a;
use crate::walk::children;

/// What happens to the array, for messages.
const CHANGED: &str = "changed by this loop";

impl<'a> FnCx<'_, 'a> {
    /// `for mut name in …`.
    pub(crate) fn for_mut(&mut self, each: &'a ast::ForExpr, name: ast::Name, span: Span) -> hir::Expr {
        if let ast::ExprKind::Range { .. } = &each.iterable.unparenthesized().kind {
            let error = self.w.error(only_elements(name, "the numbers of a range"));
            return self.without_elements(each, name, error, span);
        }
        let mut array = self.expr(&each.iterable, Want::Any);
        let ty = self.infer.shallow(array.ty);
        let element = match ty.kind() {
            TyKind::Array(element) => *element,
            TyKind::Error | TyKind::Never => {
                return self.without_elements(each, name, ty, span);
            }
            _ => {
                let what = format!("what comes out of {}", a(&self.show(ty)));
                let mut diagnostic = only_elements(name, &what);
                if self.w.map_parts(ty).is_some() {
                    diagnostic = diagnostic.help("change an entry by its key: `for k, _ in m { m[k] = … }`");
                }
                let error = self.w.error(diagnostic);
                return self.without_elements(each, name, error, span);
            }
        };
        self.require_mutable(&array, CHANGED);
        let mut stmts = Vec::new();
        self.evaluate_indices(&mut array, &mut stmts);
        self.over_elements(each, name, array, element, stmts, span)
    }

    /// Checks the body of a loop over something that was reported.
    fn without_elements(
        &mut self,
        each: &'a ast::ForExpr,
        name: ast::Name,
        error: Ty,
        span: Span,
    ) -> hir::Expr {
        let mark = self.push_scope();
        if let Some(key) = &each.key {
            self.position(key);
        }
        self.declare(name.symbol, error, LocalKind::Temp, name.span);
        self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        self.wrong(self.w.common.unit, span)
    }

    /// The loop itself, once the place is evaluated by `stmts`.
    fn over_elements(
        &mut self,
        each: &'a ast::ForExpr,
        name: ast::Name,
        array: hir::Expr,
        element: Ty,
        mut stmts: Vec<Stmt>,
        span: Span,
    ) -> hir::Expr {
        let (unit, int) = (self.w.common.unit, self.w.common.int);
        let mark = self.push_scope();
        let position = each.key.as_ref().and_then(|key| self.position(key));
        let var = position.unwrap_or_else(|| self.temp(int, name.span));
        let local = self.declare(name.symbol, element, LocalKind::Var, name.span);
        let (id, _, mut body) =
            self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        let info = self.frame().local_mut(local);
        info.used |= info.assigned;
        self.pop_scope(mark);
        self.refuse_other_uses(&array, &mut body);
        let from = array.span;
        let index = self.local_value(var, int, name.span);
        let place = ExprKind::Index(Box::new(array.clone()), Box::new(index));
        let place = hir::Expr { kind: place, ty: element, span: name.span };
        self.stand_for(local, &place, &mut body);
        let len = self.w.names.len;
        let ty = self.infer.shallow(array.ty);
        let changes = Some(array.clone());
        let Some(end) = self.desugared_call(len, hir::Arg::Value(array), ty, Vec::new(), from) else {
            return self.not_yet(from, "going through this is");
        };
        let start = hir::Expr { kind: ExprKind::Lit(hir::Lit::Int(0)), ty: int, span: from };
        let range = ForRange { id, var, start, end, inclusive: false, changes, body };
        let repeat = hir::Expr { kind: ExprKind::ForRange(Box::new(range)), ty: unit, span };
        if stmts.is_empty() {
            return repeat;
        }
        stmts.push(Stmt::Expr(repeat));
        hir::Expr { kind: ExprKind::Block(hir::Block { stmts, value: None }), ty: unit, span }
    }

    /// Reports every use of the array, or of something around or inside it, in the body.
    fn refuse_other_uses(&mut self, array: &hir::Expr, body: &mut hir::Expr) {
        let Some((root, steps)) = path(array) else { return };
        let name = self.frame().local(root).name;
        let mut found = Vec::new();
        other_uses(body, root, &steps, &mut found);
        for span in found {
            self.w.report(
                Diagnostic::error(
                    Code::E0313,
                    span,
                    format!("`{name}` cannot be used here: a loop is changing its elements"),
                )
                .also(array.span, "the loop goes through this, element by element")
                .help("read what is needed into a variable before the loop, or count with `for i in 0..n`"),
            );
        }
    }

    /// Puts the place wherever the body means the local. A closure or task gets a copy, as of everything.
    fn stand_for(&mut self, local: LocalId, place: &hir::Expr, expr: &mut hir::Expr) {
        match &mut expr.kind {
            ExprKind::Local(id) if *id == local => {
                let span = expr.span;
                *expr = hir::Expr { span, ..place.clone() };
            }
            ExprKind::Closure(closure) | ExprKind::SpawnBlock(_, closure) => {
                let Some(at) = closure.captures.iter().position(|id| *id == local) else { return };
                let (ty, span) = (place.ty, expr.span);
                let copy = self.temp(ty, span);
                closure.captures[at] = copy;
                let pat = hir::Pat { kind: hir::PatKind::Bind(copy), ty, span };
                let whole = expr.ty;
                let made = std::mem::replace(expr, self.unit(span));
                let stmts = vec![Stmt::Let(pat, hir::Expr { span, ..place.clone() })];
                let block = hir::Block { stmts, value: Some(Box::new(made)) };
                *expr = hir::Expr { kind: ExprKind::Block(block), ty: whole, span };
            }
            _ => children(expr, &mut |child| self.stand_for(local, place, child)),
        }
    }
}

fn only_elements(name: ast::Name, what: &str) -> Diagnostic {
    Diagnostic::error(Code::E0304, name.span, format!("{what} cannot be changed"))
        .label("`mut` changes elements of an array where they are")
        .help(format!("change a copy: `var copy = {}`", name.symbol))
}

/// The places in an expression that overlap the one with this root and these steps.
fn other_uses(expr: &mut hir::Expr, root: LocalId, steps: &[Step], found: &mut Vec<Span>) {
    match &mut expr.kind {
        ExprKind::Closure(closure) | ExprKind::SpawnBlock(_, closure) => {
            if closure.captures.contains(&root) {
                found.push(expr.span);
            }
            return;
        }
        _ => {}
    }
    if let Some((other, way)) = path(expr) {
        if other == root && overlaps(&way, steps) {
            found.push(expr.span);
        }
        // Only what indexes the place is left to look at.
        return indices(expr, root, steps, found);
    }
    children(expr, &mut |child| other_uses(child, root, steps, found));
}

/// [`other_uses`] in the indices of a place.
fn indices(place: &mut hir::Expr, root: LocalId, steps: &[Step], found: &mut Vec<Span>) {
    match &mut place.kind {
        ExprKind::Field(base, _) => indices(base, root, steps, found),
        ExprKind::Index(base, index) => {
            indices(base, root, steps, found);
            other_uses(index, root, steps, found);
        }
        _ => {}
    }
}
