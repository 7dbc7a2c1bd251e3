//! Values that stand where other languages would take them: `None` for any type, numbers and collections as
//! conditions, strings of one character, tasks for their results.

use wyn_base::{Code, Diagnostic};
use wyn_hir as hir;
use wyn_hir::{BinOp, ExprKind, Lit, Ty, TyKind};

use crate::body::{FnCx, Why};
use crate::infer::{VarKind, is_number};

impl FnCx<'_, '_> {
    fn is_none(&self, value: &hir::Expr) -> bool {
        matches!(&value.kind, ExprKind::Adt(id, 0, fields) if *id == self.w.lang.option && fields.is_empty())
    }

    /// What to do about `None` where a value is expected that is always there.
    pub(crate) fn absent_help(
        &self,
        value: &hir::Expr,
        expected: Ty,
        shown: &str,
        why: Why,
    ) -> Option<String> {
        let open = matches!(expected.kind(), TyKind::Infer(_));
        if !self.is_none(value) || (open && self.infer.var_kind(expected) == Some(VarKind::Any)) {
            return None;
        }
        if self.w.result_parts(expected).is_some() {
            return Some("a failure is given as `Err(Error.new(\"…\"))`".to_owned());
        }
        let option = if expected.is_unit() { "T?".to_owned() } else { format!("{shown}?") };
        Some(match why {
            Why::Declared(_) | Why::Holder(_) => format!("declare it as `{option}`"),
            Why::Param(_) => format!("let the parameter be `{option}`, or pass a value"),
            Why::Returns(_) => format!("let the function return `{option}`"),
            Why::Field(_) => format!("let the field be `{option}`"),
            _ => format!("a type that includes `None` is written `{option}`"),
        })
    }

    /// Reports a comparison with `None` of what is no option.
    pub(crate) fn never_absent(&mut self, op: BinOp, left: &hir::Expr, right: &hir::Expr) -> Option<Ty> {
        if !matches!(op, BinOp::Eq | BinOp::Ne) {
            return None;
        }
        let value = match (self.is_none(left), self.is_none(right)) {
            (false, true) => left,
            (true, false) => right,
            _ => return None,
        };
        let ty = self.infer.shallow(value.ty);
        if self.w.option_inner(ty).is_some()
            || matches!(ty.kind(), TyKind::Error | TyKind::Never)
            || self.infer.var_kind(ty) == Some(VarKind::Any)
        {
            return None;
        }
        let (shown, always) = (self.show(ty), if op == BinOp::Eq { "false" } else { "true" });
        let diagnostic = Diagnostic::error(
            Code::E0215,
            value.span,
            format!("this is never `None`: the comparison is always {always}"),
        )
        .label(format!("`{shown}` is no option"));
        Some(
            self.w.error(match &value.kind {
                ExprKind::Entry(_) => diagnostic
                    .note("`m[key]` panics when there is no such key")
                    .help("ask for the key, `key in m`, or for an option, `m.get(key)`"),
                _ if self.w.result_parts(ty).is_some() => {
                    diagnostic.help("a `Result` is `Ok` or `Err`: `match` on it")
                }
                _ => diagnostic.help("leave the comparison out; or let the value be an option, `T?`"),
            }),
        )
    }

    /// Reports an operand that is a task in place of its result.
    pub(crate) fn unawaited_operand(&mut self, operand: &hir::Expr) -> Option<Ty> {
        let ty = self.infer.shallow(operand.ty);
        let TyKind::Future(_) = ty.kind() else { return None };
        let shown = self.show(ty);
        Some(
            self.w.error(
                Diagnostic::error(Code::E0212, operand.span, "this future is not awaited")
                    .label(format!("`{shown}`, where its result is needed"))
                    .help("wait for the task's result: `await` before it, or `.await()` after it"),
            ),
        )
    }

    /// What to do about a value where a `Result` is expected, an error in another form, or a `Result` where none is.
    pub(crate) fn result_help(
        &mut self,
        value: &hir::Expr,
        found: Ty,
        expected: Ty,
        why: Why,
    ) -> Option<String> {
        let is_result = matches!(&value.kind, ExprKind::Adt(id, ..) if Some(*id) == self.w.lang.result);
        if is_result && matches!(why, Why::Returns(_)) && self.w.result_parts(expected).is_none() {
            let shown = self.show(expected);
            return Some(format!(
                "let the function return `Result<{shown}>`; an option is made with `Some(…)`"
            ));
        }
        if self.is_error_type(expected) && matches!(found.kind(), TyKind::String) {
            return Some(format!("make an error of it: `Error.new({})`", self.quoted(value)));
        }
        let (ok, _) = self.w.result_parts(expected)?;
        if matches!(found.kind(), TyKind::Error | TyKind::Never) || self.w.result_parts(found).is_some() {
            return None;
        }
        if self.infer.unify(ok, found) {
            return Some(match ok.is_unit() {
                true => "write `Ok(())`".to_owned(),
                false => format!("say that it went well: `Ok({})`", self.quoted(value)),
            });
        }
        match found.kind() {
            TyKind::String => Some(format!("an error is given as `Err(Error.new({}))`", self.quoted(value))),
            _ if self.is_error_type(found) => {
                Some(format!("an error is given as `Err({})`", self.quoted(value)))
            }
            _ => None,
        }
    }

    /// A value as it is written, texts included.
    fn quoted(&mut self, value: &hir::Expr) -> String {
        match &value.kind {
            ExprKind::Lit(Lit::String(_)) => format!("\"{}\"", self.in_text(value)),
            _ => self.written(value),
        }
    }

    /// How a short value is written: a name, a field of one, a literal. Others are `x` in an example.
    pub(crate) fn written(&mut self, value: &hir::Expr) -> String {
        self.name_of(value).unwrap_or_else(|| "x".to_owned())
    }

    fn name_of(&mut self, value: &hir::Expr) -> Option<String> {
        Some(match &value.kind {
            ExprKind::Local(id) => {
                let name = self.frame().local(*id).name;
                if name.as_str().starts_with('$') {
                    return None;
                }
                name.to_string()
            }
            ExprKind::Const(id) => self.w.consts[*id].name.to_string(),
            ExprKind::Lit(Lit::Int(n)) => n.to_string(),
            ExprKind::Field(of, at) => {
                let of_ty = self.infer.shallow(of.ty);
                let name = match of_ty.kind() {
                    TyKind::Adt(id, ..) => {
                        self.w.adts[*id].variants.first()?.fields.get(*at)?.name?.to_string()
                    }
                    _ => at.to_string(),
                };
                format!("{}.{name}", self.name_of(of)?)
            }
            _ => return None,
        })
    }

    /// What a value is inside a text: a literal as it is, anything else in `${` and `}`.
    pub(crate) fn in_text(&mut self, value: &hir::Expr) -> String {
        match &value.kind {
            ExprKind::Lit(Lit::String(text))
                if text.as_str().len() < 20 && !text.as_str().contains(['"', '\\', '\n', '$']) =>
            {
                text.to_string()
            }
            ExprKind::Lit(Lit::Char(letter)) if letter.is_alphanumeric() || *letter == ' ' => {
                letter.to_string()
            }
            ExprKind::Lit(Lit::Int(n)) => n.to_string(),
            _ => format!("${{{}}}", self.written(value)),
        }
    }

    /// How a value is turned into the condition, or the character, that another language would see in it.
    pub(crate) fn stand_in_help(&mut self, value: &hir::Expr, found: Ty, expected: Ty) -> Option<String> {
        if let (TyKind::Char, ExprKind::Lit(Lit::String(text))) = (expected.kind(), &value.kind) {
            let mut letters = text.as_str().chars();
            return match (letters.next(), letters.next()) {
                (Some(letter), None) => {
                    Some(format!("a character is written with single quotes: `'{letter}'`"))
                }
                _ => None,
            };
        }
        if let (TyKind::Char, true) =
            (expected.kind(), is_number(found) || self.infer.var_kind(found) == Some(VarKind::Number))
        {
            return Some(format!("the character of a code is `char({})`", self.written(value)));
        }
        if matches!((expected.kind(), found.kind()), (TyKind::Fn(..), TyKind::Adt(..))) {
            return Some("a closure is written `(x) => …`, or `(x) => { … }`".to_owned());
        }
        if let (TyKind::Fn(params, _), false) = (expected.kind(), matches!(found.kind(), TyKind::Fn(..)))
            && params.is_empty()
        {
            return Some("what is to be called later is written as a closure: `() => …`".to_owned());
        }
        if !matches!(expected.kind(), TyKind::Bool) {
            return None;
        }
        Some(match found.kind() {
            _ if is_number(found) || self.infer.var_kind(found).is_some_and(|kind| kind != VarKind::Any) => {
                match value.kind {
                    ExprKind::Lit(Lit::Int(n)) => format!("write `{}`", n != 0),
                    _ => format!("compare it: `{} != 0`", self.written(value)),
                }
            }
            kind if matches!(kind, TyKind::String | TyKind::Array(_))
                || self.w.map_parts(found).is_some() =>
            {
                format!("say what is asked of it: `!{}.is_empty()`", self.written(value))
            }
            _ if self.w.option_inner(found).is_some() => {
                "ask whether there is a value, `x != None`, or take it: `if const Some(v) = x { … }`"
                    .to_owned()
            }
            _ if self.w.result_parts(found).is_some() => {
                "ask whether it went well, `if const Ok(v) = x { … }`, or `match` on it".to_owned()
            }
            _ => return None,
        })
    }
}

/// What is written for conditions in place of an operator on bits.
pub(crate) fn logical(op: &str) -> Option<&'static str> {
    match op {
        "&" => Some("of two conditions both hold with `&&`"),
        "|" => Some("of two conditions one holds with `||`"),
        "^" => Some("of two conditions exactly one holds with `!=`"),
        "~" => Some("the opposite of a condition is `!x`"),
        _ => None,
    }
}
