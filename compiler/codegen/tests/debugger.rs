//! What gdb shows of a program: functions by their paths, lines, parameters and locals.

mod support;

use std::process::Command;

use support::{BORROWED, BodyBuilder, ProgramBuilder, RET, body, copy, int, text};
use wyn_codegen::Opt;
use wyn_mir::{Arg, BinOp, BodyId, BodyKind, Callee, Local, Rvalue, Ty};

/// What gdb says to these commands; nothing where there is no gdb.
fn gdb(p: &ProgramBuilder, opt: Opt, commands: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let program = p.build(opt, folder.path());
    let mut gdb = Command::new("gdb");
    gdb.args(["-q", "-nx", "-batch"]).env("WYN_WORKERS", "1");
    gdb.args(commands.iter().flat_map(|command| ["-ex", command])).arg(program);
    match gdb.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            eprintln!("no gdb, nothing tested: {error}");
            None
        }
    }
}

#[test]
fn functions_parameters_and_locals_have_names() {
    let mut p = ProgramBuilder::new();
    let mut b = BodyBuilder::new(p.span, "main", BodyKind::Task, &[], Ty::unit());
    let n = b.local(Ty::int(), None);
    let args = vec![Arg::Value(int(21)), Arg::Value(text("seen"))];
    b.call(Callee::Body(body(BodyId(1))), args, n, None);
    b.print(n);
    p.add(b.finish());
    let params = [(Ty::int(), BORROWED), (Ty::string(), BORROWED)];
    let mut b = BodyBuilder::new(p.span, "twice", BodyKind::Fn, &params, Ty::int());
    let sum = b.checked(BinOp::Add, copy(Local(1)), copy(Local(1)));
    let doubled = b.local(Ty::int(), Some("doubled"));
    b.assign(doubled, Rvalue::Use(copy(sum)));
    b.assign(RET, Rvalue::Use(copy(doubled)));
    p.add(b.finish());

    let commands = ["break 'test.twice'", "run", "info args", "print *p1", "info locals", "backtrace"];
    let Some(said) = gdb(&p, Opt::O0, &commands) else { return };
    for expected in
        ["test.wyn, line 2", "p0 = 21", "len = 4", "doubled = ", "#0  test.twice (p0=21", "in test.main ()"]
    {
        assert!(said.contains(expected), "no `{expected}` in:\n{said}");
    }
    // Optimised, `twice` is gone, but its lines are not.
    let Some(said) = gdb(&p, Opt::O2, &["info line test.wyn:2"]) else { return };
    assert!(said.contains("Line 2 of \"test.wyn\" starts at address"), "{said}");
}
