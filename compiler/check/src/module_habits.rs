//! Modules of other languages and what is in them, and where it is here.

use wyn_base::habits::{Habits, find};

/// What stands for a module of another language.
pub(crate) fn module(name: &str) -> Option<&'static str> {
    find(MODULES, name)
}

/// What stands for a member that a module of the standard library is thought to have.
pub(crate) fn member(module: &str, name: &str) -> Option<&'static str> {
    let (_, habits) = MEMBERS.iter().find(|(known, _)| *known == module)?;
    find(habits, name)
}

pub(crate) const MODULES: Habits = &[
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
        &["thread", "threading", "asyncio", "tokio", "async", "concurrent", "runtime", "rayon", "spawn"],
        "no import is needed: `spawn f(x)` starts a task",
    ),
    (&["channel", "chan", "mpsc", "crossbeam"], "no import is needed: `channel<int>(4)` makes a channel"),
    (&["mutex", "atomic", "atomics"], "no import is needed: `Mutex(value)`, `Atomic(0)`"),
    (&["file", "files", "filesystem", "ioutil", "bufio"], "files are in `fs`, input is in `io`"),
    (&["argparse", "flag", "clap", "getopt"], "the arguments are in `args`"),
    (&["datetime", "chrono", "date"], "clocks are in `time`"),
    (&["std", "core", "prelude"], "a module of the library is imported by its name alone: `import fs`"),
];

/// The members that modules of the library are thought to have, by module.
pub(crate) const MEMBERS: &[(&str, Habits)] = &[
    (
        "time",
        &[
            (&["sleep", "Sleep", "delay"], "no import is needed: `sleep(5ms)`"),
            (&["since", "Since"], "an instant knows it: `start.elapsed()`"),
            (
                &["after", "After", "timeout", "deadline"],
                "an arm of a `select`, `after 2s => …`, or a block, `within 2s { … }`",
            ),
            (&["tick", "ticker", "Tick", "NewTicker", "interval", "timer"], "did you mean `every`?"),
            (&["Duration", "duration"], "no import is needed: `Duration`, written `5ms` or `n * 1ms`"),
            (&["Now", "instant", "monotonic", "perf_counter"], "did you mean `now`?"),
            (&["unix", "time", "epoch", "timestamp", "system_time"], "did you mean `wall`?"),
        ],
    ),
    (
        "math",
        &[
            (
                &["max", "min", "clamp", "Max", "Min"],
                "no import is needed: `max(a, b)`, `min(a, b)`, `clamp(x, low, high)`",
            ),
            (&["abs", "fabs", "Abs"], "it is a method: `x.abs()`"),
            (
                &["MAX", "MAX_INT", "MaxInt", "MaxInt64", "max_int", "INT64_MAX", "maxint"],
                "did you mean `INT_MAX`?",
            ),
            (&["MIN", "MIN_INT", "MinInt", "MinInt64", "min_int", "INT64_MIN"], "did you mean `INT_MIN`?"),
            (&["inf", "Inf", "INF", "infinity"], "did you mean `INFINITY`?"),
            (&["pi", "Pi"], "did you mean `PI`?"),
            (&["log", "Log"], "did you mean `ln`?"),
            (&["random", "rand"], "did you mean the module `random`?"),
        ],
    ),
    (
        "io",
        &[
            (
                &["print", "println", "printf", "Println", "writeln"],
                "no import is needed: `print(x)`, `eprint(x)`",
            ),
            (&["eprint", "eprintln", "stderr"], "no import is needed: `eprint(x)`"),
            (
                &["input", "readline", "read", "stdin", "ReadLine", "getline", "scan"],
                "did you mean `read_line`?",
            ),
            (&["read_to_string", "read_to_end", "ReadAll"], "did you mean `read_all`?"),
            (&["stdout"], "did you mean `write`?"),
            (&["open", "File"], "files are in `fs`: `fs.read(path)`"),
        ],
    ),
    (
        "fs",
        &[
            (&["read_file", "read_to_string", "readFile", "ReadFile", "load"], "did you mean `read`?"),
            (&["read_lines", "readlines"], "did you mean `lines`?"),
            (&["write_file", "writeFile", "WriteFile", "save"], "did you mean `write`?"),
            (
                &["open", "create", "File", "Open", "Create"],
                "files are read and written as a whole: `fs.read(path)`, `fs.write(path, text)`",
            ),
            (&["mkdir", "Mkdir", "make_dir", "create_dir_all"], "did you mean `create_dir`?"),
            (&["rmdir"], "did you mean `remove_dir`?"),
            (&["delete", "unlink", "remove_file", "rm"], "did you mean `remove`?"),
            (&["read_dir", "listdir", "readdir", "ReadDir", "ls"], "did you mean `list`?"),
            (&["is_file", "isfile"], "ask both: `fs.exists(path) && !fs.is_dir(path)`"),
        ],
    ),
    (
        "sync",
        &[
            (
                &["Mutex", "mutex", "Lock"],
                "no import is needed: `Mutex(value)`, opened by `lock m as x { … }`",
            ),
            (&["Atomic", "AtomicInt", "AtomicI64", "atomic"], "no import is needed: `Atomic(0)`"),
            (
                &["Cond", "Condvar", "Condition", "Event", "Notify"],
                "wait for a message instead: `rx.recv()` of a channel",
            ),
            (&["mpsc", "Channel", "channel"], "no import is needed: `channel<int>(4)`"),
            (&["RWMutex", "ReadWriteLock"], "did you mean `RwLock`?"),
            (&["OnceLock", "OnceCell", "Lazy", "LazyLock"], "did you mean `Once`?"),
            (&["Arc", "Rc"], "handles are shared as they are: `Mutex(value)`"),
        ],
    ),
    (
        "random",
        &[
            (
                &["int", "randint", "intn", "Intn", "between", "gen_range", "randrange", "number"],
                "did you mean `range`?",
            ),
            (&["random", "rand", "Float64", "uniform"], "did you mean `float`?"),
            (&["bool", "boolean"], "write `random.chance(0.5)`"),
            (&["pick", "sample", "element"], "did you mean `choice`?"),
            (
                &["seed", "new", "Random", "Rng", "rng", "NewSource"],
                "a source with a seed is a `random.Generator.new(seed: 42)`",
            ),
        ],
    ),
    (
        "collections",
        &[
            (&["Queue", "VecDeque", "LinkedList", "List", "deque"], "did you mean `Deque`?"),
            (&["Stack"], "an array is a stack: `.push(x)`, `.pop()`"),
            (&["PriorityQueue", "BinaryHeap", "heap"], "did you mean `Heap`?"),
            (&["HashMap", "BTreeMap", "OrderedDict", "Dict", "Map"], "no import is needed: `Map<K, V>`"),
            (&["HashSet", "BTreeSet", "Set"], "no import is needed: `Set<T>`"),
        ],
    ),
    (
        "task",
        &[
            (&["sleep"], "no import is needed: `sleep(5ms)`"),
            (&["spawn"], "no import is needed: `spawn f(x)`"),
            (&["yield_now", "Gosched"], "did you mean `checkpoint`?"),
        ],
    ),
    (
        "env",
        &[
            (&["var", "getenv", "Getenv"], "did you mean `get`?"),
            (&["args", "argv"], "the arguments are in `args`: `args.list()`"),
        ],
    ),
    ("args", &[(&["get", "all", "argv", "Args", "args"], "did you mean `list`?")]),
    (
        "process",
        &[
            (&["args", "argv"], "the arguments are in `args`: `args.list()`"),
            (&["env"], "it is a module: `import env`"),
        ],
    ),
];
