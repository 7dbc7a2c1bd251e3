//! Small Lowered programs by hand: a builder for bodies, and a way to compile, link and run.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wyn_base::{IndexVec, SourceMap, Span, Symbol};
use wyn_codegen::{Emit, Opt, Options};
use wyn_mir::{
    Adt, AdtKind, Arg, BinOp, Block, BlockId, Body, BodyId, BodyKind, BodyRef, Callee, Const, Intrinsic,
    Local, LocalDecl, LocalKind, Operand, ParamMode, Phase, Place, Program, RETURN, Rvalue, Stmt, StmtKind,
    TermKind, Terminator, Trap, Ty, TyKind, Unwind,
};

/// A program being built, with its only source file.
pub(crate) struct ProgramBuilder {
    pub(crate) program: Program,
    pub(crate) sources: SourceMap,
    pub(crate) span: Span,
}

impl ProgramBuilder {
    /// Without bodies; `Option` is adt 0.
    pub(crate) fn new() -> Self {
        let mut sources = SourceMap::default();
        let text = "one\ntwo\nthree\n";
        let source = sources.add("test.wyn", text);
        let span = Span::new(source, 4, 7);
        let parameter = Ty::new(TyKind::Param(0, Symbol::new("T")));
        let variant = |name, fields: Vec<Ty>| wyn_hir::Variant {
            name: Symbol::new(name),
            fields: fields.into_iter().map(|ty| wyn_hir::Field { name: None, ty }).collect(),
        };
        let option_adt = Adt {
            name: Symbol::new("Option"),
            path: "prelude.Option".to_owned(),
            kind: AdtKind::Enum,
            generics: vec![wyn_hir::Generic { name: Symbol::new("T"), bounds: Vec::new() }],
            variants: vec![variant("None", Vec::new()), variant("Some", vec![parameter])],
            boxed: false,
            span,
        };
        let mut adts = IndexVec::new();
        let option = adts.push(option_adt);
        let program = Program {
            phase: Phase::Lowered,
            adts,
            option,
            bodies: IndexVec::new(),
            consts: IndexVec::new(),
            main: BodyId(0),
            abilities: Vec::new(),
        };
        Self { program, sources, span }
    }

    /// `T?`.
    pub(crate) fn option(&self, of: Ty) -> Ty {
        Ty::new(TyKind::Adt(self.program.option, Symbol::new("Option"), vec![of]))
    }

    /// Adds a body.
    pub(crate) fn add(&mut self, body: Body) -> BodyId {
        self.program.bodies.push(body)
    }

    /// Compiles to text.
    pub(crate) fn ir(&self, opt: Opt) -> String {
        let options = Options { opt, emit: Emit::Ir, debug_info: true };
        match wyn_codegen::compile(&self.program, &self.sources, &options).unwrap() {
            wyn_codegen::Output::Text(text) => text,
            wyn_codegen::Output::Object(_) => panic!("asked for text"),
        }
    }

    /// Compiles and links.
    pub(crate) fn build(&self, opt: Opt, folder: &Path) -> PathBuf {
        let options = Options { opt, emit: Emit::Object, debug_info: true };
        let wyn_codegen::Output::Object(object) =
            wyn_codegen::compile(&self.program, &self.sources, &options).unwrap()
        else {
            panic!("asked for an object")
        };
        let at = |name: &str| folder.join(name);
        std::fs::write(at("program.o"), object).unwrap();
        std::fs::write(at("runtime.o"), wyn_codegen::embedded::RUNTIME_OBJECT).unwrap();
        let mut cc = Command::new("cc");
        cc.arg("-o").arg(at("program")).arg(at("program.o")).arg(at("runtime.o")).arg("-lm");
        assert!(cc.status().unwrap().success());
        at("program")
    }

    /// Compiles, links and runs.
    pub(crate) fn run(&self, opt: Opt) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let program = self.build(opt, folder.path());
        Command::new(program).env("WYN_WORKERS", "2").output().unwrap()
    }

    /// Runs at every level and compares what is printed.
    #[track_caller]
    pub(crate) fn expect(&self, expected: &str) {
        for opt in [Opt::O0, Opt::O2, Opt::O3] {
            let output = self.run(opt);
            let (out, err) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(out, expected, "at {opt:?}: {:?}\n{err}", output.status);
            assert!(output.status.success(), "at {opt:?}: {:?}\n{err}", output.status);
        }
    }
}

/// A body being built; statements go to the current block.
pub(crate) struct BodyBuilder {
    body: Body,
    current: BlockId,
    span: Span,
}

impl BodyBuilder {
    /// A body with these parameters.
    pub(crate) fn new(span: Span, name: &str, kind: BodyKind, params: &[(Ty, LocalKind)], ret: Ty) -> Self {
        let decl = |ty, kind, name: Option<String>| LocalDecl {
            ty,
            name: name.map(|name| Symbol::new(&name)),
            kind,
            span,
        };
        let mut locals = IndexVec::new();
        locals.push(decl(ret, LocalKind::Return, None));
        for (at, (ty, kind)) in params.iter().enumerate() {
            locals.push(decl(*ty, *kind, Some(format!("p{at}"))));
        }
        let body = Body {
            name: format!("test.{name}"),
            kind,
            generics: 0,
            params: params.len(),
            locals,
            blocks: IndexVec::new(),
            span,
            blames_caller: false,
        };
        let mut builder = Self { body, current: BlockId(0), span };
        builder.current = builder.block();
        builder
    }

    /// A new block, not yet entered.
    pub(crate) fn block(&mut self) -> BlockId {
        let term = Terminator { kind: TermKind::Unreachable, span: self.span };
        self.body.blocks.push(Block { stmts: Vec::new(), term, cleanup: false })
    }

    /// A new cleanup block that releases this local and resumes.
    pub(crate) fn cleanup(&mut self, local: Local) -> BlockId {
        self.cleanup_with(local, |_| ())
    }

    /// The same, with statements before that.
    pub(crate) fn cleanup_with(&mut self, local: Local, first: impl FnOnce(&mut Self)) -> BlockId {
        let back = self.current;
        let block = self.block();
        self.body.blocks.iter_mut().last().unwrap().cleanup = true;
        self.enter(block);
        first(self);
        self.push(StmtKind::Release(local.into()));
        self.end(TermKind::Resume);
        self.enter(back);
        block
    }

    pub(crate) fn enter(&mut self, block: BlockId) {
        self.current = block;
    }

    fn block_mut(&mut self) -> &mut Block {
        let at = self.current.0 as usize;
        self.body.blocks.iter_mut().nth(at).unwrap()
    }

    pub(crate) fn local(&mut self, ty: Ty, name: Option<&str>) -> Local {
        let kind = if name.is_some() { LocalKind::Var } else { LocalKind::Temp };
        self.body.locals.push(LocalDecl { ty, name: name.map(Symbol::new), kind, span: self.span })
    }

    pub(crate) fn push(&mut self, kind: StmtKind) {
        let span = self.span;
        self.block_mut().stmts.push(Stmt { kind, span });
    }

    pub(crate) fn assign(&mut self, to: impl Into<Place>, rvalue: Rvalue) {
        self.push(StmtKind::Assign(to.into(), rvalue));
    }

    /// A new temporary with this value.
    pub(crate) fn temp(&mut self, ty: Ty, rvalue: Rvalue) -> Local {
        let local = self.local(ty, None);
        self.assign(local, rvalue);
        local
    }

    pub(crate) fn intrinsic(&mut self, to: impl Into<Place>, op: Intrinsic, types: Vec<Ty>, args: Vec<Arg>) {
        self.push(StmtKind::Intrinsic(to.into(), op, types, args));
    }

    pub(crate) fn end(&mut self, kind: TermKind) {
        let span = self.span;
        self.block_mut().term = Terminator { kind, span };
    }

    /// Calls and goes on in a new block.
    pub(crate) fn call(&mut self, callee: Callee, args: Vec<Arg>, dest: impl Into<Place>, unwind: Unwind) {
        let next = self.block();
        self.end(TermKind::Call { callee, args, dest: dest.into(), target: Some(next), unwind });
        self.enter(next);
    }

    pub(crate) fn await_future(&mut self, future: Operand, dest: Local, unwind: Unwind) {
        let target = self.block();
        self.end(TermKind::Await { future, task: None, dest: dest.into(), target, unwind });
        self.enter(target);
    }

    /// Checked arithmetic, as lowering writes it.
    pub(crate) fn checked(&mut self, op: BinOp, a: Operand, b: Operand) -> Local {
        let pair = Ty::tuple(vec![Ty::int(), Ty::bool()]);
        let both = self.temp(pair, Rvalue::Checked(op, a, b));
        let target = self.block();
        let cond = copy(Place::local(both).then(wyn_mir::Proj::Field(1)));
        let trap = Trap::Overflow(op);
        self.end(TermKind::Assert { cond, expected: false, trap, target, unwind: None });
        self.enter(target);
        self.temp(Ty::int(), Rvalue::Use(copy(Place::local(both).then(wyn_mir::Proj::Field(0)))))
    }

    /// Prints an integer on a line of its own.
    pub(crate) fn print(&mut self, value: impl Into<Place>) {
        let unit = self.local(Ty::unit(), None);
        let text = self.temp(Ty::string(), Rvalue::Use(Operand::Const(Const::Str(Symbol::new("")))));
        let show = vec![Arg::Mut(text.into()), Arg::Value(copy(value))];
        self.intrinsic(unit, Intrinsic::ShowInt, Vec::new(), show);
        let line = vec![Arg::Value(Operand::Borrow(text.into()))];
        self.intrinsic(unit, Intrinsic::PrintLine, Vec::new(), line);
        self.push(StmtKind::Release(text.into()));
    }

    /// Ends with a return.
    pub(crate) fn finish(mut self) -> Body {
        self.end(TermKind::Return);
        self.body
    }

    /// Ends as it is.
    pub(crate) fn done(self) -> Body {
        self.body
    }
}

pub(crate) fn copy(place: impl Into<Place>) -> Operand {
    Operand::Copy(place.into())
}

pub(crate) fn moved(place: impl Into<Place>) -> Operand {
    Operand::Move(place.into())
}

pub(crate) fn int(value: i128) -> Operand {
    Operand::Const(Const::Int(value, Ty::int()))
}

pub(crate) fn text(value: &str) -> Operand {
    Operand::Const(Const::Str(Symbol::new(value)))
}

pub(crate) fn body(id: BodyId) -> BodyRef {
    BodyRef { body: id, args: Vec::new() }
}

pub(crate) const BORROWED: LocalKind = LocalKind::Param(ParamMode::Borrowed);
pub(crate) const OWNED: LocalKind = LocalKind::Param(ParamMode::Owned);
pub(crate) const MUT: LocalKind = LocalKind::Param(ParamMode::Mut);
pub(crate) const RET: Local = RETURN;
