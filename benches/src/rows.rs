//! What is measured: one row of the table each.

/// A program, how much work it gets, and who takes part.
pub(crate) struct Row {
    /// What the command line and the table call it.
    pub(crate) name: &'static str,
    /// `programs/NAME.wyn`, `peers/go/NAME`, `peers/tbb/NAME.cpp`, and the program's name in `peers/rust`.
    pub(crate) program: &'static str,
    /// The work.
    pub(crate) n: u64,
    /// The work with `--quick`.
    pub(crate) quick: u64,
    /// What the programs are told after N.
    pub(crate) shape: &'static [&'static str],
    /// What one unit is.
    pub(crate) unit: &'static str,
    /// How many units N makes; none when a time per unit says nothing.
    pub(crate) units: Option<fn(u64) -> u64>,
    /// Contenders, Wyn first.
    pub(crate) contenders: &'static [&'static str],
    /// One line for people.
    pub(crate) about: &'static str,
}

impl Row {
    /// Whether it is about programs without tasks, which have a table of their own.
    pub(crate) fn is_serial(&self) -> bool {
        self.contenders == SERIAL
    }

    /// N.
    pub(crate) fn work(&self, quick: bool) -> u64 {
        if quick { self.quick } else { self.n }
    }
}

const TASKS: &[&str] = &["wyn", "go", "tokio"];
const SPAWNS: &[&str] = &["wyn", "go", "tokio", "tbb"];
const LOOPS: &[&str] = &["wyn", "go", "rayon", "tbb"];
const CHANNELS: &[&str] = &["wyn", "go", "tokio", "crossbeam"];
const SERIAL: &[&str] = &["wyn", "go", "rust"];
const TREES: &[&str] = &["wyn", "go", "tokio", "rayon", "chili", "tbb"];

/// Calls of `fib` that spawn: all but those of the leaves, which are one more.
fn fib_spawns(n: u64) -> u64 {
    let (mut leaves, mut next) = (1, 1);
    for _ in 0..n {
        (leaves, next) = (next, leaves + next);
    }
    leaves - 1
}

/// N units.
fn as_many(n: u64) -> u64 {
    n
}

/// Messages of a prime sieve below `n`: a number is received by the filters of all primes up to its least factor,
/// the last of which drops it; a prime by those of all smaller ones, and by `main`.
fn sieve_messages(n: u64) -> u64 {
    let n = n as usize;
    let mut received = vec![0; n];
    let mut primes = 0;
    for i in 2..n {
        if received[i] == 0 {
            primes += 1;
            for multiple in (i..n).step_by(i) {
                if received[multiple] == 0 {
                    received[multiple] = primes;
                }
            }
        }
    }
    received.iter().sum()
}

const fn row(
    name: &'static str,
    program: &'static str,
    n: u64,
    unit: &'static str,
    about: &'static str,
) -> Row {
    let contenders = TASKS;
    Row { name, program, n, quick: n / 10, shape: &[], unit, units: Some(as_many), contenders, about }
}

/// A row of tasks that do not wait for anything but each other.
const fn spawns(
    name: &'static str,
    program: &'static str,
    n: u64,
    shape: &'static [&'static str],
    about: &'static str,
) -> Row {
    Row { shape, contenders: SPAWNS, ..row(name, program, n, "task", about) }
}

const fn useful(name: &'static str, n: u64, shape: &'static [&'static str], about: &'static str) -> Row {
    Row { shape, contenders: TREES, ..row(name, "useful", n, "leaf", about) }
}

/// A row without tasks.
const fn serial(name: &'static str, program: &'static str, n: u64, about: &'static str) -> Row {
    Row { quick: n, units: None, contenders: SERIAL, ..row(name, program, n, "run", about) }
}

/// All rows, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    spawns(
        "spawn-await-10k",
        "spawn_await",
        10_000,
        &[],
        "spawn 10,000 tasks, keep the futures, await them all",
    ),
    spawns("spawn-await-100k", "spawn_await", 100_000, &[], "the same with 100,000"),
    spawns("spawn-await-1m", "spawn_await", 1_000_000, &[], "the same with a million"),
    spawns("spawn-await-10m", "spawn_await", 10_000_000, &[], "the same with ten million"),
    spawns("spawn-await-warm-10k", "spawn_await", 10_000, &["3"], "10,000 once more, after three rounds"),
    spawns("spawn-await-warm-1m", "spawn_await", 1_000_000, &["1"], "a million once more, after one round"),
    spawns("nursery-await-100k", "nursery_await", 100_000, &[], "the same as spawn-await-100k, in a nursery"),
    spawns("nursery-await-1m", "nursery_await", 1_000_000, &[], "the same with a million"),
    spawns("spawn-turn", "spawn_turn", 1_000_000, &[], "spawn a task and await it, a million times"),
    Row {
        quick: 22,
        units: Some(fib_spawns),
        contenders: TREES,
        ..row("spawn-fib", "spawn_fib", 27, "spawn", "fib(27), one branch spawned at each call, no cutoff")
    },
    useful("useful-50", 2_000_000, &["50"], "a tree of tasks, 50 cycles of work at each leaf"),
    useful("useful-500", 400_000, &["500"], "the same with 500 cycles"),
    useful("useful-5000", 40_000, &["5000"], "the same with 5,000 cycles"),
    useful("useful-50000", 4_000, &["50000"], "the same with 50,000 cycles"),
    spawns("useful-flat-500", "useful_flat", 200_000, &["500"], "tasks of 500 cycles, all spawned by one"),
    spawns("useful-flat-5000", "useful_flat", 40_000, &["5000"], "the same with 5,000 cycles"),
    Row {
        contenders: SPAWNS,
        ..row(
            "skynet",
            "skynet",
            1_000_000,
            "leaf",
            "a tree of tasks, ten below each, sums go up through channels",
        )
    },
    Row {
        contenders: CHANNELS,
        ..row("one-task", "one_task", 20_000_000, "message", "send and receive in one task, a channel of 128")
    },
    Row {
        shape: &["128"],
        contenders: CHANNELS,
        ..row("one-to-one", "one_to_one", 5_000_000, "message", "one sender, one receiver, a channel of 128")
    },
    Row {
        shape: &["1024"],
        contenders: CHANNELS,
        ..row("one-to-one-1024", "one_to_one", 5_000_000, "message", "the same with a channel of 1,024")
    },
    Row {
        shape: &["1"],
        contenders: CHANNELS,
        ..row("one-to-one-1", "one_to_one", 500_000, "message", "the same with a channel of 1")
    },
    Row {
        quick: 20_000,
        contenders: CHANNELS,
        ..row(
            "ping-pong",
            "ping_pong",
            500_000,
            "round trip",
            "two tasks, two rendezvous channels, there and back",
        )
    },
    Row {
        shape: &["1", "4"],
        contenders: CHANNELS,
        ..row(
            "one-to-four",
            "many_to_many",
            2_000_000,
            "message",
            "one sender, four receivers, one channel of 128",
        )
    },
    Row {
        shape: &["4", "1"],
        contenders: CHANNELS,
        ..row(
            "four-to-one",
            "many_to_many",
            2_000_000,
            "message",
            "four senders, one receiver, one channel of 128",
        )
    },
    Row {
        shape: &["4", "4"],
        contenders: CHANNELS,
        ..row(
            "four-to-four",
            "many_to_many",
            2_000_000,
            "message",
            "four senders, four receivers, one channel of 128",
        )
    },
    Row {
        contenders: CHANNELS,
        ..row(
            "select-four",
            "select_four",
            2_000_000,
            "message",
            "four senders, one task that selects among their channels",
        )
    },
    row("ring", "ring", 2_000_000, "hop", "a number goes round a ring of a thousand tasks"),
    Row {
        quick: 2_000,
        units: Some(sieve_messages),
        ..row(
            "sieve",
            "sieve",
            10_000,
            "message",
            "the prime sieve, a task and a rendezvous channel for each prime",
        )
    },
    row(
        "pressure",
        "pressure",
        5_000_000,
        "message",
        "five thousand tasks, a hundred channels of 4, 25 at each end",
    ),
    Row {
        shape: &["8"],
        ..row(
            "mutex-counter",
            "mutex_counter",
            4_000_000,
            "lock",
            "eight tasks add to one number behind a mutex",
        )
    },
    Row {
        shape: &["64"],
        ..row("mutex-counter-64", "mutex_counter", 4_000_000, "lock", "the same with 64 tasks")
    },
    row(
        "blocked-200k",
        "blocked",
        200_000,
        "task",
        "tasks wait for one channel, all at once, and each gets a number",
    ),
    row("blocked-1m", "blocked", 1_000_000, "task", "the same with a million"),
    Row {
        units: None,
        ..row(
            "sleepers",
            "sleepers",
            100_000,
            "task",
            "tasks sleep until moments within one second: how late the 99th of a hundred is",
        )
    },
    row("deadlines", "deadlines", 2_000_000, "block", "a quick operation with a time limit of a second"),
    row(
        "deadlines-select",
        "deadlines_select",
        500_000,
        "round trip",
        "two tasks, two channels of 1, there and back within a second",
    ),
    Row {
        contenders: LOOPS,
        ..row(
            "par-map",
            "par_map",
            1_000_000,
            "element",
            "uneven work on each number of a range, and the sum",
        )
    },
    Row {
        contenders: LOOPS,
        ..row(
            "par-light",
            "par_light",
            10_000_000,
            "element",
            "a multiplication for each number of an array, and the sum",
        )
    },
    Row {
        contenders: &["wyn", "go"],
        ..row("counted", "counted", 20_000_000, "text", "texts are copied, one by one, from array to array")
    },
    serial("serial-sort", "serial_sort", 300_000, "numbers in no order, sorted"),
    serial("serial-strings", "serial_strings", 100_000, "texts in no order, sorted"),
    serial("serial-words", "serial_words", 200_000, "a text is put together, and its words counted in a map"),
    serial(
        "serial-trees",
        "serial_trees",
        20,
        "binary trees, many small and few large, are made and counted",
    ),
    serial("serial-heap", "serial_heap", 300_000, "numbers go into a binary heap and come out in order"),
    serial("serial-primes", "serial_primes", 5_000_000, "the primes, by a sieve"),
    serial(
        "serial-fannkuch",
        "serial_fannkuch",
        9,
        "reversals of prefixes, over all orders of a few numbers",
    ),
    serial("serial-matrix", "serial_matrix", 256, "the product of two matrices of rows"),
    serial(
        "serial-functions",
        "serial_functions",
        3_000_000,
        "numbers through map, filter and fold, at once and one by one",
    ),
    serial("serial-nbody", "serial_nbody", 200_000, "steps of five bodies that attract each other"),
    serial("serial-spectral", "serial_spectral", 500, "the spectral norm of a matrix"),
    serial("serial-mandelbrot", "serial_mandelbrot", 400, "points of the Mandelbrot set"),
];

/// The rows, for `--help`.
pub(crate) fn help() -> String {
    let mut text = String::from("Rows:\n");
    for row in ROWS {
        text.push_str(&format!("  {:<17} {}\n", row.name, row.about));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spawns_of_fib_are_counted() {
        assert_eq!([1, 2, 3, 4, 27].map(fib_spawns), [0, 1, 2, 4, 317_810]);
    }

    /// 2 and 4 pass to the filter of 2 (or to `main`), 3 and 5 and 7 further, one place a prime.
    #[test]
    fn messages_of_a_sieve_are_counted() {
        assert_eq!(sieve_messages(3), 1);
        assert_eq!(sieve_messages(8), 1 + 2 + 1 + 3 + 1 + 4);
        assert_eq!(sieve_messages(10), 12 + 1 + 2);
    }
}
