//! Keeps marked what mutexes hold (invariant M): whatever is stored into the content of a mutex is
//! marked right behind the store.
//!
//! *Requires* Counted, polls placed. *Ensures* that at each unlock all that the content reaches is marked.
//!
//! The content was marked when it was locked, so reading it needs nothing: every part has a count that
//! two tasks may change. Only writes are of interest, and they go through places: through
//! [`Proj::Content`], and through `mut` parameters that stand for such a place. For the latter a
//! function has a variant for each set of parameters that do. Function values have no `mut`
//! parameters, so every call through which a place can be written names its body.
//!
//! An object that is changed in place becomes local for the change; since it reached marked objects
//! only, and what was added is marked, marking it alone ([`Reach::Top`]) puts things right. So a store
//! costs marking what is stored, however large the content is.

use rustc_hash::FxHashMap;
use wyn_base::{IndexVec, Span};
use wyn_mir::ownership::counted;
use wyn_mir::{
    Adt, AdtId, Arg, Block, BlockId, Body, BodyId, Callee, Intrinsic, Local, LocalKind, Operand, ParamMode,
    Place, Program, Proj, Reach, Rvalue, Stmt, StmtKind, TermKind, Terminator,
};

type Adts = IndexVec<AdtId, Adt>;

/// Rewrites all bodies; the variants they need are appended and rewritten in turn.
pub(crate) fn run(program: &mut Program) {
    let mut variants = Variants::default();
    let mut at = 0;
    while at < program.bodies.len() {
        let id: BodyId = wyn_base::Idx::new(at);
        let shared = variants.shared.get(&id).cloned().unwrap_or_default();
        let body = &program.bodies[id];
        if !shared.is_empty() || touches_content(body) {
            let mut pass = Marks { program, variants: &mut variants, shared };
            pass.body(id);
        }
        at += 1;
    }
}

/// Bodies made for calls that hand on shared places.
#[derive(Default)]
struct Variants {
    made: FxHashMap<(BodyId, Vec<Local>), BodyId>,
    /// The parameters of each variant that stand for shared places.
    shared: FxHashMap<BodyId, Vec<Local>>,
}

/// Whether a body opens a mutex.
fn touches_content(body: &Body) -> bool {
    body.blocks.iter().any(|block| {
        matches!(&block.term.kind, TermKind::Call { callee: Callee::Intrinsic(Intrinsic::Lock, _), .. })
    })
}

struct Marks<'p> {
    program: &'p mut Program,
    variants: &'p mut Variants,
    /// Parameters of this body that stand for shared places.
    shared: Vec<Local>,
}

/// What an intrinsic leaves behind in a shared place that it changes.
enum Leaves {
    /// Nothing: it only locks and unlocks.
    Alone,
    /// One object that reaches what it reached before, and its arguments.
    Arguments,
    /// One object that reaches nothing.
    Text,
    /// Anything.
    Anything,
}

fn leaves(intrinsic: Intrinsic) -> Leaves {
    use Intrinsic as I;
    match intrinsic {
        I::Lock | I::Unlock => Leaves::Alone,
        I::ArrayPush | I::ArrayTakeLast | I::ArrayAppend | I::ArrayReserve | I::ArrayTruncate => {
            Leaves::Arguments
        }
        I::ArrayInsert | I::ArrayRemove | I::ArraySwap | I::ArrayUnique => Leaves::Arguments,
        I::StringAppend | I::ShowInt | I::ShowUint | I::ShowFloat | I::ShowF32 | I::ShowBool => Leaves::Text,
        I::ShowChar | I::ShowCharQuoted | I::ShowStringQuoted => Leaves::Text,
        _ => Leaves::Anything,
    }
}

/// What has to be marked around an instruction.
#[derive(Default)]
struct Around {
    before: Vec<(Place, Reach)>,
    after: Vec<(Place, Reach)>,
}

impl Marks<'_> {
    fn adts(&self) -> &Adts {
        &self.program.adts
    }

    fn is_shared(&self, place: &Place) -> bool {
        place.proj.contains(&Proj::Content) || self.shared.contains(&place.local)
    }

    /// A shared place whose content is counted.
    fn matters(&self, body: &Body, place: &Place) -> bool {
        self.is_shared(place) && counted(place.ty(body, self.adts()), self.adts())
    }

    fn body(&mut self, id: BodyId) {
        // The original stays where it is until the end: variants may be made from it.
        let mut body = self.program.bodies[id].clone();
        for block in body.blocks.indices() {
            let stmts = std::mem::take(&mut body.blocks[block].stmts);
            let mut out = Vec::with_capacity(stmts.len());
            for stmt in stmts {
                let around = self.around_stmt(&body, &stmt.kind);
                let span = stmt.span;
                out.extend(marks(around.before, span));
                out.push(stmt);
                out.extend(marks(around.after, span));
            }
            let around = self.around_term(&mut body, block);
            let span = body.blocks[block].term.span;
            out.extend(marks(around.before, span));
            body.blocks[block].stmts = out;
            if !around.after.is_empty() {
                mark_behind(&mut body, block, &around.after);
            }
        }
        self.program.bodies[id] = body;
    }

    fn around_stmt(&self, body: &Body, stmt: &StmtKind) -> Around {
        let mut around = Around::default();
        match stmt {
            StmtKind::Assign(dest, Rvalue::Use(Operand::Const(_))) if self.is_shared(dest) => {}
            StmtKind::Assign(dest, _) if self.matters(body, dest) => {
                around.after.push((dest.clone(), Reach::All));
            }
            StmtKind::EnsureUnique(place) if self.is_shared(place) => {
                around.after.push((place.clone(), Reach::Top));
            }
            StmtKind::Intrinsic(dest, intrinsic, _, args) => {
                self.around_intrinsic(body, *intrinsic, args, &mut around);
                if self.matters(body, dest) {
                    around.after.push((dest.clone(), Reach::All));
                }
            }
            _ => {}
        }
        around
    }

    fn around_intrinsic(&self, body: &Body, intrinsic: Intrinsic, args: &[Arg], around: &mut Around) {
        let changed = args.iter().filter_map(|arg| match arg {
            Arg::Mut(place) if self.matters(body, place) => Some(place),
            _ => None,
        });
        let changed: Vec<&Place> = changed.collect();
        if changed.is_empty() {
            return;
        }
        let leaves = leaves(intrinsic);
        let reach = match leaves {
            Leaves::Alone => return,
            Leaves::Arguments | Leaves::Text => Reach::Top,
            Leaves::Anything => Reach::All,
        };
        if matches!(leaves, Leaves::Arguments) {
            let places = args.iter().filter_map(|arg| match arg {
                Arg::Value(operand) => operand.place(),
                Arg::Mut(_) => None,
            });
            let kept = places.filter(|place| counted(place.ty(body, self.adts()), self.adts()));
            around.before.extend(kept.map(|place| (place.clone(), Reach::All)));
        }
        around.after.extend(changed.into_iter().map(|place| (place.clone(), reach)));
    }

    /// What is to be marked around the end of a block. A call that hands on shared places is redirected to
    /// the variant that marks what it stores there.
    fn around_term(&mut self, body: &mut Body, block: BlockId) -> Around {
        let mut around = Around::default();
        let mut term = body.blocks[block].term.kind.clone();
        match &mut term {
            TermKind::Call { callee, args, dest, .. } => {
                if self.matters(body, dest) {
                    around.after.push((dest.clone(), Reach::All));
                }
                match callee {
                    Callee::Intrinsic(intrinsic, _) => {
                        self.around_intrinsic(body, *intrinsic, args, &mut around);
                    }
                    Callee::Body(target) => {
                        let shared: Vec<Local> = (1..)
                            .map(Local)
                            .zip(&*args)
                            .filter(|(_, arg)| matches!(arg, Arg::Mut(place) if self.is_shared(place)))
                            .map(|(param, _)| param)
                            .collect();
                        if !shared.is_empty() {
                            target.body = self.variant(target.body, shared);
                        }
                    }
                    Callee::Value(_) | Callee::Known(..) | Callee::Select(_) => {}
                }
            }
            TermKind::Await { dest, .. } if self.matters(body, dest) => {
                around.after.push((dest.clone(), Reach::All));
            }
            _ => {}
        }
        body.blocks[block].term.kind = term;
        around
    }

    /// The variant of a body in which these `mut` parameters stand for shared places.
    fn variant(&mut self, of: BodyId, shared: Vec<Local>) -> BodyId {
        let original = self.variants.origin(of);
        if let Some(&known) = self.variants.made.get(&(original, shared.clone())) {
            return known;
        }
        let mut body = self.program.bodies[original].clone();
        debug_assert!(shared.iter().all(|at| body.locals[*at].kind == LocalKind::Param(ParamMode::Mut)));
        body.name = format!("{} in a lock", body.name);
        let variant = self.program.bodies.push(body);
        self.variants.made.insert((original, shared.clone()), variant);
        self.variants.shared.insert(variant, shared);
        variant
    }
}

impl Variants {
    /// The body that this one is a variant of, or itself.
    fn origin(&self, body: BodyId) -> BodyId {
        if !self.shared.contains_key(&body) {
            return body;
        }
        let found = self.made.iter().find(|(_, made)| **made == body);
        found.map_or(body, |((original, _), _)| *original)
    }
}

fn marks(places: Vec<(Place, Reach)>, span: Span) -> impl Iterator<Item = Stmt> {
    places.into_iter().map(move |(place, reach)| Stmt { kind: StmtKind::Mark(place, reach), span })
}

/// Marks behind the end of a block, however it ends: what a destination holds only where it was written.
fn mark_behind(body: &mut Body, block: BlockId, after: &[(Place, Reach)]) {
    let (span, cleanup) = (body.blocks[block].term.span, body.blocks[block].cleanup);
    let mut term = body.blocks[block].term.kind.clone();
    let written = match &term {
        TermKind::Call { dest, .. } | TermKind::Await { dest, .. } => Some(dest.clone()),
        _ => None,
    };
    let mut edge = |next: Option<BlockId>, places: Vec<(Place, Reach)>, cleanup: bool| {
        let kind = next.map_or(TermKind::Resume, TermKind::Goto);
        let stmts = marks(places, span).collect();
        body.blocks.push(Block { stmts, term: Terminator { kind, span }, cleanup })
    };
    if let TermKind::Call { target: Some(target), .. } | TermKind::Await { target, .. } = &mut term {
        *target = edge(Some(*target), after.to_vec(), cleanup);
    }
    if let TermKind::Call { unwind, .. } | TermKind::Await { unwind, .. } = &mut term {
        let left: Vec<_> =
            after.iter().filter(|(place, _)| Some(place) != written.as_ref()).cloned().collect();
        if !left.is_empty() {
            *unwind = Some(edge(*unwind, left, true));
        }
    }
    body.blocks[block].term.kind = term;
}
