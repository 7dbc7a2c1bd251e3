//! What is measured: one row of the table each.

/// A program, how much work it gets, and who takes part.
pub(crate) struct Row {
    /// What the command line and the table call it.
    pub(crate) name: &'static str,
    /// `programs/NAME.wyn`, `peers/go/NAME`, and the program's name in `peers/rust`.
    pub(crate) program: &'static str,
    /// The work.
    pub(crate) n: u64,
    /// The work with `--quick`.
    pub(crate) quick: u64,
    /// What one unit of `n` is.
    pub(crate) unit: &'static str,
    /// Contenders, Wyn first.
    pub(crate) contenders: &'static [&'static str],
    /// One line for people.
    pub(crate) about: &'static str,
}

const TASKS: &[&str] = &["wyn", "go", "tokio"];
const CHANNELS: &[&str] = &["wyn", "go", "tokio", "crossbeam"];

const fn spawn_await(name: &'static str, n: u64, about: &'static str) -> Row {
    Row { name, program: "spawn_await", n, quick: n / 10, unit: "task", contenders: TASKS, about }
}

/// All rows, in the order of the table.
pub(crate) const ROWS: &[Row] = &[
    spawn_await("spawn-await-10k", 10_000, "spawn 10,000 tasks, keep the futures, await them all"),
    spawn_await("spawn-await-100k", 100_000, "the same with 100,000"),
    spawn_await("spawn-await-1m", 1_000_000, "the same with a million"),
    spawn_await("spawn-await-10m", 10_000_000, "the same with ten million"),
    Row {
        name: "spawn-turn",
        program: "spawn_turn",
        n: 1_000_000,
        quick: 100_000,
        unit: "task",
        contenders: TASKS,
        about: "spawn a task and await it, a million times",
    },
    Row {
        name: "spawn-fib",
        program: "spawn_fib",
        n: 27,
        quick: 22,
        unit: "fib",
        contenders: &["wyn", "go", "tokio", "rayon"],
        about: "fib(27), one branch spawned at each call, no cutoff",
    },
    Row {
        name: "one-to-one",
        program: "one_to_one",
        n: 5_000_000,
        quick: 500_000,
        unit: "message",
        contenders: CHANNELS,
        about: "one sender, one receiver, a channel of 128",
    },
    Row {
        name: "ping-pong",
        program: "ping_pong",
        n: 500_000,
        quick: 20_000,
        unit: "round trip",
        contenders: CHANNELS,
        about: "two tasks, two rendezvous channels, there and back",
    },
    Row {
        name: "four-to-four",
        program: "four_to_four",
        n: 2_000_000,
        quick: 200_000,
        unit: "message",
        contenders: CHANNELS,
        about: "four senders, four receivers, one channel of 128",
    },
    Row {
        name: "mutex-counter",
        program: "mutex_counter",
        n: 4_000_000,
        quick: 400_000,
        unit: "lock",
        contenders: TASKS,
        about: "eight tasks add to one number behind a mutex",
    },
];

/// The rows, for `--help`.
pub(crate) fn help() -> String {
    let mut text = String::from("Rows:\n");
    for row in ROWS {
        text.push_str(&format!("  {:<17} {}\n", row.name, row.about));
    }
    text
}
