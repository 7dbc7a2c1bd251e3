//! What programs in other languages call things, and how the same is written here.
//!
//! One table for each kind of thing that more than one stage is asked about; the checker keeps those that hang on a type
//! or on a module of the library, in the same shape. Who reports an unknown name shows what stands here as its help,
//! so whatever is written between backquotes exists here: a test of the checker, which knows the library, sees to it.

/// Names from elsewhere, and what stands for all of them here.
pub type Habits = &'static [(&'static [&'static str], &'static str)];

/// What stands for a name.
#[must_use]
pub fn find(habits: Habits, name: &str) -> Option<&'static str> {
    let (_, here) = habits.iter().find(|(names, _)| names.contains(&name))?;
    Some(*here)
}

/// Values and functions that need no module elsewhere, each with a help.
pub const VALUES: Habits = &[
    (&["nil", "null", "nullptr", "undefined", "none"], "absence is `None`, of type `T?`"),
    (&["println", "printf", "puts", "echo", "console", "fmt"], "`print(x)` writes one line"),
    (&["this"], "a method's receiver is `self`"),
    (&["len", "length"], "length is a method: `x.len()`"),
    (&["True", "False", "TRUE", "FALSE"], "the values of `bool` are `true` and `false`"),
    (&["not"], "negation is `!`"),
    (
        &[
            "Thread",
            "thread",
            "go",
            "async",
            "launch",
            "tokio",
            "ThreadPoolExecutor",
            "DispatchQueue",
            "GlobalScope",
        ],
        "`spawn f(x)` starts a task",
    ),
    (
        &["Channel", "chan", "mpsc", "oneshot", "BufferedChannel"],
        "`const (tx, rx) = channel<int>(4)` makes a channel and gives its two ends",
    ),
    (&["close"], "the end of a channel has it as a method: `tx.close()`"),
    (&["drop"], "leave it out: a value goes after its last use; `tx.close()` ends a channel for all"),
    (&["emit"], "a value is sent on a channel: `tx.send(value)`"),
    (
        &["timeout", "wait_for", "withTimeout", "withTimeoutOrNull", "with_timeout"],
        "`within 2s { … }` gives the value of its block, or `None` when the time is over",
    ),
    (
        &[
            "JoinSet",
            "TaskGroup",
            "withTaskGroup",
            "withThrowingTaskGroup",
            "coroutineScope",
            "supervisorScope",
            "runBlocking",
            "errgroup",
        ],
        "`nursery { … }` waits for all that is spawned in it",
    ),
    (&["gather", "join_all", "awaitAll"], "`futures.map((f) => f.await())` awaits several tasks"),
    (&["synchronized"], "a `Mutex` is opened by `lock m as x { … }`"),
    (
        &["AbortController", "CancellationToken", "CancellationTokenSource"],
        "a task is cancelled through its future: `f.cancel()`",
    ),
    (&["delay"], "write `sleep(10ms)`"),
    (&["default"], "the arm for when nothing else is ready is `else => …`"),
    (&["make"], "`channel<int>(4)` makes a channel, `[]` an empty array, `{:}` an empty map"),
    (&["HashMap", "Dict", "dict", "map"], "`{:}` is an empty map, `{\"a\": 1}` one with an entry"),
    (&["range"], "`0..n` is a range"),
    (&["append"], "`xs.push(x)` adds an element"),
    (&["enumerate"], "`for i, x in xs` counts the elements"),
    (&["typeof", "isinstance"], "a value has one type; `match` asks which variant of an `enum` it is"),
    (&["super", "base"], "there is no inheritance: put the other struct into a field"),
    (&["HashSet", "set"], "`Set.new()` makes an empty set, `{1, 2}` one with elements"),
    (&["str", "String", "repr"], "text of a value is `\"${x}\"`"),
    (&["self"], "`self` exists in methods that declare it: `fn name(self)`"),
    (&["move"], "closures and tasks work on copies of what they use: leave it out, and write `(x) => …`"),
    (&["pass"], "an empty block is written `{ }`"),
    (
        &["recover", "catch"],
        "a panic ends its task: `f.result()` gives it as an `Err` to who awaits the task",
    ),
    (&["stride"], "`(0..n).step(2)` is a range of every second number"),
    (&["zip"], "`xs.zip(ys)` pairs two arrays"),
    (&["sum"], "`xs.sum()` adds all elements"),
    (&["sorted"], "`xs.sort()` sorts a `var` in place"),
    (
        &["input", "readline", "readLine", "read_line", "gets", "scanf", "Scanln"],
        "`import io`, then `io.read_line()` gives the next line of input",
    ),
    (&["open"], "`fs.read(path)` and `fs.lines(path)` read a file, after `import fs`"),
    (&["setTimeout"], "`spawn { sleep(100ms); f() }` does something later"),
    (
        &["setInterval"],
        "`for now in time.every(1s) { … }` does something again and again, after `import time`",
    ),
    (&["Promise"], "`spawn f(x)` starts a task, and `futures.map((f) => f.await())` awaits several"),
    (&["delete"], "`m.remove(key)` takes an entry out of a map"),
    (&["exit"], "`import process`, then `process.exit(code)`; `main` may also return an `Err`"),
    (
        &["sqrt", "floor", "ceil", "round", "trunc", "sin", "cos", "tan", "pow", "ln"],
        "functions of floats are in a module: `import math`, then `math.sqrt(x)`",
    ),
    (&["randint", "rand"], "`import random`, then `random.range(0..6)`"),
    (&["float64", "double", "Float", "Double"], "write `float(x)`"),
    (&["float32"], "write `f32(x)`"),
    (&["int64", "long", "Int", "isize", "usize"], "write `int(x)`"),
    (&["int8"], "write `i8(x)`"),
    (&["int16"], "write `i16(x)`"),
    (&["int32"], "write `i32(x)`"),
    (&["uint8"], "write `u8(x)`"),
    (&["uint16"], "write `u16(x)`"),
    (&["uint32"], "write `u32(x)`"),
    (&["uint64", "uint"], "write `u64(x)`"),
];

/// Modules elsewhere, each with a help.
pub const MODULES: Habits = &[
    (&["os", "sys"], "what it has is in `args`, `env`, `fs` and `process`"),
    (&["fmt", "stdio", "iostream", "console"], "no import is needed: `print(\"${x} and ${y:.2}\")`"),
    (
        &["strings", "string", "strconv", "bytes", "unicode", "str"],
        "no import is needed: text has methods, `int.parse(s)` reads a number",
    ),
    (
        &["sort", "slices", "itertools", "functools"],
        "no import is needed: arrays have methods, such as `.sort()`",
    ),
    (
        &["maps", "set", "map", "array", "vec", "list", "option", "result"],
        "no import is needed: the type is known everywhere",
    ),
    (&["rand"], "did you mean `random`?"),
    (&["heap", "queue", "deque", "heapq", "containers", "container"], "did you mean `collections`?"),
    (&["errors", "error", "anyhow", "thiserror"], "no import is needed: `Error.new(message)`"),
    (&["context"], "no import is needed: `within 2s { … }` sets a deadline, `f.cancel()` cancels"),
    (
        &[
            "thread",
            "threading",
            "asyncio",
            "tokio",
            "async",
            "concurrent",
            "runtime",
            "rayon",
            "spawn",
            "threads",
            "futures",
            "multiprocessing",
            "task_group",
            "coroutines",
        ],
        "no import is needed: `spawn f(x)` starts a task",
    ),
    (
        &["channel", "chan", "mpsc", "crossbeam", "oneshot", "broadcast", "channels"],
        "no import is needed: `channel<int>(4)` makes a channel",
    ),
    (&["mutex", "atomic", "atomics"], "no import is needed: `Mutex(value)`, `Atomic(0)`"),
    (&["errgroup", "taskgroup"], "no import is needed: `nursery { … }` waits for all that is spawned in it"),
    (&["semaphore", "waitgroup", "rwlock", "barrier", "once"], "did you mean `sync`?"),
    (&["file", "files", "filesystem", "ioutil", "bufio"], "files are in `fs`, input is in `io`"),
    (&["argparse", "flag", "clap", "getopt"], "the arguments are in `args`"),
    (&["datetime", "chrono", "date"], "clocks are in `time`"),
    (&["std", "core", "prelude"], "a module of the library is imported by its name alone: `import fs`"),
];

/// What other languages import by its own name, each with a help.
pub const IMPORTED: Habits = &[
    (&["Mutex", "Arc"], "no import is needed: `Mutex(value)`, `Atomic(0)`"),
    (&["Duration"], "no import is needed: `Duration`, written `5ms`"),
];

/// Functions in modules and types elsewhere, by the last two names of their paths, each with a help.
pub const PATHS: Habits = &[
    (&["Vec.new", "Vec.with_capacity"], "an empty array is `[]`: `var xs: [int] = []`"),
    (&["HashMap.new", "BTreeMap.new"], "an empty map is `{:}`: `var m: Map<string, int> = {:}`"),
    (&["HashSet.new", "BTreeSet.new"], "write `Set.new()`"),
    (&["String.new"], "an empty text is `\"\"`"),
    (&["String.from"], "a text is written as it is: `\"…\"`"),
    (
        &["Box.new", "Rc.new", "Arc.new", "RefCell.new", "Cell.new"],
        "values need no box: write the value alone",
    ),
    (&["Mutex.new"], "write `Mutex(value)`"),
    (
        &["AtomicUsize.new", "AtomicI64.new", "AtomicU64.new", "AtomicBool.new", "Atomic.new"],
        "write `Atomic(value)`",
    ),
    (
        &[
            "thread.spawn",
            "tokio.spawn",
            "task.spawn",
            "Task.detached",
            "Task.run",
            "asyncio.create_task",
            "threading.Thread",
        ],
        "a task is started with `spawn { … }`",
    ),
    (&["thread.sleep", "time.sleep", "Task.sleep", "asyncio.sleep", "Thread.sleep"], "write `sleep(10ms)`"),
    (
        &["Promise.all", "Promise.allSettled", "asyncio.gather", "future.join_all", "Task.WhenAll"],
        "`futures.map((f) => f.await())` awaits several tasks",
    ),
    (&["Promise.race", "Promise.any"], "`select { v = await f => …, w = await g => … }` takes the first"),
    (
        &["asyncio.wait_for"],
        "`within 2s { … }` gives the value of its block, or `None` when the time is over",
    ),
    (&["Arc.clone", "Rc.clone"], "values and handles are copied by assignment: `const b = a`"),
    (
        &["mpsc.channel", "mpsc.unbounded_channel", "oneshot.channel", "broadcast.channel", "watch.channel"],
        "write `const (tx, rx) = channel<int>(16)`",
    ),
    (&["Duration.from_secs", "Duration.from_millis"], "a time has a unit: `2s`, `500ms`"),
    (&["Instant.now"], "write `time.now()`, after `import time`"),
    (&["process.exit"], "write `process.exit(1)`, after `import process`"),
    (&["env.args"], "write `args.list()`, after `import args`"),
];

/// The types that have a word of their own in the language.
pub const PRIMITIVES: &[&str] = &[
    "int", "float", "bool", "char", "string", "byte", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64",
    "f32", "f64",
];

/// Types elsewhere, each with the type that it is here; `T`, `U`, `K` and `V` stand for its arguments.
pub const TYPES: Habits = &[
    (&["String", "str"], "string"),
    (&["Int", "integer", "isize", "usize", "long"], "int"),
    (&["int8"], "i8"),
    (&["int16"], "i16"),
    (&["int32"], "i32"),
    (&["int64"], "i64"),
    (&["uint8"], "u8"),
    (&["uint16"], "u16"),
    (&["uint32"], "u32"),
    (&["uint64", "uint"], "u64"),
    (&["Float", "double", "Double", "number", "float64"], "float"),
    (&["float32"], "f32"),
    (&["boolean", "Bool"], "bool"),
    (&["void", "Void", "unit", "Unit"], "()"),
    (&["rune", "Char", "Character"], "char"),
    (&["error"], "Error"),
    (&["bytes", "Bytes", "Buffer"], "[byte]"),
    (&["HashMap", "Dict", "dict", "Dictionary", "BTreeMap", "map"], "Map<K, V>"),
    (&["HashSet", "BTreeSet", "set"], "Set<T>"),
    (&["Promise", "Task", "JoinHandle"], "Future<T>"),
    (&["Vec", "List", "Array", "list", "slice", "ArrayList", "Sequence"], "[T]"),
    (&["Optional", "Maybe", "Nullable"], "T?"),
    (&["tuple", "Tuple", "Pair"], "(T, U)"),
];

/// Types elsewhere that are no one type here, each with a help.
pub const OTHER_TYPES: Habits = &[
    (
        &["Box", "Rc", "Arc", "RefCell", "Ref", "Pointer", "ptr"],
        "values need no box, and a type may hold itself as `T?` or `[T]`: write the type alone",
    ),
    (
        &["any", "Any", "object", "Object", "interface", "unknown", "dynamic"],
        "a type parameter stands for any type, `fn f<T>(x: T)`; one of several is an `enum`",
    ),
    (
        &["Channel", "chan", "Flow", "Stream", "AsyncStream", "Observable", "BlockingQueue"],
        "a channel has two ends: `Sender<T>` and `Receiver<T>`",
    ),
    (
        &["ParseError", "ParseIntError", "IOError", "IoError", "ValueError", "RuntimeError", "TypeError"],
        "the errors of the library are of type `Error`; others are an `enum` of the program",
    ),
    (&["Exception", "Throwable"], "errors are of type `Error`, and given as a `Result<T>`"),
    (
        &["Function", "Callable", "Func", "Fn", "FnMut", "FnOnce", "func"],
        "the type of a function is written `fn(int) -> bool`",
    ),
    (&["never", "Never", "noreturn"], "leave the result type out"),
];

/// The help for a type from elsewhere, given the arguments that stand behind it, when they are known.
#[must_use]
pub fn type_help(name: &str, arguments: Option<&str>) -> Option<String> {
    let Some(here) = find(TYPES, name) else {
        return find(OTHER_TYPES, name).map(str::to_owned);
    };
    let arguments = arguments.filter(|arguments| fits(here, arguments));
    Some(match (parameters(here), arguments, here.split_once('<')) {
        (Some(_), Some(arguments), _) => format!("write `{}`", with_arguments(here, arguments)),
        (_, _, Some((name, _))) => format!("did you mean `{name}`?"),
        (Some(_), None, None) => format!("write `{here}`, such as `{}`", with_arguments(here, "int")),
        (None, _, None) => format!("did you mean `{here}`?"),
    })
}

/// What stands for the arguments in a type of the table.
fn parameters(here: &str) -> Option<&'static str> {
    ["K, V", "T, U", "T"].into_iter().find(|parameters| here.contains(parameters))
}

/// Whether a type of the table takes this number of arguments; a tuple takes any.
fn fits(here: &str, arguments: &str) -> bool {
    let given = split_list(arguments).len();
    parameters(here).is_none_or(|parameters| parameters == "T, U" || split_list(parameters).len() == given)
}

/// The parts of a list as it stands in a program, at the commas outside of brackets and texts.
#[must_use]
pub fn split_list(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' | '<' => depth += 1,
            '>' if text[..at].ends_with(['-', '=']) => {}
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A type of the table with these arguments.
fn with_arguments(here: &str, arguments: &str) -> String {
    // The `?` of `fn(int) -> int?` belongs to the result.
    if here == "T?" && arguments.starts_with("fn(") {
        return format!("({arguments})?");
    }
    parameters(here).map_or_else(|| here.to_owned(), |parameters| here.replacen(parameters, arguments, 1))
}

/// A type as it is written elsewhere, with the names in it that are others here, and its arguments in angles:
/// `Dict[str, list[int]]` is `Map<string, [int]>`. What has no name here stays.
#[must_use]
pub fn type_here(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut written = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if word.is_empty() {
            written.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        rest = &rest[word.len()..];
        let arguments = bracketed(rest);
        if let Some(arguments) = arguments {
            rest = &rest[arguments.len() + 2..];
        }
        let arguments = arguments.map(type_here);
        written += &match (find(TYPES, word), arguments) {
            (Some(here), Some(arguments)) if fits(here, &arguments) => with_arguments(here, &arguments),
            (Some(here), None) if parameters(here).is_none() => here.to_owned(),
            (_, Some(arguments)) => format!("{word}<{arguments}>"),
            (_, None) => word.to_owned(),
        };
    }
    written
}

/// A type as it is written in Go: `map[string][]*Point` is `Map<string, [Point]>`.
#[must_use]
pub fn go_type(text: &str) -> String {
    let text = text.trim();
    if let Some(element) = text.strip_prefix("[]") {
        return format!("[{}]", go_type(element));
    }
    if let Some(pointee) = text.strip_prefix('*') {
        return go_type(pointee);
    }
    if let Some(rest) = text.strip_prefix("map")
        && let Some(key) = bracketed(rest)
        && let value = &rest[key.len() + 2..]
        && !value.is_empty()
    {
        return format!("Map<{}, {}>", go_type(key), go_type(value));
    }
    if text.strip_prefix("struct").is_some_and(|fields| fields.trim_start() == "{}") {
        return "()".to_owned();
    }
    type_here(text)
}

/// What stands between the bracket or angle that the text begins with and its partner.
fn bracketed(text: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '<' => depth += 1,
            // An arrow closes nothing.
            '>' if text[..at].ends_with('-') => {}
            ']' | '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (at > 1).then(|| &text[1..at]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice() {
        for table in [&[VALUES][..], &[MODULES, IMPORTED], &[PATHS], &[TYPES, OTHER_TYPES]] {
            let rows = table.iter().flat_map(|habits| habits.iter());
            let mut names: Vec<&str> = rows.flat_map(|(names, _)| names.iter().copied()).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{names:?}");
        }
    }

    #[test]
    fn types_are_rewritten_with_what_is_in_them() {
        for (elsewhere, here) in [
            ("str", "string"),
            ("Point", "Point"),
            ("Dict[str, List[int]]", "Map<string, [int]>"),
            ("Vec<Vec<String>>", "[[string]]"),
            ("Optional[Point]", "Point?"),
            ("Pair<Int, Bool>", "(int, bool)"),
            ("Optional<fn(int) -> Bool>", "(fn(int) -> bool)?"),
            ("Dict[str]", "Dict<string>"),
            ("fn(usize) -> Vec<u8>", "fn(int) -> [u8]"),
            ("Grid[float64]", "Grid<float>"),
            ("list", "list"),
            ("[str]", "[string]"),
            ("List[", "List["),
        ] {
            assert_eq!(type_here(elsewhere), here);
        }
    }

    #[test]
    fn types_of_go_are_rewritten() {
        for (elsewhere, here) in [
            ("int", "int"),
            ("[]int", "[int]"),
            ("[][]string", "[[string]]"),
            ("*Point", "Point"),
            ("[]*Point", "[Point]"),
            ("map[string]int", "Map<string, int>"),
            ("map[string][]*Point", "Map<string, [Point]>"),
            ("map[string]map[int]bool", "Map<string, Map<int, bool>>"),
            ("struct{}", "()"),
            ("struct {}", "()"),
            ("float64", "float"),
            ("error", "Error"),
            ("map[string]", "map<string>"),
        ] {
            assert_eq!(go_type(elsewhere), here);
        }
    }

    #[test]
    fn a_list_is_split_outside_of_brackets_and_texts() {
        assert_eq!(split_list("a"), ["a"]);
        assert_eq!(split_list("f(1, 2), [3, 4] , nil"), ["f(1, 2)", "[3, 4]", "nil"]);
        assert_eq!(
            split_list("Map<int, string>, fn(int, int) -> bool, c"),
            ["Map<int, string>", "fn(int, int) -> bool", "c"]
        );
        assert_eq!(split_list("\"a, (b\", x"), ["\"a, (b\"", "x"]);
    }

    #[test]
    fn a_type_leads_to_its_name_or_to_how_it_is_written() {
        for (name, arguments, help) in [
            ("String", None, "did you mean `string`?"),
            ("HashMap", None, "did you mean `Map`?"),
            ("HashMap", Some("string, int"), "write `Map<string, int>`"),
            ("Vec", Some("int"), "write `[int]`"),
            ("list", None, "write `[T]`, such as `[int]`"),
            ("Optional", Some("int"), "write `int?`"),
            ("Optional", Some("fn(int) -> int"), "write `(fn(int) -> int)?`"),
            ("List", Some("int, string"), "write `[T]`, such as `[int]`"),
            ("List", Some("Map<int, string>"), "write `[Map<int, string>]`"),
            ("HashMap", Some("int"), "did you mean `Map`?"),
            ("Task", Some("int, Error"), "did you mean `Future`?"),
            ("Tuple", Some("int, bool, string"), "write `(int, bool, string)`"),
            ("never", None, "leave the result type out"),
        ] {
            assert_eq!(type_help(name, arguments).as_deref(), Some(help));
        }
        assert_eq!(type_help("Point", None), None);
    }
}
