//! Circles and their form, on tasks made by hand.

use std::ptr;

use wyn_abi::{Location, ResultKind, SpawnMode, StaticText, TaskDescriptor, TaskRecord};

use super::circles::find;
use super::tasks::{Block, ChannelView, Doing, Name, Task, Tasks};
use super::text::report;
use crate::task::scope::ScopeCell;

unsafe extern "C-unwind" fn nothing(_: *mut wyn_abi::Fiber, _: *mut TaskRecord) {}

const fn place(line: u32) -> Location {
    call(line, "")
}

/// Where this function of the standard library is called.
pub(crate) const fn call(line: u32, operation: &'static str) -> Location {
    let (file, function) = (StaticText::new("a.wyn"), StaticText::new("f"));
    Location { file, line, column: 1, function, operation: StaticText::new(operation) }
}

pub(crate) static DESC: TaskDescriptor = TaskDescriptor {
    entry: nothing,
    drop_args: None,
    drop_result: None,
    mark_result: None,
    args_size: 0,
    result_size: 0,
    result: ResultKind::Unit,
    mode: SpawnMode::Joined,
    name: StaticText::new("spawn a.f"),
    spawned_at: place(7),
};
static AT: Location = place(9);
static ELSEWHERE: Location = place(10);

/// Addresses that nobody follows stand for records and scopes.
fn name(task: usize) -> Name {
    Name { record: ptr::without_provenance_mut(64 * (task + 1)), desc: &raw const DESC }
}

fn scope(number: usize) -> *mut ScopeCell {
    ptr::without_provenance_mut(8 * number)
}

/// Tasks that do these things, each in a scope.
fn tasks(list: impl IntoIterator<Item = (Doing, usize)>) -> Tasks {
    let mut tasks = Tasks::default();
    for (at, (doing, of)) in list.into_iter().enumerate() {
        tasks.add(Task { name: name(at), doing, at: &raw const AT, scope: scope(of), host: None });
    }
    tasks
}

#[test]
fn a_chain_that_ends_is_no_circle() {
    let chain = tasks([(Doing::Awaits(name(1)), 1), (Doing::Locks(name(2)), 1), (Doing::Sleeps, 1)]);
    assert!(find(&chain).is_empty());
}

#[test]
fn circles_are_found_behind_chains_and_each_once() {
    let two = tasks([
        (Doing::Awaits(name(1)), 1),
        (Doing::Awaits(name(2)), 1),
        (Doing::Locks(name(1)), 1),
        (Doing::Awaits(name(3)), 1),
        (Doing::Awaits(name(2)), 1),
    ]);
    assert_eq!(find(&two), [vec![1, 2], vec![3]]);
}

#[test]
fn who_has_ended_waits_for_each_of_its_tasks() {
    let joins = tasks([(Doing::Joins(scope(5)), 1), (Doing::Sleeps, 5), (Doing::Awaits(name(0)), 5)]);
    assert_eq!(find(&joins), [vec![0, 2]]);
    let nursery = tasks([(Doing::Block(scope(5), Block::Nursery), 1), (Doing::Awaits(name(0)), 6)]);
    assert!(find(&nursery).is_empty(), "a task of another scope");
}

// Rule DLK-3.
#[test]
fn who_waits_to_spawn_waits_for_the_only_task_or_when_nothing_moves_for_any() {
    let spawns = |limit| {
        let waits = |task| (Doing::Awaits(name(task)), 5);
        tasks([(Doing::Spawns(scope(5), limit), 1), waits(0), (Doing::Sleeps, 5)])
    };
    assert_eq!(find(&spawns(1)), [vec![0, 1]]);
    let mut two = spawns(2);
    assert!(find(&two).is_empty(), "the sleeper makes room");
    two.still = true;
    let found = find(&two);
    assert_eq!(found, [vec![0, 1]]);
    let text = report("deadlock", &two, &found);
    let line = "waits at a.wyn:9 in `spawn` for a task of its `nursery` to end, #2 among them, because of the limit of 2";
    assert!(text.contains(line), "{text}");
}

// Rule DLK-2.
#[test]
fn who_seems_to_have_the_other_end_is_named() {
    let (one, two, three) =
        (ptr::without_provenance(64), ptr::without_provenance(128), ptr::without_provenance(192));
    let at = |channel| ChannelView { channel, made_at: &raw const AT, capacity: Some(2), peers: 1 };
    let unbounded = ChannelView { capacity: None, peers: 3, ..at(three) };
    let told = |waits: [Doing; 3], holders: &[usize]| {
        let mut some = tasks(waits.into_iter().chain([Doing::Sleeps]).map(|doing| (doing, 1)));
        some.ends = [((one, true), holders.to_vec()), ((three, false), Vec::new())].into();
        report("deadlock", &some, &[])
    };
    let alike = || [Doing::Receives(at(one)), Doing::Receives(at(one)), Doing::Sends(unbounded)];
    let text = told(alike(), &[3]);
    let line = "for a message of a channel made at a.wyn:9 (capacity 2, 1 sender, which #2 seems to have)";
    assert!(text.contains("    2 times a.f, spawned at a.wyn:7\n") && text.contains(line), "{text}");
    assert!(text.contains("(unbounded, 3 receivers, which no other task seems to have)"), "{text}");
    let text = told(alike(), &[2, 3]);
    assert!(text.contains("(capacity 2, 1 sender, which #1 or #2 seems to have)"), "{text}");
    let text = told([Doing::Receives(at(two)), Doing::Sleeps, Doing::Sleeps], &[3]);
    assert!(text.contains("(capacity 2, 1 sender)"), "nothing is known: {text}");
    let text = told([Doing::Receives(at(one)), Doing::Receives(at(two)), Doing::Sleeps], &[3]);
    let line = "for a message of a channel made at a.wyn:9 (capacity 2, 1 sender)";
    assert!(text.contains("    2 times a.f") && text.contains(line), "two channels: {text}");
}

// Rule DLK-5.
#[test]
fn what_the_program_calls_is_named() {
    static ALL: Location = call(3, "send_all");
    static WAIT: Location = call(4, "Barrier.wait");
    static MADE: Location = call(2, "Barrier.new");
    let channel = ChannelView { channel: ptr::null(), made_at: &raw const AT, capacity: Some(0), peers: 1 };
    let mut some = Tasks::default();
    let told = [
        (&ALL, Doing::Sends(channel)),
        (&ALL, Doing::Block(scope(1), Block::Nursery)),
        (&WAIT, Doing::Inside(&raw const MADE)),
    ];
    for (number, (at, doing)) in told.into_iter().enumerate() {
        some.add(Task { name: name(number), doing, at, scope: scope(2), host: None });
    }
    let text = report("deadlock", &some, &[]);
    for line in [
        "waits at a.wyn:3 in `send_all` for a receiver of a channel made at a.wyn:9 (capacity 0, 1 receiver)\n",
        "waits at a.wyn:3 in `send_all` for its tasks\n",
        "waits at a.wyn:4 in `wait` of the `Barrier` made at a.wyn:2\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn many_circles_through_one_task_are_one() {
    let joins = std::iter::once((Doing::Joins(scope(5)), 1));
    let all = tasks(joins.chain((1..1000).map(|_| (Doing::Awaits(name(0)), 5))));
    assert_eq!(find(&all), [vec![0, 1]]);
}

#[test]
fn a_circle_of_a_million_takes_no_stack_and_few_lines() {
    let circle = tasks((0..1_000_000).map(|at| (Doing::Awaits(name((at + 1) % 1_000_000)), 1)));
    let found = find(&circle);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].len(), 1_000_000);
    let text = report("deadlock", &circle, &found);
    assert!(text.lines().count() < 50, "{text}");
    assert!(text.contains("    |   999996 more\n"), "all alike: {text}");
    let mut circle = circle;
    circle.list[500_000].at = &raw const ELSEWHERE;
    let text = report("deadlock", &circle, &found);
    assert!(text.contains("    |   999979 more\n"), "{text}");
}

#[test]
fn the_form() {
    let some = tasks([
        (Doing::Locks(name(1)), 1),
        (Doing::Awaits(name(0)), 1),
        (Doing::Awaits(name(1)), 1),
        (Doing::Sleeps, 1),
        (Doing::Sleeps, 1),
    ]);
    let text = report("deadlock", &some, &find(&some));
    let expected = "deadlock
  2 tasks wait for each other:
    .-> #1 a.f, spawned at a.wyn:7
    |      waits at a.wyn:9 in `lock` for a mutex that #2 holds
    |-> #2 a.f, spawned at a.wyn:7
    '----- waits at a.wyn:9 in `await` for #1
  3 other tasks:
    #3 a.f, spawned at a.wyn:7
       waits at a.wyn:9 in `await` for #2
    2 times a.f, spawned at a.wyn:7
       waits at a.wyn:9 in `sleep`
";
    assert_eq!(text, expected);
}
