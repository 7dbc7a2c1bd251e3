//! What is said about methods from other languages: it must be true.

use wyn_base::habits::Habits;

use super::*;
use crate::method_habits::*;
use crate::sync_habits;

/// Expressions of the types that have a table.
pub(super) const SAMPLES: &[(&str, Habits)] = &[
    ("[1]", ARRAY_HABITS),
    ("\"a\"", STRING_HABITS),
    ("'a'", CHAR_HABITS),
    ("1", NUMBER_HABITS),
    ("{1: 2}", MAP_HABITS),
    ("{1}", SET_HABITS),
    ("(0..1)", RANGE_HABITS),
    ("Some(1)", OPTION_HABITS),
    ("int.parse(\"1\")", RESULT_HABITS),
    ("(spawn one())", FUTURE_HABITS),
    ("channel<int>(1)", CHANNEL_HABITS),
    ("channel<int>(1).0", SENDER_HABITS),
    ("channel<int>(1).1", RECEIVER_HABITS),
    ("Atomic(1)", ATOMIC_HABITS),
];

/// Types of the modules `sync` and `task`, by name, each with a value.
pub(super) const IMPORTED: &[(&str, &str)] = &[
    ("Semaphore", "sync.Semaphore.new(1)"),
    ("Barrier", "sync.Barrier.new(1)"),
    ("WaitGroup", "sync.WaitGroup.new()"),
    ("Once", "sync.Once<int>.new()"),
    ("RwLock", "sync.RwLock.new(1)"),
    ("Local", "task.local(1)"),
];

/// What the checker says first about such a call.
fn said(value: &str, method: &str) -> String {
    let import = match value.split_once('.') {
        Some(("sync", _)) => "import sync\n",
        Some(("task", _)) => "import task\n",
        _ => "",
    };
    whole(&format!("{import}fn one() -> int {{ 1 }}\nfn main() {{ const v = {value}\n _ = v.{method}() }}"))
}

#[test]
fn names_from_elsewhere_lead_to_what_is_meant() {
    let mut wrong = Vec::new();
    let imported = IMPORTED.iter().map(|(name, value)| (*value, sync_habits::habits(name)));
    for (value, habits) in SAMPLES.iter().copied().chain(imported) {
        for (names, help) in habits {
            for name in *names {
                let said = said(value, name);
                if !said.contains(" has no method ") || !said.ends_with(&format!("help: {help}")) {
                    wrong.push(format!("{value}.{name}: {said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_suggested_exists() {
    for (value, habits) in SAMPLES {
        for (_, help) in *habits {
            let Some(meant) = help.strip_prefix("did you mean `") else { continue };
            let said = said(value, meant.trim_end_matches("`?"));
            assert!(!said.contains(" has no method "), "{value}: {help}: {said}");
        }
    }
}

#[test]
fn no_name_stands_twice() {
    for (value, habits) in SAMPLES {
        let mut names: Vec<&str> = habits.iter().flat_map(|(names, _)| *names).copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{value}");
    }
}
