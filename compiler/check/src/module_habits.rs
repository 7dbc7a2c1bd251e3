//! What the modules of the library are thought to have, and where it is here.

use wyn_base::habits::{Habits, find};

/// What stands for a member that a module of the standard library is thought to have.
pub(crate) fn member(module: &str, name: &str) -> Option<&'static str> {
    let (_, habits) = MEMBERS.iter().find(|(known, _)| *known == module)?;
    find(habits, name)
}

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
            (
                &[
                    "Second",
                    "Seconds",
                    "Millisecond",
                    "Microsecond",
                    "Nanosecond",
                    "Minute",
                    "Hour",
                    "seconds",
                ],
                "a length of time is written `5ms`, or `n * 1ms` when it is computed",
            ),
            (&["AfterFunc", "after_func"], "`spawn { sleep(100ms); f() }` does something later"),
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
            (
                &["errgroup", "Group", "TaskGroup", "JoinSet"],
                "no import is needed: `nursery { … }` waits for all that is spawned in it",
            ),
            (&["Map"], "a map that tasks share is a `Mutex({:})`"),
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
            (
                &["is_cancelled", "isCancelled", "cancelled", "is_active", "check_cancellation"],
                "a task that is cancelled ends by itself where it waits, or at `task.checkpoint()`",
            ),
            (&["group", "Group", "TaskGroup"], "`nursery { … }` waits for all that is spawned in it"),
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
