//! The form of a report: circles first, drawn as such, then all others; those that do the same are told once.
//!
//! ```text
//! deadlock: no task can go on
//!   2 tasks wait for each other:
//!     .-> #1 main.first, spawned at bank.wyn:20
//!     |      waits at bank.wyn:5 in `lock` for a mutex that #2 holds
//!     |-> #2 main.second, spawned at bank.wyn:21
//!     '----- waits at bank.wyn:13 in `lock` for a mutex that #1 holds
//!   1 other task:
//!     #3 main
//!        waits at bank.wyn:22 in `recv` for a message of a channel made at bank.wyn:18 (capacity 0, 1 sender, which #1 seems to have)
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;

use wyn_abi::{Location, TaskDescriptor};

use super::circles::Circle;
use super::drawing;
use super::tasks::{Arm, Block, ChannelView, Doing, Name, Tasks, operation};
use crate::channel::parker::Outside;

/// Tasks of a circle that are drawn; of a longer one, the last is too.
const DRAWN: usize = 20;
/// The same of a circle whose tasks run the same and wait at the same place.
const DRAWN_ALIKE: usize = 3;
/// Entries below the circles.
const LISTED: usize = 40;
/// Tasks that seem to have ends of a channel and are named.
const NAMED: usize = 4;

/// The whole report.
pub(super) fn report(heading: &str, tasks: &Tasks, circles: &[Circle]) -> String {
    let mut report = Report { tasks, numbers: HashMap::new(), text: format!("{heading}\n") };
    let shorten = |circle| shorten(circle, tasks);
    let shown: Vec<(usize, Circle)> = circles.iter().take(LISTED).map(shorten).collect();
    shown.iter().for_each(|(_, drawn)| drawn.iter().for_each(|task| report.number(*task)));
    let entries = report.entries(circles);
    for (omitted, drawn) in &shown {
        report.circle(drawn, *omitted);
    }
    if circles.len() > shown.len() {
        let _ = writeln!(report.text, "  and {} more circles", circles.len() - shown.len());
    }
    report.others(&entries, !circles.is_empty());
    report.text
}

/// The tasks of a circle that are drawn, and how many are left out before the last of them.
fn shorten(circle: &Circle, tasks: &Tasks) -> (usize, Circle) {
    let look = |at: &usize| (tasks.list[*at].name.desc, tasks.list[*at].at);
    let alike = circle.iter().all(|at| look(at) == look(&circle[0]));
    let most = if alike { DRAWN_ALIKE } else { DRAWN };
    if circle.len() <= most + 1 {
        return (0, circle.clone());
    }
    let mut drawn = circle[..most].to_vec();
    drawn.push(circle[circle.len() - 1]);
    (circle.len() - drawn.len(), drawn)
}

/// Tasks that are told of together: the first of them, and how many there are.
struct Group {
    task: usize,
    count: usize,
    /// They wait for the same, not only for what is told alike: their channels are one.
    same: bool,
}

struct Report<'a> {
    tasks: &'a Tasks,
    /// The numbers of the tasks that are shown by themselves.
    numbers: HashMap<usize, usize>,
    text: String,
}

impl Report<'_> {
    fn number(&mut self, task: usize) {
        let next = self.numbers.len() + 1;
        self.numbers.entry(task).or_insert(next);
    }

    /// What is listed below the circles. Tasks that somebody waits for stand by themselves, the others are grouped.
    fn entries(&mut self, circles: &[Circle]) -> Vec<Group> {
        let mut in_circle = vec![false; self.tasks.list.len()];
        circles.iter().flatten().for_each(|task| in_circle[*task] = true);
        let mut wanted = vec![false; self.tasks.list.len()];
        for task in &self.tasks.list {
            for name in peers(&task.doing) {
                if let Some(at) = self.tasks.position(name.record) {
                    wanted[at] = true;
                }
            }
            for (channel, receives) in task.doing.channels() {
                let holders = self.tasks.holders(channel.channel, receives).unwrap_or_default();
                holders.iter().take(NAMED).for_each(|at| wanted[*at] = true);
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<(*const TaskDescriptor, *const Location, Doing), usize> = HashMap::new();
        for (at, task) in self.tasks.list.iter().enumerate().filter(|(at, _)| !in_circle[*at]) {
            if wanted[at] && groups.len() < LISTED {
                groups.push(Group { task: at, count: 1, same: true });
                continue;
            }
            let group = *known.entry((task.name.desc, task.at, told(&task.doing))).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => {
                    group.count += 1;
                    group.same &= self.tasks.list[group.task].doing == task.doing;
                }
                None => groups.push(Group { task: at, count: 1, same: true }),
            }
        }
        let shown = groups.iter().take(LISTED).filter(|group| group.count == 1);
        shown.for_each(|group| self.number(group.task));
        groups
    }

    fn circle(&mut self, drawn: &[usize], omitted: usize) {
        let count = drawn.len() + omitted;
        let heading = match count {
            1 => "a task waits for itself:".to_owned(),
            _ => format!("{count} tasks wait for each other:"),
        };
        let _ = writeln!(self.text, "  {heading}");
        let mut text = std::mem::take(&mut self.text);
        let parts = drawn.iter().enumerate().map(|(position, task)| {
            let next = drawn[(position + 1) % drawn.len()];
            (self.title(*task), self.sentence(*task, Some(next), true))
        });
        drawing::circle(&mut text, parts, omitted);
        self.text = text;
    }

    fn others(&mut self, entries: &[Group], after_circles: bool) {
        let count: usize = entries.iter().map(|entry| entry.count).sum();
        if after_circles && count > 0 {
            let _ = writeln!(self.text, "  {count} other task{}:", if count == 1 { "" } else { "s" });
        }
        for entry in entries.iter().take(LISTED) {
            let title = match entry.count {
                1 => self.title(entry.task),
                count => format!("{count} times {}", full_name(self.tasks.list[entry.task].name)),
            };
            let _ = writeln!(self.text, "    {title}");
            let _ = writeln!(self.text, "       {}", self.sentence(entry.task, None, entry.same));
        }
        let omitted: usize = entries.iter().skip(LISTED).map(|entry| entry.count).sum();
        if omitted > 0 {
            let _ = writeln!(self.text, "    and {omitted} more");
        }
    }

    /// `#1 main.first, spawned at bank.wyn:20`
    fn title(&self, task: usize) -> String {
        let name = full_name(self.tasks.list[task].name);
        match self.numbers.get(&task) {
            Some(number) => format!("#{number} {name}"),
            None => name,
        }
    }

    /// What a task does; `next` is one of those that it waits for. `same`: so do all of whom it is told.
    fn sentence(&self, position: usize, next: Option<usize>, same: bool) -> String {
        let task = &self.tasks.list[position];
        let itself = |name: &Name| name.record == task.name.record;
        let among = next.map(|next| format!(", {} among them", self.who(self.tasks.list[next].name)));
        let among = among.unwrap_or_default();
        let arm = |arm: &Arm| self.arm(arm, same);
        // Where, and in what: as the program calls it, which may have called what calls this.
        let waits = |doing: &str| waits(task.at, doing);
        match &task.doing {
            Doing::Runs => "runs".to_owned(),
            Doing::Ready => "is ready to run".to_owned(),
            Doing::Awaits(other) if itself(other) => format!("{} for its own end", waits("in `await`")),
            Doing::Awaits(other) => format!("{} for {}", waits("in `await`"), self.who(*other)),
            Doing::Locks(holder) if itself(holder) => {
                format!("{} for a mutex that it holds itself", waits("in `lock`"))
            }
            Doing::Locks(holder) if holder.record.is_null() => format!("{} for a mutex", waits("in `lock`")),
            Doing::Locks(holder) => {
                format!("{} for a mutex that {} holds", waits("in `lock`"), self.who(*holder))
            }
            Doing::Joins(_) => format!("has ended, and waits for its tasks{among}"),
            Doing::Block(_, Block::Binding) => {
                format!(
                    "waits{} at the end of a `with` of a task-local value for its tasks{among}",
                    place(task.at)
                )
            }
            Doing::Block(_, block) => {
                let name = match block {
                    Block::Timed => "at the end of a block with a time limit",
                    Block::Defer => "at the end of a `defer`",
                    _ => "at the end of a `nursery`",
                };
                format!("{} for its tasks{among}", waits(name))
            }
            Doing::Sends(channel) => format!("{} for {}", waits("in `send`"), arm(&Arm::Send(*channel))),
            Doing::Receives(channel) => {
                format!("{} for {}", waits("in `recv`"), arm(&Arm::Receive(*channel)))
            }
            Doing::Selects(arms) => {
                let arms: Vec<String> = arms.iter().map(arm).collect();
                format!("{} for {}", waits("in `select`"), arms.join("; "))
            }
            Doing::Inside(made_at) => format!("{}{}", waits("there"), of_what(*made_at)),
            Doing::Spawns(_, limit) => {
                format!(
                    "{} for a task of its `nursery` to end{among}, because of the limit of {limit}",
                    waits("in `spawn`")
                )
            }
            Doing::Sleeps => waits("in `sleep`"),
            Doing::Outside(Outside::Input) => format!("waits{} for standard input", place(task.at)),
            Doing::Outside(Outside::Files) => format!("waits{} for the file system", place(task.at)),
            Doing::Outside(Outside::Foreign) => format!("waits{} for a foreign function", place(task.at)),
        }
    }

    /// What an arm waits for; `same` as for `sentence`.
    fn arm(&self, arm: &Arm, same: bool) -> String {
        match arm {
            Arm::Receive(channel) => {
                format!("a message of a channel{}", self.channel(channel, "sender", true, same))
            }
            Arm::Send(channel) if channel.capacity == Some(0) => {
                format!("a receiver of a channel{}", self.channel(channel, "receiver", false, same))
            }
            Arm::Send(channel) => {
                format!("room in a channel{}", self.channel(channel, "receiver", false, same))
            }
            Arm::Await(task) => format!("the end of {}", self.who(*task)),
            Arm::After => "a moment in time".to_owned(),
        }
    }

    /// ` made at pipe.wyn:3 (capacity 4, 1 sender, which #2 seems to have)`
    fn channel(&self, channel: &ChannelView, end: &str, receives: bool, same: bool) -> String {
        // SAFETY: places are static.
        let made = match unsafe { channel.made_at.as_ref() } {
            Some(at) if at.line != 0 => format!(" made at {}:{}", at.file.as_str(), at.line),
            _ => String::new(),
        };
        let capacity = match channel.capacity {
            Some(capacity) => format!("capacity {capacity}"),
            None => "unbounded".to_owned(),
        };
        let plural = if channel.peers == 1 { "" } else { "s" };
        let holders = self.tasks.holders(channel.channel, receives).filter(|_| same);
        let peers = holders.map_or_else(String::new, |others| self.holders(channel, others));
        format!("{made} ({capacity}, {} {end}{plural}{peers})", channel.peers)
    }

    /// `, which #2 seems to have`
    fn holders(&self, channel: &ChannelView, others: &[usize]) -> String {
        let named: Vec<String> =
            others.iter().take(NAMED).map(|at| self.who(self.tasks.list[*at].name)).collect();
        // Fewer ends than tasks: not all of these can have one.
        let (and, seem) = if channel.peers < others.len() { ("or", "seems") } else { ("and", "seem") };
        match (&named[..], others.len()) {
            ([], _) => ", which no other task seems to have".to_owned(),
            ([one], 1) => format!(", which {one} seems to have"),
            ([first @ .., last], count) if count == named.len() => {
                format!(", which {} {and} {last} {seem} to have", first.join(", "))
            }
            (_, count) => {
                format!(", which {} {and} {} more {seem} to have", named.join(", "), count - named.len())
            }
        }
    }

    /// `#1`, or the full name of a task that has no number.
    fn who(&self, name: Name) -> String {
        let number = self.tasks.position(name.record).and_then(|task| self.numbers.get(&task));
        number.map_or_else(|| full_name(name), |number| format!("#{number}"))
    }
}

/// The tasks that a task waits for by name.
fn peers(doing: &Doing) -> impl Iterator<Item = Name> + '_ {
    let (one, arms) = match doing {
        Doing::Awaits(name) | Doing::Locks(name) => (Some(*name), &[][..]),
        Doing::Selects(arms) => (None, &arms[..]),
        _ => (None, &[][..]),
    };
    one.into_iter().chain(arms.iter().filter_map(|arm| match arm {
        Arm::Await(name) => Some(*name),
        _ => None,
    }))
}

/// What a group has in common: its tasks may wait at ends of different scopes.
fn told(doing: &Doing) -> Doing {
    match doing {
        Doing::Joins(_) => Doing::Joins(std::ptr::null_mut()),
        Doing::Block(_, block) => Doing::Block(std::ptr::null_mut(), *block),
        Doing::Spawns(_, limit) => Doing::Spawns(std::ptr::null_mut(), *limit),
        Doing::Sends(channel) => Doing::Sends(nameless(*channel)),
        Doing::Receives(channel) => Doing::Receives(nameless(*channel)),
        Doing::Selects(arms) => Doing::Selects(arms.iter().map(told_arm).collect()),
        other => other.clone(),
    }
}

fn told_arm(arm: &Arm) -> Arm {
    match arm {
        Arm::Receive(channel) => Arm::Receive(nameless(*channel)),
        Arm::Send(channel) => Arm::Send(nameless(*channel)),
        other => other.clone(),
    }
}

fn nameless(channel: ChannelView) -> ChannelView {
    ChannelView { channel: std::ptr::null(), ..channel }
}

/// `main`, or `main.first, spawned at bank.wyn:20`.
fn full_name(name: Name) -> String {
    // SAFETY: descriptors are static, or live as long as the process.
    unsafe { name.desc.as_ref() }.map_or_else(|| "a task".to_owned(), ToString::to_string)
}

/// `waits at bank.wyn:5 in `recv``: what it does, or the function of the standard library that is called there and does it.
fn waits(at: *const Location, doing: &str) -> String {
    // SAFETY: places are static.
    match unsafe { operation(at) } {
        Some(called) => {
            let own = called.rsplit('.').next().unwrap_or(called);
            format!("waits{} in `{own}`", place(at))
        }
        None => format!("waits{} {doing}", place(at)),
    }
}

/// ` of the `Barrier` made at bank.wyn:2`: what the function of the standard library has made that is called there.
fn of_what(made_at: *const Location) -> String {
    // SAFETY: places are static.
    let made = unsafe { operation(made_at) }.and_then(|called| called.rsplit_once('.'));
    made.map_or_else(String::new, |(made, _)| format!(" of the `{made}` made{}", place(made_at)))
}

/// ` at bank.wyn:5`, or nothing.
fn place(at: *const Location) -> String {
    // SAFETY: places are static.
    match unsafe { at.as_ref() } {
        Some(at) if at.line != 0 => format!(" at {}:{}", at.file.as_str(), at.line),
        _ => String::new(),
    }
}
