//! What the channel's fast paths become when they are inlined with an element size that is a constant: the ring is
//! indexed with an AND mask, nothing is divided, and there is a way through without any call.
//!
//! rustc stands in for the compiler here: the same source, the same LLVM. The compiler's own tests look at the IR of
//! real programs.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const PROBE: &str = r#"
#![no_std]
#[path = "CHANNEL"]
pub mod channel;
use channel::{wyn_recv, wyn_send};
use wyn_abi::channel::Channel;
use wyn_abi::{Fiber, Location};

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn send_word(fiber: *mut Fiber, channel: *mut Channel, mut value: u64, at: *const Location) {
    unsafe { wyn_send(fiber, channel, (&raw mut value).cast(), 8, at) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn send_three(fiber: *mut Fiber, channel: *mut Channel, value: *mut [u64; 3], at: *const Location) {
    unsafe { wyn_send(fiber, channel, value.cast(), 24, at) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn recv_word(fiber: *mut Fiber, channel: *mut Channel, out: *mut u64, at: *const Location) -> bool {
    unsafe { wyn_recv(fiber, channel, out.cast(), 8, at) }
}
"#;

fn rustc(dir: &Path, arguments: &[&str]) {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .current_dir(dir)
        .args(["--edition", "2024", "--crate-type", "lib", "-C", "opt-level=3", "--cap-lints", "allow"])
        .args(arguments)
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The probe's functions as LLVM IR.
fn probe() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("channel_ir");
    std::fs::create_dir_all(&dir).unwrap();
    let path = |p: PathBuf| p.to_str().unwrap().to_owned();
    rustc(&dir, &["--crate-name", "wyn_abi", &path(here.join("../abi/src/lib.rs"))]);
    let source = PROBE.replace("CHANNEL", &path(here.join("src/channel.rs")));
    std::fs::write(dir.join("probe.rs"), source).unwrap();
    rustc(
        &dir,
        &["--emit", "llvm-ir", "-C", "codegen-units=1", "--extern", "wyn_abi=libwyn_abi.rlib", "probe.rs"],
    );
    std::fs::read_to_string(dir.join("probe.ll")).unwrap()
}

/// The lines of a function, by block.
fn blocks<'a>(ir: &'a str, function: &str) -> (Vec<&'a str>, HashMap<&'a str, Vec<&'a str>>) {
    let start = ir.find(&format!("@{function}(")).expect("the probe is there");
    let body = &ir[start..start + ir[start..].find("\n}").unwrap()];
    let lines: Vec<&str> = body.lines().skip(1).collect();
    let mut blocks: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut label = "start";
    for &line in &lines {
        match line.split_once(':') {
            Some((name, _)) if !line.starts_with(' ') => label = name,
            _ => blocks.entry(label).or_default().push(line),
        }
    }
    (lines, blocks)
}

fn calls(line: &str) -> bool {
    (line.contains("call ") || line.contains("invoke ")) && !line.contains("@llvm.")
}

/// Whether a return is reached from the entry through blocks that call nothing.
fn returns_without_a_call(blocks: &HashMap<&str, Vec<&str>>) -> bool {
    let (mut seen, mut work) = (HashSet::new(), vec!["start"]);
    while let Some(label) = work.pop() {
        let block = &blocks[label];
        if !seen.insert(label) || block.iter().any(|line| calls(line)) {
            continue;
        }
        let last = block.iter().rev().find(|line| !line.trim().is_empty()).unwrap();
        if last.trim_start().starts_with("ret ") {
            return true;
        }
        let targets = last.split("label %").skip(1);
        work.extend(targets.map(|rest| rest.split([',', ' ', ']']).next().unwrap()));
    }
    false
}

#[test]
fn the_ring_is_indexed_with_a_mask_and_the_fast_path_calls_nothing() {
    let ir = probe();
    for function in ["send_word", "send_three", "recv_word"] {
        let (lines, blocks) = blocks(&ir, function);
        let text = lines.join("\n");
        assert!(text.contains(" and i64 "), "{function}: no mask\n{text}");
        for division in ["udiv", "urem", "sdiv", "srem"] {
            assert!(!text.contains(division), "{function} divides\n{text}");
        }
        assert!(!text.contains("panic"), "{function} may panic\n{text}");
        for atomic in ["cmpxchg", "atomicrmw", "fence seq_cst"] {
            assert!(!text.contains(atomic), "{function}: a locked instruction\n{text}");
        }
        assert!(text.contains("@wyn_slow_signal("), "{function} never wakes anybody\n{text}");
        assert!(returns_without_a_call(&blocks), "{function}: no way through without a call\n{text}");
    }
}
