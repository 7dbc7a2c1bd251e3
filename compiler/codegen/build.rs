//! Builds what every Wyn program carries and hands it to `src/embedded.rs`:
//!
//! * `hot.bc`: the crate `wyn-hot` as LLVM bitcode, to be linked into each program's module and
//!   inlined;
//! * `runtime.o`: the whole runtime (`wyn-runtime` with `wyn-hot` and what they use of std) as one
//!   relocatable object that exports the rows of the ABI table and nothing else.
//!
//! Both come from a cargo run of their own, because they need what the compiler around them must
//! not have: unwinding panics (LLVM deletes the cleanups around a call that it believes cannot
//! unwind), one codegen unit, link-time optimisation; the profile `runtime` in the workspace's
//! manifest says so. That run sees none of the outer build's flags and wrappers, so that clippy, a
//! coverage build or a sanitizer build of the compiler embeds the same runtime. Its target
//! directory is shared by all profiles of one outer target directory, where cargo's own
//! fingerprints and lock make it run once.
//!
//! It also sees to it that LLVM's own libraries are linked statically, so that `wync` is one file.
//!
//! `WYN_RUNTIME_CFG` is a cfg for both, say `wyn_ablate`; their files then lie apart from the usual ones.
//!
//! `WYN_RUNTIME_DIR` names a directory that already holds both files; then nothing is built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

/// The LLVM that the compiler links. It reads bitcode of this major version and older ones.
const LLVM_MAJOR: u32 = 22;

fn main() {
    let out = path_variable("OUT_DIR");
    prefer_static_libraries(&out.join("static"));
    println!("cargo::rerun-if-env-changed=WYN_RUNTIME_DIR");
    println!("cargo::rerun-if-env-changed=WYN_RUNTIME_CFG");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=prelink.ld");
    if let Some(ready) = env::var_os("WYN_RUNTIME_DIR").map(PathBuf::from) {
        for name in ["hot.bc", "runtime.o"] {
            println!("cargo::rerun-if-changed={}", ready.join(name).display());
            copy(&ready.join(name), &out.join(name));
        }
        return;
    }

    let here = path_variable("CARGO_MANIFEST_DIR");
    let (root, script) = (here.join("../.."), here.join("prelink.ld"));
    let crates = ["runtime/src", "runtime/abi", "runtime/hot", "runtime/lines"];
    let inputs = [&["Cargo.toml", "Cargo.lock", "runtime/Cargo.toml"][..], &crates].concat();
    for input in inputs {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    check_rustc();

    // OUT_DIR is <target>/<profile>/build/<package>/out.
    let cfg = env::var("WYN_RUNTIME_CFG").ok();
    let folder = cfg.as_ref().map_or("wyn-runtime".to_owned(), |cfg| format!("wyn-runtime-{cfg}"));
    let shared = out.ancestors().nth(4).unwrap_or(&out).join(folder);
    let bitcode = shared.join("hot.bc");
    let mut emit = std::ffi::OsString::from("--emit=llvm-bc=");
    emit.push(&bitcode);
    let mut hot = nested_cargo(&root, &shared.join("hot"), "wyn-hot");
    hot.args(["--config", "profile.runtime.lto=\"off\"", "--"]).arg(emit);
    with_cfg(&mut hot, cfg.as_deref());
    run(hot, "compiling the runtime's fast paths to bitcode");
    copy(&bitcode, &out.join("hot.bc"));

    let mut archive = nested_cargo(&root, &shared.join("archive"), "wyn-runtime");
    archive.args(["--crate-type", "staticlib"]);
    with_cfg(&mut archive, cfg.as_deref());
    run(archive, "compiling the runtime");
    prelink(&shared.join("archive/runtime/libwyn_runtime.a"), &script, &out);
}

/// `cargo rustc` for one library of the workspace, free of everything that the outer cargo, or a
/// tool that runs it, put into the environment.
fn nested_cargo(root: &Path, target_dir: &Path, package: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let kept = ["CARGO_HOME", "CARGO_MAKEFLAGS"].contains(&&*text)
            || ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_SOURCE_"]
                .iter()
                .any(|prefix| text.starts_with(prefix));
        let foreign = ["CARGO", "RUSTFLAGS", "RUSTDOCFLAGS", "RUSTC", "CLIPPY_", "MIRI"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if foreign && !kept {
            cargo.env_remove(&name);
        }
    }
    cargo.args(["rustc", "--quiet", "--lib", "--profile", "runtime", "--package", package]);
    cargo.arg("--manifest-path").arg(root.join("Cargo.toml"));
    cargo.arg("--target-dir").arg(target_dir);
    cargo
}

/// Sets a cfg for all crates of a nested build.
fn with_cfg(cargo: &mut Command, cfg: Option<&str>) {
    if let Some(cfg) = cfg {
        cargo.env("RUSTFLAGS", format!("--cfg {cfg}"));
    }
}

/// Turns the archive into one small object: what no row of the ABI table needs is left out, like
/// sections are merged, debug information goes, and what is no row of the table becomes local, so
/// that it cannot meet a symbol of the program's. Names of local functions stay, for profilers.
fn prelink(archive: &Path, script: &Path, out: &Path) {
    let (whole, merged) = (out.join("runtime.whole.o"), out.join("runtime.merged.o"));
    let mut ld = Command::new("ld");
    ld.args(["-r", "--gc-sections", "--force-group-allocation"]);
    for name in wyn_abi::exports() {
        ld.args(["-u", name]);
    }
    ld.arg("-o").arg(&whole).arg(archive);
    run(ld, "prelinking the runtime");

    let mut ld = Command::new("ld");
    ld.args(["-r", "-T"]).arg(script).arg("-o").arg(&merged).arg(&whole);
    run(ld, "merging the runtime's sections");

    let exports = out.join("exports.txt");
    let names: String = wyn_abi::exports().map(|name| format!("{name}\n")).collect();
    write(&exports, &names);
    let mut objcopy = Command::new("objcopy");
    objcopy.arg("--strip-debug").arg(format!("--keep-global-symbols={}", exports.display()));
    objcopy.arg(&merged).arg(out.join("runtime.o"));
    run(objcopy, "stripping the runtime");
    for intermediate in [whole, merged] {
        let _ = fs::remove_file(intermediate);
    }
}

/// Puts links to the archives of what LLVM needs where the linker looks first: where it finds no
/// shared library beside them. (llvm-sys asks for the system's libraries by name only, and the
/// linker prefers shared ones.)
fn prefer_static_libraries(folder: &Path) {
    let _ = fs::create_dir_all(folder);
    for name in ["libstdc++.a", "libffi.a", "libz.a", "libzstd.a"] {
        let Ok(output) = Command::new("cc").arg(format!("-print-file-name={name}")).output() else { return };
        let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let _ = fs::remove_file(folder.join(name));
        if path.is_absolute() {
            let _ = std::os::unix::fs::symlink(path, folder.join(name));
        }
    }
    println!("cargo::rustc-link-search=native={}", folder.display());
}

/// Stops when rustc's LLVM writes bitcode that the compiler's LLVM cannot read.
fn check_rustc() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(output) = Command::new(rustc).arg("-vV").output() else { return };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().find_map(|line| line.strip_prefix("LLVM version: "));
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if let (Some(version), Some(major)) = (version, major)
        && major > LLVM_MAJOR
    {
        fail(&format!(
            "this rustc is built on LLVM {version}, whose bitcode LLVM {LLVM_MAJOR} cannot read; \
             build with the toolchain that rust-toolchain.toml names"
        ));
    }
}

fn run(mut command: Command, doing: &str) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => fail(&format!("{doing} failed:\n{}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => fail(&format!("{doing}: cannot run {}: {error}", command.get_program().display())),
    }
}

fn copy(from: &Path, to: &Path) {
    if let Err(error) = fs::copy(from, to) {
        fail(&format!("cannot copy {} to {}: {error}", from.display(), to.display()));
    }
}

fn write(path: &Path, text: &str) {
    if let Err(error) = fs::write(path, text) {
        fail(&format!("cannot write {}: {error}", path.display()));
    }
}

fn path_variable(name: &str) -> PathBuf {
    env::var_os(name).map(PathBuf::from).unwrap_or_else(|| fail(&format!("cargo did not set {name}")))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(1)
}
