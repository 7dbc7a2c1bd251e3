//! The beginning and the end of a program.

use std::alloc::{Layout, alloc_zeroed};
use std::ffi::OsStr;
use std::hash::{BuildHasher, RandomState};

use wyn_abi::sync::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use wyn_abi::task::RECORD_BATCH;
use wyn_abi::{
    ABI_VERSION, Fiber, ProgramInfo, ResultKind, StaticText, TaskDescriptor, TaskRecord, WorkerHot,
};
#[cfg(wyn_ablate)]
use wyn_hot::ablation::PATHS;
use wyn_hot::ablation::RECORDS;
use wyn_hot::state::{DONE, State};

use crate::fiber::region::region;
use crate::fiber::{FiberCell, guard};
use crate::leaks;
use crate::object::heap;
use crate::object::walk::everlasting;
use crate::panic;
use crate::sched::appetite::Prober;
use crate::sched::entry::Entry;
use crate::sched::exit::PANICKED;
use crate::sched::global::GlobalQueue;
use crate::sched::idle::Idle;
use crate::sched::monitor::Monitor;
use crate::sched::queues::Queues;
use crate::sched::shake;
use crate::sched::shared::Shared;
use crate::sched::worker::Worker;
use crate::sched::{self, Runtime, stats};
use crate::signals;
use crate::sync::thread;
use crate::task::{self, detach::Detached};
use crate::time::timers::Timers;

/// Workers at most: more than any machine has processors.
const MOST_WORKERS: usize = 1024;
/// As much as the main thread usually has; only touched pages cost memory.
const WORKER_STACK: usize = 8 * 1024 * 1024;

/// See the table.
///
/// # Safety
/// Called once, by the emitted `main`, with its arguments and the program.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_start(
    argc: i32,
    argv: *const *const u8,
    program: *const ProgramInfo,
) -> i32 {
    // SAFETY: by contract; the program is static.
    let program: &'static ProgramInfo = unsafe { &*program };
    if program.abi_version != ABI_VERSION {
        panic::fatal("this program was compiled for another runtime");
    }
    // SAFETY: by contract.
    unsafe { crate::io::start(argc, argv) };
    leaks::prepare();
    guard::install();
    signals::install();
    let processors = processors();
    let count = worker_count().unwrap_or(processors);
    let queues: Vec<Queues> = (0..count).map(|_| Queues::new()).collect();
    let workers =
        queues.iter().enumerate().map(|(index, own)| Shared::new(index as u32, own.stealers())).collect();
    let main = main_record(program);
    let runtime = sched::install(Runtime {
        workers,
        processors: processors.min(count),
        global: GlobalQueue::new(),
        idle: Idle::new(),
        prober: Prober::nobody(),
        timers: Timers::new(count),
        monitor: Monitor::new(),
        detached: Detached::new(),
        shutdown: AtomicBool::new(false),
        program,
        main: AtomicPtr::new(main),
        hash_seed: RandomState::new().hash_one(program as *const ProgramInfo),
    });
    runtime.global.push([Entry::task(main)]);
    run_workers(runtime, queues);
    end(runtime)
}

/// Runs worker 0 on this thread and the others, and the monitor, on theirs; returns when all have stopped.
///
/// What the kernel wants to know of a process comes first: once there are threads it takes an RCU grace period, which
/// is milliseconds, and on a busy machine a tenth of a second. So does address space for fibers: where it is limited, each
/// thread's allocator may take 64 MiB, and how many fibers there can be would depend on who came first.
fn run_workers(runtime: &'static Runtime, queues: Vec<Queues>) {
    crate::fence::available();
    region();
    let mut threads = Vec::new();
    let mut first = None;
    for (shared, queues) in runtime.workers.iter().zip(queues) {
        let life = move || {
            guard::alternate_stack();
            let worker: *mut Worker = Box::leak(Box::new(Worker::new(new_hot(runtime), shared, queues)));
            let program = runtime.program;
            // SAFETY: this thread's worker, which lives as long as the process.
            unsafe {
                heap::open(&raw mut (*worker).hot.heap, program.types, program.type_count as usize);
                Worker::run(worker);
            }
        };
        if shared.index == 0 {
            first = Some(life);
            continue;
        }
        let thread = thread::Builder::new()
            .name(format!("wyn-worker-{}", shared.index))
            .stack_size(WORKER_STACK)
            .spawn(life);
        match thread {
            Ok(thread) => threads.push(thread),
            Err(error) => panic::fatal(&format!("cannot start a worker thread: {error}")),
        }
    }
    let monitor = thread::Builder::new()
        .name("wyn-monitor".to_owned())
        .stack_size(128 * 1024)
        .spawn(move || Monitor::run(runtime));
    match monitor {
        Ok(thread) => threads.push(thread),
        Err(error) => panic::fatal(&format!("cannot start the monitor thread: {error}")),
    }
    threads.extend(shake::start(runtime));
    if let Some(life) = first {
        life();
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// The fast paths' part of a new worker.
fn new_hot(runtime: &'static Runtime) -> WorkerHot {
    #[cfg(wyn_ablate)]
    let ablated = ablated();
    #[cfg(not(wyn_ablate))]
    let ablated = 0;
    WorkerHot {
        record_free: std::ptr::null_mut(),
        // A list that is empty and full at once is never used.
        record_free_len: if ablated & RECORDS == 0 { task::slab::first_len() } else { RECORD_BATCH },
        private_base: std::ptr::null_mut(),
        private_top: AtomicUsize::new(0),
        private_capacity: 0,
        spawned: AtomicU64::new(0),
        inline: AtomicU64::new(0),
        // The first spawn looks whether somebody has nothing to do.
        tasks_wanted: AtomicU32::new(1),
        private_bottom: 0,
        oldest_first: false,
        scope_free: std::ptr::null_mut(),
        scope_free_len: task::scope::first_len(),
        told: task::cancel::number_told(),
        program: runtime.program,
        hash_seed: runtime.hash_seed,
        // SAFETY: all zeroes is a closed heap.
        heap: unsafe { std::mem::zeroed() },
        latent: AtomicU64::new(0),
        #[cfg(wyn_ablate)]
        ablated,
    }
}

/// The fast paths that `WYN_ABLATE` names.
#[cfg(wyn_ablate)]
fn ablated() -> u32 {
    let names = std::env::var("WYN_ABLATE").unwrap_or_default();
    let bit = |name: &str| match PATHS.iter().find(|(path, _)| *path == name) {
        Some((_, bit)) => *bit,
        None => panic::fatal(&format!("WYN_ABLATE: there is no fast path called {name}")),
    };
    names.split(',').filter(|name| !name.is_empty()).map(bit).sum()
}

fn main_record(program: &'static ProgramInfo) -> *mut TaskRecord {
    // SAFETY: the layout has a size; zero is a free record.
    unsafe {
        let record = alloc_zeroed(Layout::new::<TaskRecord>()).cast::<TaskRecord>();
        if record.is_null() {
            panic::fatal("out of memory");
        }
        // The constants come first, inside the same catch pad and on the same fiber.
        let mut desc = TaskDescriptor { entry: constants_then_main, ..std::ptr::read(program.main) };
        // Nobody spawned it.
        desc.name = StaticText::new("main");
        desc.spawned_at.line = 0;
        task::main_record(record, Box::leak(Box::new(desc)));
        record
    }
}

/// The entry of the main task.
unsafe extern "C-unwind" fn constants_then_main(fiber: *mut Fiber, record: *mut TaskRecord) {
    // SAFETY: called as the compiler's entries are, with a program that lives as long as the process.
    unsafe {
        let program = (*(*fiber).worker).program;
        if let Some(init) = (*program).init {
            init(fiber);
        }
        ((*(*program).main).entry)(fiber, record);
    }
}

/// The program's exit code: `main` has ended, and detached tasks have, or are about to be abandoned.
pub(crate) fn exit_code(runtime: &Runtime) -> i32 {
    if runtime.detached.have_failed() {
        return PANICKED;
    }
    // ORDER: Relaxed; written before anything ran.
    let main = runtime.main.load(Ordering::Relaxed);
    // SAFETY: the record is never freed, and is completed.
    let (state, desc, result) =
        unsafe { (State(&(*main).state).load(), &*(*main).desc, (*main).payload[0] as i64) };
    match (state.phase(), desc.result) {
        (DONE, ResultKind::Int) => result as i32,
        (DONE, _) => 0,
        _ => PANICKED,
    }
}

/// All workers have stopped: exit code, output, checks.
fn end(runtime: &'static Runtime) -> i32 {
    let mut code = exit_code(runtime);
    crate::io::flush();
    if leaks::wanted() {
        code = check_leaks(runtime).unwrap_or(code);
    }
    stats::report();
    code
}

/// Drops what the objects in module constants hold, then says what is left; gives the exit code if that is anything.
fn check_leaks(runtime: &'static Runtime) -> Option<i32> {
    let worker = Worker::new(new_hot(runtime), &runtime.workers[0], Queues::new());
    let worker: *mut Worker = Box::leak(Box::new(worker));
    let program = runtime.program;
    // SAFETY: all workers have stopped; worker and fiber are fresh, and run nothing but this.
    unsafe {
        heap::open(&raw mut (*worker).hot.heap, program.types, program.type_count as usize);
        let fiber = FiberCell::create(&mut region().take_slots(1));
        (*fiber).hot.worker = &raw mut (*worker).hot;
        everlasting::empty(fiber.cast());
        leaks::check(runtime, worker, fiber.cast())
    }
}

/// Workers: as many as `WYN_WORKERS` says, if it says something.
fn worker_count() -> Option<usize> {
    let text = std::env::var_os("WYN_WORKERS").filter(|text| !text.is_empty())?;
    match parse_workers(&text) {
        Some(count) => Some(count),
        None => panic::fatal("WYN_WORKERS must be a number from 1 to 1024"),
    }
}

/// How many processors are available to the process: as many workers there are, if nobody says how many.
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS)
}

fn parse_workers(text: &OsStr) -> Option<usize> {
    text.to_str()?.parse().ok().filter(|count| (1..=MOST_WORKERS).contains(count))
}
