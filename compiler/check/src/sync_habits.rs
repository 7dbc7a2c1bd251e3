//! What the operations of `import sync`, and those on task-local values, are called elsewhere.

use wyn_base::habits::Habits;

/// The habits for a type of these modules, by its name.
pub(crate) fn habits(name: &str) -> Habits {
    match name {
        "Semaphore" => SEMAPHORE_HABITS,
        "Barrier" => BARRIER_HABITS,
        "WaitGroup" => WAIT_GROUP_HABITS,
        "Once" => ONCE_HABITS,
        "RwLock" => RW_LOCK_HABITS,
        "Local" => TASK_LOCAL_HABITS,
        _ => &[],
    }
}

const SEMAPHORE_HABITS: Habits = &[
    (&["wait", "down", "take", "lock", "p", "P", "enter", "acquire_many"], "did you mean `acquire`?"),
    (
        &["signal", "post", "up", "give", "unlock", "v", "V", "leave", "add_permits"],
        "did you mean `release`?",
    ),
    (&["try_wait", "tryAcquire", "try_lock", "tryWait"], "did you mean `try_acquire`?"),
    (&["with", "with_permit", "withPermit", "run", "use", "access"], "did you mean `hold`?"),
    (&["permits", "count", "value", "available_permits", "availablePermits"], "did you mean `available`?"),
];

const BARRIER_HABITS: Habits =
    &[(&["arrive", "arrive_and_wait", "await", "sync", "join", "signal_and_wait"], "did you mean `wait`?")];

const WAIT_GROUP_HABITS: Habits = &[
    (
        &["go", "Go", "spawn", "run"],
        "call `add`, then `spawn` what ends with `defer group.done()`; or use a `nursery`",
    ),
    (&["enter", "inc", "Add"], "did you mean `add`?"),
    (&["leave", "dec", "finish", "Done", "sub"], "did you mean `done`?"),
    (&["Wait", "join", "notify"], "did you mean `wait`?"),
];

const ONCE_HABITS: Habits = &[
    (
        &["call", "call_once", "do", "Do", "get_or_insert", "getOrInit", "init", "run"],
        "did you mean `get_or_init`?",
    ),
    (&["value", "load", "peek"], "did you mean `get`?"),
    (&["set"], "give the value to `get_or_init`: `once.get_or_init(() => value)`"),
];

const RW_LOCK_HABITS: Habits = &[
    (&["rlock", "RLock", "lock_shared", "read_lock", "with_read", "readLock"], "did you mean `read`?"),
    (
        &[
            "lock",
            "Lock",
            "wlock",
            "write_lock",
            "set",
            "store",
            "update",
            "modify",
            "with_write",
            "writeLock",
        ],
        "did you mean `write`? Its function gets a mutex: `x.write((value) => lock value as v { … })`",
    ),
    (
        &["unlock", "Unlock", "runlock", "RUnlock"],
        "`read` and `write` let go by themselves, however they end",
    ),
    (&["value", "load", "snapshot"], "did you mean `get`?"),
];

const TASK_LOCAL_HABITS: Habits = &[
    (
        &["set", "store", "put", "assign", "replace", "bind"],
        "a value is bound for a call, and no longer: `x.with(value, () => …)`",
    ),
    (&["with_value", "withValue", "run", "call", "scope", "enter", "sync_scope"], "did you mean `with`?"),
    (&["value", "load", "current", "read", "orElse", "getOrElse", "unwrap"], "did you mean `get`?"),
    (&["remove", "unset", "reset", "clear"], "what was bound before holds again when `with` has ended"),
];
