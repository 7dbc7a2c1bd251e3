//! Elaborates ownership: which read is the last, and where everything dies.
//!
//! *Requires* Built, monomorphised, parameter modes decided, arguments separated. *Ensures* Owned:
//! each owned local is moved or dropped exactly once on every path; no `ScopeEnd` is left.
//!
//! How each local dies depends on its type's [`Lifetime`]:
//!
//! * *Plain* and *LastUse*: after the last use, as liveness has it. Where the local is not live
//!   into a successor, the drop is on that edge; unwind edges are edges like any other, so whatever
//!   a call may strand is dropped by construction.
//! * *Block*: at its `ScopeEnd` (or where it is overwritten), unless its last use moved it away. If
//!   only some paths moved it, a drop flag decides at run time.
//!
//! What is lent to a callee ([`LocalKind::Lent`]) dies after the call, whatever its type.
//!
//! A read of part of a local that dies with that read moves the part and drops the rest.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use wyn_base::{Idx, IndexVec, Span};
use wyn_mir::local_set::{Followed, LocalSet};
use wyn_mir::ownership::{Lifetime, counted, lifetime};
use wyn_mir::{
    Adt, AdtId, Block, BlockId, Body, Const, Local, LocalDecl, LocalKind, Operand, ParamMode, Place, Rvalue,
    Stmt, StmtKind, TermKind, Terminator, Ty,
};

use crate::analysis::{Effect, live_after, live_in, normal_successor, postorder};
use crate::partial_move::{self, PartMove};

type Adts = IndexVec<AdtId, Adt>;

/// Elaborates one body.
pub(crate) fn run(body: &mut Body, adts: &Adts) {
    let owned = lifetimes(body, adts);
    let followed = Followed::new(body, |local| owned[local.index()].is_some());
    let live = live_in(body, &followed);
    let mut pass = Elaborate {
        adts,
        owned,
        followed,
        live,
        parts: IndexVec::new(),
        entry: FxHashMap::default(),
        flags: FxHashMap::default(),
        edges: FxHashMap::default(),
    };
    for (id, block) in body.blocks.iter_enumerated() {
        let after = live_after(body, id, &pass.live);
        let parts = partial_move::find(body, block, &after, &pass.owned, adts);
        pass.parts.push(parts);
    }
    pass.solve(body);
    pass.find_flags(body);
    pass.rewrite(body);
}

/// For each local that owns counted values: when it dies.
pub(crate) fn lifetimes(body: &Body, adts: &Adts) -> Vec<Option<Lifetime>> {
    let lifetime = |decl: &LocalDecl| match decl.kind {
        LocalKind::Lent => Lifetime::LastUse,
        _ => lifetime(decl.ty, adts),
    };
    let locals = body.locals.iter();
    locals.map(|decl| (owns(decl.kind) && counted(decl.ty, adts)).then(|| lifetime(decl))).collect()
}

/// Whether a local of this kind owns what it holds.
pub(crate) fn owns(kind: LocalKind) -> bool {
    match kind {
        LocalKind::Return | LocalKind::Var | LocalKind::Temp | LocalKind::Lent => true,
        LocalKind::Param(mode) => mode == ParamMode::Owned,
        LocalKind::Env | LocalKind::DropFlag(_) | LocalKind::View => false,
    }
}

/// Whether locals hold something, as far as all paths here tell: in neither set means no.
#[derive(Clone, PartialEq)]
struct Held {
    /// Holds something on some path.
    maybe: LocalSet,
    /// Holds nothing on some path.
    empty: LocalSet,
}

impl Held {
    fn fill(&mut self, local: Local) {
        self.maybe.insert(local);
        self.empty.remove(local);
    }

    fn clear(&mut self, local: Local) {
        self.maybe.remove(local);
        self.empty.insert(local);
    }

    fn join(&mut self, other: &Self) -> bool {
        self.maybe.union(&other.maybe) | self.empty.union(&other.empty)
    }

    fn certain(&self, local: Local) -> bool {
        self.maybe.contains(local) && !self.empty.contains(local)
    }
}

/// What the pass does to a body: nothing while it solves, everything while it rewrites.
struct Elaborate<'a> {
    adts: &'a Adts,
    /// For each local that owns counted values: when it dies.
    owned: Vec<Option<Lifetime>>,
    /// Those locals.
    followed: Rc<Followed>,
    live: IndexVec<BlockId, LocalSet>,
    /// The statements of each block that move parts out of dying locals.
    parts: IndexVec<BlockId, FxHashMap<usize, PartMove>>,
    /// What is held where each reachable block begins.
    entry: FxHashMap<BlockId, Held>,
    /// The drop flag of each local that needs one.
    flags: FxHashMap<Local, Local>,
    /// Blocks made for edges: what is dropped there, which flags are set, and where it goes on.
    edges: FxHashMap<(BlockId, Vec<Local>, Option<Local>), BlockId>,
}

/// One instruction's fate, as both the solver and the rewriter see it.
struct Step {
    /// Locals that the instruction takes over as a whole.
    moved: Vec<Local>,
    /// A part moved out of a dying local.
    part: Option<PartMove>,
}

impl Step {
    /// The local that a last part left.
    fn emptied(&self) -> impl Iterator<Item = Local> + '_ {
        self.part.iter().filter(|part| part.rest.is_some()).map(|part| part.part.local)
    }
}

impl Elaborate<'_> {
    fn dies_by_liveness(&self, local: Local) -> bool {
        matches!(self.owned[local.index()], Some(Lifetime::Plain | Lifetime::LastUse))
    }

    fn dies_with_block(&self, local: Local) -> bool {
        self.owned[local.index()] == Some(Lifetime::Block)
    }

    /// Computes what is held at the start of each block.
    fn solve(&mut self, body: &Body) {
        let none = LocalSet::new(&self.followed);
        let mut start = Held { maybe: none.clone(), empty: none };
        for (at, decl) in body.locals.iter_enumerated() {
            match decl.kind {
                LocalKind::Param(ParamMode::Owned) => start.fill(at),
                _ => start.clear(at),
            }
        }
        self.entry.insert(wyn_mir::ENTRY, start);
        let mut order = postorder(body);
        order.reverse();
        loop {
            let mut changed = false;
            for &id in &order {
                let Some(mut held) = self.entry.get(&id).cloned() else { continue };
                let afters = live_after(body, id, &self.live);
                for (at, (stmt, after)) in body.blocks[id].stmts.iter().zip(afters).enumerate() {
                    let step = self.stmt_step(id, at, &stmt.kind, &after);
                    self.advance(&mut held, &stmt.kind, &step, &after);
                }
                let term = &body.blocks[id].term.kind;
                let step = self.term_step(term);
                term.for_each_successor(&mut |&next| {
                    let out = self.after_edge(held.clone(), term, &step, next);
                    changed |= match self.entry.get_mut(&next) {
                        Some(known) => known.join(&out),
                        None => {
                            self.entry.insert(next, out);
                            true
                        }
                    };
                });
            }
            if !changed {
                return;
            }
        }
    }

    fn stmt_step(&self, id: BlockId, at: usize, stmt: &StmtKind, after: &LocalSet) -> Step {
        let effect = Effect::of_stmt(stmt);
        let mut operands = Vec::new();
        stmt.for_each_operand(&mut |operand| operands.push(operand));
        let moved = self.moved(&operands, &effect, &|local| !after.contains(local));
        Step { moved, part: self.parts[id].get(&at).cloned() }
    }

    fn term_step(&self, term: &TermKind) -> Step {
        let effect = Effect::of_term(term);
        let mut operands = Vec::new();
        term.for_each_operand(&mut |operand| operands.push(operand));
        let dead = |local: Local| {
            let mut live = false;
            term.for_each_successor(&mut |&next| {
                let redefined = effect.def == Some(local) && normal_successor(term) == Some(next);
                live |= self.live[next].contains(local) && !redefined;
            });
            !live
        };
        Step { moved: self.moved(&operands, &effect, &dead), part: None }
    }

    /// The whole locals among these operands that the instruction may take over.
    fn moved(&self, operands: &[&Operand], effect: &Effect, dead: &dyn Fn(Local) -> bool) -> Vec<Local> {
        let mut moved = Vec::new();
        for operand in operands {
            let (Operand::Copy(place) | Operand::Move(place)) = operand else { continue };
            let Some(local) = place.as_local() else { continue };
            let once = effect.uses.iter().filter(|used| **used == local).count() == 1;
            if self.owned[local.index()].is_some() && once && dead(local) {
                moved.push(local);
            }
        }
        moved
    }

    /// What is held after a statement; deaths by liveness included.
    fn advance(&self, held: &mut Held, stmt: &StmtKind, step: &Step, after: &LocalSet) {
        match stmt {
            StmtKind::ScopeEnd(local) if self.dies_with_block(*local) => held.clear(*local),
            StmtKind::Drop(place) => {
                if let Some(local) = place.as_local()
                    && self.dies_with_block(local)
                {
                    held.clear(local);
                }
            }
            _ => {}
        }
        step.moved.iter().for_each(|local| held.clear(*local));
        step.emptied().for_each(|local| held.clear(local));
        if let Some(def) = Effect::of_stmt(stmt).def {
            held.fill(def);
        }
        for local in self.deaths(held, after) {
            held.clear(local);
        }
    }

    /// Locals that hold something although nobody will read it.
    fn deaths(&self, held: &Held, live: &LocalSet) -> Vec<Local> {
        held.maybe.iter().filter(|local| self.dies_by_liveness(*local) && !live.contains(*local)).collect()
    }

    /// What is held at the start of a successor.
    fn after_edge(&self, held: Held, term: &TermKind, step: &Step, next: BlockId) -> Held {
        let mut held = self.on_edge(held, term, step, next);
        for local in self.deaths(&held, &self.live[next]) {
            held.clear(local);
        }
        held
    }

    /// What is held on an edge before the drops on it.
    fn on_edge(&self, mut held: Held, term: &TermKind, step: &Step, next: BlockId) -> Held {
        let normal = normal_successor(term) == Some(next);
        if normal || !matches!(term, TermKind::Await { .. }) {
            step.moved.iter().for_each(|local| held.clear(*local));
        }
        if normal && let Some(def) = Effect::of_term(term).def {
            held.fill(def);
        }
        held
    }

    /// Gives a drop flag to each local that is dropped where it holds something on some paths only.
    fn find_flags(&mut self, body: &mut Body) {
        let mut needed: Vec<(Local, Span)> = Vec::new();
        for id in body.blocks.indices() {
            let Some(mut held) = self.entry.get(&id).cloned() else { continue };
            let afters = live_after(body, id, &self.live);
            for (at, (stmt, after)) in body.blocks[id].stmts.iter().zip(afters).enumerate() {
                if let Some(local) = self.block_death(&stmt.kind)
                    && held.maybe.contains(local)
                    && !held.certain(local)
                {
                    needed.push((local, stmt.span));
                }
                let step = self.stmt_step(id, at, &stmt.kind, &after);
                self.advance(&mut held, &stmt.kind, &step, &after);
            }
        }
        for (local, span) in needed {
            self.flags.entry(local).or_insert_with(|| {
                let kind = LocalKind::DropFlag(local);
                body.locals.push(LocalDecl { ty: Ty::bool(), name: None, kind, span })
            });
        }
        self.owned.resize(body.locals.len(), None);
    }

    /// The local of lifetime *Block* that a statement ends, if it does.
    fn block_death(&self, stmt: &StmtKind) -> Option<Local> {
        let local = match stmt {
            StmtKind::ScopeEnd(local) => *local,
            StmtKind::Drop(place) => place.as_local()?,
            _ => return None,
        };
        self.dies_with_block(local).then_some(local)
    }

    fn rewrite(&mut self, body: &mut Body) {
        let ids: Vec<BlockId> = body.blocks.indices().collect();
        let afters: Vec<Vec<LocalSet>> = ids.iter().map(|id| live_after(body, *id, &self.live)).collect();
        for (id, afters) in ids.into_iter().zip(afters) {
            match self.entry.get(&id).cloned() {
                Some(held) => self.rewrite_block(body, id, held, &afters),
                None => {
                    let span = body.blocks[id].term.span;
                    body.blocks[id].stmts.clear();
                    body.blocks[id].term = Terminator { kind: TermKind::Unreachable, span };
                }
            }
        }
        let mut flags: Vec<(Local, Local)> = self.flags.iter().map(|(of, flag)| (*of, *flag)).collect();
        flags.sort();
        let first = flags.into_iter().map(|(of, flag)| {
            let filled = body.locals[of].kind == LocalKind::Param(ParamMode::Owned);
            set_flag(flag, filled, body.span)
        });
        let first: Vec<Stmt> = first.collect();
        body.blocks[wyn_mir::ENTRY].stmts.splice(0..0, first);
    }

    fn rewrite_block(&mut self, body: &mut Body, id: BlockId, mut held: Held, afters: &[LocalSet]) {
        let stmts = std::mem::take(&mut body.blocks[id].stmts);
        let cleanup = body.blocks[id].cleanup;
        let mut term = body.blocks[id].term.clone();
        let mut current = id;
        let mut out = Vec::with_capacity(stmts.len());
        for local in self.deaths_at_entry(&held, id) {
            // A local of the entry block that nobody reads: an owned parameter.
            out.push(drop_stmt(local.into(), body.span));
            held.clear(local);
        }
        for (at, (mut stmt, after)) in stmts.into_iter().zip(afters).enumerate() {
            let step = self.stmt_step(id, at, &stmt.kind, after);
            let span = stmt.span;
            if let Some(local) = self.block_death(&stmt.kind) {
                if held.certain(local) {
                    out.push(drop_stmt(local.into(), span));
                } else if held.maybe.contains(local) {
                    current =
                        self.drop_if_flagged(body, current, std::mem::take(&mut out), local, span, cleanup);
                }
                if let Some(&flag) = self.flags.get(&local) {
                    out.push(set_flag(flag, false, span));
                }
                self.advance(&mut held, &stmt.kind, &step, after);
                continue;
            }
            let keep = match &stmt.kind {
                StmtKind::ScopeEnd(_) => false,
                StmtKind::Drop(place) => self.keeps_drop(body, place),
                _ => true,
            };
            stmt.kind.for_each_operand_mut(&mut |operand| settle(operand, &step));
            let mut before = held.clone();
            if keep {
                let def = Effect::of_stmt(&stmt.kind).def;
                let rest = step.part.iter().filter_map(|part| part.rest.clone()).flatten();
                out.push(stmt.clone());
                out.extend(rest.map(|place| drop_stmt(place, span)));
                for local in step.moved.iter().copied().chain(step.emptied()) {
                    out.extend(self.flags.get(&local).map(|flag| set_flag(*flag, false, span)));
                }
                out.extend(def.and_then(|def| self.flags.get(&def)).map(|flag| set_flag(*flag, true, span)));
                step.moved.iter().for_each(|local| before.clear(*local));
                step.emptied().for_each(|local| before.clear(local));
                def.into_iter().for_each(|def| before.fill(def));
            }
            for local in self.deaths(&before, after) {
                out.push(drop_stmt(local.into(), span));
            }
            self.advance(&mut held, &stmt.kind, &step, after);
        }
        let step = self.term_step(&term.kind);
        term.kind.for_each_operand_mut(&mut |operand| settle(operand, &step));
        if let TermKind::Await { future, .. } = &mut term.kind
            && let Operand::Copy(place) = future
        {
            *future = Operand::Borrow(place.clone());
        }
        for local in &step.moved {
            out.extend(self.flags.get(local).map(|flag| set_flag(*flag, false, term.span)));
        }
        self.rewrite_edges(body, &mut term, &mut out, &held, &step, cleanup);
        body.blocks[current].stmts = out;
        body.blocks[current].term = term;
    }

    fn deaths_at_entry(&self, held: &Held, id: BlockId) -> Vec<Local> {
        if id == wyn_mir::ENTRY { self.deaths(held, &self.live[id]) } else { Vec::new() }
    }

    /// Whether an explicit drop stays: liveness has already dropped owned whole locals.
    fn keeps_drop(&self, body: &Body, place: &Place) -> bool {
        let owned_whole = place.as_local().is_some_and(|local| self.owned[local.index()].is_some());
        !owned_whole && counted(place.ty(body, self.adts), self.adts)
    }

    /// Puts the drops of each edge where only that edge passes.
    fn rewrite_edges(
        &mut self,
        body: &mut Body,
        term: &mut Terminator,
        out: &mut Vec<Stmt>,
        held: &Held,
        step: &Step,
        cleanup: bool,
    ) {
        let original = term.kind.clone();
        let span = term.span;
        let single = matches!(original, TermKind::Goto(_) | TermKind::Recover(_));
        let mut targets = Vec::new();
        term.kind.for_each_successor(&mut |next| targets.push(*next));
        let mut redirected = Vec::new();
        for next in targets {
            let on_edge = self.on_edge(held.clone(), &original, step, next);
            let mut drops = self.deaths(&on_edge, &self.live[next]);
            drops.reverse();
            let defined =
                Effect::of_term(&original).def.filter(|_| normal_successor(&original) == Some(next));
            let flag = defined.and_then(|def| self.flags.get(&def).copied());
            if single {
                out.extend(drops.into_iter().map(|local| drop_stmt(local.into(), span)));
                redirected.push(next);
            } else if drops.is_empty() && flag.is_none() {
                redirected.push(next);
            } else {
                let cleanup = cleanup || body.blocks[next].cleanup;
                let block = *self.edges.entry((next, drops.clone(), flag)).or_insert_with(|| {
                    let set = flag.map(|flag| set_flag(flag, true, span));
                    let drops = drops.iter().map(|local| drop_stmt((*local).into(), span));
                    let stmts = set.into_iter().chain(drops).collect();
                    body.blocks.push(Block {
                        stmts,
                        term: Terminator { kind: TermKind::Goto(next), span },
                        cleanup,
                    })
                });
                redirected.push(block);
            }
        }
        let mut redirected = redirected.into_iter();
        term.kind.for_each_successor_mut(&mut |next| *next = redirected.next().unwrap_or(*next));
    }

    /// Ends the block with a drop that depends on the local's flag; returns the block to go on in.
    fn drop_if_flagged(
        &self,
        body: &mut Body,
        current: BlockId,
        stmts: Vec<Stmt>,
        local: Local,
        span: Span,
        cleanup: bool,
    ) -> BlockId {
        let on = body.blocks.push(Block {
            stmts: Vec::new(),
            term: Terminator { kind: TermKind::Unreachable, span },
            cleanup,
        });
        let dropping = body.blocks.push(Block {
            stmts: vec![drop_stmt(local.into(), span)],
            term: Terminator { kind: TermKind::Goto(on), span },
            cleanup,
        });
        let flag = Operand::Borrow(self.flags[&local].into());
        body.blocks[current].stmts = stmts;
        body.blocks[current].term =
            Terminator { kind: TermKind::Switch(flag, vec![(1, dropping)], on), span };
        on
    }
}

/// Makes an operand what the step says it is.
fn settle(operand: &mut Operand, step: &Step) {
    match operand {
        Operand::Copy(place) | Operand::Move(place) => {
            let whole = place.as_local().is_some_and(|local| step.moved.contains(&local));
            let place = place.clone();
            let part = step.part.as_ref().is_some_and(|part| part.part == place);
            *operand = if whole || part { Operand::Move(place) } else { Operand::Copy(place) };
        }
        Operand::Borrow(_) | Operand::Const(_) => {}
    }
}

fn drop_stmt(place: Place, span: Span) -> Stmt {
    Stmt { kind: StmtKind::Drop(place), span }
}

fn set_flag(flag: Local, value: bool, span: Span) -> Stmt {
    let value = Rvalue::Use(Operand::Const(Const::Bool(value)));
    Stmt { kind: StmtKind::Assign(flag.into(), value), span }
}
