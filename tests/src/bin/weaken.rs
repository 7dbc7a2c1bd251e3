//! `weaken [--all] [PART...]`: weakens each order of the runtime by a step, in the files whose paths contain one of these parts,
//! and tells which model fails. With `--all` it lists every order, and what is said of those that are relaxed; else those for
//! which it fails.
//!
//! It fails if there is an order that no model fails without, and that has no reason for it in its comment: either the
//! order is not needed, or a model is missing. The same holds of a reason that has become untrue.

use std::io::Write;
use std::process::ExitCode;

use wyn_tests::orders::{self, Order, Site};
use wyn_tests::weakening::{Models, Mutant, Verdict};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let all = args.iter().any(|arg| arg == "--all");
    let parts: Vec<&String> = args.iter().filter(|arg| !arg.starts_with("--")).collect();
    let mut sites = orders::sites()?;
    sites.retain(|site| parts.is_empty() || parts.iter().any(|part| site.file.contains(*part)));
    if sites.is_empty() {
        return Err("there is no such order".to_owned());
    }
    let (relaxed, sites): (Vec<Site>, Vec<Site>) =
        sites.into_iter().partition(|site| site.order == Order::Relaxed);
    let models = Models::build()?;
    let mutants = models.weaken(&sites);
    let (mut text, good) = report(&sites, &mutants, all, models.len());
    if all {
        text += &of_relaxed(&relaxed, &models);
    }
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(good)
}

/// What there is to say of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// A model fails for each way to weaken it.
    Needed,
    /// No model fails, and the comment says why.
    Explained,
    /// No model fails, and nobody says why.
    Open,
    /// A model fails, and the comment says that none does.
    Outdated,
}

fn judge(site: &Site, mutants: &[&Mutant]) -> Judged {
    let killed = mutants.iter().all(|mutant| matches!(mutant.verdict, Verdict::Killed(_)));
    match (killed, site.not_modelled()) {
        (true, None) => Judged::Needed,
        (true, Some(_)) => Judged::Outdated,
        (false, Some(_)) => Judged::Explained,
        (false, None) => Judged::Open,
    }
}

/// The table and the sums, and whether all is well.
fn report(sites: &[Site], mutants: &[Mutant], all: bool, models: usize) -> (String, bool) {
    let mut text = String::new();
    let mut counts = [0; 4];
    for site in sites {
        let of_site: Vec<&Mutant> = mutants.iter().filter(|mutant| mutant.site.name == site.name).collect();
        let judged = judge(site, &of_site);
        counts[judged as usize] += 1;
        if all || matches!(judged, Judged::Open | Judged::Outdated) {
            text += &entry(site, &of_site, judged);
        }
    }
    let [needed, explained, open, outdated] = counts;
    text += &format!(
        "{} orders stronger than Relaxed, {models} models: {needed} are needed by a model, {explained} are not modelled and \
         say why, {open} are neither, {outdated} say so wrongly\n",
        sites.len()
    );
    (text, open + outdated == 0)
}

/// The orders that are relaxed already: whether models come by, and why they need no more.
fn of_relaxed(sites: &[Site], models: &Models) -> String {
    let mut text = String::new();
    for site in sites {
        let seen = if models.reach(site) { "in models" } else { "in no model" };
        text += &format!("{} Relaxed in {}, {seen}\n    {}\n", site.name, site.function, site.comment);
    }
    let seen = sites.iter().filter(|site| models.reach(site)).count();
    text + &format!("{} orders are Relaxed, {seen} of them in models\n", sites.len())
}

fn entry(site: &Site, mutants: &[&Mutant], judged: Judged) -> String {
    let mut text = format!("{} {:?} in {}\n", site.name, site.order, site.function);
    for mutant in mutants {
        let verdict = match &mutant.verdict {
            Verdict::Killed(model) => format!("{model} fails"),
            Verdict::Survived(models) => format!("{models} models pass"),
            Verdict::Unreached => "no model comes here".to_owned(),
        };
        text += &format!("    {:?}: {verdict}\n", mutant.order);
    }
    match (judged, site.not_modelled()) {
        (Judged::Explained, Some(why)) => text += &format!("    not modelled: {why}\n"),
        (Judged::Outdated, Some(why)) => {
            text += &format!("    but the comment says it is not modelled: {why}\n")
        }
        _ => {}
    }
    text
}
