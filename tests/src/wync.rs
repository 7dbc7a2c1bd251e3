//! The compiler under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::annotations::Annotations;
use crate::process::{self, Finished};

/// More than any compilation of a test takes on a loaded machine.
const LIMIT: Duration = Duration::from_secs(120);

/// The compiler: `$WYNC`, else the one built beside this test.
///
/// # Panics
/// When there is none; `./dev test` builds it first.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let built = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("wync"));
        let path = std::env::var_os("WYNC").map(PathBuf::from).or_else(built);
        path.filter(|path| path.exists())
            .expect("wync is built: run `cargo build -p wync`, or use `./dev test`")
    })
}

/// Runs the compiler.
///
/// # Errors
/// When it does not end.
pub fn run<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Result<Finished, String> {
    process::run(Command::new(path()).args(args).current_dir(crate::root()), b"", LIMIT)
}

/// Compiles a program to an executable, without a word: a program that is no test of warnings gets none, unless it
/// says why.
///
/// # Errors
/// What the compiler said, when it failed or had something to say.
pub fn build(source: &Path, level: u8, output: &Path, annotations: &Annotations) -> Result<(), String> {
    let level = format!("-O{level}");
    let args = ["build".as_ref(), level.as_ref(), source.as_os_str(), "-o".as_ref(), output.as_os_str()];
    match run(args)? {
        finished if finished.status == 0 => match (finished.stderr.as_str(), &annotations.warnings) {
            ("", None) | (_, Some(_)) => Ok(()),
            (said, None) => Err(format!("it is compiled, but not without a word:\n{said}")),
        },
        finished => Err(format!("wync ended with status {}:\n{}", finished.status, finished.stderr)),
    }
}

/// One diagnostic, as the compiler's JSON gives it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The code.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// The file, as the compiler was given it or found it.
    pub file: PathBuf,
    /// One-based line.
    pub line: usize,
    /// The message.
    pub message: String,
}

/// What the compiler has to say about a program, in the order in which it says it.
///
/// # Errors
/// When it dies, or says what is no diagnostic.
pub fn check(source: &Path) -> Result<Vec<Reported>, String> {
    let args = ["check".as_ref(), "--format".as_ref(), "json".as_ref(), source.as_os_str()];
    let finished = run(args)?;
    if !matches!(finished.status, 0 | 1) {
        return Err(format!("wync ended with status {}:\n{}", finished.status, finished.stderr));
    }
    let read = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        let line = usize::try_from(value.get("line")?.as_u64()?).ok()?;
        let file = PathBuf::from(text("file")?);
        Some(Reported {
            code: text("code")?,
            severity: text("severity")?,
            file,
            line,
            message: text("message")?,
        })
    };
    let lines = finished.stderr.lines();
    lines.map(|line| read(line).ok_or_else(|| format!("wync said: {line}"))).collect()
}
