//! Struct literals and fields.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{AdtId, AdtKind, ExprKind, Ty, TyKind};
use wyn_syntax::ast;

use crate::assoc::Resolved;
use crate::body::{FnCx, Want, Why};
use crate::infer::VarKind;
use crate::unknown::Sought;
use crate::world::Head;

impl<'a> FnCx<'_, 'a> {
    /// `P { x: 1, y, ..base }`, also of a variant with named fields.
    pub(crate) fn struct_literal(
        &mut self,
        literal: &'a ast::StructLit,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let target = self.literal_target(literal, want);
        let Ok((id, at, ty)) = target else {
            for field in &literal.fields {
                if let Some(value) = &field.value {
                    self.expr(value, Want::Any);
                }
            }
            if let Some(base) = &literal.base {
                self.expr(base, Want::Any);
            }
            return self.wrong(target.err().unwrap_or(self.w.common.unit), span);
        };
        let TyKind::Adt(_, _, args) = ty.kind() else { return self.wrong(ty, span) };
        if let Want::Must(wanted, _) | Want::Tail(wanted, _) = want {
            self.expect_result(ty, wanted);
        }
        let mut given: Vec<Option<Span>> = vec![None; self.w.adts[id].variants[at].fields.len()];
        let mut fields = Vec::with_capacity(literal.fields.len());
        let mut wrong = false;
        for init in &literal.fields {
            let Some(n) =
                self.w.adts[id].variants[at].fields.iter().position(|f| f.name == Some(init.name.symbol))
            else {
                wrong = true;
                self.unknown_field(ty, id, at, init.name);
                if let Some(value) = &init.value {
                    self.expr(value, Want::Any);
                }
                continue;
            };
            if let Some(first) = given[n].replace(init.name.span) {
                wrong = true;
                self.w.report(
                    Diagnostic::error(
                        Code::E0209,
                        init.name.span,
                        format!("`{}` is given twice", init.name.symbol),
                    )
                    .also(first, "first given here")
                    .help("leave one of them out"),
                );
            }
            self.field_visible(id, at, n, init.name);
            let declared = self.w.adts[id].variants[at].fields[n].ty;
            let expected = declared.substitute(args);
            let span = self.w.adt_info[id].fields[at][n].span;
            let why = match want.place() {
                _ if !declared.is_generic() => Why::Field(span),
                Some(place) => Why::Holder(place),
                None => Why::Instance(span),
            };
            let value = match &init.value {
                Some(value) => self.check(value, expected, why),
                None => {
                    let value = self.shorthand(init.name);
                    self.coerce(value, expected, why)
                }
            };
            fields.push((n, value));
        }
        if let Some(base) = &literal.base {
            let base = self.check(base, ty, Why::Plain);
            return hir::Expr { kind: ExprKind::Update(Box::new(base), fields), ty, span };
        }
        let missing: Vec<String> = given
            .iter()
            .enumerate()
            .filter(|(_, given)| given.is_none())
            .filter_map(|(n, _)| self.w.adts[id].variants[at].fields[n].name)
            .map(|name| format!("`{name}`"))
            .collect();
        wrong |= self.w.adt_info[id].wrong.is_some();
        if !missing.is_empty() && !wrong {
            self.lacks_fields(id, at, &given, &missing.join(", "), literal.path.span);
        }
        hir::Expr { kind: ExprKind::Adt(id, at, fields), ty, span }
    }

    /// Reports a literal without a value for each field. Outside of its module, a struct with private fields
    /// cannot be made by a literal at all.
    fn lacks_fields(&mut self, id: AdtId, at: usize, given: &[Option<Span>], missing: &str, span: Span) {
        let name = self.w.adts[id].variants[at].name;
        let infos = &self.w.adt_info[id].fields[at];
        let hidden = infos.iter().zip(given).find(|(info, given)| !info.public && given.is_none());
        let diagnostic = match hidden {
            Some((info, _)) if !self.w.sees(self.module, self.w.adt_info[id].module) => Diagnostic::error(
                Code::E0107,
                span,
                format!("`{name}` has private fields"),
            )
            .label("only its own module can make one from scratch")
            .also(info.span, "declared here, without `pub`")
            .help(self.function_new(id).unwrap_or_else(|| {
                format!("call a function of its module that makes one, or change a copy: `{name} {{ …, ..other }}`")
            })),
            _ => Diagnostic::error(Code::E0209, span, format!("`{name}` lacks {missing}"))
                .label("every field needs a value")
                .also(self.w.adts[id].span, "declared here"),
        };
        self.w.report(diagnostic);
    }

    /// How a struct is made whose fields are private, by its function `new`.
    fn function_new(&self, id: AdtId) -> Option<String> {
        let name = self.w.adts[id].name;
        let found = self.w.methods.get(&(Head::Adt(id), Symbol::new("new")))?;
        let public = found.iter().any(|id| self.w.fns[*id].public);
        let shown = || self.w.through_import(self.module, name).unwrap_or_else(|| name.to_string());
        public.then(|| format!("write `{}.new(…)`", shown()))
    }

    /// `x` for `x: x`.
    fn shorthand(&mut self, name: ast::Name) -> hir::Expr {
        match self.lookup(name.symbol) {
            Some(crate::scope::Binding::Local(id)) => {
                let info = self.frame().local_mut(id);
                info.used = true;
                let ty = info.ty;
                self.local_value(id, ty, name.span)
            }
            _ => match self.w.global(self.module, name.symbol).map(|entry| entry.def) {
                Some(crate::world::Def::Const(id)) => {
                    self.value_of(Resolved::Const(id), Want::Any, name.span, name.symbol)
                }
                _ => self.unknown_name(name),
            },
        }
    }

    /// The struct or variant that a literal makes, or the error type when it makes none.
    fn literal_target(&mut self, literal: &ast::StructLit, want: Want) -> Result<(AdtId, usize, Ty), Ty> {
        let path = &literal.path;
        let [first, rest @ ..] = &path.segments[..] else { return Err(self.not_a_struct(path)) };
        let named =
            if literal.short { Some(self.short_variant(first.name, want)) } else { self.resolve_name(first) };
        let mut resolved = match named {
            Some(resolved) => resolved,
            None if rest.is_empty() => {
                let types = self.types.clone();
                Resolved::Wrong(self.w.named_type(&types, first.name, Vec::new(), first.span))
            }
            None => match self.w.module_path(self.module, std::slice::from_ref(first)) {
                Ok(module) => Resolved::Module(module),
                Err(error) => Resolved::Wrong(error),
            },
        };
        for segment in rest {
            resolved = match resolved {
                Resolved::Module(of) => self.member_of_module(of, segment),
                Resolved::Type(ty) => match ty.kind() {
                    TyKind::Adt(id, ..) => self.variant_named(*id, ty, segment.name),
                    TyKind::Error => Resolved::Wrong(ty),
                    _ => Resolved::Wrong(self.not_a_struct(path)),
                },
                Resolved::Wrong(ty) => Resolved::Wrong(ty),
                _ => Resolved::Wrong(self.not_a_struct(path)),
            };
        }
        match resolved {
            Resolved::Type(ty) => match ty.kind() {
                TyKind::Adt(id, ..) if self.w.adts[*id].kind == AdtKind::Struct => Ok((*id, 0, ty)),
                TyKind::Error => Err(ty),
                _ => Err(self.not_a_struct(path)),
            },
            Resolved::Variant { id, at, ty } => {
                if self.w.adts[id].variants[at].fields.iter().all(|f| f.name.is_some()) {
                    return Ok((id, at, ty));
                }
                let name = self.w.adts[id].variants[at].name;
                Err(self.w.error(
                    Diagnostic::error(
                        Code::E0209,
                        path.span,
                        format!("variant `{name}` has no named fields"),
                    )
                    .help(format!("write `{name}(…)`")),
                ))
            }
            Resolved::Wrong(ty) => Err(ty),
            _ => Err(self.not_a_struct(path)),
        }
    }

    fn variant_named(&mut self, id: AdtId, ty: Ty, name: ast::Name) -> Resolved {
        if let Some(at) = self.w.adts[id].variants.iter().position(|v| v.name == name.symbol)
            && self.w.adts[id].kind == AdtKind::Enum
        {
            return Resolved::Variant { id, at, ty };
        }
        if let Some(lost) = self.lost_member(name.symbol).or_else(|| self.w.lost_member_of(id)) {
            return Resolved::Wrong(lost);
        }
        let shown = self.w.adts[id].name;
        let names: Vec<&str> = self.w.adts[id].variants.iter().map(|v| v.name.as_str()).collect();
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no variant `{}`", name.symbol))
                .label("not declared");
        if let Some(meant) = self.w.suggest(name.symbol.as_str(), names) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        let meant = self.w.members_like(id, name.symbol);
        Resolved::Wrong(self.w.unknown(Sought::Member(id, name.symbol), name.span, meant, || diagnostic))
    }

    fn not_a_struct(&mut self, path: &ast::Path) -> Ty {
        let name = path.last().name.symbol;
        let declared = self.w.modules[self.module].names.get(&name).map(|entry| entry.span);
        if let Some(reported) = declared.and_then(|span| self.w.on_broken_line(span)) {
            return self.w.known_error(reported);
        }
        self.w.error(
            Diagnostic::error(Code::E0108, path.span, format!("`{name}` is not a struct"))
                .label("only structs, and variants with named fields, are made with `{ … }`"),
        )
    }

    // ------------------------------------------------------------------------------------- fields

    /// The position of a struct's field.
    pub(crate) fn struct_field(&self, ty: Ty, name: Symbol) -> Option<usize> {
        let TyKind::Adt(id, ..) = ty.kind() else { return None };
        let adt = &self.w.adts[*id];
        if adt.kind != AdtKind::Struct {
            return None;
        }
        let at = adt.variants.first()?.fields.iter().position(|f| f.name == Some(name))?;
        let info = &self.w.adt_info[*id];
        let known = info.fields[0][at].public || !self.w.is_internal(self.module, info.module);
        known.then_some(at)
    }

    /// Reports a field that its module keeps to itself.
    pub(crate) fn field_visible(&mut self, id: AdtId, at: usize, field: usize, name: ast::Name) {
        let info = self.w.adt_info[id].fields[at][field];
        if info.public || self.w.sees(self.module, self.w.adt_info[id].module) {
            return;
        }
        let owner = self.w.adts[id].name;
        self.w.report(
            Diagnostic::error(
                Code::E0107,
                name.span,
                format!("field `{}` of `{owner}` is private", name.symbol),
            )
            .label("not visible here")
            .also(info.span, "declared here, without `pub`"),
        );
    }

    /// A known field of a value.
    pub(crate) fn field_of(
        &mut self,
        base: hir::Expr,
        ty: Ty,
        at: usize,
        name: ast::Name,
        span: Span,
    ) -> hir::Expr {
        let TyKind::Adt(id, _, args) = ty.kind() else { return self.wrong(ty, span) };
        self.field_visible(*id, 0, at, name);
        let ty = self.w.adts[*id].variants[0].fields[at].ty.substitute(args);
        hir::Expr { kind: ExprKind::Field(Box::new(base), at), ty, span }
    }

    /// `base.name` that is not called.
    pub(crate) fn field(
        &mut self,
        base: &'a ast::Expr,
        name: &'a ast::PathSegment,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        if let Some(resolved) = self.resolve_member(base, name) {
            return self.value_of(resolved, want, span, name.name.symbol);
        }
        let value = self.chain(base);
        let ty = self.infer.shallow(value.ty);
        let symbol = name.name.symbol;
        if matches!(ty.kind(), TyKind::Error | TyKind::Never) {
            return self.wrong(ty, span);
        }
        if let Some(at) = self.struct_field(ty, symbol) {
            return self.field_of(value, ty, at, name.name, span);
        }
        if self.infer.var_kind(ty) == Some(VarKind::Any) {
            let error = self.must_be_known(value.span, &format!(".{symbol}"));
            return self.wrong(error, span);
        }
        if self.known_method(ty, symbol).is_none()
            && let Some(wrong) = self.unopened(ty, value.span)
        {
            return wrong;
        }
        let shown = self.show(ty);
        if symbol == self.w.names.await_ || self.known_method(ty, symbol).is_some() {
            return self.fail(
                Diagnostic::error(Code::E0104, name.span, format!("`{symbol}` is a method, not a field"))
                    .help(format!("call it: `.{symbol}()`")),
            );
        }
        if let TyKind::Future(result) = ty.kind() {
            let result = self.infer.shallow(*result);
            if self.struct_field(result, symbol).is_some() {
                return self.fail(
                    Diagnostic::error(Code::E0212, name.span, "this future is not awaited")
                        .label(format!("`{symbol}` belongs to the result, this is `{shown}`"))
                        .help(format!("wait for the result first: `.await().{symbol}`")),
                );
            }
        }
        if let Some(lost) = self.lost_member(symbol) {
            return self.wrong(lost, span);
        }
        match ty.kind() {
            TyKind::Adt(id, ..) if self.w.adts[*id].kind == AdtKind::Struct => {
                let error = self.unknown_field(ty, *id, 0, name.name);
                self.wrong(error, span)
            }
            _ => {
                let mut diagnostic =
                    Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no field `{symbol}`"))
                        .label("not a field of this type");
                if let Some(inner) = self.w.option_inner(ty)
                    && self.struct_field(self.infer.shallow(inner), symbol).is_some()
                {
                    diagnostic =
                        diagnostic.help(format!("the value inside has it: `x?.{symbol}`, or `match`"));
                } else if matches!(symbol.as_str(), "length" | "size" | "count") {
                    diagnostic = diagnostic.help("did you mean `.len()`?");
                } else if let Some(help) = self.method_habit(ty, symbol) {
                    diagnostic = diagnostic.help(help);
                }
                self.fail(diagnostic)
            }
        }
    }

    pub(crate) fn unknown_field(&mut self, ty: Ty, id: AdtId, at: usize, name: ast::Name) -> Ty {
        if let Some(lost) = self.lost_member(name.symbol).or_else(|| self.w.lost_member_of(id)) {
            return lost;
        }
        let shown = self.show(ty);
        if self.w.is_opaque(id) {
            let symbol = name.symbol;
            let diagnostic =
                Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no field `{symbol}`"));
            let help = if matches!(symbol.as_str(), "length" | "size" | "count") {
                "did you mean `.len()`?".to_owned()
            } else if self.w.map_parts(ty).is_some() {
                format!("an entry is read by its key: `m[\"{symbol}\"]`")
            } else {
                "what it holds is reached with its methods".to_owned()
            };
            return self.w.error(diagnostic.label("not a field").help(help));
        }
        let names: Vec<&str> =
            self.w.adts[id].variants[at].fields.iter().filter_map(|f| f.name).map(|n| n.as_str()).collect();
        let sought = Sought::Member(id, name.symbol);
        if let Some(known) = self.w.known_unknown(sought, name.span) {
            return known;
        }
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no field `{}`", name.symbol))
                .label("not declared");
        if let Some(meant) = self.w.suggest(name.symbol.as_str(), names.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        } else {
            diagnostic = diagnostic.also(self.w.adts[id].span, "declared here");
            if !names.is_empty() && names.len() <= 8 {
                let are = if names.len() == 1 { "its field is" } else { "its fields are" };
                diagnostic = diagnostic.help(format!("{are} `{}`", names.join("`, `")));
            }
        }
        let declared = self.w.members_like(id, name.symbol);
        self.w.unknown(sought, name.span, declared, || diagnostic)
    }

    pub(crate) fn tuple_field(
        &mut self,
        base: &'a ast::Expr,
        index: u32,
        index_span: Span,
        span: Span,
    ) -> hir::Expr {
        let value = self.expr(base, Want::Any);
        let ty = self.infer.shallow(value.ty);
        match ty.kind() {
            TyKind::Tuple(parts) => match parts.get(index as usize) {
                Some(part) => {
                    let kind = ExprKind::Field(Box::new(value), index as usize);
                    hir::Expr { kind, ty: *part, span }
                }
                None => {
                    let shown = self.show(ty);
                    let last = parts.len() - 1;
                    self.fail(
                        Diagnostic::error(Code::E0104, index_span, format!("`{shown}` has no part {index}"))
                            .help(format!("its parts are `.0` to `.{last}`")),
                    )
                }
            },
            TyKind::Error | TyKind::Never => self.wrong(ty, span),
            TyKind::Mutex(_) | TyKind::Atomic(_) => {
                self.unopened(ty, value.span).unwrap_or_else(|| self.wrong(ty, span))
            }
            _ if self.infer.var_kind(ty) == Some(VarKind::Any) => {
                let error = self.must_be_known(value.span, &format!(".{index}"));
                self.wrong(error, span)
            }
            _ => {
                let shown = self.show(ty);
                let diagnostic = Diagnostic::error(
                    Code::E0104,
                    index_span,
                    format!("`{shown}` is not a tuple: it has no part {index}"),
                );
                let element = matches!(ty.kind(), TyKind::Array(_)).then(|| self.written(&value));
                self.fail(match element {
                    Some(array) => diagnostic.help(format!("an element is `{array}[{index}]`")),
                    None => diagnostic,
                })
            }
        }
    }
}
