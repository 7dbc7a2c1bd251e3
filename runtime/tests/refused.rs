//! What the kernel refuses: each program runs behind a filter that makes one call to the system fail, from the start or
//! from some moment on. It does without, or ends with one line that says what could not be had.
//!
//! There is no `epoll` in the runtime: who waits for a file has a thread. That a kernel without it, and without `poll`, changes
//! nothing is tried all the same.

#![cfg(not(any(wyn_loom, wyn_shuttle)))]
#![allow(clippy::undocumented_unsafe_blocks, reason = "programs keep the contracts of the rows throughout")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use support::programs::*;
use support::*;
use wyn_abi::channel::Channel;
use wyn_abi::{Fiber, TaskDescriptor, TaskRecord};
use wyn_runtime::channel::exports::{wyn_receiver_release, wyn_sender_release};
use wyn_runtime::hot::object::wyn_release;
use wyn_runtime::io::blocking;
use wyn_runtime::io::fs::wyn_fs_read;
use wyn_runtime::io::stdin::wyn_read_line;
use wyn_runtime::object::string::{new_string, text_of};

/// The exit code of a runtime that cannot go on.
const GIVES_UP: i32 = 103;
/// On how many workers programs run.
const WORKERS: [usize; 3] = [1, 2, 64];
const MADV_GUARD_INSTALL: u32 = 102;

/// A call whose third argument, if one is named, has this value.
struct Refused {
    call: libc::c_long,
    third: Option<u32>,
    error: i32,
}

/// Lets the kernel refuse a call from here on, on all threads. A system that has no such filters ends the child as skipped.
fn refuse(refused: &Refused) {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    const NUMBER: u32 = 0;
    /// Low half of the third argument in `seccomp_data`.
    const THIRD: u32 = 32;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let mut filter = [
        step(LOAD, 0, 0, NUMBER),
        step(EQUAL, 0, 3, refused.call as u32),
        step(LOAD, 0, 0, THIRD),
        step(EQUAL, 0, 1, refused.third.unwrap_or(0)),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | refused.error as u32),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    if refused.third.is_none() {
        // Equal or not.
        filter[3].jf = 0;
    }
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    let installed = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                libc::SECCOMP_FILTER_FLAG_TSYNC,
                &raw const program,
            ) == 0
    };
    if !installed {
        eprintln!("no filters here");
        unsafe { libc::_exit(SKIPPED) };
    }
}

const SKIPPED: i32 = 77;

/// Runs the program with this refused from the start; gives how it ended, or nothing where there are no filters.
fn behind(refused: &[Refused], test: &str, workers: usize, main: Entry) -> Option<Ended> {
    if std::env::var_os("WYN_TEST_CHILD").is_some() {
        refused.iter().for_each(refuse);
    }
    let ended = child(test, workers, main);
    (ended.code != Some(SKIPPED)).then_some(ended)
}

fn gives_up(ended: &Ended, reason: &str) {
    assert_eq!(ended.code, Some(GIVES_UP), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.starts_with("wyn: ") && ended.stderr.contains(reason), "{}", ended.stderr);
}

/// How many tasks have come to where they wait.
static WAITING: AtomicU64 = AtomicU64::new(0);

/// Receives one message.
unsafe extern "C-unwind" fn receives(fiber: *mut Fiber, record: *mut TaskRecord) {
    unsafe {
        let rx = (*record).payload[0] as *mut Channel;
        WAITING.fetch_add(1, Relaxed);
        let value = recv(fiber, rx);
        check(value.is_some());
        wyn_receiver_release(fiber, rx);
        (*record).payload[0] = value.unwrap_or(0);
    }
}
static RECEIVES: TaskDescriptor = task("receives", receives);

/// So many tasks wait for a message each, and get it.
unsafe fn serve(fiber: *mut Fiber, tasks: u64) {
    unsafe {
        let chan = channel(fiber, 0);
        let mut futures = Vec::new();
        WAITING.store(0, Relaxed);
        for _ in 0..tasks {
            futures.push(spawn(fiber, &RECEIVES, [copy_receiver(fiber, chan), 0, 0, 0]));
        }
        // All but one for each worker are blocked then, and those are about to.
        while WAITING.load(Relaxed) < tasks {
            wyn_runtime::time::wyn_sleep(fiber, 1_000_000, &raw const NOWHERE);
        }
        for n in 0..tasks {
            send(fiber, chan, n);
        }
        let sum: u64 = futures.into_iter().map(|future| take(fiber, future)).sum();
        check(sum == tasks * (tasks - 1) / 2);
        wyn_sender_release(fiber, chan);
        wyn_receiver_release(fiber, chan);
    }
}

#[test]
fn without_membarrier_channels_take_their_locks() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            for _ in 0..20 {
                serve(fiber, 50);
            }
            (*record).payload[0] = 0;
        }
    }
    let refused = [Refused { call: libc::SYS_membarrier, third: None, error: libc::ENOSYS }];
    for workers in WORKERS {
        let ended = behind(&refused, "without_membarrier_channels_take_their_locks", workers, main);
        if let Some(ended) = ended {
            assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
        }
    }
}

#[test]
fn without_cheap_guards_many_tasks_block_all_the_same() {
    // More than have a guard then.
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            serve(fiber, 17_000);
            (*record).payload[0] = 0;
        }
    }
    let third = Some(MADV_GUARD_INSTALL);
    let refused = [Refused { call: libc::SYS_madvise, third, error: libc::EINVAL }, NO_ADVICE];
    for workers in WORKERS {
        let ended = behind(&refused, "without_cheap_guards_many_tasks_block_all_the_same", workers, main);
        if let Some(ended) = ended {
            assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
        }
    }
}

/// The kernel takes no advice on pages of several stacks in one call.
const NO_ADVICE: Refused = Refused { call: libc::SYS_process_madvise, third: None, error: libc::EBADF };

#[test]
fn without_advice_on_many_pages_many_tasks_block_all_the_same() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            serve(fiber, 3_000);
            (*record).payload[0] = 0;
        }
    }
    let test = "without_advice_on_many_pages_many_tasks_block_all_the_same";
    for workers in WORKERS {
        if let Some(ended) = behind(&[NO_ADVICE], test, workers, main) {
            assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
        }
    }
}

#[test]
fn advice_on_many_pages_may_be_refused_at_any_time() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            serve(fiber, 500);
            // Stacks are prepared several at a time by now, and more are wanted.
            refuse(&NO_ADVICE);
            serve(fiber, 3_000);
            (*record).payload[0] = 0;
        }
    }
    for workers in WORKERS {
        let ended = child("advice_on_many_pages_may_be_refused_at_any_time", workers, main);
        assert!([Some(0), Some(SKIPPED)].contains(&ended.code), "on {workers} workers: {}", ended.stderr);
    }
}

/// No thread can be made.
fn no_threads() -> [Refused; 2] {
    [libc::SYS_clone3, libc::SYS_clone].map(|call| Refused { call, third: None, error: libc::EAGAIN })
}

#[test]
fn without_threads_a_program_does_not_begin() {
    unsafe extern "C-unwind" fn main(_: *mut Fiber, _: *mut TaskRecord) {
        check(false);
    }
    // With one worker it is the monitor's thread that cannot be made.
    for workers in [1, 2] {
        let ended = behind(&no_threads(), "without_threads_a_program_does_not_begin", workers, main);
        if let Some(ended) = ended {
            gives_up(&ended, "cannot start");
        }
    }
}

#[test]
fn without_more_threads_one_makes_all_blocking_calls() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            check(blocking::foreign(fiber, || 7) == 7);
            // The thread that made the first call is there, and makes this one.
            no_threads().iter().for_each(refuse);
            check(blocking::foreign(fiber, || 8) == 8);
            let all = [&CALLS; 3].map(|desc| spawn(fiber, desc, [0; 4]));
            for one in all {
                check(take(fiber, one) == 1);
            }
            (*record).payload[0] = 0;
        }
    }
    unsafe extern "C-unwind" fn calls(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe { (*record).payload[0] = blocking::foreign(fiber, || 1) }
    }
    static CALLS: TaskDescriptor = task("calls", calls);
    // One thread serves all.
    let ended = child("without_more_threads_one_makes_all_blocking_calls", 2, main);
    assert!([Some(0), Some(SKIPPED)].contains(&ended.code), "{}", ended.stderr);
}

#[test]
fn without_any_thread_a_blocking_call_says_so() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, _: *mut TaskRecord) {
        unsafe {
            no_threads().iter().for_each(refuse);
            blocking::foreign(fiber, || ());
            check(false);
        }
    }
    let ended = child("without_any_thread_a_blocking_call_says_so", 2, main);
    if ended.code != Some(SKIPPED) {
        gives_up(&ended, "cannot start a thread for a blocking call");
    }
}

/// Lines in all, of which each task reads some.
const LINES: u64 = 1000;

/// Puts a pipe where the standard input is; a thread of its own writes lines there, from the middle on without blocking for
/// those who read.
fn input_that_comes_slowly() {
    let mut ends = [0; 2];
    unsafe {
        check(libc::pipe(ends.as_mut_ptr()) == 0);
        check(libc::dup2(ends[0], libc::STDIN_FILENO) == libc::STDIN_FILENO);
    }
    let write = move || {
        for n in 0..LINES {
            if n == LINES / 2 {
                check(unsafe { libc::fcntl(libc::STDIN_FILENO, libc::F_SETFL, libc::O_NONBLOCK) } == 0);
            }
            check(unsafe { libc::write(ends[1], b"line\n".as_ptr().cast(), 5) } == 5);
            if n % 50 == 0 {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
        unsafe { libc::close(ends[1]) };
    };
    std::thread::spawn(write);
}

#[test]
fn without_polling_input_is_read_all_the_same() {
    unsafe extern "C-unwind" fn reads(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            let mut lines = 0;
            loop {
                let line = wyn_read_line(fiber, &raw const NOWHERE);
                wyn_release(fiber, line.value.cast());
                if line.status != 0 {
                    break;
                }
                lines += 1;
            }
            (*record).payload[0] = lines;
        }
    }
    static READS: TaskDescriptor = task("reads", reads);
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        unsafe {
            input_that_comes_slowly();
            let all = [&READS; 4].map(|desc| spawn(fiber, desc, [0; 4]));
            serve(fiber, 50);
            check(all.map(|one| take(fiber, one)).iter().sum::<u64>() == LINES);
            (*record).payload[0] = 0;
        }
    }
    let polling = [
        libc::SYS_epoll_create,
        libc::SYS_epoll_create1,
        libc::SYS_poll,
        libc::SYS_ppoll,
        libc::SYS_select,
        libc::SYS_pselect6,
    ];
    let refused = polling.map(|call| Refused { call, third: None, error: libc::EMFILE });
    for workers in WORKERS {
        let ended = behind(&refused, "without_polling_input_is_read_all_the_same", workers, main);
        if let Some(ended) = ended {
            assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
        }
    }
}

#[test]
fn without_a_bell_waiting_for_a_pipe_fails() {
    unsafe extern "C-unwind" fn main(fiber: *mut Fiber, record: *mut TaskRecord) {
        let path = std::env::temp_dir().join(format!("wyn-pipe-{}", std::process::id()));
        let name = std::ffi::CString::new(path.to_str().expect("text")).expect("no zero");
        unsafe {
            check(libc::mkfifo(name.as_ptr(), 0o600) == 0);
            let path = new_string(fiber, path.to_str().expect("text"));
            let read = wyn_fs_read(fiber, path, &raw const NOWHERE);
            check(read.status != 0 && text_of(read.value).contains("too many open files"));
            wyn_release(fiber, read.value.cast());
            wyn_release(fiber, path.cast());
            check(libc::unlink(name.as_ptr()) == 0);
            (*record).payload[0] = 0;
        }
    }
    for workers in WORKERS {
        let refused = [Refused { call: libc::SYS_eventfd2, third: None, error: libc::EMFILE }];
        if let Some(ended) = behind(&refused, "without_a_bell_waiting_for_a_pipe_fails", workers, main) {
            assert_eq!(ended.code, Some(0), "on {workers} workers: {}", ended.stderr);
        }
    }
}
