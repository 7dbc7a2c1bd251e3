//! The command line: what can be asked of `wync`, and the help that teaches it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::report::colour;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  wync run hello.wyn              compile and run at once; leaves nothing behind
  wync run count.wyn a.txt b.txt  the program's own arguments follow its file
  wync build server.wyn           make the executable `server`
  wync check server.wyn           look for mistakes only
  wync explain E0002              what an error code means

A first program, hello.wyn:
  fn double(n: int) -> int {
      return n * 2
  }

  fn main() {
      const answer = spawn double(21)  // a task of its own
      print(answer.await())            // 42
  }";

const ENVIRONMENT: &str = "\
Compiled programs read:
  WYN_WORKERS=N  run tasks on N threads instead of one for each CPU available

Exit status of a program: what `main` returns, 101 after a panic, 102 when every task is blocked
for good, 130 after Ctrl-C. Of wync: 1 for mistakes in the program or its surroundings, 2 for
mistakes on the command line.";

/// Compiles programs in Wyn, a language for doing many things at once.
#[derive(Parser, Debug)]
#[command(name = "wync", version, styles = STYLES, after_help = EXAMPLES, disable_help_subcommand = true)]
#[command(arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How to say what is wrong: `text` for people, `json` for programs (one object a line)
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub(crate) format: Format,
    /// Say afterwards how long each stage took, and how much memory there was
    #[arg(long, global = true)]
    pub(crate) timings: bool,
}

impl Cli {
    /// Reads the command line; shows help, or what is wrong with it, and exits.
    pub(crate) fn read() -> Self {
        // Left alone, clap has an opinion of its own, in which `CI` outweighs a dumb terminal.
        let color = if colour() { ColorChoice::Auto } else { ColorChoice::Never };
        let args = end_options_at_the_program(std::env::args_os());
        let read = Self::command().color(color).try_get_matches_from(args);
        read.and_then(|matches| Self::from_arg_matches(&matches)).unwrap_or_else(|error| {
            if let Some(text) = explained(&error) {
                crate::report::error(&text);
                std::process::exit(USAGE);
            }
            error.exit()
        })
    }
}

/// Exit status for a mistake on the command line; clap's own is the same.
const USAGE: i32 = 2;

/// What the language has commands for, and this version of wync does not.
const LATER: &[&str] = &["test", "bench", "fmt", "doc", "lsp", "new", "trace"];

/// What is wrong with a command line, where more can be said of it than clap knows.
fn explained(error: &clap::Error) -> Option<String> {
    let context = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = context(ContextKind::InvalidSubcommand)?;
            Some(if LATER.contains(&word) {
                format!(
                    "`wync {word}` is not there yet\n\
                     help: it belongs to Wyn, but this version has `build`, `run`, `check` and `explain` only"
                )
            } else if word.ends_with(".wyn") || Path::new(word).is_file() {
                format!(
                    "`{word}` is no command\n\
                     help: `wync run {word}` compiles and runs it, `wync check {word}` looks for mistakes only"
                )
            } else {
                let meant = match word {
                    "help" => "--help",
                    "compile" | "make" => "build FILE",
                    "exec" | "start" => "run FILE",
                    "lint" | "verify" | "vet" => "check FILE",
                    "version" => "--version",
                    _ => return None,
                };
                format!("`{word}` is no command\nhelp: did you mean `wync {meant}`?")
            })
        }
        ErrorKind::UnknownArgument => {
            let word = context(ContextKind::InvalidArg)?;
            if word.ends_with(".wyn") {
                return Some(format!(
                    "`{word}` is one file too many: a program begins in one\n\
                     help: it names the others itself, with `import ./name`"
                ));
            }
            let help = match word {
                "--release" | "--optimize" | "--optimise" => {
                    "programs are optimised as they are; `-O3` does more, `-O0` less"
                }
                "--debug" | "-g" => "`-O0` is exact in a debugger; which line is which is always known",
                "--verbose" | "-v" | "--time" => {
                    "`--timings` says how long each stage took; `-V` is the version"
                }
                "--output" | "--out" => "write `-o PATH`, for `build`",
                "--json" => "write `--format json`",
                _ => return None,
            };
            Some(format!("there is no option `{word}`\nhelp: {help}"))
        }
        _ => None,
    }
}

/// What follows the file of `run` is the program's, also when it looks like an option: a `--` after
/// the file says so to clap.
fn end_options_at_the_program(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut seen: Vec<OsString> = Vec::new();
    let mut program = false;
    for arg in args {
        let text = arg.to_string_lossy();
        let value = seen.last().is_some_and(|last| last == "-O" || last == "--format");
        let here =
            !program && !value && !text.starts_with('-') && seen.iter().skip(1).any(|arg| arg == "run");
        program |= here || text == "--";
        seen.push(arg);
        if here {
            seen.push("--".into());
        }
    }
    seen
}

/// A form of diagnostics.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// For people, with the source
    Text,
    /// For programs: one object a line
    Json,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Make an executable
    #[command(after_help = BUILD_EXAMPLES)]
    Build {
        /// The file with `fn main`, or a folder with a `wyn.toml` [default: the one here, if there is one]
        #[arg(required = !is_package())]
        file: Option<PathBuf>,
        /// Where the result goes [default: the file's name without `.wyn`]
        #[arg(short, value_name = "PATH")]
        output: Option<PathBuf>,
        #[command(flatten)]
        level: Level,
        /// Stop at a stage and show it; text goes to standard output unless `-o` says where
        #[arg(long, value_enum, value_name = "STAGE")]
        emit: Option<Emit>,
    },
    /// Compile and run
    #[command(after_help = ENVIRONMENT)]
    Run {
        #[command(flatten)]
        level: Level,
        /// The file with `fn main`, or a folder with a `wyn.toml` [default: the one here, if there is one]
        #[arg(required = !is_package())]
        file: Option<PathBuf>,
        /// The program's own arguments: all that follow the file
        args: Vec<OsString>,
    },
    /// Look for mistakes without making anything
    Check {
        /// The file with `fn main`, or a folder with a `wyn.toml` [default: the one here, if there is one]
        #[arg(required = !is_package())]
        file: Option<PathBuf>,
    },
    /// Say what an error code means
    Explain {
        /// The code as messages show it, such as E0002; all codes when left out
        code: Option<String>,
    },
}

/// Whether the current folder is a package, which then needs no naming.
fn is_package() -> bool {
    Path::new("wyn.toml").is_file()
}

const BUILD_EXAMPLES: &str = "\
Examples:
  wync build tool.wyn                   optimised executable `tool`
  wync build -O0 tool.wyn -o tool-debug  quick to compile, exact in a debugger
  wync build --emit ir tool.wyn         the LLVM IR after optimisation";

/// How hard to optimise.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Level {
    /// Optimisation: 0 compiles fastest and debugs best, 2 and 3 run fastest
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=3))]
    pub(crate) optimise: u8,
}

/// A stage that can be shown.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Emit {
    /// The syntax tree of the file
    Ast,
    /// The resolved and typed tree of the program
    Hir,
    /// The control-flow graphs after each of the four phases
    Mir,
    /// LLVM IR, as optimised
    Ir,
    /// Assembly
    Asm,
    /// An object file
    Obj,
}
