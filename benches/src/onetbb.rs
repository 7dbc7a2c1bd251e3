//! Where oneTBB is: the system's, as pkg-config or the C++ compiler knows it, else the one of the PyPI packages `tbb` and
//! `tbb-devel`, which are installed into the build folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::contender::{pip, succeed};

/// What its users must include; versions before oneTBB have it elsewhere.
const HEADER: &str = "oneapi/tbb/task_group.h";

/// Where it is installed, beside the programs.
const FOLDER: &str = "onetbb";

/// How programs are compiled that use oneTBB.
pub(crate) struct OneTbb {
    /// Where its headers are, for the compiler.
    includes: Vec<String>,
    /// The library, for the linker.
    libraries: Vec<String>,
}

impl OneTbb {
    /// Finds it, or installs it into a folder of `out`.
    pub(crate) fn find(out: &Path) -> Result<Self, String> {
        succeed(compiler_with(&["--version"]))?;
        let system = Self { includes: vec![], libraries: vec!["-ltbb".into()] };
        let probe = out.join("onetbb-probe.cpp");
        fs::write(&probe, format!("#include <{HEADER}>\nint main() {{ tbb::task_group().wait(); }}\n"))
            .map_err(|e| format!("{}: {e}", probe.display()))?;
        let works = |found: &Self| succeed(found.compiler(&probe, &out.join("onetbb-probe")));
        if let Some(found) =
            [Self::of_pkg_config(), Some(system)].into_iter().flatten().find(|found| works(found).is_ok())
        {
            return Ok(found);
        }
        let folder = out.join(FOLDER);
        if Self::in_prefix(&folder).is_none() {
            eprintln!("installing oneTBB: the PyPI packages tbb and tbb-devel, into {}", folder.display());
            succeed(pip(&["--ignore-installed", "--prefix"], &folder, &["tbb", "tbb-devel"]))?;
        }
        let found = Self::in_prefix(&folder)
            .ok_or_else(|| format!("{} has no headers or no library", folder.display()))?;
        works(&found).map(|()| found)
    }

    fn of_pkg_config() -> Option<Self> {
        let ask = |what: &str| {
            let output = Command::new("pkg-config").args([what, "tbb"]).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            output.status.success().then(|| text.split_whitespace().map(str::to_owned).collect())
        };
        Some(Self { includes: ask("--cflags")?, libraries: ask("--libs")? })
    }

    /// What pip has made of the wheels: Debian's puts everything a folder deeper.
    fn in_prefix(folder: &Path) -> Option<Self> {
        let has_it =
            |at: &Path| at.join("include").join(HEADER).exists() && at.join("lib/libtbb.so").exists();
        let below = ["", "local/"].into_iter().find(|below| has_it(&folder.join(below)))?;
        let at = folder.join(below);
        // A program looks for it beside itself, so the folder can be moved.
        let beside = format!("-Wl,-rpath,$ORIGIN/{FOLDER}/{below}lib");
        Some(Self {
            includes: vec![format!("-I{}", at.join("include").display())],
            libraries: vec![format!("-L{}", at.join("lib").display()), beside, "-ltbb".into()],
        })
    }

    /// A command that compiles a program. Its integers wrap around, as in the other languages.
    pub(crate) fn compiler(&self, source: &Path, out: &Path) -> Command {
        let mut command = compiler_with(&["-O3", "-std=c++17", "-fwrapv", "-Wall", "-Wextra"]);
        command.args(&self.includes).arg(source).arg("-o").arg(out).args(&self.libraries);
        command
    }
}

/// The C++ compiler: `CXX`, else `c++`.
fn compiler_with(arguments: &[&str]) -> Command {
    let name = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let mut command = Command::new(name);
    command.args(arguments);
    command
}
