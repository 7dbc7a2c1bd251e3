//! Modules from elsewhere: what is told of them leads somewhere.

use crate::module_habits::MEMBERS;

use super::*;

#[test]
fn no_member_stands_twice() {
    for habits in MEMBERS.iter().map(|(_, habits)| habits) {
        let mut names: Vec<&str> = habits.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "{names:?}");
    }
}

#[test]
fn what_is_suggested_for_members_exists() {
    for (module, habits) in MEMBERS {
        let text = wyn_stdlib::module(module).unwrap_or_else(|| panic!("there is no module `{module}`"));
        for (names, help) in *habits {
            for name in *names {
                let said = whole(&format!("import {module}\nfn main() {{ _ = {module}.{name} }}"));
                assert!(
                    said.contains(" has no `") && said.ends_with(&format!("help: {help}")),
                    "{module}.{name}: {said}"
                );
            }
            let Some(meant) = help.strip_prefix("did you mean `") else { continue };
            let meant = meant.trim_end_matches("`?");
            let declared = ["fn", "const", "struct"].iter().any(|kind| {
                [format!(" {kind} {meant}("), format!(" {kind} {meant}<"), format!(" {kind} {meant} ")]
                    .iter()
                    .any(|start| text.contains(start.as_str()))
            });
            assert!(declared, "{module}.{meant}");
        }
    }
}
