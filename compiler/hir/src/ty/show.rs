//! Types as text: as they are written in source, and cut short where that would be too long to read.

use std::fmt;

use super::{Ty, TyKind};

/// So many types are written out; what is inside further ones is left out.
const SHOWN: u32 = 40;

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text { f, left: SHOWN }.ty(*self)
    }
}

impl fmt::Debug for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            TyKind::Infer(at) => write!(f, "?{at}"),
            _ => write!(f, "{self}"),
        }
    }
}

/// The text of one type.
struct Text<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    /// Types that may still be written.
    left: u32,
}

impl Text<'_, '_> {
    fn ty(&mut self, ty: Ty) -> fmt::Result {
        if self.left == 0 {
            return self.f.write_str("…");
        }
        self.left -= 1;
        match ty.kind() {
            TyKind::Never => self.f.write_str("never"),
            TyKind::Unit => self.f.write_str("()"),
            TyKind::Bool => self.f.write_str("bool"),
            TyKind::Int(int) => self.f.write_str(int.name()),
            TyKind::F64 => self.f.write_str("float"),
            TyKind::F32 => self.f.write_str("f32"),
            TyKind::Char => self.f.write_str("char"),
            TyKind::String => self.f.write_str("string"),
            TyKind::Tuple(parts) => self.list("(", parts, ")"),
            TyKind::Array(element) => self.list("[", &[*element], "]"),
            TyKind::Fn(params, ret) => {
                self.list("fn(", params, ")")?;
                if ret.is_unit() {
                    return Ok(());
                }
                self.f.write_str(" -> ")?;
                self.ty(*ret)
            }
            TyKind::Adt(_, name, args) if name == "Option" && args.len() == 1 => match args[0].kind() {
                TyKind::Fn(..) => self.list("(", args, ")?"),
                _ => self.list("", args, "?"),
            },
            TyKind::Adt(_, name, args) if args.is_empty() => write!(self.f, "{name}"),
            TyKind::Adt(_, name, args) => self.applied(name.as_str(), args),
            TyKind::Param(_, name) => write!(self.f, "{name}"),
            TyKind::Future(t) => self.applied("Future", &[*t]),
            TyKind::Sender(t) => self.applied("Sender", &[*t]),
            TyKind::Receiver(t) => self.applied("Receiver", &[*t]),
            TyKind::Mutex(t) => self.applied("Mutex", &[*t]),
            TyKind::Atomic(t) => self.applied("Atomic", &[*t]),
            TyKind::Infer(_) | TyKind::Error => self.f.write_str("_"),
        }
    }

    fn applied(&mut self, name: &str, args: &[Ty]) -> fmt::Result {
        self.f.write_str(name)?;
        self.list("<", args, ">")
    }

    fn list(&mut self, open: &str, types: &[Ty], close: &str) -> fmt::Result {
        self.f.write_str(open)?;
        for (at, ty) in types.iter().enumerate() {
            if at > 0 {
                self.f.write_str(", ")?;
            }
            self.ty(*ty)?;
        }
        self.f.write_str(close)
    }
}
