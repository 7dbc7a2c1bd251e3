//! `.Circle` as an expression: a variant of the enum that is expected where it stands.

use wyn_base::{Code, Diagnostic};
use wyn_hir::{AdtKind, Ty, TyKind};
use wyn_syntax::ast;

use crate::assoc::Resolved;
use crate::body::{FnCx, Want};
use crate::infer::VarKind;

impl FnCx<'_, '_> {
    /// The variant of this name. Where an option is expected its own variants come first, then those of the value in
    /// it; where a function is expected, it is one that makes the variant.
    pub(crate) fn short_variant(&mut self, name: ast::Name, want: Want) -> Resolved {
        let Some(expected) = want.hint() else { return Resolved::Wrong(self.variant_of_what(name)) };
        let expected = self.infer.shallow(expected);
        let (mut ty, mut makes) = (expected, false);
        loop {
            if let TyKind::Adt(id, ..) = ty.kind()
                && self.w.adts[*id].kind == AdtKind::Enum
                && let Some(at) = self.w.adts[*id].variants.iter().position(|v| v.name == name.symbol)
            {
                return Resolved::Variant { id: *id, at, ty };
            }
            let inner = match ty.kind() {
                TyKind::Fn(_, made) => {
                    makes = true;
                    Some(*made)
                }
                // A function that makes a variant makes no option of it.
                _ if makes => None,
                _ => self.w.option_inner(ty),
            };
            match inner {
                Some(inner) => ty = self.infer.shallow(inner),
                None => break,
            }
        }
        Resolved::Wrong(match ty.kind() {
            TyKind::Error => ty,
            TyKind::Adt(id, ..) if self.w.adts[*id].kind == AdtKind::Enum => {
                self.of_the_result(name, ty).unwrap_or_else(|| self.no_variant(*id, name, ty))
            }
            _ if self.infer.var_kind(ty) == Some(VarKind::Any) => self.variant_of_what(name),
            _ => {
                let shown = self.show(expected);
                self.w.error(
                    Diagnostic::error(
                        Code::E0104,
                        name.span,
                        format!("`{shown}` has no variant `{}`", name.symbol),
                    )
                    .label(format!("this has to be `{shown}`")),
                )
            }
        })
    }

    /// Reports a short variant of what a `Result` has inside.
    fn of_the_result(&mut self, name: ast::Name, ty: Ty) -> Option<Ty> {
        let (ok, err) = self.w.result_parts(ty)?;
        let has = |cx: &Self, part: Ty| match cx.infer.shallow(part).kind() {
            TyKind::Adt(id, ..) => {
                let adt = &cx.w.adts[*id];
                adt.kind == AdtKind::Enum && adt.variants.iter().any(|variant| variant.name == name.symbol)
            }
            _ => false,
        };
        let whole = if has(self, ok) { "Ok" } else { Some("Err").filter(|_| has(self, err))? };
        let (shown, symbol) = (self.show(ty), name.symbol);
        Some(
            self.w.error(
                Diagnostic::error(Code::E0104, name.span, format!("`{shown}` has no variant `{symbol}`"))
                    .label(format!("this has to be `{shown}`"))
                    .help(format!("write `{whole}(.{symbol})`")),
            ),
        )
    }

    /// Reports a short variant where nothing says of which enum it is.
    fn variant_of_what(&mut self, name: ast::Name) -> Ty {
        if let Some(error) = self.earlier_error() {
            return error;
        }
        let symbol = name.symbol;
        let owners = self.w.adts.iter().filter(|adt| {
            adt.kind == AdtKind::Enum && adt.variants.iter().any(|variant| variant.name == symbol)
        });
        let mut full: Vec<String> = owners.take(4).map(|adt| format!("`{}.{symbol}`", adt.name)).collect();
        if full.is_empty() || full.len() > 3 {
            full = vec![format!("`Type.{symbol}`")];
        }
        let help = format!("write the type too: {}", full.join(" or "));
        self.w.error(
            Diagnostic::error(Code::E0203, name.span, format!("nothing says of which enum `.{symbol}` is"))
                .label("no type is expected here")
                .help(help),
        )
    }
}
