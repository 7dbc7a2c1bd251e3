//! `wync`, the Wyn compiler's command line.
//!
//! All of the compiler's IO is in this crate: it reads sources, shows diagnostics, writes results
//! and starts the linker and programs. The stages in between are pure; [`pipeline`] is their order.

mod cli;
mod failure;
mod link;
mod load;
mod pipeline;
mod report;
mod run;
mod timings;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wyn_base::Code;

use crate::cli::{Cli, Command, Emit, Format};
use crate::failure::{Failure, reason};
use crate::load::Entry;
use crate::pipeline::{Artifact, Stage};
use crate::timings::Timings;

/// Trees, graphs and LLVM's modules are millions of small allocations. This serves LLVM too, whose `malloc` it replaces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status for a mistake in the compiler itself: `EX_SOFTWARE` of sysexits.h.
const INTERNAL_ERROR: i32 = 70;

/// The stages recurse over trees as deep as the program's; memory is used only as it is touched.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let cli = Cli::read();
    apologise_on_panic();
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || execute(cli));
    let outcome = match worker {
        Ok(worker) => worker.join().unwrap_or_else(|_| std::process::exit(INTERNAL_ERROR)),
        Err(error) => Err(Failure::message(format!("cannot start a thread: {}", reason(&error)))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Failure::Message(text) = failure {
                report::error(&text);
            }
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> Result<(), Failure> {
    let mut timings = Timings::start(cli.timings);
    let outcome = command(cli.command, cli.format, &mut timings);
    timings.tell();
    outcome
}

fn command(command: Command, format: Format, timings: &mut Timings) -> Result<(), Failure> {
    match command {
        Command::Build { file, output, level, emit: None } => {
            let Entry { file, package } = load::entry(file, format)?;
            let output = output.or(package.map(PathBuf::from));
            let output = output.map_or_else(|| executable_name(&file), Ok)?;
            refuse_folder(&output)?;
            refuse_source(&file, &output)?;
            let object = object(&file, level.optimise, format, timings)?;
            let linked = link::link(&object)?;
            timings.lap("link");
            linked.install(&output)
        }
        Command::Build { file, output, level, emit: Some(emit) } => {
            let Entry { file, .. } = load::entry(file, format)?;
            show(&file, output, level.optimise, emit, format, timings)
        }
        Command::Run { file, level, args } => {
            let Entry { file, package } = load::entry(file, format)?;
            let object = object(&file, level.optimise, format, timings)?;
            let linked = link::link(&object)?;
            timings.lap("link");
            timings.tell();
            let name = package.map_or(file, PathBuf::from);
            run::run(linked, &name, &args)
        }
        Command::Check { file } => {
            let Entry { file, .. } = load::entry(file, format)?;
            pipeline::compile(&file, Stage::Check, 0, format, timings).map(drop)
        }
        Command::Explain { code } => explain(code.as_deref()),
    }
}

fn object(file: &Path, optimise: u8, format: Format, timings: &mut Timings) -> Result<Vec<u8>, Failure> {
    match pipeline::compile(file, Stage::Emit(Emit::Obj), optimise, format, timings)? {
        Artifact::Object(object) => Ok(object),
        Artifact::Text(_) | Artifact::Nothing => unreachable!("the last stage gives an object"),
    }
}

/// Shows the result of a stage, on standard output or in a file.
fn show(
    file: &Path,
    output: Option<PathBuf>,
    optimise: u8,
    emit: Emit,
    format: Format,
    timings: &mut Timings,
) -> Result<(), Failure> {
    let output = match (output, emit) {
        (None, Emit::Obj) => Some(executable_name(file)?.with_extension("o")),
        (output, _) => output,
    };
    if let Some(output) = &output {
        refuse_source(file, output)?;
    }
    let content = match pipeline::compile(file, Stage::Emit(emit), optimise, format, timings)? {
        Artifact::Object(object) => object,
        Artifact::Text(text) => text.into_bytes(),
        Artifact::Nothing => Vec::new(),
    };
    match output {
        Some(path) => std::fs::write(&path, content).map_err(|error| {
            Failure::message(format!("cannot write {}: {}", path.display(), reason(&error)))
        }),
        None => print(&content),
    }
}

fn explain(code: Option<&str>) -> Result<(), Failure> {
    let Some(name) = code else {
        let list: String = Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title())).collect();
        return print(list.as_bytes());
    };
    let code: Code = name.parse().map_err(|()| {
        Failure::message(format!("there is no code {name}\nhelp: `wync explain` lists all codes"))
    })?;
    print(format!("{code}: {}\n\n{}\n", code.title(), code.explanation().trim_end()).as_bytes())
}

/// Writes to standard output; a reader that has gone away has seen enough.
fn print(content: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(content).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::message(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(()),
    }
}

/// `dir/tool.wyn` makes `tool` in the current directory.
fn executable_name(file: &Path) -> Result<PathBuf, Failure> {
    match file.file_stem() {
        Some(name) if file.extension().is_some() => Ok(PathBuf::from(name)),
        _ => Err(Failure::message(format!(
            "{} is not named like `tool.wyn`, so the name of the executable is not clear\nhelp: give it with `-o`",
            file.display()
        ))),
    }
}

fn refuse_folder(output: &Path) -> Result<(), Failure> {
    if output.is_dir() {
        return Err(Failure::message(format!(
            "cannot write {}: it is a folder\nhelp: give another name with `-o`",
            output.display()
        )));
    }
    Ok(())
}

/// A slip of the hand must not cost the program's text.
fn refuse_source(file: &Path, output: &Path) -> Result<(), Failure> {
    match (file.canonicalize(), output.canonicalize()) {
        (Ok(source), Ok(target)) if source == target => Err(Failure::message(format!(
            "cannot write {}: it is the program's text\nhelp: give another name with `-o`",
            output.display()
        ))),
        _ => Ok(()),
    }
}

/// A panic here is a mistake of ours; say so, and what helps to find it.
fn apologise_on_panic() {
    std::panic::set_hook(Box::new(|info| {
        let version = env!("CARGO_PKG_VERSION");
        report::error(&format!(
            "wync made a mistake of its own: {info}\n\
             This is not your program's fault, and we are sorry. Please report it with the program that caused \
             it,\nthe command line, and this line: wync {version}, {}-{}.",
            std::env::consts::ARCH,
            std::env::consts::OS,
        ));
        std::process::exit(INTERNAL_ERROR);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "WYNC_TEST_PANICS";

    #[test]
    fn a_mistake_of_the_compiler_is_owned_up_to() {
        // rules: DIA-22
        if std::env::var_os(ASKED).is_some() {
            apologise_on_panic();
            panic!("something impossible");
        }
        // The test is its own victim, in another process.
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::a_mistake_of_the_compiler_is_owned_up_to"])
            .env(ASKED, "1")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(INTERNAL_ERROR), "{said}");
        assert!(said.starts_with("error: wync made a mistake of its own: "), "{said}");
        for part in ["something impossible", "we are sorry", "report it", env!("CARGO_PKG_VERSION")] {
            assert!(said.contains(part), "`{part}` is not said:\n{said}");
        }
    }
}
