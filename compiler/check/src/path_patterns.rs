//! Patterns that begin with a path: structs, variants and constants.

use wyn_base::{Code, Diagnostic, Span};
use wyn_hir as hir;
use wyn_hir::{AdtId, Pat, PatKind, Ty, TyKind};
use wyn_syntax::ast::{self, LiteralValue, PatternPayload};

use crate::assoc::Resolved;
use crate::body::FnCx;
use crate::bounds::Need;
use crate::origins::Origin;
use crate::patterns::Bound;
use crate::unknown::Sought;

impl<'a> FnCx<'_, 'a> {
    pub(crate) fn path_pattern(
        &mut self,
        written: &'a ast::PathPattern,
        ty: Ty,
        bound: &mut Bound,
        span: Span,
    ) -> Pat {
        let resolved = self.pattern_target(written, ty);
        match resolved {
            Resolved::Variant { id, at, ty: own } => self.adt_pattern(written, id, at, own, ty, bound, span),
            Resolved::Type(own) => match own.kind() {
                TyKind::Adt(id, ..) if self.w.adts[*id].kind == hir::AdtKind::Struct => {
                    self.adt_pattern(written, *id, 0, own, ty, bound, span)
                }
                TyKind::Error => self.wrong_pattern(written, own, bound, span),
                _ => {
                    let shown = self.show(own);
                    let error = self.w.error(
                        Diagnostic::error(Code::E0108, span, format!("`{shown}` is a type, not a value"))
                            .help("name a variant, or bind the value to a lower-case name"),
                    );
                    self.wrong_pattern(written, error, bound, span)
                }
            },
            Resolved::Const(id) => self.const_pattern(id, ty, bound.origin, span),
            Resolved::Wrong(error) => self.wrong_pattern(written, error, bound, span),
            Resolved::Fn { .. } | Resolved::Module(_) => {
                let name = written.path.last().name;
                let error = self.w.error(Diagnostic::error(
                    Code::E0108,
                    name.span,
                    format!("`{}` is not a variant, a struct or a constant", name.symbol),
                ));
                self.wrong_pattern(written, error, bound, span)
            }
        }
    }

    /// What is inside a pattern that was reported still binds its names.
    fn wrong_pattern(
        &mut self,
        written: &'a ast::PathPattern,
        error: Ty,
        bound: &mut Bound,
        span: Span,
    ) -> Pat {
        match &written.payload {
            // It may have lost what it was to bind.
            PatternPayload::None => self.doubt(error),
            PatternPayload::Tuple(parts) => {
                for part in parts {
                    self.pattern_in(part, error, bound);
                }
            }
            PatternPayload::Struct { fields, .. } => {
                for field in fields {
                    match &field.pattern {
                        Some(pattern) => {
                            self.pattern_in(pattern, error, bound);
                        }
                        None => {
                            self.binding(field.name, error, bound);
                        }
                    }
                }
            }
        }
        self.wild(error, span)
    }

    /// What the path of a pattern stands for: a variant of the matched type before anything else.
    fn pattern_target(&mut self, written: &ast::PathPattern, ty: Ty) -> Resolved {
        let segments = &written.path.segments[..];
        let last = written.path.last();
        if let [_] = segments
            && let TyKind::Adt(id, ..) = ty.kind()
            && self.w.adts[*id].kind == hir::AdtKind::Enum
        {
            let name = last.name.symbol;
            if let Some(at) = self.w.adts[*id].variants.iter().position(|v| v.name == name) {
                return Resolved::Variant { id: *id, at, ty };
            }
            let is_const = matches!(
                self.w.global(self.module, name).map(|entry| entry.def),
                Some(crate::world::Def::Const(_))
            );
            if !is_const || written.short {
                return Resolved::Wrong(self.no_variant(*id, last.name, ty));
            }
        }
        if matches!(ty.kind(), TyKind::Error) && (written.short || segments.len() == 1) {
            return Resolved::Wrong(ty);
        }
        if written.short {
            let shown = self.show(ty);
            return Resolved::Wrong(
                self.w.error(
                    Diagnostic::error(
                        Code::E0104,
                        last.name.span,
                        format!("`{shown}` has no variant `{}`", last.name.symbol),
                    )
                    .label("the value is not of an enum that has it"),
                ),
            );
        }
        match segments {
            [only] => match self.resolve_name(only) {
                Some(resolved) => resolved,
                None if self.w.lost_name(self.module, only.name.symbol).is_some() => {
                    Resolved::Wrong(self.unknown_name(only.name).ty)
                }
                None => {
                    let name = only.name;
                    let lower = name.symbol.as_str().to_lowercase();
                    Resolved::Wrong(
                        self.w.error(
                            Diagnostic::error(
                                Code::E0101,
                                name.span,
                                format!("there is no `{}` here", name.symbol),
                            )
                            .label("neither a variant nor a constant")
                            .help(format!("to bind the value to a name, write it in lower case: `{lower}`")),
                        ),
                    )
                }
            },
            _ => {
                let before = self.w.errors();
                let (init, last) = (&segments[..segments.len() - 1], last);
                self.dotted_target(init, last, before)
            }
        }
    }

    /// `Type.Variant`, `module.Type`, `module.CONST`, `module.Type.Variant`.
    fn dotted_target(
        &mut self,
        init: &[ast::PathSegment],
        last: &ast::PathSegment,
        before: usize,
    ) -> Resolved {
        let mut at = match self.resolve_name(&init[0]) {
            Some(resolved) => resolved,
            None => Resolved::Wrong(self.unknown_name(init[0].name).ty),
        };
        for segment in init.iter().skip(1).chain([last]) {
            at = match at {
                Resolved::Module(of) => self.member_of_module(of, segment),
                Resolved::Type(ty) => match ty.kind() {
                    TyKind::Adt(id, ..) if self.w.adts[*id].kind == hir::AdtKind::Enum => {
                        match self.w.adts[*id].variants.iter().position(|v| v.name == segment.name.symbol) {
                            Some(at) => Resolved::Variant { id: *id, at, ty },
                            None => Resolved::Wrong(self.no_variant(*id, segment.name, ty)),
                        }
                    }
                    TyKind::Error => Resolved::Wrong(ty),
                    _ => {
                        let shown = self.show(ty);
                        Resolved::Wrong(self.w.error(Diagnostic::error(
                            Code::E0104,
                            segment.name.span,
                            format!("`{shown}` has no variant `{}`", segment.name.symbol),
                        )))
                    }
                },
                Resolved::Wrong(ty) => Resolved::Wrong(ty),
                _ => Resolved::Wrong(self.w.error(Diagnostic::error(
                    Code::E0104,
                    segment.name.span,
                    format!("there is no `{}` in this", segment.name.symbol),
                ))),
            };
        }
        debug_assert!(!matches!(at, Resolved::Wrong(_)) || self.w.errors() >= before);
        at
    }

    pub(crate) fn no_variant(&mut self, id: AdtId, name: ast::Name, ty: Ty) -> Ty {
        if let Some(lost) = self.lost_member(name.symbol).or_else(|| self.w.lost_member_of(id)) {
            return lost;
        }
        let shown = self.show(ty);
        let names: Vec<&str> = self.w.adts[id].variants.iter().map(|v| v.name.as_str()).collect();
        let mut diagnostic =
            Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no variant `{}`", name.symbol))
                .label("not declared")
                .also(self.w.adts[id].span, "declared here");
        if let Some(meant) = self.w.suggest(name.symbol.as_str(), names.iter().copied()) {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        } else if !names.is_empty() && names.len() <= 8 {
            diagnostic = diagnostic.help(format!("its variants are `{}`", names.join("`, `")));
        }
        let meant = self.w.members_like(id, name.symbol);
        self.w.unknown(Sought::Member(id, name.symbol), name.span, meant, || diagnostic)
    }

    /// A constant matches what equals its value. One that is a literal counts as that literal; of the value
    /// of others nothing is known here.
    fn const_pattern(&mut self, id: hir::ConstId, ty: Ty, origin: Option<Origin>, span: Span) -> Pat {
        let own = self.const_type(id);
        self.w.mention(crate::usage::Item::Const(id));
        if matches!(own.kind(), TyKind::Error) {
            return self.wild(own, span);
        }
        if !self.infer.unify(ty, own) {
            let error = self.pattern_mismatch(own, ty, origin, span);
            return self.wild(error, span);
        }
        match literal_of(&self.w.consts[id].item.value) {
            Some(value) => self.literal_pattern(&ast::LiteralPattern { value, span }, ty, origin, span),
            None => {
                let name = self.w.consts[id].name;
                self.need(
                    own,
                    Need::Bound(hir::Bound::Eq, format!("the constant `{name}` in a pattern")),
                    span,
                );
                Pat { kind: PatKind::Const(id), ty: own, span }
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a pattern has these parts")]
    fn adt_pattern(
        &mut self,
        written: &'a ast::PathPattern,
        id: AdtId,
        at: usize,
        own: Ty,
        ty: Ty,
        bound: &mut Bound,
        span: Span,
    ) -> Pat {
        if !self.infer.unify(ty, own) {
            let error = self.pattern_mismatch(own, ty, bound.origin, span);
            return self.wrong_pattern(written, error, bound, span);
        }
        let TyKind::Adt(_, _, args) = own.kind() else { return self.wild(ty, span) };
        let variant = &self.w.adts[id].variants[at];
        let (name, named) = (variant.name, variant.fields.iter().any(|f| f.name.is_some()));
        let types: Vec<Ty> = variant.types(args).collect();
        let is_enum = self.w.adts[id].kind == hir::AdtKind::Enum;
        let fields = match &written.payload {
            PatternPayload::None if types.is_empty() && is_enum => Vec::new(),
            PatternPayload::None => {
                let shape = if named || !is_enum { format!("{name} {{ .. }}") } else { format!("{name}(_)") };
                let message = format!("`{name}` carries values, which the pattern does not mention");
                self.w.report(
                    Diagnostic::error(Code::E0209, span, message)
                        .help(format!("write `{shape}` to match any of them")),
                );
                Vec::new()
            }
            PatternPayload::Tuple(parts) if !named && is_enum && parts.len() == types.len() => parts
                .iter()
                .zip(types)
                .enumerate()
                .map(|(n, (part, ty))| {
                    let payload = self.payload_origin(id, at, n);
                    (n, self.inside(bound, payload, |cx, bound| cx.pattern_in(part, ty, bound)))
                })
                .collect(),
            PatternPayload::Tuple(parts) => {
                let declared = self.w.adts[id].span;
                let diagnostic = if named || !is_enum {
                    Diagnostic::error(Code::E0209, span, format!("`{name}` has named fields"))
                        .help(format!("write `{name} {{ … }}`"))
                } else {
                    let counts =
                        format!("`{name}` carries {}, {} matched", counted(types.len()), parts.len());
                    let places = vec!["_"; types.len()].join(", ");
                    Diagnostic::error(Code::E0202, span, counts).also(declared, "declared here").help(
                        if types.is_empty() {
                            format!("write `{name}` alone")
                        } else {
                            format!("write `{name}({places})`, with a pattern for each value")
                        },
                    )
                };
                let error = self.w.error(diagnostic);
                return self.wrong_pattern(written, error, bound, span);
            }
            PatternPayload::Struct { .. } if !named && is_enum => {
                let error = self.w.error(
                    Diagnostic::error(Code::E0209, span, format!("variant `{name}` has no named fields"))
                        .help(if types.is_empty() {
                            format!("write `{name}`")
                        } else {
                            format!("write `{name}(…)`")
                        }),
                );
                return self.wrong_pattern(written, error, bound, span);
            }
            PatternPayload::Struct { fields, rest } => {
                self.field_patterns(fields, *rest, id, at, &types, bound, span)
            }
        };
        Pat { kind: PatKind::Variant(id, at, fields), ty, span }
    }

    /// Checks what is inside a pattern: a value whose type a declaration of its own gives, or the same as the whole.
    fn inside<T>(
        &mut self,
        bound: &mut Bound,
        origin: Option<Origin>,
        check: impl FnOnce(&mut Self, &mut Bound) -> T,
    ) -> T {
        let whole = bound.origin;
        bound.origin = origin.or(whole);
        let checked = check(self, bound);
        bound.origin = whole;
        checked
    }

    #[allow(clippy::too_many_arguments, reason = "a pattern has these parts")]
    fn field_patterns(
        &mut self,
        fields: &'a [ast::FieldPattern],
        rest: Option<Span>,
        id: AdtId,
        at: usize,
        types: &[Ty],
        bound: &mut Bound,
        span: Span,
    ) -> Vec<(usize, Pat)> {
        let mut given: Vec<Option<Span>> = vec![None; types.len()];
        let mut out = Vec::with_capacity(fields.len());
        for field in fields {
            let known =
                self.w.adts[id].variants[at].fields.iter().position(|f| f.name == Some(field.name.symbol));
            let ty = match known {
                Some(n) => {
                    self.field_visible(id, at, n, field.name);
                    types[n]
                }
                None => {
                    let own = self.w.adt_type(id, Vec::new());
                    self.unknown_field(own, id, at, field.name)
                }
            };
            let payload = known.and_then(|n| self.payload_origin(id, at, n));
            let pat = self.inside(bound, payload, |cx, bound| match &field.pattern {
                Some(pattern) => cx.pattern_in(pattern, ty, bound),
                None => Pat { kind: cx.binding(field.name, ty, bound), ty, span: field.span },
            });
            let Some(n) = known else { continue };
            if let Some(first) = given[n].replace(field.name.span) {
                self.w.report(
                    Diagnostic::error(
                        Code::E0209,
                        field.name.span,
                        format!("`{}` is matched twice", field.name.symbol),
                    )
                    .also(first, "first matched here"),
                );
                continue;
            }
            out.push((n, pat));
        }
        let missing: Vec<String> = given
            .iter()
            .enumerate()
            .filter(|(_, given)| given.is_none())
            .filter_map(|(n, _)| self.w.adts[id].variants[at].fields[n].name)
            .map(|name| format!("`{name}`"))
            .collect();
        if rest.is_none() && !missing.is_empty() && self.w.lost_member_of(id).is_none() {
            let error = self.w.error(
                Diagnostic::error(Code::E0209, span, format!("this pattern lacks {}", missing.join(", ")))
                    .help("add `..` to leave other fields out"),
            );
            self.doubt(error);
        }
        out
    }
}

fn counted(count: usize) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "1 value".to_owned(),
        n => format!("{n} values"),
    }
}

/// The literal that an expression is, if it is one.
fn literal_of(value: &ast::Expr) -> Option<LiteralValue> {
    Some(match &value.unparenthesized().kind {
        ast::ExprKind::Int(value) => LiteralValue::Int { value: *value, negative: false },
        ast::ExprKind::Float(value) => LiteralValue::Float(*value),
        ast::ExprKind::Bool(value) => LiteralValue::Bool(*value),
        ast::ExprKind::Char(value) => LiteralValue::Char(*value),
        ast::ExprKind::Str(value) => LiteralValue::Str(*value),
        ast::ExprKind::Duration(value) => LiteralValue::Duration(*value),
        ast::ExprKind::Unary { op: ast::UnaryOp::Neg, operand } => match literal_of(operand)? {
            LiteralValue::Int { value, negative: false } => LiteralValue::Int { value, negative: true },
            LiteralValue::Float(value) => LiteralValue::Float(-value),
            _ => return None,
        },
        _ => return None,
    })
}
