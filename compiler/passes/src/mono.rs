//! Monomorphisation: one concrete body for each use of a generic one.
//!
//! *Requires* Built. *Ensures* Built with concrete types: no body has type parameters, no
//! [`BodyRef`] has arguments, and only what `main` or a constant reaches is left. Instances are
//! named after their type arguments (`array.map<int, string>`), in order of discovery, so output is
//! deterministic.

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Diagnostics, IndexVec};
use wyn_mir::{
    Ability, Body, BodyId, BodyRef, Callee, Const, Global, Intrinsic, Operand, Program, Rvalue, StmtKind,
    TermKind, Trap, Ty, TyKind,
};

/// How deeply a type argument may be nested: a deeper one comes from a function that calls itself with ever
/// larger types.
const MAX_DEPTH: u32 = 200;

/// How many instances of one function there may be: who calls itself with its type arguments in every order needs
/// finitely many, but more than anybody waits for.
const MAX_INSTANCES: u32 = 20_000;

/// Replaces the program's bodies by their instances; what is given makes more of them.
pub(crate) fn run(program: &mut Program, diagnostics: &mut Diagnostics) -> Mono {
    let mut pass = Mono {
        generic: std::mem::take(&mut program.bodies),
        abilities: std::mem::take(&mut program.abilities),
        instances: FxHashMap::default(),
        counts: FxHashMap::default(),
        todo: Vec::new(),
    };
    let done = &mut program.bodies;
    program.main = pass.instance(done, program.main, Vec::new());
    let consts = std::mem::take(&mut program.consts);
    program.consts = consts
        .into_iter()
        .map(|global| Global { init: pass.instance(done, global.init, Vec::new()), ..global })
        .collect();
    pass.make_all(done, diagnostics);
    pass
}

/// The generic bodies and which instances of them there are.
pub(crate) struct Mono {
    generic: IndexVec<BodyId, Body>,
    abilities: Vec<Ability>,
    instances: FxHashMap<(BodyId, Vec<Ty>), BodyId>,
    /// How many instances of a body have been made.
    counts: FxHashMap<BodyId, u32>,
    /// Instances that are named but not made yet.
    todo: Vec<(BodyId, BodyId, Vec<Ty>)>,
}

impl Mono {
    /// The instance of a body for these type arguments; it is made by [`make_all`](Self::make_all).
    fn instance(&mut self, done: &mut IndexVec<BodyId, Body>, body: BodyId, args: Vec<Ty>) -> BodyId {
        if let Some(&known) = self.instances.get(&(body, args.clone())) {
            return known;
        }
        let id = done.push(crate::derive::empty(String::new(), self.generic[body].span));
        self.instances.insert((body, args.clone()), id);
        self.todo.push((id, body, args));
        id
    }

    /// The function that the declaration of a type gives for an operation, made for this type.
    pub(crate) fn ability(
        &mut self,
        done: &mut IndexVec<BodyId, Body>,
        operation: Intrinsic,
        ty: Ty,
        diagnostics: &mut Diagnostics,
    ) -> Option<BodyId> {
        let TyKind::Adt(adt, _, args) = ty.kind() else { return None };
        let found = self.abilities.iter().find(|known| known.adt == *adt && known.operation == operation)?;
        let id = self.instance(done, found.body, args.clone());
        self.make_all(done, diagnostics);
        Some(id)
    }

    /// Makes every instance that is named, and those that they name.
    fn make_all(&mut self, done: &mut IndexVec<BodyId, Body>, diagnostics: &mut Diagnostics) {
        while let Some((id, body, args)) = self.todo.pop() {
            let count = self.counts.entry(body).or_default();
            *count += 1;
            let endless = args.iter().any(|ty| ty.depth() > MAX_DEPTH);
            if endless || *count > MAX_INSTANCES {
                diagnostics.report(without_end(&self.generic[body], endless));
                self.todo.clear();
                return;
            }
            let body = self.instantiate(done, body, &args);
            done[id] = body;
        }
    }

    fn instantiate(&mut self, done: &mut IndexVec<BodyId, Body>, generic: BodyId, args: &[Ty]) -> Body {
        let mut body = self.generic[generic].clone();
        body.generics = 0;
        if !args.is_empty() {
            let list: Vec<String> = args.iter().map(ToString::to_string).collect();
            body.name = format!("{}<{}>", body.name, list.join(", "));
        }
        for decl in body.locals.iter_mut() {
            decl.ty = decl.ty.substitute(args);
        }
        for block in body.blocks.iter_mut() {
            for stmt in &mut block.stmts {
                self.stmt(done, &mut stmt.kind, args);
            }
            self.term(done, &mut block.term.kind, args);
        }
        body
    }

    fn target(&mut self, done: &mut IndexVec<BodyId, Body>, target: &mut BodyRef, args: &[Ty]) {
        let concrete = std::mem::take(&mut target.args).into_iter().map(|ty| ty.substitute(args)).collect();
        target.body = self.instance(done, target.body, concrete);
    }

    fn operand(&mut self, done: &mut IndexVec<BodyId, Body>, operand: &mut Operand, args: &[Ty]) {
        match operand {
            Operand::Const(Const::Fn(target)) => self.target(done, target, args),
            Operand::Const(Const::Int(_, ty) | Const::Float(_, ty) | Const::Global(_, ty)) => {
                *ty = ty.substitute(args);
            }
            _ => {}
        }
    }

    fn stmt(&mut self, done: &mut IndexVec<BodyId, Body>, stmt: &mut StmtKind, args: &[Ty]) {
        stmt.for_each_operand_mut(&mut |operand| self.operand(done, operand, args));
        match stmt {
            StmtKind::Assign(_, rvalue) => match rvalue {
                Rvalue::Convert(_, ty)
                | Rvalue::CheckedConvert(_, ty)
                | Rvalue::Array(ty, _)
                | Rvalue::Adt(ty, _, _)
                | Rvalue::Received { message: ty, .. } => *ty = ty.substitute(args),
                Rvalue::Closure(target, _) | Rvalue::Spawn(_, target, _) => {
                    self.target(done, target, args);
                }
                _ => {}
            },
            StmtKind::Intrinsic(_, _, types, _) => substitute_all(types, args),
            _ => {}
        }
    }

    fn term(&mut self, done: &mut IndexVec<BodyId, Body>, term: &mut TermKind, args: &[Ty]) {
        term.for_each_operand_mut(&mut |operand| self.operand(done, operand, args));
        match term {
            TermKind::Call { callee: Callee::Body(target), .. } => self.target(done, target, args),
            TermKind::Call { callee: Callee::Intrinsic(_, types), .. } => substitute_all(types, args),
            TermKind::Assert { trap: Trap::Convert(ty), .. } => *ty = ty.substitute(args),
            _ => {}
        }
    }
}

fn substitute_all(types: &mut [Ty], args: &[Ty]) {
    for ty in types {
        *ty = ty.substitute(args);
    }
}

/// What is said of a function with too many instances.
fn without_end(body: &Body, endless: bool) -> Diagnostic {
    let (many, why, note) = match endless {
        true => ("endlessly many", "calls itself with ever larger types", "these never end"),
        false => ("too many", "calls itself with ever other types", "these are more than 20,000"),
    };
    Diagnostic::error(Code::E0290, body.span, format!("`{}` needs {many} instances", body.name))
        .label(why)
        .note(format!("each use of a generic function is compiled for its own types; {note}"))
        .help("make the recursive call with the same type arguments")
}
