//! From objects to an executable, with the linker that is there.
//!
//! Takes the program's object; the runtime's comes from the compiler itself. Both are written to a
//! private temporary directory that is gone afterwards, whatever happens: while it exists, Ctrl-C
//! and its like wait for the linker to stop (it gets them too) and take effect then.
//!
//! Linkers are asked directly, which saves the start of `cc` and `collect2`; `cc` says where the C
//! library's start files are, and links by itself where they are not where it says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, reason};

/// Linkers that take GNU options, the fastest first, measured on a program with the runtime: mold
/// 10 ms, GNU ld 15 ms, LLD 20 ms (most of it loading the shared LLVM that distributions give it).
const LINKERS: &[&str] = &["mold", "ld", "ld.lld", "ld.lld-22", "ld.lld-21", "ld.lld-20", "ld.lld-19"];

/// The start and end files of a position-independent executable, in link order around the objects.
const START_FILES: [&str; 3] = ["Scrt1.o", "crti.o", "crtbeginS.o"];
const END_FILES: [&str; 2] = ["crtendS.o", "crtn.o"];

const DYNAMIC_LINKER: &str = "/lib64/ld-linux-x86-64.so.2";

/// An executable in a temporary directory that goes when this is dropped.
pub(crate) struct Linked {
    folder: tempfile::TempDir,
    interrupted: Interrupted,
}

impl Linked {
    /// Where the executable is.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// Puts the executable where the user wants it, in one step, so that an interrupted or failed
    /// build leaves what was there. What is no plain file (`/dev/null`) is written to instead.
    pub(crate) fn install(self, output: &Path) -> Result<(), Failure> {
        self.copy_to(output).map_err(|error| {
            Failure::message(format!("cannot write {}: {}", output.display(), reason(&error)))
        })?;
        self.finish();
        Ok(())
    }

    fn copy_to(&self, output: &Path) -> io::Result<()> {
        let mut executable = fs::File::open(self.path())?;
        let target = destination(output)?;
        if target.exists() && !target.is_file() {
            io::copy(&mut executable, &mut fs::OpenOptions::new().write(true).open(target)?)?;
            return Ok(());
        }
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut staged = tempfile::Builder::new().prefix(".wync-").tempfile_in(folder)?;
        io::copy(&mut executable, &mut staged)?;
        staged.as_file().set_permissions(executable.metadata()?.permissions())?;
        staged.persist(target)?;
        Ok(())
    }

    /// Removes the directory, and lets a signal that came meanwhile take effect.
    pub(crate) fn finish(self) {
        let Self { folder, interrupted } = self;
        drop(folder);
        interrupted.take_effect();
    }
}

/// The file that a path leads to, or would: links are followed, and stay, also one whose file is not there yet.
fn destination(output: &Path) -> io::Result<PathBuf> {
    /// As the system does.
    const MOST_LINKS: usize = 40;
    let mut path = output.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(there) = path.canonicalize() {
            return Ok(there);
        }
        let Ok(link) = path.read_link() else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    output.canonicalize()
}

/// Links a program's object with the runtime.
pub(crate) fn link(object: &[u8]) -> Result<Linked, Failure> {
    let interrupted = Interrupted::watch()?;
    let folder = tempfile::Builder::new().prefix("wync-").tempdir().map_err(|error| {
        Failure::message(format!(
            "cannot make a temporary folder in {}: {}\nhelp: the environment variable `TMPDIR` says where",
            env::temp_dir().display(),
            reason(&error)
        ))
    })?;
    let at = |name: &str| folder.path().join(name);
    for (name, content) in [("program.o", object), ("runtime.o", wyn_codegen::embedded::RUNTIME_OBJECT)] {
        fs::write(at(name), content).map_err(|error| {
            Failure::message(format!("cannot write {}: {}", at(name).display(), reason(&error)))
        })?;
    }
    let mut command = command(&[at("program.o"), at("runtime.o")], &at("program"))?;
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        Failure::message(format!(
            "cannot run the linker {}: {}",
            command.get_program().display(),
            reason(&error)
        ))
    })?;
    if !output.status.success() {
        drop(folder);
        interrupted.take_effect();
        let said = String::from_utf8_lossy(&output.stderr);
        let name = command.get_program().display().to_string();
        return Err(Failure::message(format!(
            "the linker {name} failed ({})\n{}",
            output.status,
            said.trim_end()
        )));
    }
    Ok(Linked { folder, interrupted })
}

/// The command that links these objects.
fn command(objects: &[PathBuf], output: &Path) -> Result<Command, Failure> {
    let compiler = find("cc").or_else(|| find("gcc")).or_else(|| find("clang"));
    let linker = LINKERS.iter().find_map(|name| find(name));
    let folders = compiler.as_deref().map_or_else(usual_folders, library_folders);
    if let Some(linker) = linker
        && let Some(command) = direct(&linker, &folders, objects, output)
    {
        return Ok(command);
    }
    let Some(compiler) = compiler else {
        return Err(Failure::message(
            "no linker found: wync needs the linker and the start files of a C compiler\n\
             help: install one, on Debian and Ubuntu with `apt install gcc libc6-dev`",
        ));
    };
    let mut command = Command::new(compiler);
    command.args(["-pie", "-static-libgcc", "-o"]).arg(output).args(objects).arg("-lm");
    Ok(command)
}

/// The linker's own command line; `None` when a file that it needs is not in the folders.
fn direct(linker: &Path, folders: &[PathBuf], objects: &[PathBuf], output: &Path) -> Option<Command> {
    let locate = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|path| path.exists());
    if !Path::new(DYNAMIC_LINKER).exists() || locate("libgcc_eh.a").is_none() {
        return None;
    }
    let start = START_FILES.iter().map(|name| locate(name)).collect::<Option<Vec<_>>>()?;
    let end = END_FILES.iter().map(|name| locate(name)).collect::<Option<Vec<_>>>()?;
    let mut command = Command::new(linker);
    command.args(["-m", "elf_x86_64", "-pie", "--eh-frame-hdr", "--hash-style=gnu", "--build-id=none"]);
    command.args(["-z", "relro", "-z", "now", "-dynamic-linker", DYNAMIC_LINKER, "-o"]).arg(output);
    command.args(start).args(objects);
    for folder in folders {
        let mut option = OsString::from("-L");
        option.push(folder);
        command.arg(option);
    }
    command.args(["--as-needed", "-lm", "--no-as-needed", "-lgcc", "-lgcc_eh", "-lc", "-lgcc"]).args(end);
    Some(command)
}

/// Where the C compiler looks for libraries and start files.
fn library_folders(compiler: &Path) -> Vec<PathBuf> {
    let Ok(output) = Command::new(compiler).arg("-print-search-dirs").env("LC_ALL", "C").output() else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("libraries: ")).unwrap_or_default();
    let mut folders = Vec::new();
    for folder in env::split_paths(line.trim_start_matches('=')) {
        if let Ok(folder) = folder.canonicalize()
            && !folders.contains(&folder)
        {
            folders.push(folder);
        }
    }
    folders
}

/// Where distributions put the C library and GCC's own files, for a machine with a linker but no
/// compiler.
fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib"].map(PathBuf::from).into();
    for versions in [
        "/usr/lib/gcc/x86_64-linux-gnu",
        "/usr/lib/gcc/x86_64-pc-linux-gnu",
        "/usr/lib/gcc/x86_64-redhat-linux",
    ] {
        let entries = fs::read_dir(versions).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path()));
    }
    folders
}

/// A program on the path.
fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Remembers the signals that ask the process to end instead of obeying at once.
struct Interrupted {
    signal: Arc<AtomicUsize>,
    ids: Vec<signal_hook::SigId>,
}

impl Interrupted {
    fn watch() -> Result<Self, Failure> {
        let mut watch = Self { signal: Arc::default(), ids: Vec::new() };
        let ignored = ignored_signals();
        // Watching for one that is ignored would end that, also for the program that `wync run` becomes.
        for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0)
        {
            let number = usize::try_from(signal).unwrap_or_default();
            let id = signal_hook::flag::register_usize(signal, Arc::clone(&watch.signal), number)
                .map_err(|error| Failure::message(format!("cannot watch for signals: {}", reason(&error))))?;
            watch.ids.push(id);
        }
        Ok(watch)
    }

    /// Obeys the last of them, if any came.
    fn take_effect(self) {
        for id in self.ids {
            signal_hook::low_level::unregister(id);
        }
        // ORDER: Relaxed; the handler ran on this process, and nothing else is read through the flag.
        let signal = self.signal.load(Ordering::Relaxed);
        if let Ok(signal) = i32::try_from(signal)
            && signal != 0
        {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}

/// The signals that whoever started the process has it ignore, as `nohup` does: bit `n - 1` for signal `n`.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
