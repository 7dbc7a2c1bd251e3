//! Maps and sets: literals and entries.

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{Arg, Bound, ExprKind, Stmt, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::world::Head;

/// A key that is written out, to find those that are written twice.
#[derive(PartialEq, Eq, Hash)]
enum Written {
    Int(bool, u64),
    Bool(bool),
    Char(char),
    Str(Symbol),
}

impl Written {
    fn of(key: &ast::Expr) -> Option<Self> {
        Some(match &key.unparenthesized().kind {
            ast::ExprKind::Int(value) => Self::Int(false, *value),
            ast::ExprKind::Unary { op: ast::UnaryOp::Neg, operand } => match operand.kind {
                ast::ExprKind::Int(value) => Self::Int(value != 0, value),
                _ => return None,
            },
            ast::ExprKind::Bool(value) => Self::Bool(*value),
            ast::ExprKind::Char(value) => Self::Char(*value),
            ast::ExprKind::Str(value) => Self::Str(*value),
            _ => return None,
        })
    }
}

impl<'a> FnCx<'_, 'a> {
    /// `m[k]`, `m[k, default: d]`, of a checked map.
    pub(crate) fn entry(
        &mut self,
        map: hir::Expr,
        [key_ty, value_ty]: [Ty; 2],
        key: &'a ast::Expr,
        default: Option<&'a ast::Expr>,
        span: Span,
    ) -> hir::Expr {
        let declared = self.origin(&map);
        let key = self.check(key, key_ty, Why::Key { of: map.span, declared });
        let value_why = declared.map_or(Why::Plain, Why::Holder);
        let default = default.map(|value| self.check(value, value_ty, value_why));
        let kind = ExprKind::Entry(Box::new(hir::Entry { map, key, default }));
        hir::Expr { kind, ty: value_ty, span }
    }

    /// Reports `m[k, default: d] = v`.
    pub(crate) fn no_default(&mut self, place: &hir::Expr) {
        if let ExprKind::Entry(entry) = &place.kind
            && let Some(default) = &entry.default
        {
            self.w.report(
                Diagnostic::error(Code::E0219, default.span, "a plain assignment needs no default")
                    .label("never used")
                    .help("`m[k] = v` inserts a key that is missing"),
            );
        }
    }

    /// Reports `{ x: 1, y: 2 }` where a struct with these fields is wanted: its name is missing.
    fn nameless_struct(
        &mut self,
        entries: &'a [(ast::Expr, ast::Expr)],
        want: Want,
        span: Span,
    ) -> Option<Ty> {
        let wanted = self.innermost(want.hint()?);
        let TyKind::Adt(id, name, _) = wanted.kind() else { return None };
        let field = |key: &ast::Expr| match &key.kind {
            ast::ExprKind::Name(segment) => self.struct_field(wanted, segment.name.symbol),
            _ => None,
        };
        if entries.is_empty() || !entries.iter().all(|(key, _)| field(key).is_some()) {
            return None;
        }
        let declared = self.w.adts[*id].span;
        let error = self.w.error(
            Diagnostic::error(Code::E0201, span, format!("expected `{wanted}`, found a map"))
                .label("braces without a name before them make a map or a set")
                .also(declared, format!("`{name}` is declared here"))
                .help(format!("write the struct's name before the brace: `{name} {{ … }}`")),
        );
        for (_, value) in entries {
            self.expr(value, Want::Any);
        }
        Some(error)
    }

    /// `{k: v, …}`: an empty map, into which the entries are inserted in order.
    pub(crate) fn map_literal(
        &mut self,
        entries: &'a [(ast::Expr, ast::Expr)],
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let Some(items) = self.w.lang.map else { return self.not_yet(span, "map literals are") };
        if let Some(error) = self.nameless_struct(entries, want, span) {
            return self.wrong(error, span);
        }
        if let Some(error) = self.object(entries, want) {
            return self.wrong(error, span);
        }
        let hint = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| self.w.map_parts(ty));
        let (key_ty, value_ty) = hint.unwrap_or_else(|| (self.fresh(span), self.fresh(span)));
        let ty = self.w.adt_type(items.map, vec![key_ty, value_ty]);
        let mut key_why = literal_why(hint.is_some(), want);
        let mut value_why = key_why;
        let mut checked = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            self.bare_key(key);
            let entry = (self.check(key, key_ty, key_why), self.check(value, value_ty, value_why));
            if hint.is_none() && matches!(key_why, Why::Plain) {
                (key_why, value_why) = (Why::Element(key.span), Why::Element(value.span));
            }
            checked.push(entry);
        }
        if hint.is_none() {
            let place = entries.first().map_or(span, |(key, _)| key.span);
            self.need(key_ty, Need::Bound(Bound::Hash, "a key".to_owned()), place);
        }
        self.warn_repeated(entries.iter().map(|(key, _)| key), "key", "the value that comes last stays");
        self.filled(ty, span, checked, |cx, map, (key, value)| {
            let at = key.span.to(value.span);
            let entry = hir::Entry { map, key, default: None };
            let place = hir::Expr { kind: ExprKind::Entry(Box::new(entry)), ty: value_ty, span: at };
            let kind = ExprKind::Assign(Box::new(place), Box::new(value));
            hir::Expr { kind, ty: cx.w.common.unit, span: at }
        })
    }

    /// Reports `{a: 1, b: 2}` without a type, where none of the keys means anything: an object of another language, or a struct
    /// without its name.
    fn object(&mut self, entries: &'a [(ast::Expr, ast::Expr)], want: Want) -> Option<Ty> {
        let known = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| self.w.map_parts(ty));
        if entries.is_empty() || known.is_some() {
            return None;
        }
        let mut names = Vec::with_capacity(entries.len());
        for (key, _) in entries {
            let ast::ExprKind::Name(segment) = &key.kind else { return None };
            let name = segment.name;
            if self.lookup(name.symbol).is_some()
                || self.resolve_name(segment).is_some()
                || self.unknown.contains_key(&name.symbol)
            {
                return None;
            }
            names.push(name);
        }
        let first = names[0];
        let mut diagnostic =
            Diagnostic::error(Code::E0101, first.span, format!("there is no `{}` here", first.symbol))
                .label("not declared");
        if let Some(second) = names.get(1) {
            diagnostic = diagnostic.also(second.span, "and neither is this");
        }
        let error = self.w.error(
            diagnostic
                .note("braces without a name before them make a map, whose keys are expressions")
                .help(format!(
                    "declare `struct Name {{ … }}` and write `Name {{ {0}: … }}`; the key of a map is a text, `\"{0}\"`",
                    first.symbol
                )),
        );
        for (_, value) in entries {
            self.expr(value, Want::Any);
        }
        Some(error)
    }

    /// Reports the `a` of `{a: 1}` when there is no such name: elsewhere, keys are names by themselves.
    fn bare_key(&mut self, key: &'a ast::Expr) {
        let ast::ExprKind::Name(segment) = &key.kind else { return };
        let name = segment.name;
        if self.lookup(name.symbol).is_some()
            || self.resolve_name(segment).is_some()
            || self.unknown.contains_key(&name.symbol)
        {
            return;
        }
        let wrong = self.fail(
            Diagnostic::error(Code::E0101, name.span, format!("there is no `{}` here", name.symbol))
                .label("not declared")
                .help(format!("a key is an expression; for the text, write `\"{}\"`", name.symbol)),
        );
        self.unknown.insert(name.symbol, wrong.ty);
    }

    /// `{a, b, …}`: an empty set, into which the elements are inserted in order.
    pub(crate) fn set_literal(&mut self, elements: &'a [ast::Expr], want: Want, span: Span) -> hir::Expr {
        let Some(set) = self.w.lang.set else { return self.not_yet(span, "set literals are") };
        let hint = want.hint().map(|ty| self.innermost(ty)).and_then(|ty| self.w.set_element(ty));
        let element = hint.unwrap_or_else(|| self.fresh(span));
        let ty = self.w.adt_type(set, vec![element]);
        let mut why = literal_why(hint.is_some(), want);
        let mut checked = Vec::with_capacity(elements.len());
        for value in elements {
            checked.push(self.check(value, element, why));
            if hint.is_none() && matches!(why, Why::Plain) {
                why = Why::Element(value.span);
            }
        }
        if hint.is_none() {
            let place = elements.first().map_or(span, |value| value.span);
            self.need(element, Need::Bound(Bound::Hash, "an element of a set".to_owned()), place);
        }
        self.warn_repeated(elements.iter(), "element", "a set has each element once");
        self.filled(ty, span, checked, |cx, set, value| {
            let (insert, at) = (Symbol::new("insert"), value.span);
            match cx.desugared_call(insert, Arg::Mut(set), ty, vec![value], at) {
                Some(call) => call,
                None => cx.not_yet(at, "set literals are"),
            }
        })
    }

    /// `{ var c = C.new(); …; c }`, with a statement for each part.
    fn filled<T>(
        &mut self,
        ty: Ty,
        span: Span,
        parts: Vec<T>,
        mut insert: impl FnMut(&mut Self, hir::Expr, T) -> hir::Expr,
    ) -> hir::Expr {
        let new = Head::of(ty).and_then(|head| self.w.methods.get(&(head, self.w.names.new)));
        let Some(&new) = new.and_then(|ids| ids.first()) else {
            return self.not_yet(span, "this literal is");
        };
        let empty = hir::Expr { kind: ExprKind::Call(new, ty.parts(), Vec::new()), ty, span };
        if parts.is_empty() {
            return empty;
        }
        let local = self.temp(ty, span);
        let pat = hir::Pat { kind: hir::PatKind::Bind(local), ty, span };
        let mut stmts = vec![Stmt::Let(pat, empty)];
        for part in parts {
            let place = self.local_value(local, ty, span);
            stmts.push(Stmt::Expr(insert(self, place, part)));
        }
        let value = self.local_value(local, ty, span);
        let block = hir::Block { stmts, value: Some(Box::new(value)) };
        hir::Expr { kind: ExprKind::Block(block), ty, span }
    }

    /// Warns of constants that a literal names twice.
    fn warn_repeated(&mut self, keys: impl Iterator<Item = &'a ast::Expr>, what: &str, note: &str) {
        let mut seen: FxHashMap<Written, Span> = FxHashMap::default();
        for key in keys {
            let Some(written) = Written::of(key) else { continue };
            if let Some(first) = seen.insert(written, key.span) {
                self.warn(
                    Diagnostic::warning(Code::W0004, key.span, format!("this {what} is written twice"))
                        .also(first, "first written here")
                        .note(note)
                        .help("remove one of them"),
                );
            }
        }
    }
}

/// Why the parts of a literal have the types of its hint.
fn literal_why(hinted: bool, want: Want) -> Why {
    match want {
        Want::Must(_, why) | Want::Tail(_, why) if hinted => why,
        _ => Why::Plain,
    }
}
