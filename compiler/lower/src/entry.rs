//! Entries of maps as places: `m[k]` is `m.slots[find(m, k)]`, the value of the entry in that slot.
//!
//! The prelude's functions find positions; what lies between the position and the value is the
//! compiler's own, so that updates below an entry happen in place as they do below an element.

use wyn_base::Span;
use wyn_hir::{Entry, Expr, FnId, MapItems};
use wyn_mir::StmtKind;
use wyn_mir::{
    Arg, BinOp, BodyRef, Callee, Const, Intrinsic, Local, Operand, Place, Proj, Rvalue, Ty, TyKind,
};

use crate::body::Builder;
use crate::place::Access;
use crate::value::Use;

/// The array of slots, in a map.
const SLOTS: Proj = Proj::Field(0);
/// The value, in a slot that holds an entry.
const VALUE: Proj = Proj::Variant(1, 1);

/// A step into an entry: its key and default are evaluated, but nothing is looked up.
pub(crate) struct EntryStep {
    key: Operand,
    default: Option<Operand>,
    /// The types of keys and values.
    types: [Ty; 2],
}

impl<'h> Builder<'_, 'h> {
    /// Evaluates what an entry needs besides its map.
    pub(crate) fn entry_step(&mut self, entry: &'h Entry) -> EntryStep {
        let key = self.held(&entry.key);
        let default = entry.default.as_ref().map(|value| self.held(value));
        EntryStep { key, default, types: types(entry.map.ty) }
    }

    /// The place of an entry's value, in the map at `map`; a temporary when a default is read.
    pub(crate) fn entry_value(&mut self, map: &Place, step: &EntryStep, access: Access) -> Place {
        let items = self.map_items();
        let looked = Arg::Value(Operand::Copy(map.clone()));
        let key = Arg::Value(step.key.clone());
        let position = self.temp(Ty::int());
        match (&step.default, access) {
            (Some(default), Access::Read) => {
                let value = self.temp(step.types[1]);
                let args = vec![looked, key, Arg::Value(default.clone())];
                self.call_item(&value.into(), items.value_or, &step.types, args);
                return value.into();
            }
            (Some(default), Access::Write) => {
                let args = vec![Arg::Mut(map.clone()), key, Arg::Value(default.clone())];
                self.call_item(&position.into(), items.find_or_insert, &step.types, args);
            }
            (None, _) => {
                self.call_item(&position.into(), items.find, &step.types, vec![looked, key]);
                self.require_found(position, step);
            }
        }
        let slots = map.then(SLOTS);
        if access == Access::Write {
            self.push(StmtKind::EnsureUnique(slots.clone()));
        }
        slots.then(Proj::Index(position)).then(VALUE)
    }

    /// Panics when a key was not found.
    fn require_found(&mut self, position: Local, step: &EntryStep) {
        let zero = Operand::Const(Const::Int(0, Ty::int()));
        let found = Rvalue::Binary(BinOp::Ge, Operand::Borrow(position.into()), zero);
        let found = self.computed(Ty::bool(), found);
        let (present, missing) = (self.new_block(), self.new_block());
        self.switch_bool(Operand::Borrow(found.into()), present, missing);
        self.current = missing;
        let text = self.temp(Ty::string());
        let key = Arg::Value(step.key.clone());
        let missing = self.map_items().missing;
        self.call_item(&text.into(), missing, &step.types[..1], vec![key]);
        let nowhere = self.nowhere();
        let text = Arg::Value(Operand::Borrow(text.into()));
        self.intrinsic(&nowhere, Intrinsic::Panic, Vec::new(), vec![text]);
        self.current = present;
    }

    /// `m[k] = value`: inserts or replaces.
    pub(crate) fn set_entry(&mut self, entry: &'h Entry, value: &'h Expr, span: Span) {
        let path = self.path(&entry.map);
        let step = self.entry_step(entry);
        let value = self.held(value);
        let outer = std::mem::replace(&mut self.span, span);
        let map = self.walk(&path, Access::Write);
        let args = vec![Arg::Mut(map), Arg::Value(step.key), Arg::Value(value)];
        let nowhere = self.nowhere();
        let set = self.map_items().set;
        self.call_item(&nowhere, set, &step.types, args);
        self.span = outer;
    }

    /// A value that is kept until a function is called whose way of taking it is not known yet.
    fn held(&mut self, value: &'h Expr) -> Operand {
        match self.kept(value, Use::Own) {
            Operand::Move(place) => Operand::Copy(place),
            other => other,
        }
    }

    fn map_items(&self) -> MapItems {
        self.cx.hir.lang.map.expect("a program with maps has the prelude")
    }

    fn call_item(&mut self, dest: &Place, item: FnId, types: &[Ty], args: Vec<Arg>) {
        let callee = BodyRef { body: self.cx.function_body(item), args: types.to_vec() };
        self.value_call(dest, Callee::Body(callee), args, Ty::unit());
    }
}

/// The types of a map's keys and values.
fn types(map: Ty) -> [Ty; 2] {
    match map.kind() {
        TyKind::Adt(_, _, args) if args.len() == 2 => [args[0], args[1]],
        _ => unreachable!("only maps have entries"),
    }
}
