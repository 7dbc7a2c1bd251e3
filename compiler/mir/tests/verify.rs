//! The verifier finds what it promises to find: each test breaks one rule of a body that is right.

use wyn_base::{IndexVec, SourceId, Span};
use wyn_mir::verify::verify;
use wyn_mir::{
    Adt, AdtId, BinOp, Block, BlockId, Body, BodyId, BodyKind, Callee, Const, ENTRY, Intrinsic, Local,
    LocalDecl, LocalKind, Operand, Phase, Program, RETURN, Rvalue, Stmt, StmtKind, TermKind, Terminator, Ty,
};

const TEXT: Local = Local(1);
const COPY: Local = Local(2);

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn block(stmts: Vec<StmtKind>, term: TermKind, cleanup: bool) -> Block {
    let stmts = stmts.into_iter().map(|kind| Stmt { kind, span: span() }).collect();
    Block { stmts, term: Terminator { kind: term, span: span() }, cleanup }
}

/// `fn main() -> int`: shows 1 in a string, copies the string, returns 0.
fn program() -> Program {
    let decl = |ty, kind| LocalDecl { ty, name: None, kind, span: span() };
    let locals = [
        decl(Ty::int(), LocalKind::Return),
        decl(Ty::string(), LocalKind::Var),
        decl(Ty::string(), LocalKind::Var),
        decl(Ty::unit(), LocalKind::Temp),
    ];
    let one = Operand::Const(Const::Int(1, Ty::int()));
    let show = TermKind::Call {
        callee: Callee::Intrinsic(Intrinsic::Show, vec![Ty::int()]),
        args: vec![wyn_mir::Arg::Mut(TEXT.into()), wyn_mir::Arg::Value(one.clone())],
        dest: Local(3).into(),
        target: Some(BlockId(1)),
        unwind: Some(BlockId(2)),
    };
    let empty = Rvalue::Use(Operand::Const(Const::Str("".into())));
    let blocks = [
        block(vec![StmtKind::Assign(TEXT.into(), empty)], show, false),
        block(
            vec![
                StmtKind::Assign(COPY.into(), Rvalue::Use(Operand::Copy(TEXT.into()))),
                StmtKind::Assign(RETURN.into(), Rvalue::Use(one)),
            ],
            TermKind::Return,
            false,
        ),
        block(Vec::new(), TermKind::Resume, true),
    ];
    let body = Body {
        name: "main".into(),
        kind: BodyKind::Fn,
        generics: 0,
        params: 0,
        locals: locals.into_iter().collect(),
        blocks: blocks.into_iter().collect(),
        span: span(),
        blames_caller: false,
    };
    Program {
        phase: Phase::Built,
        adts: IndexVec::<AdtId, Adt>::new(),
        option: AdtId(0),
        bodies: [body].into_iter().collect(),
        consts: IndexVec::new(),
        main: BodyId(0),
        abilities: Vec::new(),
    }
}

/// The only fault of the program after a change.
fn fault(change: impl FnOnce(&mut Program, &mut Body)) -> String {
    let mut program = program();
    let mut body = program.bodies[BodyId(0)].clone();
    change(&mut program, &mut body);
    program.bodies[BodyId(0)] = body;
    let faults = verify(&program);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].clone()
}

#[test]
fn a_body_that_is_right_has_no_fault() {
    assert_eq!(verify(&program()), Vec::<String>::new());
}

#[test]
fn what_is_read_was_written_on_every_path() {
    let found = fault(|_, body| {
        body.blocks[ENTRY].stmts.clear();
        body.blocks[ENTRY].term.kind = TermKind::Goto(BlockId(1));
    });
    assert_eq!(found, "main bb1[0]: reads _1, which may hold nothing");
}

#[test]
fn what_was_moved_away_is_not_read_again() {
    let found = fault(|_, body| {
        let moved = StmtKind::Assign(COPY.into(), Rvalue::Use(Operand::Move(TEXT.into())));
        body.blocks[BlockId(1)].stmts.insert(0, Stmt { kind: moved, span: span() });
    });
    assert_eq!(found, "main bb1[1]: reads _1, which may hold nothing");
}

#[test]
fn types_agree() {
    let found = fault(|_, body| {
        let value = Rvalue::Use(Operand::Copy(TEXT.into()));
        body.blocks[BlockId(1)].stmts[1].kind = StmtKind::Assign(RETURN.into(), value);
    });
    assert_eq!(found, "main bb1[1]: assigns string where int should be");
}

#[test]
fn only_primitives_compare_by_an_instruction() {
    let found = fault(|_, body| {
        let flag = LocalDecl { ty: Ty::bool(), name: None, kind: LocalKind::Temp, span: span() };
        let flag = body.locals.push(flag);
        let text = || Operand::Borrow(TEXT.into());
        let kind = StmtKind::Assign(flag.into(), Rvalue::Binary(BinOp::Eq, text(), text()));
        body.blocks[BlockId(1)].stmts.push(Stmt { kind, span: span() });
    });
    assert_eq!(found, "main bb1[2]: Eq of string");
}

#[test]
fn unwinding_leads_to_cleanup() {
    let found = fault(|_, body| body.blocks[BlockId(2)] = block(Vec::new(), TermKind::Unreachable, false));
    assert_eq!(found, "main bb0[end]: bb2 is on the wrong side of unwinding");
}

#[test]
fn structural_operations_are_derived_in_owned() {
    let found = fault(|program, _| program.phase = Phase::Owned);
    assert_eq!(found, "main bb0[end]: `$show` is not derived");
}

#[test]
fn counted_values_are_retained_not_copied() {
    let found = fault(|program, body| {
        program.phase = Phase::Counted;
        body.blocks[ENTRY].term.kind = TermKind::Goto(BlockId(1));
    });
    assert_eq!(found, "main bb1[0]: copies a counted value without a retain");
}

#[test]
fn scopes_end_only_in_built() {
    let found = fault(|program, body| {
        program.phase = Phase::Owned;
        let ends = Stmt { kind: StmtKind::ScopeEnd(TEXT), span: span() };
        body.blocks[ENTRY].stmts.push(ends);
        body.blocks[ENTRY].term.kind = TermKind::Goto(BlockId(1));
    });
    assert_eq!(found, "main bb0[1]: ends a scope after Built");
}
