//! What is told of names from elsewhere exists: every piece of Wyn between backquotes in a help is read and checked.
//!
//! A piece is put where such a piece may stand, and must mean something in one of these places: it can be read, and its names
//! are known. Its types need not fit, since the values around it are any.

use std::collections::BTreeSet;

use wyn_base::habits::{
    Habits, IMPORTED as IMPORTED_NAMES, MODULES, OTHER_TYPES, PATHS, PRIMITIVES, TYPES, VALUES,
};

use super::*;
use crate::method_habits::*;
use crate::module_habits::MEMBERS;
use crate::{names, sync_habits};

/// What is in scope around a piece.
const SCOPE: &str = "n: int, i: int, index: int, code: int, low: int, high: int, from: int, to: int, s: string, text: string, \
    more: string, message: string, separator: string, path: string, name: string, c: char, xs: [int], ys: [int], parts: [string], \
    key: string, value: int, set: Set<int>, y: float, a: Set<int>, b: Set<int>, start: time.Instant, once: sync.Once<int>, \
    group: sync.WaitGroup, range: [int], tx: Sender<int>, rx: Receiver<int>, fs_: [Future<int>], futures: [Future<int>], default: int, g: Future<int>, test: fn(int) -> bool";

/// What `x`, `m` and `f` stand for: different things in different pieces.
const MEANINGS: &[&str] = &[
    "x: string, m: Map<string, int>, f: Future<int>",
    "x: float, m: Mutex<int>, f: fn(int) -> int",
    "x: sync.RwLock<int>, m: Mutex<int>, f: Future<int>",
    "x: int?, m: Map<string, int>, f: fn() -> int",
    "x: task.Local<int>, m: Map<string, int>, f: Future<int>",
];

/// Words of this language and of others that stand alone in a help, and marks.
const WORDS: &[&str] = &["self", "match", "enum", "Err", "main", "var", "bool", "!", "map"];

/// The modules whose names stand in helps without what is used of them.
const IMPORTS: &str = "import args\nimport fs\nimport io\nimport math\nimport process\nimport random\nimport sync\nimport task\nimport time\n";

/// Whether a program is read, and all its names are known.
fn means_something(program: &str) -> bool {
    let is_read = wyn_syntax::parse(SourceId(0), program).1.sorted().is_empty();
    is_read
        && checked(program).1.iter().all(|d| {
            let code = d.code.to_string();
            !code.starts_with("E00") && !code.starts_with("E01") && code != "E0218"
        })
}

/// Whether a piece of a help about such a value exists.
fn exists(piece: &str, about: &str) -> bool {
    let piece = &piece.replace("{ … }", "{ }").replace("!…", "true").replace('…', "0");
    if piece.starts_with("import ") {
        return means_something(&format!("{piece}\nfn main() {{ }}"));
    }
    let of_value = piece.starts_with('.');
    let piece = &if of_value && !piece.ends_with(')') { format!("{piece}(0)") } else { piece.clone() };
    let whole_items = [
        format!("type At<T, U, K, V> = {piece}"),
        format!("struct At {{ x: int }}\nimpl At {{ {piece} {{ }} }}"),
    ];
    // `fs` is a module, and in one piece what futures are often called.
    let piece = &piece.replace("fs.map(", "fs_.map(");
    let statements = [
        format!("_ = {about}{piece}"),
        format!("_ = {piece}"),
        piece.clone(),
        format!("{piece} {{ }}"),
        format!("select {{ {piece} }}"),
    ];
    let statements = if of_value { &statements[..1] } else { &statements[1..] };
    whole_items
        .iter()
        .filter(|_| !of_value)
        .any(|items| means_something(&format!("{IMPORTS}{items}\nfn main() {{ }}")))
        || statements.iter().any(|statement| {
            MEANINGS.iter().any(|meaning| {
                let around = format!("fn at({SCOPE}, {meaning}) {{ {statement} }}");
                means_something(&format!("{IMPORTS}fn one() -> int {{ 1 }}\n{around}\nfn main() {{ }}"))
            })
        })
}

/// The pieces of the helps of a table that do not exist; `about` is a value that they are about.
fn missing(habits: Habits, about: &str) -> Vec<String> {
    let helps = habits.iter().map(|(_, help)| help);
    let pieces: BTreeSet<&str> = helps.flat_map(|help| help.split('`').skip(1).step_by(2)).collect();
    let told =
        |piece: &&str| WORDS.contains(piece) || names::STD_MODULES.contains(piece) || is_meant(habits, piece);
    pieces.into_iter().filter(|piece| !told(piece) && !exists(piece, about)).map(str::to_owned).collect()
}

/// Whether a piece is a name that stands for another; that those exist is tested where the tables of methods and members are.
fn is_meant(habits: Habits, piece: &str) -> bool {
    let alone = |start: &str| habits.iter().any(|(_, help)| help.starts_with(&format!("{start}`{piece}`?")));
    alone("did you mean ") || alone("did you mean the module ") && names::STD_MODULES.contains(&piece)
}

#[test]
fn what_is_told_of_values_paths_and_types_exists() {
    for habits in [VALUES, PATHS, IMPORTED_NAMES, OTHER_TYPES] {
        assert_eq!(missing(habits, ""), [""; 0]);
    }
    for (_, here) in TYPES {
        assert!(means_something(&format!("type At<T, U, K, V> = {here}\nfn main() {{ }}")), "{here}");
    }
}

#[test]
fn what_is_told_of_modules_and_their_members_exists() {
    assert_eq!(missing(MODULES, "xs"), [""; 0]);
    for (module, habits) in MEMBERS {
        assert_eq!(missing(habits, "xs"), [""; 0], "{module}");
    }
    for (_, help) in MODULES {
        let Some(meant) = help.strip_prefix("did you mean `") else { continue };
        assert!(wyn_stdlib::module(meant.trim_end_matches("`?")).is_some(), "{help}");
    }
}

#[test]
fn what_is_told_of_methods_exists() {
    let imported = method_habits::IMPORTED.iter().map(|(name, value)| (*value, sync_habits::habits(name)));
    for (about, habits) in method_habits::SAMPLES.iter().copied().chain(imported).chain([("xs", ANY_HABITS)])
    {
        assert_eq!(missing(habits, about), [""; 0], "{about}");
    }
}

#[test]
fn words_for_types_are_those_of_the_language() {
    for name in PRIMITIVES {
        assert!(names::primitive(Symbol::new(name)).is_some(), "{name}");
    }
    for name in names::HANDLES {
        assert!(names::handle(Symbol::new(name)).is_some(), "{name}");
    }
    for (elsewhere, _) in
        TYPES.iter().chain(OTHER_TYPES).flat_map(|(names, here)| names.iter().map(move |n| (n, here)))
    {
        assert!(!means_something(&format!("type At = {elsewhere}\nfn main() {{ }}")), "{elsewhere}");
    }
}
