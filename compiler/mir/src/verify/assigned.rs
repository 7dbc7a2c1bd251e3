//! Nothing is read before it is written: a forward analysis of the locals that every path here has
//! written and not moved away. Drops and ends of scopes are not reads; of a local that holds nothing
//! they do nothing. Locals of type `()` and without values are not followed, and neither are views, which are read only behind
//! the check that there is something to see.

use wyn_base::IndexVec;

use super::Check;
use crate::local_set::{Followed, LocalSet};
use crate::{
    Arg, BlockId, Callee, ENTRY, Local, LocalKind, Operand, Place, Proj, RETURN, Rvalue, StmtKind, TermKind,
    Trap,
};

/// The locals that hold something; `None` for a block that no path has reached yet.
type State = Option<LocalSet>;

impl Check<'_> {
    pub(super) fn assigned(&mut self) {
        let locals = &self.body.locals;
        let followed = Followed::new(self.body, |local| {
            let decl = &locals[local];
            !decl.ty.is_unit() && !decl.ty.is_never() && decl.kind != LocalKind::View
        });
        let mut entry = LocalSet::new(&followed);
        for local in locals.indices().skip(1).take(self.body.params) {
            entry.insert(local);
        }
        let mut states: IndexVec<BlockId, State> = IndexVec::from_elem(None, self.body.blocks.len());
        states[ENTRY] = Some(entry);
        let mut todo = vec![ENTRY];
        while let Some(id) = todo.pop() {
            let Some(state) = states[id].clone() else { continue };
            let mut walk = Walk { check: self, state, report: false };
            for (target, state) in walk.block(id) {
                if meet(&mut states[target], &state) {
                    todo.push(target);
                }
            }
        }
        for (id, state) in states.iter_enumerated() {
            if let Some(state) = state.clone() {
                Walk { check: self, state, report: true }.block(id);
            }
        }
        self.at.clear();
    }
}

/// Takes over what both hold; says whether that changed anything.
fn meet(known: &mut State, new: &LocalSet) -> bool {
    match known {
        Some(known) => known.intersect(new),
        None => {
            *known = Some(new.clone());
            true
        }
    }
}

struct Walk<'w, 'a> {
    check: &'w mut Check<'a>,
    state: LocalSet,
    report: bool,
}

impl Walk<'_, '_> {
    /// Walks a block; the states at its successors.
    fn block(&mut self, id: BlockId) -> Vec<(BlockId, LocalSet)> {
        let body = self.check.body;
        let block = &body.blocks[id];
        for (position, stmt) in block.stmts.iter().enumerate() {
            if self.report {
                self.check.at = format!("{id:?}[{position}]");
            }
            self.stmt(&stmt.kind);
        }
        if self.report {
            self.check.at = format!("{id:?}[end]");
        }
        self.term(&block.term.kind)
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Assign(dest, rvalue) => {
                rvalue.for_each_operand(&mut |operand| self.operand(operand));
                match rvalue {
                    Rvalue::Discriminant(place) | Rvalue::Len(place) | Rvalue::Dup(place) => self.read(place),
                    Rvalue::Received { select, .. } => self.local(*select),
                    _ => {}
                }
                self.write(dest);
            }
            StmtKind::Intrinsic(dest, _, _, args) => {
                self.args(args);
                self.write(dest);
            }
            StmtKind::EnsureUnique(place) | StmtKind::Mark(place, _) => self.read(place),
            StmtKind::Drop(place) | StmtKind::Release(place) => self.path(place),
            StmtKind::ScopeEnd(_) | StmtKind::Poll => {}
        }
    }

    fn term(&mut self, term: &TermKind) -> Vec<(BlockId, LocalSet)> {
        match term {
            TermKind::Goto(_) | TermKind::Unreachable | TermKind::Resume | TermKind::Recover(_) => {}
            TermKind::Switch(value, ..) => self.operand(value),
            TermKind::Return => self.read(&RETURN.into()),
            TermKind::Call { callee, args, .. } => {
                if let Callee::Value(value) | Callee::Known(_, value) = callee {
                    self.operand(value);
                }
                self.args(args);
            }
            TermKind::Await { future, .. } => self.operand(future),
            TermKind::Assert { cond, trap, .. } => {
                self.operand(cond);
                if let Trap::Bounds(index, len) = trap {
                    self.operand(index);
                    self.operand(len);
                }
            }
        }
        let mut next = Vec::new();
        if let TermKind::Call { dest, target, unwind, .. } = term {
            next.extend(unwind.map(|unwind| (unwind, self.state.clone())));
            self.write(dest);
            next.extend(target.map(|target| (target, self.state.clone())));
        } else if let TermKind::Await { dest, target, unwind, .. } = term {
            next.extend(unwind.map(|unwind| (unwind, self.state.clone())));
            self.write(dest);
            next.push((*target, self.state.clone()));
        } else {
            term.for_each_successor(&mut |target| next.push((*target, self.state.clone())));
        }
        next
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            match arg {
                Arg::Value(operand) => self.operand(operand),
                Arg::Mut(place) => self.read(place),
            }
        }
    }

    fn operand(&mut self, operand: &Operand) {
        let Some(place) = operand.place() else { return };
        self.read(place);
        // A part that moved away leaves the rest, which is the ownership pass's to follow.
        if let (Operand::Move(_), Some(local)) = (operand, place.as_local()) {
            self.state.remove(local);
        }
    }

    fn read(&mut self, place: &Place) {
        self.local(place.local);
        self.path(place);
    }

    fn path(&mut self, place: &Place) {
        for step in &place.proj {
            if let Proj::Index(index) = step {
                self.local(*index);
            }
        }
    }

    fn local(&mut self, local: Local) {
        if self.report && self.state.followed().follows(local) && !self.state.contains(local) {
            self.check.fault(format_args!("reads {local:?}, which may hold nothing"));
        }
    }

    fn write(&mut self, dest: &Place) {
        match dest.as_local() {
            Some(local) => self.state.insert(local),
            None => self.read(dest),
        }
    }
}
