//! Runs the runtime's models with one order weakened at a time, and tells which model fails.
//!
//! The models are built once: in a model build every access asks the environment for its order (`wyn_abi::sync::sites`).
//! Each run is a process of its own, because a model that fails may not be able to clean up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::orders::{Order, Site};
use crate::process;

/// How much longer than as shipped a model may take with a weakened order, and so much more: then it has not failed.
const PATIENCE: (u32, Duration) = (20, Duration::from_secs(60));

/// The models, built.
pub struct Models {
    binary: PathBuf,
    /// The names of the tests, each with how long it takes as shipped.
    tests: Vec<(String, Duration)>,
    /// Which tests reach a site.
    reach: BTreeMap<String, BTreeSet<usize>>,
}

/// What became of one weakened order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// This model fails.
    Killed(String),
    /// So many models reach the site, and all of them pass.
    Survived(usize),
    /// No model reaches the site.
    Unreached,
}

/// One weakened order, and what became of it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Where.
    pub site: Site,
    /// Which order it has instead.
    pub order: Order,
    /// What became of it.
    pub verdict: Verdict,
}

impl Models {
    /// Builds the models, and runs each as shipped.
    ///
    /// # Errors
    /// They cannot be built, or one of them fails.
    pub fn build() -> Result<Models, String> {
        let binary = build()?;
        let listed = run(Command::new(&binary).arg("--list"), Duration::from_secs(60))?;
        let names = listed.1.lines().filter_map(|line| line.strip_suffix(": test"));
        let names: Vec<String> = names.filter(|name| name.contains("models::")).map(str::to_owned).collect();
        let mut models = Models { binary, tests: Vec::new(), reach: BTreeMap::new() };
        let results = in_parallel(&names, |name| models.record(name));
        for (position, (name, result)) in names.into_iter().zip(results).enumerate() {
            let (took, sites) = result?;
            models.tests.push((name, took));
            for site in sites {
                models.reach.entry(site).or_default().insert(position);
            }
        }
        Ok(models)
    }

    /// How many models there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Whether a model comes by this site.
    #[must_use]
    pub fn reach(&self, site: &Site) -> bool {
        self.reach.contains_key(&site.name)
    }

    /// Weakens each of the sites in turn, one step.
    #[must_use]
    pub fn weaken(&self, sites: &[Site]) -> Vec<Mutant> {
        let wanted: Vec<(&Site, Order)> =
            sites.iter().flat_map(|site| site.weaker().iter().map(move |order| (site, *order))).collect();
        let verdicts = in_parallel(&wanted, |(site, order)| self.judge(site, *order));
        let mutants = wanted.into_iter().zip(verdicts);
        mutants.map(|((site, order), verdict)| Mutant { site: site.clone(), order, verdict }).collect()
    }

    fn test(&self, name: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(["--exact", name, "--test-threads=1"]);
        command
    }

    /// Runs a model as shipped: how long it takes, and which sites it reaches.
    fn record(&self, name: &str) -> Result<(Duration, Vec<String>), String> {
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        let begun = Instant::now();
        let (passed, output) = run(self.test(name).env("WYN_SITES", file.path()), Duration::from_secs(600))?;
        if !passed {
            return Err(format!("the model {name} fails as shipped:\n{output}"));
        }
        let text = std::fs::read_to_string(file.path()).map_err(|error| error.to_string())?;
        let sites = text.lines().filter_map(|line| line.split_once(' ')).map(|(site, _)| site.to_owned());
        Ok((begun.elapsed(), sites.collect()))
    }

    /// Runs the models that reach a site, the quickest first, until one fails.
    fn judge(&self, site: &Site, order: Order) -> Verdict {
        let Some(reach) = self.reach.get(&site.name) else { return Verdict::Unreached };
        let mut tests: Vec<&(String, Duration)> =
            reach.iter().map(|position| &self.tests[*position]).collect();
        tests.sort_by_key(|(_, took)| *took);
        let weakened = format!("{}={order:?}", site.name);
        for (name, took) in &tests {
            let limit = *took * PATIENCE.0 + PATIENCE.1;
            if let Ok((false, _)) = run(self.test(name).env("WYN_WEAKEN", &weakened), limit) {
                return Verdict::Killed(name.clone());
            }
        }
        Verdict::Survived(tests.len())
    }
}

/// Builds the runtime's unit tests for loom, as `./dev test loom` does, and gives the binary.
fn build() -> Result<PathBuf, String> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from);
    // What makes a build one of models: `dev` says it, so that there is one build of them.
    let flags = std::env::var_os("WYN_MODEL_FLAGS").ok_or("run this as `./dev weaken`")?;
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--release", "--package", "wyn-runtime", "--lib", "--no-run"])
        .args(["--message-format", "json"])
        .current_dir(crate::root())
        .env("RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", target.join("loom"))
        .stderr(Stdio::inherit());
    let output = cargo.output().map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !output.status.success() {
        return Err("the models cannot be built".to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut binaries = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    binaries.next_back().ok_or_else(|| "cargo has built no tests".to_owned())
}

/// Whether a test passes, and what it writes; an error if it takes too long.
fn run(command: &mut Command, limit: Duration) -> Result<(bool, String), String> {
    let finished = process::run(command, b"", limit)?;
    Ok((finished.status == 0, finished.stdout + &finished.stderr))
}

/// Does something for each item, as many at once as there are processors.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(item) = items.get(at) else { return };
                    let result = work(item);
                    results.lock().expect("no other worker has panicked").push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no worker has panicked");
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
