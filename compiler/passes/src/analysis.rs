//! Uses and definitions of instructions, and liveness.
//!
//! *Live* means here: some path from this point reads the local before it is written anew. A
//! `ScopeEnd` and a `Drop` of a whole local are not reads: they are what the ownership pass decides
//! about.

use std::rc::Rc;

use wyn_base::{Idx, IndexVec};
use wyn_mir::local_set::{Followed, LocalSet};
use wyn_mir::{Arg, BlockId, Body, Callee, Local, Operand, Place, Proj, Rvalue, StmtKind, TermKind, Trap};

/// What one instruction does to locals.
#[derive(Default)]
pub(crate) struct Effect {
    /// Locals that it reads, each as often as it does.
    pub uses: Vec<Local>,
    /// The whole local that it writes, on normal completion.
    pub def: Option<Local>,
}

impl Effect {
    fn place_read(&mut self, place: &Place) {
        self.uses.push(place.local);
        self.path(place);
    }

    fn path(&mut self, place: &Place) {
        self.uses.extend(place.proj.iter().filter_map(|step| match step {
            Proj::Index(local) => Some(*local),
            _ => None,
        }));
    }

    fn place_written(&mut self, place: &Place) {
        match place.as_local() {
            Some(local) => self.def = Some(local),
            None => self.place_read(place),
        }
    }

    fn operand(&mut self, operand: &Operand) {
        if let Some(place) = operand.place() {
            self.place_read(place);
        }
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            match arg {
                Arg::Value(operand) => self.operand(operand),
                Arg::Mut(place) => self.place_read(place),
            }
        }
    }

    /// What a statement does.
    pub(crate) fn of_stmt(stmt: &StmtKind) -> Self {
        let mut effect = Self::default();
        match stmt {
            StmtKind::Assign(dest, rvalue) => {
                effect.rvalue(rvalue);
                effect.place_written(dest);
            }
            StmtKind::Drop(place) | StmtKind::Release(place) => {
                if !place.proj.is_empty() {
                    effect.place_read(place);
                }
            }
            StmtKind::EnsureUnique(place) | StmtKind::Mark(place, _) => effect.place_read(place),
            StmtKind::Intrinsic(dest, _, _, args) => {
                effect.args(args);
                effect.place_written(dest);
            }
            StmtKind::ScopeEnd(_) | StmtKind::Poll => {}
        }
        effect
    }

    fn rvalue(&mut self, rvalue: &Rvalue) {
        match rvalue {
            Rvalue::Discriminant(place) | Rvalue::Len(place) | Rvalue::Dup(place) => self.place_read(place),
            Rvalue::Received { select, .. } => self.uses.push(*select),
            _ => rvalue.for_each_operand(&mut |operand| self.operand(operand)),
        }
    }

    /// What a terminator does.
    pub(crate) fn of_term(term: &TermKind) -> Self {
        let mut effect = Self::default();
        match term {
            TermKind::Return => effect.uses.push(wyn_mir::RETURN),
            TermKind::Call { callee, args, dest, .. } => {
                if let Callee::Value(value) | Callee::Known(_, value) = callee {
                    effect.operand(value);
                }
                effect.args(args);
                effect.place_written(dest);
            }
            TermKind::Await { future, dest, .. } => {
                effect.operand(future);
                effect.place_written(dest);
            }
            TermKind::Switch(value, ..) => effect.operand(value),
            TermKind::Assert { cond, trap, .. } => {
                effect.operand(cond);
                if let Trap::Bounds(index, len) = trap {
                    effect.operand(index);
                    effect.operand(len);
                }
            }
            TermKind::Goto(_) | TermKind::Unreachable | TermKind::Resume | TermKind::Recover(_) => {}
        }
        effect
    }
}

/// The followed locals that are live where each block begins.
pub(crate) fn live_in(body: &Body, followed: &Rc<Followed>) -> IndexVec<BlockId, LocalSet> {
    let empty = LocalSet::new(followed);
    let mut live: IndexVec<BlockId, LocalSet> = IndexVec::from_elem(empty, body.blocks.len());
    let preds = predecessors(body);
    let mut work: Vec<BlockId> = postorder(body);
    work.reverse();
    let mut queued = vec![true; body.blocks.len()];
    while let Some(id) = work.pop() {
        queued[id.index()] = false;
        let mut set = live_before_term(body, id, &live);
        for stmt in body.blocks[id].stmts.iter().rev() {
            step_back(&mut set, &Effect::of_stmt(&stmt.kind));
        }
        if set != live[id] {
            live[id] = set;
            for &pred in &preds[id] {
                if !std::mem::replace(&mut queued[pred.index()], true) {
                    work.push(pred);
                }
            }
        }
    }
    live
}

/// The locals live just before the terminator of a block.
pub(crate) fn live_before_term(body: &Body, id: BlockId, live: &IndexVec<BlockId, LocalSet>) -> LocalSet {
    let term = &body.blocks[id].term.kind;
    let effect = Effect::of_term(term);
    let mut set = LocalSet::new(live[id].followed());
    term.for_each_successor(&mut |&next| {
        let mut incoming = live[next].clone();
        if let Some(def) = effect.def
            && Some(next) == normal_successor(term)
        {
            incoming.remove(def);
        }
        set.union(&incoming);
    });
    for &used in &effect.uses {
        set.insert(used);
    }
    set
}

/// The locals live after each statement of a block.
pub(crate) fn live_after(body: &Body, id: BlockId, live: &IndexVec<BlockId, LocalSet>) -> Vec<LocalSet> {
    let mut set = live_before_term(body, id, live);
    let stmts = body.blocks[id].stmts.iter().rev();
    let mut after: Vec<LocalSet> = stmts
        .map(|stmt| {
            let now = set.clone();
            step_back(&mut set, &Effect::of_stmt(&stmt.kind));
            now
        })
        .collect();
    after.reverse();
    after
}

/// Where a call or await goes on when it completes.
pub(crate) fn normal_successor(term: &TermKind) -> Option<BlockId> {
    match term {
        TermKind::Call { target, .. } => *target,
        TermKind::Await { target, .. } => Some(*target),
        _ => None,
    }
}

/// Goes from the locals live after an instruction to those live before it.
pub(crate) fn step_back(live: &mut LocalSet, effect: &Effect) {
    if let Some(def) = effect.def {
        live.remove(def);
    }
    for &used in &effect.uses {
        live.insert(used);
    }
}

/// The blocks from which each block is reached.
pub(crate) fn predecessors(body: &Body) -> IndexVec<BlockId, Vec<BlockId>> {
    let mut preds = IndexVec::from_elem(Vec::new(), body.blocks.len());
    for (id, block) in body.blocks.iter_enumerated() {
        block.term.kind.for_each_successor(&mut |&next| preds[next].push(id));
    }
    preds
}

/// The reachable blocks, each after those it leads to where there is no cycle.
pub(crate) fn postorder(body: &Body) -> Vec<BlockId> {
    let mut order = Vec::with_capacity(body.blocks.len());
    let mut seen = vec![false; body.blocks.len()];
    let mut stack = vec![(wyn_mir::ENTRY, body.blocks[wyn_mir::ENTRY].term.successors())];
    seen[wyn_mir::ENTRY.index()] = true;
    while let Some((id, rest)) = stack.last_mut() {
        let Some(next) = rest.pop() else {
            order.push(*id);
            stack.pop();
            continue;
        };
        if !std::mem::replace(&mut seen[next.index()], true) {
            stack.push((next, body.blocks[next].term.successors()));
        }
    }
    order
}

/// The locals in which places lie that are passed to be changed.
pub(crate) fn mut_roots(args: &[Arg]) -> impl Iterator<Item = Local> + '_ {
    args.iter().filter_map(|arg| match arg {
        Arg::Mut(place) => Some(place.local),
        Arg::Value(_) => None,
    })
}
