//! Certifies that counts balance: re-checks from Counted MIR alone, trusting no earlier pass.
//!
//! Every local that owns counted values is followed through the control-flow graph with the set of
//! situations it may be in: empty or full, paired with its drop flag when it has one. On every
//! path a full local is emptied exactly once, by a `Move` or a `Release`; nothing full is written
//! over; nothing empty is read; at `Return` only the return place is full, at `Resume` nothing is.

use rustc_hash::FxHashMap;
use wyn_base::{Idx, IndexVec};
use wyn_mir::ownership::counted;
use wyn_mir::{
    Adt, AdtId, BlockId, Body, Const, Local, LocalKind, Operand, ParamMode, Place, Program, Proj, RETURN,
    Rvalue, Stmt, StmtKind, TermKind,
};

use crate::analysis::{Effect, normal_successor, postorder};
use crate::partial_move::uncovered;

type Adts = IndexVec<AdtId, Adt>;

/// The situations a local may be in: one bit for each of (empty, flag off), (full, flag off),
/// (empty, flag on), (full, flag on). A local without a flag counts as having it off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Situations(u8);

const EMPTY_OFF: u8 = 1;
const FULL_OFF: u8 = 2;
const EMPTY_ON: u8 = 4;
const FULL_ON: u8 = 8;
const EMPTY: u8 = EMPTY_OFF | EMPTY_ON;
const FULL: u8 = FULL_OFF | FULL_ON;
const ON: u8 = EMPTY_ON | FULL_ON;

impl Situations {
    fn filled(self) -> Self {
        Self(self.0 << 1 & FULL | self.0 & FULL)
    }

    fn emptied(self) -> Self {
        Self(self.0 >> 1 & EMPTY | self.0 & EMPTY)
    }

    fn with_flag(self, on: bool) -> Self {
        if on { Self((self.0 << 2 | self.0) & ON) } else { Self((self.0 >> 2 | self.0) & !ON & 15) }
    }

    fn only(self, mask: u8) -> Self {
        Self(self.0 & mask)
    }
}

type State = FxHashMap<Local, Situations>;

/// Checks all bodies; each string says what is wrong where.
#[must_use]
pub fn certify(program: &Program) -> Vec<String> {
    program.bodies.iter().flat_map(|body| Certifier::new(body, &program.adts).run()).collect()
}

struct Certifier<'a> {
    body: &'a Body,
    owners: Vec<bool>,
    /// The local that each drop flag speaks of.
    flags: FxHashMap<Local, Local>,
    faults: Vec<String>,
    /// Whether the solution is found and faults count.
    reporting: bool,
    adts: &'a Adts,
    /// Locals being taken apart in the current block: the parts that are gone.
    gone: FxHashMap<Local, Vec<Place>>,
}

impl<'a> Certifier<'a> {
    fn new(body: &'a Body, adts: &'a Adts) -> Self {
        let owners =
            body.locals.iter().map(|decl| crate::owned::owns(decl.kind) && counted(decl.ty, adts)).collect();
        let flags = body
            .locals
            .iter_enumerated()
            .filter_map(|(flag, decl)| match decl.kind {
                LocalKind::DropFlag(of) => Some((flag, of)),
                _ => None,
            })
            .collect();
        Self { body, owners, flags, faults: Vec::new(), reporting: false, adts, gone: FxHashMap::default() }
    }

    fn run(mut self) -> Vec<String> {
        let mut start = State::default();
        for (local, decl) in self.body.locals.iter_enumerated() {
            if self.owners[local.index()] {
                let full = decl.kind == LocalKind::Param(ParamMode::Owned);
                start.insert(local, Situations(if full { FULL_OFF } else { EMPTY_OFF }));
            }
        }
        let mut entry: FxHashMap<BlockId, State> = FxHashMap::default();
        entry.insert(wyn_mir::ENTRY, start);
        let mut order = postorder(self.body);
        order.reverse();
        loop {
            let mut changed = false;
            for &id in &order {
                let Some(state) = entry.get(&id).cloned() else { continue };
                for (next, out) in self.block(id, state) {
                    changed |= join(&mut entry, next, out);
                }
            }
            if self.reporting {
                return self.faults;
            }
            // One more round over the solution reports.
            self.reporting = !changed;
        }
    }

    fn fault(&mut self, id: BlockId, local: Local, what: &str) {
        if self.reporting {
            let name = self.body.locals[local].name.map(|name| format!(" ({name})")).unwrap_or_default();
            self.faults.push(format!("{}: {id:?}: {local:?}{name} {what}", self.body.name));
        }
    }

    /// Goes through a block; gives the state at the start of each successor.
    fn block(&mut self, id: BlockId, mut state: State) -> Vec<(BlockId, State)> {
        let body = self.body;
        for stmt in &body.blocks[id].stmts {
            self.stmt(id, stmt, &mut state);
        }
        for (local, _) in std::mem::take(&mut self.gone) {
            if state.get(&local).is_some_and(|situations| situations.only(FULL) != Situations(0)) {
                self.fault(id, local, "is left half taken apart");
            }
        }
        let term = &body.blocks[id].term.kind;
        let mut moved = Vec::new();
        let mut read = Vec::new();
        term.for_each_operand(&mut |operand| sort_operand(operand, &mut moved, &mut read));
        for place in &read {
            self.read(id, place, &state);
        }
        for place in &moved {
            self.read(id, place, &state);
        }
        match term {
            TermKind::Return => {
                self.exit(id, &state, true);
                return Vec::new();
            }
            TermKind::Resume => {
                self.exit(id, &state, false);
                return Vec::new();
            }
            TermKind::Switch(Operand::Borrow(flag), cases, otherwise) if self.flag_of(flag).is_some() => {
                return self.flag_switch(flag, cases, *otherwise, &state);
            }
            _ => {}
        }
        let mut next_states = Vec::new();
        let mut nexts = Vec::new();
        term.for_each_successor(&mut |next| nexts.push(*next));
        for next in nexts {
            let mut out = state.clone();
            let normal = normal_successor(term) == Some(next);
            if normal || !matches!(term, TermKind::Await { .. }) {
                for place in &moved {
                    self.take(id, place, &mut out);
                }
            }
            if normal && let Some(def) = Effect::of_term(term).def {
                self.fill(id, def, &mut out);
            }
            next_states.push((next, out));
        }
        next_states
    }

    fn flag_of(&self, flag: &Place) -> Option<Local> {
        flag.as_local().and_then(|flag| self.flags.get(&flag).copied())
    }

    fn flag_switch(
        &self,
        flag: &Place,
        cases: &[(i128, BlockId)],
        otherwise: BlockId,
        state: &State,
    ) -> Vec<(BlockId, State)> {
        let Some(of) = self.flag_of(flag) else { return Vec::new() };
        let branch = |on: bool, next: BlockId| {
            let mut out = state.clone();
            if let Some(situations) = out.get_mut(&of) {
                *situations = situations.only(if on { ON } else { !ON });
            }
            (next, out)
        };
        let mut out: Vec<(BlockId, State)> =
            cases.iter().map(|(value, next)| branch(*value == 1, *next)).collect();
        let covered = cases.iter().any(|(value, _)| *value == 1);
        out.push(branch(!covered, otherwise));
        out
    }

    fn stmt(&mut self, id: BlockId, stmt: &Stmt, state: &mut State) {
        if let StmtKind::Assign(dest, Rvalue::Use(Operand::Const(Const::Bool(on)))) = &stmt.kind
            && let Some(of) = self.flag_of(dest)
        {
            if let Some(situations) = state.get_mut(&of) {
                *situations = situations.with_flag(*on);
            }
            return;
        }
        let (mut moved, mut read) = (Vec::new(), Vec::new());
        stmt.kind.for_each_operand(&mut |operand| sort_operand(operand, &mut moved, &mut read));
        if let StmtKind::Assign(_, Rvalue::Dup(place) | Rvalue::Discriminant(place) | Rvalue::Len(place)) =
            &stmt.kind
        {
            read.push(place.clone());
        }
        for place in read.iter().chain(&moved) {
            self.read(id, place, state);
        }
        for place in &moved {
            self.take(id, place, state);
        }
        if let StmtKind::Release(place) = &stmt.kind {
            self.take(id, place, state);
        }
        if let Some(def) = Effect::of_stmt(&stmt.kind).def {
            self.fill(id, def, state);
        } else if let StmtKind::Assign(dest, _) | StmtKind::Intrinsic(dest, ..) = &stmt.kind {
            self.put_back(id, dest, state);
        }
    }

    fn read(&mut self, id: BlockId, place: &Place, state: &State) {
        // What has no counts stays in its local's memory when the rest has moved away.
        let part = !place.proj.is_empty() && !place.enters_cell(self.body, self.adts);
        if part && !counted(place.ty(self.body, self.adts), self.adts) {
            return;
        }
        if let Some(situations) = state.get(&place.local)
            && situations.only(EMPTY) != Situations(0)
        {
            self.fault(id, place.local, "is read where it may be empty");
        }
    }

    fn take(&mut self, id: BlockId, place: &Place, state: &mut State) {
        let Some(situations) = state.get(&place.local).copied() else { return };
        if situations.only(EMPTY) != Situations(0) {
            self.fault(id, place.local, "is taken where it may be empty");
        }
        if self.gone.get(&place.local).is_some_and(|gone| gone.contains(place)) {
            self.fault(id, place.local, "gives away a part twice");
        }
        if place.proj.is_empty() {
            self.gone.remove(&place.local);
        } else if !self.take_part(place) {
            return;
        }
        state.insert(place.local, situations.emptied());
    }

    /// Takes a part; says whether nothing counted is left of the whole.
    fn take_part(&mut self, part: &Place) -> bool {
        if is_element(part) {
            return false;
        }
        let gone = self.gone.entry(part.local).or_default();
        gone.push(part.clone());
        let parts: Vec<&Place> = gone.iter().collect();
        let mut left = Vec::new();
        uncovered(&Place::local(part.local), &parts, self.body, self.adts, &mut left);
        left.is_empty()
    }

    /// A part is written anew. A local whose parts had all been taken holds something again.
    fn put_back(&mut self, id: BlockId, part: &Place, state: &mut State) {
        let owned = self.owners[part.local.index()];
        if !owned || is_element(part) || !counted(part.ty(self.body, self.adts), self.adts) {
            return;
        }
        let gone = self.gone.get_mut(&part.local);
        match gone.and_then(|gone| Some((gone.iter().position(|place| place == part)?, gone))) {
            Some((at, gone)) => {
                gone.remove(at);
                if gone.is_empty() {
                    self.gone.remove(&part.local);
                }
                if let Some(situations) = state.get_mut(&part.local) {
                    *situations = situations.filled();
                }
            }
            None => self.fault(id, part.local, "has a part written over that is still there"),
        }
    }

    fn fill(&mut self, id: BlockId, local: Local, state: &mut State) {
        let Some(situations) = state.get(&local).copied() else { return };
        if situations.only(FULL) != Situations(0) {
            self.fault(id, local, "is written over where it may be full");
        }
        self.gone.remove(&local);
        state.insert(local, situations.filled());
    }

    fn exit(&mut self, id: BlockId, state: &State, returns: bool) {
        let mut full: Vec<Local> = state
            .iter()
            .filter(|(_, situations)| situations.only(FULL) != Situations(0))
            .map(|(local, _)| *local)
            .collect();
        full.sort();
        for local in full {
            if !(returns && local == RETURN) {
                self.fault(id, local, "may be full at the end: it leaks");
            }
        }
    }
}

/// Whether a place lies in an array or a mutex: what those hold is the runtime's to count.
fn is_element(place: &Place) -> bool {
    place.proj.iter().any(|step| matches!(step, Proj::Index(_) | Proj::Content))
}

fn sort_operand(operand: &Operand, moved: &mut Vec<Place>, read: &mut Vec<Place>) {
    match operand {
        Operand::Move(place) => moved.push(place.clone()),
        Operand::Copy(place) | Operand::Borrow(place) => read.push(place.clone()),
        Operand::Const(_) => {}
    }
}

fn join(entry: &mut FxHashMap<BlockId, State>, next: BlockId, out: State) -> bool {
    let Some(known) = entry.get_mut(&next) else {
        entry.insert(next, out);
        return true;
    };
    let mut changed = false;
    for (local, situations) in out {
        let slot = known.entry(local).or_insert(Situations(0));
        let merged = Situations(slot.0 | situations.0);
        changed |= merged != *slot;
        *slot = merged;
    }
    changed
}
