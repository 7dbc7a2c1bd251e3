//! Monomorphisation: one concrete body for each use of a generic one.
//!
//! *Requires* Built. *Ensures* Built with concrete types: no body has type parameters, no
//! [`BodyRef`] has arguments, and only what `main` or a constant reaches is left. Instances are
//! named after their type arguments (`array.map<int, string>`), in order of discovery, so output is
//! deterministic.

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Diagnostics, IndexVec};
use wyn_mir::{
    Body, BodyId, BodyRef, Callee, Const, Global, Operand, Program, Rvalue, StmtKind, TermKind, Trap, Ty,
};

/// How many types one type argument may mention: a larger one comes from a function that calls
/// itself with ever larger types.
const MAX_SIZE: usize = 1000;

/// Replaces the program's bodies by their instances.
pub fn run(program: &mut Program, diagnostics: &mut Diagnostics) {
    let generic = std::mem::take(&mut program.bodies);
    let mut pass =
        Mono { generic: &generic, instances: FxHashMap::default(), todo: Vec::new(), done: IndexVec::new() };
    program.main = pass.instance(program.main, Vec::new());
    let consts = std::mem::take(&mut program.consts);
    program.consts = consts
        .into_iter()
        .map(|global| Global { init: pass.instance(global.init, Vec::new()), ..global })
        .collect();
    while let Some((id, body, args)) = pass.todo.pop() {
        if args.iter().any(|ty| exceeds(*ty, &mut { MAX_SIZE })) {
            let source = &generic[body];
            diagnostics.report(
                Diagnostic::error(
                    Code::E0290,
                    source.span,
                    format!("`{}` needs endlessly many instances", source.name),
                )
                .label("calls itself with ever larger types")
                .note("each use of a generic function is compiled for its own types; these never end")
                .help("make the recursive call with the same type arguments"),
            );
            break;
        }
        let body = pass.instantiate(body, &args);
        pass.done[id] = body;
    }
    program.bodies = pass.done;
}

struct Mono<'a> {
    generic: &'a IndexVec<BodyId, Body>,
    instances: FxHashMap<(BodyId, Vec<Ty>), BodyId>,
    /// Instances that are named but not made yet.
    todo: Vec<(BodyId, BodyId, Vec<Ty>)>,
    done: IndexVec<BodyId, Body>,
}

impl Mono<'_> {
    /// The instance of a body for these type arguments.
    fn instance(&mut self, body: BodyId, args: Vec<Ty>) -> BodyId {
        if let Some(&known) = self.instances.get(&(body, args.clone())) {
            return known;
        }
        let id = self.done.push(crate::derive::empty(String::new(), self.generic[body].span));
        self.instances.insert((body, args.clone()), id);
        self.todo.push((id, body, args));
        id
    }

    fn instantiate(&mut self, generic: BodyId, args: &[Ty]) -> Body {
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
                self.stmt(&mut stmt.kind, args);
            }
            self.term(&mut block.term.kind, args);
        }
        body
    }

    fn target(&mut self, target: &mut BodyRef, args: &[Ty]) {
        let concrete = std::mem::take(&mut target.args).into_iter().map(|ty| ty.substitute(args)).collect();
        target.body = self.instance(target.body, concrete);
    }

    fn operand(&mut self, operand: &mut Operand, args: &[Ty]) {
        match operand {
            Operand::Const(Const::Fn(target)) => self.target(target, args),
            Operand::Const(Const::Int(_, ty) | Const::Float(_, ty) | Const::Global(_, ty)) => {
                *ty = ty.substitute(args);
            }
            _ => {}
        }
    }

    fn stmt(&mut self, stmt: &mut StmtKind, args: &[Ty]) {
        stmt.for_each_operand_mut(&mut |operand| self.operand(operand, args));
        match stmt {
            StmtKind::Assign(_, rvalue) => match rvalue {
                Rvalue::Convert(_, ty)
                | Rvalue::CheckedConvert(_, ty)
                | Rvalue::Array(ty, _)
                | Rvalue::Adt(ty, _, _) => *ty = ty.substitute(args),
                Rvalue::Closure(target, _) | Rvalue::Spawn(target, _) => self.target(target, args),
                _ => {}
            },
            StmtKind::Intrinsic(_, _, types, _) => substitute_all(types, args),
            _ => {}
        }
    }

    fn term(&mut self, term: &mut TermKind, args: &[Ty]) {
        term.for_each_operand_mut(&mut |operand| self.operand(operand, args));
        match term {
            TermKind::Call { callee: Callee::Body(target), .. } => self.target(target, args),
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

/// Whether a type mentions more types than are left; stops counting there.
fn exceeds(ty: Ty, left: &mut usize) -> bool {
    if *left == 0 {
        return true;
    }
    *left -= 1;
    ty.parts().into_iter().any(|part| exceeds(part, left))
}
