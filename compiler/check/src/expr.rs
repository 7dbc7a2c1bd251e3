//! Expressions: the dispatch over their kinds, literals, names, and conversion to an expected type.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{ExprKind, Lit, Ty, TyKind};
use wyn_syntax::ast;
use wyn_syntax::ast::ExprKind as Ast;

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::VarKind;
use crate::origins::Origin;

/// How deeply expressions are nested at most, long chains of operators and methods included: the
/// stages recurse over the tree.
const DEEPEST: u32 = 10_000;

impl<'a> FnCx<'_, 'a> {
    /// Checks an expression against a type.
    pub(crate) fn check(&mut self, expr: &'a ast::Expr, ty: Ty, why: Why) -> hir::Expr {
        let value = self.expr(expr, Want::Must(ty, why));
        self.coerce(value, ty, why)
    }

    /// Checks an expression; the result need not have the type that is wanted.
    pub(crate) fn expr(&mut self, expr: &'a ast::Expr, want: Want) -> hir::Expr {
        if self.depth >= DEEPEST {
            return self.fail(
                Diagnostic::error(Code::E0014, expr.span.shrink_to_start(), "this is nested too deeply")
                    .help("name a part of it with `const`, and use the name"),
            );
        }
        self.depth += 1;
        let value = self.expr_inside(expr, want);
        self.depth -= 1;
        value
    }

    fn expr_inside(&mut self, expr: &'a ast::Expr, want: Want) -> hir::Expr {
        let span = expr.span;
        match &expr.kind {
            Ast::Int(value) => self.int(i128::from(*value), want, span),
            Ast::Float(value) => {
                let ty = match want.hint().map(|ty| self.innermost(ty)) {
                    Some(ty) if matches!(ty.kind(), TyKind::F64 | TyKind::F32) => ty,
                    _ => self.infer.fresh(VarKind::Float, span),
                };
                hir::Expr { kind: ExprKind::Lit(Lit::Float(*value)), ty, span }
            }
            Ast::Duration(nanos) => self.duration(*nanos, span),
            Ast::Bool(value) => self.literal(Lit::Bool(*value), self.w.common.bool, span),
            Ast::Char(value) => self.literal(Lit::Char(*value), self.w.common.char, span),
            Ast::Str(value) => self.literal(Lit::String(*value), self.w.common.string, span),
            Ast::Interpolated(parts) => self.interpolated(parts, span),
            Ast::Name(segment) => self.name(segment, want),
            Ast::ShortVariant(segment) => {
                let resolved = self.short_variant(segment.name, want);
                self.value_of(resolved, want, segment.span, segment.name.symbol)
            }
            Ast::Wildcard => self.fail(
                Diagnostic::error(Code::E0108, span, "`_` has no value").help("give it a name to use it"),
            ),
            Ast::Paren(inner) => self.expr(inner, want),
            Ast::Tuple(parts) => self.tuple(parts, want, span),
            Ast::Array(elements) => self.array(elements, want, span),
            Ast::ArrayFill { value, len } => self.array_fill(value, len, want, span),
            Ast::Map(entries) => self.map_literal(entries, want, span),
            Ast::Set(elements) => self.set_literal(elements, want, span),
            Ast::Struct(literal) => self.struct_literal(literal, want, span),
            Ast::Field { base, name } => self.field(base, name, want, span),
            Ast::TupleField { base, index, index_span } => self.tuple_field(base, *index, *index_span, span),
            Ast::Index { base, index, default } => self.index(base, index, default.as_deref(), span),
            Ast::Slice { base, start, end, inclusive } => {
                self.slice(base, start.as_deref(), end.as_deref(), *inclusive, span)
            }
            Ast::Call { callee, args } => self.call(callee, args, want, span),
            Ast::Unary { op, operand } => self.unary(*op, operand, want, span),
            Ast::Binary { op, op_span, lhs, rhs } => self.binary(*op, *op_span, lhs, rhs, want, span),
            Ast::Range { start, end, inclusive } => self.range(start, end, *inclusive, want, span),
            Ast::Try(inner) => self.propagate(inner, span),
            Ast::Await(inner) => {
                let future = self.expr(inner, Want::Any);
                self.await_value(future, span)
            }
            Ast::Spawn(spawn) => self.spawn(spawn, want, span),
            Ast::Lambda(lambda) => self.lambda(lambda, want, span),
            Ast::Block(block) => self.block(block, want),
            Ast::If(branch) => self.if_expr(branch, want, span),
            Ast::Match(matched) => self.match_expr(matched, want, span),
            Ast::While(repeat) => self.while_loop(repeat, span),
            Ast::For(each) => self.for_loop(each, span),
            Ast::Select(select) => self.select(select, want, span),
            Ast::Nursery(nursery) => self.nursery(nursery, want, span),
            Ast::Within { limit, body } => self.within(limit, body, want, span),
            Ast::Lock { bindings, body } => self.lock(bindings, body, want, span),
            Ast::Return(value) => self.return_expr(value.as_deref(), span),
            Ast::Break(label) => self.leave(label.as_ref(), false, span),
            Ast::Continue(label) => self.leave(label.as_ref(), true, span),
            Ast::Error => {
                let ty = self.w.unreadable(self.module, span);
                self.wrong(ty, span)
            }
        }
    }

    // ---------------------------------------------------------------------------------- literals

    fn literal(&self, lit: Lit, ty: Ty, span: Span) -> hir::Expr {
        hir::Expr { kind: ExprKind::Lit(lit), ty, span }
    }

    /// The type inside all the options: what a literal has to be for `T?` to come out.
    pub(crate) fn innermost(&self, ty: Ty) -> Ty {
        let mut ty = self.infer.shallow(ty);
        while let Some(inner) = self.w.option_inner(ty) {
            ty = self.infer.shallow(inner);
        }
        ty
    }

    /// An integer literal, its sign included.
    pub(crate) fn int(&mut self, value: i128, want: Want, span: Span) -> hir::Expr {
        let ty = match want.hint().map(|ty| self.innermost(ty)) {
            Some(ty) if matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32) => ty,
            _ => self.infer.fresh(VarKind::Number, span),
        };
        self.literal(Lit::Int(value), ty, span)
    }

    /// `10ms`: the prelude's `Duration`, whose only field counts nanoseconds.
    fn duration(&mut self, nanos: u64, span: Span) -> hir::Expr {
        let Some(id) = self.w.lang.duration else { return self.not_yet(span, "durations are") };
        let ty = self.w.adt_type(id, Vec::new());
        if nanos > i64::MAX as u64 {
            return self.fail(
                Diagnostic::error(Code::E0205, span, "this duration is too long")
                    .label("more than 292 years of nanoseconds"),
            );
        }
        let count = self.literal(Lit::Int(i128::from(nanos)), self.w.common.int, span);
        hir::Expr { kind: ExprKind::Adt(id, 0, vec![(0, count)]), ty, span }
    }

    fn interpolated(&mut self, parts: &'a [ast::StrPart], span: Span) -> hir::Expr {
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                ast::StrPart::Text(text) => out.push(hir::Part::Text(*text)),
                ast::StrPart::Expr { expr, format } => {
                    let value = self.expr(expr, Want::Any);
                    self.need(value.ty, Need::Bound(hir::Bound::Show, "`${…}`".to_owned()), expr.span);
                    out.push(match format {
                        Some(written) => {
                            self.operand_need(&value, value.ty, Need::Format(*written), expr.span);
                            hir::Part::Formatted(value, crate::formats::format(written))
                        }
                        None => hir::Part::Value(value),
                    });
                }
            }
        }
        hir::Expr { kind: ExprKind::Interpolate(out), ty: self.w.common.string, span }
    }

    fn tuple(&mut self, parts: &'a [ast::Expr], want: Want, span: Span) -> hir::Expr {
        if parts.is_empty() {
            return self.unit(span);
        }
        let hints: Vec<Ty> = match want.hint().map(|ty| self.innermost(ty)) {
            Some(ty) => match ty.kind() {
                TyKind::Tuple(types) if types.len() == parts.len() => types.clone(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        };
        let mut out = Vec::with_capacity(parts.len());
        for (at, part) in parts.iter().enumerate() {
            out.push(match (hints.get(at), want) {
                (Some(ty), Want::Must(_, why) | Want::Tail(_, why)) => self.check(part, *ty, why),
                (Some(ty), _) => self.expr(part, Want::Prefer(*ty)),
                (None, _) => self.expr(part, Want::Any),
            });
        }
        let ty = Ty::tuple(out.iter().map(|e| e.ty).collect());
        hir::Expr { kind: ExprKind::Tuple(out), ty, span }
    }

    fn array(&mut self, elements: &'a [ast::Expr], want: Want, span: Span) -> hir::Expr {
        let hint = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| match ty.kind() {
            TyKind::Array(element) => Some(*element),
            _ => None,
        });
        let mut out = Vec::with_capacity(elements.len());
        let (element, mut why) = match (hint, want) {
            (Some(ty), Want::Must(_, why) | Want::Tail(_, why)) => (ty, why),
            (Some(ty), _) => (ty, Why::Plain),
            (None, _) => (self.fresh(span), Why::Plain),
        };
        for expr in elements {
            let value = self.check(expr, element, why);
            if hint.is_none() && matches!(why, Why::Plain) {
                why = Why::Element(expr.span);
            }
            out.push(value);
        }
        hir::Expr { kind: ExprKind::Array(out), ty: Ty::array(element), span }
    }

    fn array_fill(&mut self, value: &'a ast::Expr, len: &'a ast::Expr, want: Want, span: Span) -> hir::Expr {
        let hint = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| match ty.kind() {
            TyKind::Array(element) => Some(*element),
            _ => None,
        });
        let value = match (hint, want) {
            (Some(ty), Want::Must(_, why) | Want::Tail(_, why)) => self.check(value, ty, why),
            (Some(ty), _) => self.check(value, ty, Why::Plain),
            (None, _) => self.expr(value, Want::Any),
        };
        let len = self.check(len, self.w.common.int, Why::Plain);
        let ty = Ty::array(hint.unwrap_or(value.ty));
        hir::Expr { kind: ExprKind::ArrayFill(Box::new(value), Box::new(len)), ty, span }
    }

    // -------------------------------------------------------------------------------- conversion

    /// Makes an expression have the expected type: the type it has, or `T` where `T?` is expected,
    /// or no value at all. Anything else is reported.
    pub(crate) fn coerce(&mut self, value: hir::Expr, expected: Ty, why: Why) -> hir::Expr {
        let (found, wanted) = (self.infer.shallow(value.ty), self.infer.shallow(expected));
        if found == wanted {
            self.value_suits(&value, expected, (found, wanted), why);
            return value;
        }
        match (found.kind(), wanted.kind()) {
            (TyKind::Never, _) => {
                if matches!(wanted.kind(), TyKind::Infer(_)) {
                    self.unit_fallbacks.push(wanted);
                }
                return value;
            }
            // What is expected is then unknown too: it takes the error, so that nothing is said of it.
            (TyKind::Error, _) => {
                self.infer.unify(found, wanted);
                return value;
            }
            (_, TyKind::Error) => return self.wrong(wanted, value.span),
            _ => {}
        }
        if let Some(inner) = self.w.option_inner(wanted)
            && self.wraps(found, inner)
        {
            let value = self.coerce(value, inner, why);
            let span = value.span;
            if matches!(value.ty.kind(), TyKind::Error) {
                return value;
            }
            return self.variant(wanted, 1, vec![value], span);
        }
        // What they were before they met says whether they agree, or one only takes the other's type.
        let before = (self.infer.deep(found), self.infer.deep(wanted));
        if self.infer.unify(found, wanted) {
            self.value_suits(&value, expected, before, why);
            return value;
        }
        self.mismatch(&value, wanted, why)
    }

    /// Whether a value of type `found` becomes `Some` where an option of `inner` is expected.
    fn wraps(&self, found: Ty, inner: Ty) -> bool {
        match self.w.option_inner(found) {
            // `T?` where `T??` is expected: one more level is expected than there is.
            Some(found_inner) => {
                let (a, b) = (self.infer.shallow(found_inner), self.infer.shallow(inner));
                self.w.option_inner(b).is_some()
                    && self.w.option_inner(a).is_none()
                    && !matches!(a.kind(), TyKind::Infer(_))
            }
            None => self.infer.var_kind(found) != Some(VarKind::Any),
        }
    }

    /// Reports that a value has another type than its place expects.
    pub(crate) fn mismatch(&mut self, value: &hir::Expr, expected: Ty, why: Why) -> hir::Expr {
        let found = self.infer.shallow(value.ty);
        let (mut found_text, expected_text) = self.show_apart(found, expected);
        if let TyKind::Future(result) = found.kind()
            && !matches!(expected.kind(), TyKind::Infer(_))
            && self.infer.unify(*result, expected)
        {
            return self.fail(
                Diagnostic::error(Code::E0212, value.span, "this future is not awaited")
                    .label(format!("`{found_text}`, where `{expected_text}` is needed"))
                    .help("wait for the task's result: `await` before it, or `.await()` after it"),
            );
        }
        if let TyKind::Mutex(inner) | TyKind::Atomic(inner) = found.kind()
            && !matches!(expected.kind(), TyKind::Infer(_))
            && self.infer.unify(*inner, expected)
            && let Some(wrong) = self.unopened(found, value.span)
        {
            return wrong;
        }
        if found.is_unit()
            && is_loop(value)
            && let Why::Returns(place) = why
        {
            let diagnostic = Diagnostic::error(
                Code::E0208,
                value.span,
                format!("a value of type `{expected_text}` is missing"),
            )
            .label("when this loop has ended, there is none")
            .also(place, format!("the function returns `{expected_text}`"))
            .help("write the value after the loop");
            return self.fail(diagnostic);
        }
        let absent = self.absent_help(value, expected, &expected_text, why);
        let mut label = format!("this is `{found_text}`");
        if absent.is_some() {
            (found_text, label) = ("None".to_owned(), "only an option can be without a value".to_owned());
        }
        let mut diagnostic = Diagnostic::error(
            Code::E0201,
            value.span,
            format!("expected `{expected_text}`, found `{found_text}`"),
        )
        .label(label);
        let place = match why {
            Why::Plain => None,
            Why::Declared(span) => Some((span, format!("declared as `{expected_text}` here"))),
            Why::Param(span) => Some((span, format!("the parameter is `{expected_text}`"))),
            Why::Returns(span) if expected.is_unit() => {
                Some((span, "the function declares no result".to_owned()))
            }
            Why::Returns(span) => Some((span, format!("the function returns `{expected_text}`"))),
            Why::Branch(span) => Some((span, format!("another branch is `{expected_text}`"))),
            Why::Element(span) => Some((span, format!("the first element is `{expected_text}`"))),
            Why::Field(span) => Some((span, format!("the field is `{expected_text}`"))),
            Why::Operand { of: span, .. } => Some((span, format!("this is `{expected_text}`"))),
            Why::Assigned(span) => Some((span, format!("this holds `{expected_text}`"))),
            Why::Key { of, .. } => Some((of, format!("its keys are `{expected_text}`"))),
            Why::Instance(span) => Some((span, format!("`{expected_text}` in this case"))),
            Why::Holder(Origin { span, .. }) => Some((span, format!("this makes it `{expected_text}`"))),
        };
        if let Some((span, text)) = &place
            && *span != value.span
        {
            diagnostic = diagnostic.also(*span, text.clone());
        }
        if let Some(made) = self.made_by(value)
            && place.is_none_or(|(span, _)| span != made)
        {
            diagnostic = diagnostic.also(made, format!("`{found_text}` comes from here"));
        }
        if let Some(help) = absent {
            diagnostic = diagnostic.help(help);
        } else if matches!(why, Why::Returns(_)) && expected.is_unit() {
            diagnostic =
                diagnostic.help(format!("declare the result after the parameters: `-> {found_text}`"));
        } else if let Some(help) = self.result_help(value, found, expected, why) {
            diagnostic = diagnostic.help(help);
        } else if let Some(help) = self.stand_in_help(value, found, expected) {
            diagnostic = diagnostic.help(help);
        } else if let Some(help) = self.conversion_help(value, found, expected) {
            diagnostic = diagnostic.help(help);
        } else if matches!(why, Why::Element(_)) {
            diagnostic = diagnostic.help("what is collected has one type; an `enum` is one of several");
        }
        let uses = self.mismatched_uses(value, expected, why);
        let error = self.w.disputed(diagnostic, uses);
        self.wrong(error, value.span)
    }

    /// Where the type is written that a value has from somewhere else in the program, or the function that it is.
    fn made_by(&self, value: &hir::Expr) -> Option<Span> {
        let made = match value.kind {
            hir::ExprKind::FnValue(id, _) => self.w.fns[id].span,
            _ => self.origin(value).and_then(Origin::written_at)?,
        };
        let inside =
            value.span.source == made.source && value.span.start <= made.start && made.end <= value.span.end;
        (self.w.is_own(made) && !inside).then_some(made)
    }

    fn conversion_help(&mut self, value: &hir::Expr, found: Ty, expected: Ty) -> Option<String> {
        let number = |ty: Ty| crate::infer::is_number(ty);
        if let Some(inner) = self.w.option_inner(found)
            && self.infer.unify(inner, expected)
        {
            return Some("say what happens without a value: `x ?? default`, `x?`, or `match`".to_owned());
        }
        if let Some((ok, _)) = self.w.result_parts(found)
            && self.infer.unify(ok, expected)
        {
            return Some("pass an error on with `?`, or handle it with `match`".to_owned());
        }
        let time = matches!(expected.kind(), TyKind::Adt(id, ..) if self.w.lang.duration == Some(*id));
        if time && matches!(self.infer.var_kind(found), Some(VarKind::Number | VarKind::Float)) {
            return Some("a time has a unit: `2s`, `500ms`".to_owned());
        }
        match (found.kind(), expected.kind()) {
            (_, TyKind::String) if !matches!(found.kind(), TyKind::Unit | TyKind::Fn(..)) => {
                Some(format!("make text of it: `\"{}\"`", self.in_text(value)))
            }
            (TyKind::String, TyKind::Int(_) | TyKind::F64) => match &value.kind {
                hir::ExprKind::Lit(hir::Lit::String(text)) => {
                    let digits = text.as_str().parse::<f64>().is_ok();
                    digits.then(|| format!("a number is written without quotes: `{text}`"))
                }
                _ => {
                    let text = self.written(value);
                    Some(format!("read it as a number: `{expected}.parse({text})` gives a `Result`"))
                }
            },
            (TyKind::Infer(_), TyKind::Int(_)) => Some("write the number without a fraction".to_owned()),
            (TyKind::Fn(params, ret), _) if params.is_empty() && self.infer.unify(*ret, expected) => {
                Some("call it: add `()`".to_owned())
            }
            (TyKind::Adt(..), TyKind::Array(_))
                if self.w.is_lazy(found) || self.w.range_element(found).is_some() =>
            {
                Some("`.to_array()` computes its elements".to_owned())
            }
            _ if (number(found) || self.infer.var_kind(found) == Some(VarKind::Number))
                && self.w.range_element(expected).is_some() =>
            {
                Some("a range has two ends: `0..n`".to_owned())
            }
            (TyKind::Unit, _) => Some("the last expression of a block is its value".to_owned()),
            _ if number(found) && number(expected) => {
                let value = self.written(value);
                Some(format!("numbers do not convert by themselves: write `{expected}({value})`"))
            }
            _ => None,
        }
    }
}

/// Whether an expression is a loop, which has no value.
fn is_loop(value: &hir::Expr) -> bool {
    use hir::ExprKind as E;
    match &value.kind {
        E::While(..) | E::Loop(..) | E::ForRange(_) | E::ForArray(_) => true,
        E::Block(block) => block.value.as_deref().is_some_and(is_loop),
        _ => false,
    }
}
