//! Strings and arrays that are built by appending to a place: concatenation, interpolation, `+=`.
//!
//! `a + b` is a copy of `a` to which `b` is appended: when that was the last use of `a` the copy is
//! a move and the append happens in place. So `s = s + x` in a loop is linear, as `s += x` is.

use wyn_base::Symbol;
use wyn_hir::{Expr, ExprKind, Format, LocalId, Notation, Part};
use wyn_mir::{Arg, BinOp, Const, Intrinsic, LocalKind, Operand, Place, Rvalue, Ty, TyKind};

use crate::body::Builder;
use crate::place::{Access, is_place, is_scalar, root};
use crate::value::Use;

impl<'h> Builder<'_, 'h> {
    /// `left + right` of strings or arrays.
    pub(crate) fn concat(&mut self, dest: &Place, left: &'h Expr, right: &'h Expr) {
        self.built(dest, left.ty, |this, place| this.concat_onto(place, left, right));
    }

    fn concat_onto(&mut self, place: &Place, left: &'h Expr, right: &'h Expr) {
        match &left.kind {
            ExprKind::Binary(BinOp::Add, first, second) => self.concat_onto(place, first, second),
            _ => self.store(place, left),
        }
        self.append_parts(place, right);
    }

    /// Appends to a place that nothing else can see yet: the parts of what is appended need not be
    /// put together first.
    fn append_parts(&mut self, place: &Place, value: &'h Expr) {
        match &value.kind {
            ExprKind::Binary(BinOp::Add, first, second) => {
                self.append_parts(place, first);
                self.append_parts(place, second);
            }
            ExprKind::Interpolate(parts) => parts.iter().for_each(|part| self.part(place, part)),
            _ => self.append(place, value),
        }
    }

    fn part(&mut self, place: &Place, part: &'h Part) {
        match part {
            Part::Text(text) => {
                self.append_operand(place, Ty::string(), Operand::Const(Const::Str(*text)));
            }
            Part::Value(value) => self.show(place, value),
            Part::Formatted(value, format) => self.formatted(place, value, *format),
        }
    }

    /// Text with values shown in it.
    pub(crate) fn interpolate(&mut self, dest: &Place, parts: &'h [Part]) {
        self.built(dest, Ty::string(), |this, place| {
            let (first, rest) = match parts {
                [Part::Text(text), rest @ ..] => (*text, rest),
                _ => (Symbol::new(""), parts),
            };
            this.assign_operand(place, Operand::Const(Const::Str(first)));
            rest.iter().for_each(|part| this.part(place, part));
        });
    }

    /// Builds a value in a destination that scopes look after: what was built so far is dropped
    /// when the rest leaves the body. The return place is not such a destination.
    fn built(&mut self, dest: &Place, ty: Ty, build: impl FnOnce(&mut Self, &Place)) {
        let kind = self.locals[dest.local].kind;
        if dest.as_local().is_some() && matches!(kind, LocalKind::Var | LocalKind::Temp) {
            return build(self, dest);
        }
        let temp: Place = self.temp(ty).into();
        build(self, &temp);
        self.assign_operand(dest, Operand::Move(temp));
    }

    fn show(&mut self, text: &Place, value: &'h Expr) {
        if matches!(value.ty.kind(), TyKind::String) {
            return self.append(text, value);
        }
        let outer = std::mem::replace(&mut self.span, value.span);
        let shown = self.operand(value, Use::Look);
        let args = vec![Arg::Mut(text.clone()), Arg::Value(shown)];
        let nowhere = self.nowhere();
        self.intrinsic(&nowhere, Intrinsic::Show, vec![value.ty], args);
        self.span = outer;
    }

    /// Shows a value in a format. What numbers and strings look like in it the runtime knows; the text of
    /// anything else is padded once it is there.
    fn formatted(&mut self, text: &Place, value: &'h Expr, format: Format) {
        let outer = std::mem::replace(&mut self.span, value.span);
        let (mut ty, mut shown) = (value.ty, self.operand(value, Use::Look));
        // Without a sign, the digits are those of the bits.
        if let TyKind::Int(int) = ty.kind()
            && int.signed()
            && matches!(format.notation, Notation::Hex | Notation::Binary | Notation::Octal)
        {
            ty = Ty::new(TyKind::Int(int.as_unsigned()));
            shown = Operand::Borrow(self.computed(ty, Rvalue::Convert(shown, ty)).into());
        }
        let word = || Arg::Value(Operand::Const(Const::Int(i128::from(format.pack()), Ty::int())));
        let nowhere = self.nowhere();
        let whole = !matches!(ty.kind(), TyKind::Int(_) | TyKind::F64 | TyKind::F32 | TyKind::String);
        let start = self.temp(Ty::int());
        if whole {
            let text = vec![Arg::Value(Operand::Borrow(text.clone()))];
            self.intrinsic(&start.into(), Intrinsic::StringLen, Vec::new(), text);
        }
        let args = vec![Arg::Mut(text.clone()), Arg::Value(shown), word()];
        self.intrinsic(&nowhere, Intrinsic::ShowFormatted, vec![ty], args);
        if whole {
            let start = Arg::Value(Operand::Borrow(start.into()));
            let args = vec![Arg::Mut(text.clone()), start, word()];
            self.intrinsic(&nowhere, Intrinsic::FormatPad, Vec::new(), args);
        }
        self.span = outer;
    }

    fn append(&mut self, place: &Place, value: &'h Expr) {
        let operand = self.operand(value, Use::Look);
        self.append_operand(place, value.ty, operand);
    }

    fn append_operand(&mut self, place: &Place, ty: Ty, value: Operand) {
        let args = vec![Arg::Mut(place.clone()), Arg::Value(value)];
        let (intrinsic, types) = match ty.kind() {
            TyKind::Array(element) => (Intrinsic::ArrayAppend, vec![*element]),
            _ => (Intrinsic::StringAppend, Vec::new()),
        };
        let nowhere = self.nowhere();
        self.intrinsic(&nowhere, intrinsic, types, args);
    }

    /// `place += value` of strings or arrays.
    pub(crate) fn append_assign(&mut self, target: &'h Expr, value: &'h Expr) {
        let path = self.path(target);
        if let ExprKind::Interpolate(parts) = &value.kind
            && parts.iter().all(|part| is_calm(part, root(target)))
        {
            let place = self.walk(&path, Access::Write);
            return parts.iter().for_each(|part| self.part(&place, part));
        }
        // What is appended may be a part of what it is appended to.
        let overlaps = is_place(value) && root(value) == root(target);
        let operand = if overlaps { self.kept(value, Use::Look) } else { self.operand(value, Use::Look) };
        let place = self.walk(&path, Access::Write);
        self.append_operand(&place, value.ty, operand);
    }
}

/// Whether showing a part can neither fail nor see the variable to which it is appended: nobody can
/// tell that the text was not put together first.
fn is_calm(part: &Part, target: Option<LocalId>) -> bool {
    match part {
        Part::Text(_) => true,
        Part::Value(value) | Part::Formatted(value, _) => {
            matches!(value.kind, ExprKind::Local(local) if Some(local) != target)
                && (is_scalar(value.ty) || matches!(value.ty.kind(), TyKind::String))
        }
    }
}
