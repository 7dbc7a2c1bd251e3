//! How loom models are run: as shipped, where they must pass, and with each of the steps left out that a proof leans
//! on, where they must fail. The orders and fences are weakened by `./dev weaken`, which wants the models alone.

use std::process::Command;
use std::string::ToString;

use wyn_abi::sync::sites;
use wyn_hot::fault;

/// Names the fault to a child process.
const FAULT: &str = "WYN_MODEL_FAULT";

/// Explores a model, with at most so many switches away from a thread that could go on.
pub(crate) fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// The model of this test (its full path) passes with the faults `always`, and fails with each of `faults` besides.
/// A model that fails may not be able to clean up after itself, so each fault runs in a process of its own.
pub(crate) fn check(always: u64, test: &str, preemptions: usize, model: fn(), faults: &[u64]) {
    if let Ok(injected) = std::env::var(FAULT) {
        let injected: u64 = injected.parse().unwrap();
        return fault::with(always | injected, || explore(preemptions, model));
    }
    fault::with(always, || explore(preemptions, model));
    if sites::under_study() {
        return;
    }
    for injected in faults {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(FAULT, injected.to_string())
            .output()
            .unwrap();
        assert!(!child.status.success(), "the model does not notice fault {injected}");
    }
}
