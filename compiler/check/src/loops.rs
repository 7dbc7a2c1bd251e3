//! `for`: over ranges, arrays, maps, sets, and whatever gives one element after the other.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, ForArray, ForRange, LocalId, Stmt, Ty, TyKind};
use wyn_syntax::ast::{self, PatternKind};

use crate::body::{FnCx, Want};
use crate::bounds::{Need, Needed};
use crate::infer::VarKind;
use crate::origins::Origin;
use crate::scope::{LocalKind, OpenLoop};
use crate::spelling::a;
use crate::uses::Asks;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn for_loop(&mut self, each: &'a ast::ForExpr, span: Span) -> hir::Expr {
        if let PatternKind::Binding { mutable: true, name } = &each.value.kind {
            return self.for_mut(each, *name, span);
        }
        match &each.iterable.unparenthesized().kind {
            ast::ExprKind::Range { start, end, inclusive } => {
                self.for_range(each, start, end, *inclusive, span)
            }
            _ => self.for_each(each, span),
        }
    }

    fn for_range(
        &mut self,
        each: &'a ast::ForExpr,
        start: &'a ast::Expr,
        end: &'a ast::Expr,
        inclusive: bool,
        span: Span,
    ) -> hir::Expr {
        let unit = self.w.common.unit;
        let first = self.expr(start, Want::Any);
        let last = self.check(end, first.ty, self.operand(&first));
        let ty = if self.infer.shallow(first.ty).is_never() { last.ty } else { first.ty };
        let origin = self.origin(&first).or_else(|| self.origin(&last));
        self.needs.push(Needed { ty, need: Need::Counter, span: start.span.to(end.span), origin });
        if let TyKind::Char = self.infer.shallow(ty).kind() {
            let from = start.span.to(end.span);
            let range = self.range_between(first, last, inclusive, from);
            let ty = range.ty;
            return self.for_pulled(each, range, ty, self.w.names.next, span);
        }
        let mark = self.push_scope();
        let counter = self.counter(each);
        let var = match &each.value.kind {
            PatternKind::Binding { name, .. } => {
                let var = self.declare(name.symbol, ty, LocalKind::Pattern, name.span);
                self.set_origin(var, origin);
                var
            }
            PatternKind::Wildcard | PatternKind::Error => self.temp(ty, each.value.span),
            _ => {
                self.w.report(
                    Diagnostic::error(
                        Code::E0210,
                        each.value.span,
                        "a range gives numbers: name each of them",
                    )
                    .help("write `for i in a..b { … }`"),
                );
                self.temp(ty, each.value.span)
            }
        };
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        let body = self.counting(&counter, body);
        let range = ForRange { id, var, start: first, end: last, inclusive, changes: None, body };
        let repeat = hir::Expr { kind: ExprKind::ForRange(Box::new(range)), ty: unit, span };
        self.counted(counter, repeat)
    }

    fn for_each(&mut self, each: &'a ast::ForExpr, span: Span) -> hir::Expr {
        let iterable = self.expr(&each.iterable, Want::Any);
        let ty = self.infer.shallow(iterable.ty);
        match ty.kind() {
            TyKind::Array(element) => self.for_array(each, iterable, *element, span),
            TyKind::Receiver(_) => self.for_pulled(each, iterable, ty, self.w.names.recv, span),
            TyKind::Error => {
                self.for_wrong(each, ty);
                self.wrong(self.w.common.unit, span)
            }
            _ if let Some(parts) = self.w.map_parts(ty) => self.for_map(each, iterable, parts, span),
            _ if let Some(element) = self.w.set_element(ty) => self.for_set(each, iterable, element, span),
            _ => {
                let next = self.w.names.next;
                if self.pulls(ty) {
                    return self.for_pulled(each, iterable, ty, next, span);
                }
                if let Some(wrong) = self.unopened(ty, iterable.span) {
                    self.for_wrong(each, wrong.ty);
                    return self.wrong(self.w.common.unit, span);
                }
                let next = self.w.names.next;
                if let Some(id) = self.find_method(ty, next)
                    && let Some(reported) = self.w.on_broken_line(self.w.fns[id].span)
                {
                    let error = self.w.known_error(reported);
                    self.for_wrong(each, error);
                    return self.wrong(self.w.common.unit, span);
                }
                let shown = self.show(ty);
                let mut diagnostic = Diagnostic::error(
                    Code::E0216,
                    iterable.span,
                    format!("`for` cannot go through {a_shown}", a_shown = a(&shown)),
                )
                .label(format!("this is `{shown}`"));
                diagnostic = match ty.kind() {
                    TyKind::Int(_) => diagnostic.help("count with a range: `for i in 0..n`"),
                    TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Number) => {
                        diagnostic.help("count with a range: `for i in 0..n`")
                    }
                    TyKind::String => diagnostic.help("say what of: `.chars()`, `.bytes()`, `.lines()`"),
                    TyKind::Future(_) => {
                        diagnostic.help("await it first: `await` before it, or `.await()` after it")
                    }
                    TyKind::Fn(..) => diagnostic.help("call it: add `()`"),
                    TyKind::Sender(_) => diagnostic
                        .note("messages come out at the other end, the receiver: the second of `channel`")
                        .help("go through the receiver: `for x in rx { … }`"),
                    _ if self.w.option_inner(ty).is_some() => {
                        diagnostic.help("it may be absent: open it first, `if const Some(xs) = x { … }`")
                    }
                    _ if self.w.result_parts(ty).is_some() => {
                        diagnostic.help("it may be an error: pass that on with `?`, or `match` on it")
                    }
                    _ => diagnostic.note("arrays, maps, sets, ranges and receivers can be gone through"),
                };
                let uses = self.uses_of(&iterable, Asks::Other);
                let error = self.w.disputed(diagnostic, uses);
                self.for_wrong(each, error);
                self.wrong(self.w.common.unit, span)
            }
        }
    }

    /// Whether `next` of the type gives one element after the other.
    fn pulls(&mut self, ty: Ty) -> bool {
        let next = self.w.names.next;
        self.find_method(ty, next).is_some_and(|id| {
            let sig = &self.w.fns[id].sig;
            sig.method && sig.params.len() == 1 && self.w.option_inner(sig.ret).is_some()
        })
    }

    /// Checks the body of a loop over something that was reported.
    fn for_wrong(&mut self, each: &'a ast::ForExpr, error: Ty) {
        let mark = self.push_scope();
        for pattern in each.key.iter().chain([&each.value]) {
            self.pattern(pattern, error, LocalKind::Pattern, None);
        }
        self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
    }

    /// The pattern of a loop for elements of this type.
    fn element_pattern(&mut self, each: &'a ast::ForExpr, element: Ty, origin: Option<Origin>) -> hir::Pat {
        let element = self.counted_in_a_pair(each, element).unwrap_or(element);
        let pat = self.pattern(&each.value, element, LocalKind::Pattern, origin);
        self.require_irrefutable(&pat, each.value.span);
        pat
    }

    /// Reports `for (i, x) in xs`, which counts the rounds where others have pairs.
    fn counted_in_a_pair(&mut self, each: &ast::ForExpr, element: Ty) -> Option<Ty> {
        let (None, PatternKind::Tuple(parts)) = (&each.key, &each.value.kind) else { return None };
        let [count, value] = &parts[..] else { return None };
        if !matches!(count.kind, PatternKind::Binding { .. } | PatternKind::Wildcard) {
            return None;
        }
        let element = self.infer.shallow(element);
        let pairs = match (element.kind(), &value.kind) {
            (TyKind::Tuple(types), PatternKind::Tuple(inner)) => {
                let second = types.get(1).map(|ty| self.infer.shallow(*ty));
                types.len() != inner.len()
                    || second.is_none_or(|ty| matches!(ty.kind(), TyKind::Tuple(_) | TyKind::Error))
            }
            (TyKind::Tuple(_) | TyKind::Error | TyKind::Never | TyKind::Unit, _) => true,
            _ => self.infer.var_kind(element).is_some(),
        };
        if pairs {
            return None;
        }
        let shown = self.show(element);
        Some(
            self.w.error(
                Diagnostic::error(
                    Code::E0201,
                    each.value.span,
                    format!("a pattern of 2 parts, but the elements are `{shown}`"),
                )
                .label("this takes pairs apart")
                .help("to count along, leave the parentheses out: `for i, x in xs { … }`"),
            ),
        )
    }

    fn for_array(&mut self, each: &'a ast::ForExpr, array: hir::Expr, element: Ty, span: Span) -> hir::Expr {
        let mark = self.push_scope();
        let index = each.key.as_ref().and_then(|key| self.position(key));
        let origin = self.origin(&array);
        let pat = self.element_pattern(each, element, origin);
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        let each = ForArray { id, index, pat, array, body };
        hir::Expr { kind: ExprKind::ForArray(Box::new(each)), ty: self.w.common.unit, span }
    }

    /// The `i` of `for i, x in xs`.
    pub(crate) fn position(&mut self, key: &'a ast::Pattern) -> Option<LocalId> {
        match &key.kind {
            PatternKind::Binding { name, .. } => {
                Some(self.declare(name.symbol, self.w.common.int, LocalKind::Pattern, name.span))
            }
            PatternKind::Wildcard | PatternKind::Error => None,
            _ => {
                let error = self.w.error(
                    Diagnostic::error(Code::E0210, key.span, "a position is a number: give it a name")
                        .help("write `for i, x in xs { … }`"),
                );
                self.pattern(key, error, LocalKind::Pattern, None);
                None
            }
        }
    }

    /// `loop { match x.next() { Some(p) => body, None => break } }`, where `next` is `recv` for receivers.
    fn for_pulled(
        &mut self,
        each: &'a ast::ForExpr,
        iterable: hir::Expr,
        ty: Ty,
        method: wyn_base::Symbol,
        span: Span,
    ) -> hir::Expr {
        let (unit, never) = (self.w.common.unit, self.w.common.never);
        let (from, origin) = (iterable.span, self.origin(&iterable));
        // A local that is only read is used as it is; everything else is computed once.
        let changes = method == self.w.names.next;
        let (source, binding) = match iterable.kind {
            ExprKind::Local(_) if !changes => (iterable, None),
            _ => {
                let local = self.temp_for(&iterable);
                let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span: from };
                (self.local_value(local, ty, from), Some(Stmt::Let(pat, iterable)))
            }
        };
        let receiver = if changes { hir::Arg::Mut(source) } else { hir::Arg::Value(source) };
        let pulled = match self.desugared_call(method, receiver, ty, Vec::new(), from) {
            Some(call) => call,
            None => self.not_yet(from, "going through this is"),
        };
        let option = self.infer.shallow(pulled.ty);
        let element = match self.w.option_inner(option) {
            Some(element) => element,
            None => option,
        };
        let frame = self.frame();
        let id = frame.new_loop();
        let mark = self.push_scope();
        let counter = self.counter(each);
        let inner = self.element_pattern(each, element, origin);
        self.frame().loops.push(OpenLoop { id, label: each.label, broken: false });
        let body = self.block(&each.body, Want::Discard);
        self.frame().loops.pop();
        self.pop_scope(mark);
        let body = self.counting(&counter, body);
        let adt = self.w.lang.option;
        let pat = |at: usize, fields: Vec<(usize, hir::Pat)>| hir::Pat {
            kind: hir::PatKind::Variant(adt, at, fields),
            ty: option,
            span: from,
        };
        let leave = hir::Expr { kind: ExprKind::Break(id), ty: never, span: from };
        let arms = vec![
            hir::Arm { pat: pat(1, vec![(0, inner)]), guard: None, body },
            hir::Arm { pat: pat(0, Vec::new()), guard: None, body: leave },
        ];
        let round = hir::Expr { kind: ExprKind::Match(Box::new(pulled), arms), ty: unit, span };
        let repeat = hir::Expr { kind: ExprKind::Loop(id, Box::new(round)), ty: unit, span };
        let repeat = self.counted(counter, repeat);
        match binding {
            None => repeat,
            Some(binding) => {
                let block = hir::Block { stmts: vec![binding, Stmt::Expr(repeat)], value: None };
                hir::Expr { kind: ExprKind::Block(block), ty: unit, span }
            }
        }
    }

    /// `for k, v in m`: the entries of a snapshot's slots.
    fn for_map(
        &mut self,
        each: &'a ast::ForExpr,
        map: hir::Expr,
        (key, value): (Ty, Ty),
        span: Span,
    ) -> hir::Expr {
        let Some(written) = &each.key else {
            let error = self.w.error(
                Diagnostic::error(Code::E0216, each.value.span, "a loop over a map has a key and a value")
                    .label("one name is given")
                    .help("write `for k, v in m { … }`, or go through `m.keys()` or `m.values()`"),
            );
            self.for_wrong(each, error);
            return self.wrong(self.w.common.unit, span);
        };
        let mark = self.push_scope();
        let origin = self.origin(&map);
        let patterns = [(written, key), (&each.value, value)].map(|(pattern, ty)| {
            let pat = self.pattern(pattern, ty, LocalKind::Pattern, origin);
            self.require_irrefutable(&pat, pattern.span);
            pat
        });
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        self.for_slots(id, map, patterns, body, span)
    }

    /// `for x in set`, `for i, x in set`.
    fn for_set(&mut self, each: &'a ast::ForExpr, set: hir::Expr, element: Ty, span: Span) -> hir::Expr {
        let mark = self.push_scope();
        let counter = self.counter(each);
        let origin = self.origin(&set);
        let pat = self.element_pattern(each, element, origin);
        let (id, _, body) = self.in_loop(each.label.as_ref(), |cx, _| cx.block(&each.body, Want::Discard));
        self.pop_scope(mark);
        let body = self.counting(&counter, body);
        let nothing = hir::Pat { kind: hir::PatKind::Wild, ty: self.w.common.unit, span };
        let map = self.first_field(set);
        let repeat = self.for_slots(id, map, [pat, nothing], body, span);
        self.counted(counter, repeat)
    }

    /// Goes through the slots of a map: `for slot in m.slots { match slot { Entry(k, v) => body, Gap => () } }`.
    fn for_slots(
        &mut self,
        id: hir::LoopId,
        map: hir::Expr,
        [key, value]: [hir::Pat; 2],
        body: hir::Expr,
        span: Span,
    ) -> hir::Expr {
        let unit = self.w.common.unit;
        let array = self.first_field(map);
        let (slot, adt) = match array.ty.kind() {
            TyKind::Array(slot) => match slot.kind() {
                TyKind::Adt(adt, ..) => (*slot, *adt),
                _ => return self.not_yet(span, "this loop is"),
            },
            _ => return self.not_yet(span, "this loop is"),
        };
        let pat = |at: usize, fields: Vec<(usize, hir::Pat)>| hir::Pat {
            kind: hir::PatKind::Variant(adt, at, fields),
            ty: slot,
            span: array.span,
        };
        let arms = vec![
            hir::Arm { pat: pat(1, vec![(0, key), (1, value)]), guard: None, body },
            hir::Arm { pat: pat(0, Vec::new()), guard: None, body: self.unit(span) },
        ];
        let local = self.temp(slot, array.span);
        let read = self.local_value(local, slot, array.span);
        let round = hir::Expr { kind: ExprKind::Match(Box::new(read), arms), ty: unit, span };
        let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty: slot, span: array.span };
        let each = ForArray { id, index: None, pat, array, body: round };
        hir::Expr { kind: ExprKind::ForArray(Box::new(each)), ty: unit, span }
    }

    /// The first field of a struct of the prelude, private or not.
    fn first_field(&self, value: hir::Expr) -> hir::Expr {
        let TyKind::Adt(id, _, args) = self.infer.shallow(value.ty).kind() else { return value };
        let Some(field) = self.w.adts[*id].variants[0].fields.first() else { return value };
        let (ty, span) = (field.ty.substitute(args), value.span);
        hir::Expr { kind: ExprKind::Field(Box::new(value), 0), ty, span }
    }

    // ---------------------------------------------------------------------------------- positions

    /// Declares the `i` of `for i, x in …` of what has no positions of its own.
    fn counter(&mut self, each: &'a ast::ForExpr) -> Option<Counter> {
        let key = each.key.as_ref()?;
        let name = self.position(key)?;
        let total = self.temp(self.w.common.int, key.span);
        Some(Counter { name, total, span: key.span })
    }

    /// The body of a loop with a position: `{ const i = n; n += 1; body }`.
    fn counting(&mut self, counter: &Option<Counter>, body: hir::Expr) -> hir::Expr {
        let Some(Counter { name, total, span }) = *counter else { return body };
        let (int, unit) = (self.w.common.int, self.w.common.unit);
        let read = self.local_value(total, int, span);
        let one = hir::Expr { kind: ExprKind::Lit(hir::Lit::Int(1)), ty: int, span };
        let pat = hir::Pat { kind: hir::PatKind::Bind(name), ty: int, span };
        let grow = ExprKind::AssignOp(hir::BinOp::Add, Box::new(read.clone()), Box::new(one));
        let grow = hir::Expr { kind: grow, ty: unit, span };
        let (ty, whole) = (body.ty, body.span);
        let stmts = vec![Stmt::Let(pat, read), Stmt::Expr(grow)];
        let block = hir::Block { stmts, value: Some(Box::new(body)) };
        hir::Expr { kind: ExprKind::Block(block), ty, span: whole }
    }

    /// The whole of a loop with a position: `{ var n = 0; loop }`.
    fn counted(&mut self, counter: Option<Counter>, repeat: hir::Expr) -> hir::Expr {
        let Some(Counter { total, span, .. }) = counter else { return repeat };
        let int = self.w.common.int;
        let zero = hir::Expr { kind: ExprKind::Lit(hir::Lit::Int(0)), ty: int, span };
        let pat = hir::Pat { kind: hir::PatKind::Bind(total), ty: int, span };
        let whole = repeat.span;
        let block = hir::Block { stmts: vec![Stmt::Let(pat, zero), Stmt::Expr(repeat)], value: None };
        hir::Expr { kind: ExprKind::Block(block), ty: self.w.common.unit, span: whole }
    }
}

/// The position in a loop that counts.
#[derive(Clone, Copy)]
struct Counter {
    /// What the loop calls it: a fresh value each round.
    name: LocalId,
    /// How many rounds there were before.
    total: LocalId,
    span: Span,
}
