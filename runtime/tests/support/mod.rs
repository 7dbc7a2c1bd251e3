//! Programs written in Rust against the runtime's ABI, as the compiler would emit them.
//!
//! A process runs one program, so each test runs itself again as a child with `WYN_TEST_CHILD` set, and looks at
//! what the child printed and how it ended.

#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

#[cfg(wyn_shuttle)]
pub mod exploration;
pub mod programs;

use std::arch::global_asm;
use std::mem::offset_of;
use std::process::{Command, Output};

use wyn_abi::object::{ArrayObject, ObjectHeader, STRING_TYPE, TypeDescriptor, TypeKind};
use wyn_abi::{
    ABI_VERSION, Fiber, Location, ProgramInfo, ResultKind, SpawnMode, StaticText, TaskDescriptor, TaskRecord,
};

pub type Entry = unsafe extern "C-unwind" fn(*mut Fiber, *mut TaskRecord);

// The program's catch pad, as the compiler emits it: calls the task's entry; null after a normal return, else the
// exception.
global_asm!(
    ".text",
    ".globl wyn_test_invoke",
    ".type wyn_test_invoke, @function",
    "wyn_test_invoke:",
    ".cfi_startproc",
    ".cfi_personality 0x9b, DW.ref.wyn_personality",
    ".cfi_lsda 0x1b, .Ltest_lsda",
    "push rbx",
    ".cfi_def_cfa_offset 16",
    ".cfi_offset rbx, -16",
    "mov rax, [rsi + {desc}]",
    "mov rax, [rax + {entry}]",
    ".Ltest_call:",
    "call rax",
    ".Ltest_called:",
    "xor eax, eax",
    "pop rbx",
    ".cfi_remember_state",
    ".cfi_def_cfa_offset 8",
    "ret",
    ".cfi_restore_state",
    ".Ltest_pad:",
    "pop rbx",
    ".cfi_def_cfa_offset 8",
    "ret",
    ".cfi_endproc",
    ".size wyn_test_invoke, . - wyn_test_invoke",
    ".section .gcc_except_table, \"a\", @progbits",
    ".Ltest_lsda:",
    ".byte 0xff",
    ".byte 0xff",
    ".byte 0x01",
    ".uleb128 .Ltest_sites_end - .Ltest_sites",
    ".Ltest_sites:",
    ".uleb128 .Ltest_call - wyn_test_invoke",
    ".uleb128 .Ltest_called - .Ltest_call",
    ".uleb128 .Ltest_pad - wyn_test_invoke",
    ".uleb128 1",
    ".Ltest_sites_end:",
    ".byte 1",
    ".byte 0",
    ".hidden DW.ref.wyn_personality",
    ".weak DW.ref.wyn_personality",
    ".section .data.DW.ref.wyn_personality, \"awG\", @progbits, DW.ref.wyn_personality, comdat",
    ".balign 8",
    ".type DW.ref.wyn_personality, @object",
    ".size DW.ref.wyn_personality, 8",
    "DW.ref.wyn_personality:",
    ".quad wyn_personality",
    ".text",
    desc = const offset_of!(TaskRecord, desc),
    entry = const offset_of!(TaskDescriptor, entry),
);

unsafe extern "C-unwind" {
    fn wyn_test_invoke(fiber: *mut Fiber, record: *mut TaskRecord) -> *mut u8;
}

pub static NOWHERE: Location = Location {
    file: StaticText::new("test.wyn"),
    line: 7,
    column: 3,
    function: StaticText::new("test"),
    operation: StaticText::new(""),
};

/// The only type of these programs.
static STRING: TypeDescriptor = TypeDescriptor {
    name: StaticText::new("string"),
    kind: TypeKind::Array,
    flags: 0,
    elem_size: 1,
    drop: None,
    retain: None,
    mark: None,
    empty: ArrayObject { header: ObjectHeader::immortal(STRING_TYPE as u16), len: 0, cap: 0 },
};

/// A descriptor with an `int` result.
pub const fn task(name: &'static str, entry: Entry) -> TaskDescriptor {
    TaskDescriptor {
        entry,
        drop_args: None,
        drop_result: None,
        mark_result: None,
        args_size: 32,
        result_size: 8,
        result: ResultKind::Int,
        mode: SpawnMode::Joined,
        name: StaticText::new(name),
        spawned_at: Location {
            file: StaticText::new("test.wyn"),
            line: 12,
            column: 1,
            function: StaticText::new("main"),
            operation: StaticText::new(""),
        },
    }
}

/// Runs a program whose `main` is this; never returns.
pub fn run_program(main: Entry) -> ! {
    let mut desc = task("main", main);
    desc.spawned_at.line = 0;
    let program = ProgramInfo {
        abi_version: ABI_VERSION,
        type_count: 1,
        types: &raw const STRING,
        invoke: wyn_test_invoke,
        init: None,
        main: Box::leak(Box::new(desc)),
    };
    let program: &'static ProgramInfo = Box::leak(Box::new(program));
    // Whatever the one who runs the tests ignores.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
    let life =
        move || std::process::exit(unsafe { wyn_runtime::start::wyn_start(0, std::ptr::null(), program) });
    #[cfg(wyn_shuttle)]
    exploration::run(life);
    #[cfg(not(wyn_shuttle))]
    life()
}

/// Far more than any of these programs takes on a loaded machine.
fn hangs_after() -> u32 {
    if is_full() { 3600 } else { 240 }
}

/// Whether programs do as much as finds rare mistakes.
pub fn is_full() -> bool {
    std::env::var("WYN_STRESS").is_ok_and(|value| value == "full")
}

/// How a child ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stderr: String,
}

/// In the child, runs the program; in the parent, runs the test again as a child with so many workers.
pub fn child(test: &str, workers: usize, main: Entry) -> Ended {
    child_with(test, workers, main, &[])
}

pub fn child_with(test: &str, workers: usize, main: Entry, env: &[(&str, &str)]) -> Ended {
    if std::env::var_os("WYN_TEST_CHILD").is_some() {
        // A hang becomes a failure: SIGALRM ends the child without a code.
        unsafe { libc::alarm(hangs_after()) };
        run_program(main);
    }
    let Output { status, stderr, .. } = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("WYN_TEST_CHILD", "1")
        .env("WYN_WORKERS", workers.to_string())
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    Ended { code: status.code(), stderr }
}

/// Runs a program that must end with 0 on 1, 2 and 8 workers.
pub fn must_succeed(test: &str, main: Entry) {
    for workers in [1, 2, 8] {
        let ended = child(test, workers, main);
        assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
    }
}

/// Spawns a task with these arguments.
pub unsafe fn spawn(fiber: *mut Fiber, desc: &'static TaskDescriptor, args: [u64; 4]) -> *mut TaskRecord {
    unsafe {
        let record = wyn_runtime::hot::task::wyn_task_new(fiber, desc);
        (*record).payload = args;
        wyn_runtime::hot::task::wyn_task_submit(fiber, record);
        record
    }
}

/// Awaits a task whose only handle this is, and takes its result.
pub unsafe fn take(fiber: *mut Fiber, record: *mut TaskRecord) -> u64 {
    unsafe {
        wyn_runtime::hot::task::wyn_await(fiber, record, &raw const NOWHERE);
        let result = (*record).payload[0];
        wyn_runtime::hot::task::wyn_future_free_taken(fiber, record);
        result
    }
}

/// Ends the child as failed unless the condition holds: a Rust panic must not unwind through a fiber.
#[track_caller]
pub fn check(condition: bool) {
    if !condition {
        eprintln!("check failed at {}", std::panic::Location::caller());
        std::process::exit(1);
    }
}
