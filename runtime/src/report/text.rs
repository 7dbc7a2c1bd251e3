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
//!        waits at bank.wyn:22 in `await` for #1
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;

use wyn_abi::{Location, TaskDescriptor};

use super::circles::Circle;
use super::tasks::{Arm, ChannelView, Doing, Name, Tasks};

/// Tasks of a circle that are drawn; of a longer one, the last is too.
const DRAWN: usize = 20;
/// Entries below the circles.
const LISTED: usize = 40;

/// The whole report.
pub(super) fn report(heading: &str, tasks: &Tasks, circles: &[Circle]) -> String {
    let mut report = Report { tasks, numbers: HashMap::new(), text: format!("{heading}\n") };
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
fn shorten(circle: &Circle) -> (usize, Circle) {
    if circle.len() <= DRAWN + 1 {
        return (0, circle.clone());
    }
    let mut drawn = circle[..DRAWN].to_vec();
    drawn.push(circle[circle.len() - 1]);
    (circle.len() - drawn.len(), drawn)
}

/// Tasks that are told of together: the first of them, and how many there are.
struct Group {
    task: usize,
    count: usize,
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
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<(*const TaskDescriptor, *const Location, Doing), usize> = HashMap::new();
        for (at, task) in self.tasks.list.iter().enumerate().filter(|(at, _)| !in_circle[*at]) {
            if wanted[at] && groups.len() < LISTED {
                groups.push(Group { task: at, count: 1 });
                continue;
            }
            let group = *known.entry((task.name.desc, task.at, told(&task.doing))).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(group) => group.count += 1,
                None => groups.push(Group { task: at, count: 1 }),
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
        for (position, task) in drawn.iter().enumerate() {
            let last = position + 1 == drawn.len();
            if last && omitted > 0 {
                let _ = writeln!(self.text, "    |   {omitted} more");
            }
            let enters = if position == 0 { ".->" } else { "|->" };
            let leaves = if last { "'-----" } else { "|     " };
            let next = drawn[(position + 1) % drawn.len()];
            let _ = writeln!(self.text, "    {enters} {}", self.title(*task));
            let _ = writeln!(self.text, "    {leaves} {}", self.sentence(*task, Some(next)));
        }
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
            let _ = writeln!(self.text, "       {}", self.sentence(entry.task, None));
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

    /// What a task does; `next` is one of those that it waits for.
    fn sentence(&self, position: usize, next: Option<usize>) -> String {
        let task = &self.tasks.list[position];
        let at = place(task.at);
        let itself = |name: &Name| name.record == task.name.record;
        let among = next.map(|next| format!(", {} among them", self.who(self.tasks.list[next].name)));
        let among = among.unwrap_or_default();
        match &task.doing {
            Doing::Runs => "runs".to_owned(),
            Doing::Ready => "is ready to run".to_owned(),
            Doing::Awaits(other) if itself(other) => format!("waits{at} in `await` for its own end"),
            Doing::Awaits(other) => format!("waits{at} in `await` for {}", self.who(*other)),
            Doing::Locks(holder) if itself(holder) => {
                format!("waits{at} in `lock` for a mutex that it holds itself")
            }
            Doing::Locks(holder) if holder.record.is_null() => format!("waits{at} in `lock` for a mutex"),
            Doing::Locks(holder) => {
                format!("waits{at} in `lock` for a mutex that {} holds", self.who(*holder))
            }
            Doing::Joins(_) => format!("has ended, and waits for its tasks{among}"),
            Doing::Nursery(_) => format!("waits{at} at the end of a `nursery` for its tasks{among}"),
            Doing::Sends(channel) => format!("waits{at} in `send` for {}", self.arm(&Arm::Send(*channel))),
            Doing::Receives(channel) => {
                format!("waits{at} in `recv` for {}", self.arm(&Arm::Receive(*channel)))
            }
            Doing::Selects(arms) => {
                let arms: Vec<String> = arms.iter().map(|arm| self.arm(arm)).collect();
                format!("waits{at} in `select` for {}", arms.join("; "))
            }
            Doing::Spawns => {
                "waits in `spawn` for a task of its `nursery` to end, because of the limit".to_owned()
            }
            Doing::Sleeps => format!("waits{at} in `sleep`"),
            Doing::Outside => "waits for the operating system".to_owned(),
        }
    }

    fn arm(&self, arm: &Arm) -> String {
        let count = |n: usize, what| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        match arm {
            Arm::Receive(ChannelView { capacity, peers }) => {
                format!("a message (capacity {capacity}, {})", count(*peers, "sender"))
            }
            Arm::Send(ChannelView { capacity: 0, peers }) => {
                format!("a receiver (capacity 0, {})", count(*peers, "receiver"))
            }
            Arm::Send(ChannelView { capacity, peers }) => {
                format!("room (capacity {capacity}, {})", count(*peers, "receiver"))
            }
            Arm::Await(task) => format!("the end of {}", self.who(*task)),
            Arm::After => "a moment in time".to_owned(),
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
        Doing::Nursery(_) => Doing::Nursery(std::ptr::null_mut()),
        other => other.clone(),
    }
}

/// `main`, or `main.first, spawned at bank.wyn:20`.
fn full_name(name: Name) -> String {
    // SAFETY: descriptors are static, or live as long as the process.
    let Some(desc) = (unsafe { name.desc.as_ref() }) else { return "a task".to_owned() };
    let (function, spawn) = (desc.name(), desc.spawned_at);
    if spawn.line == 0 {
        return function.to_owned();
    }
    format!("{function}, spawned at {}:{}", spawn.file.as_str(), spawn.line)
}

/// ` at bank.wyn:5`, or nothing.
fn place(at: *const Location) -> String {
    // SAFETY: places are static.
    match unsafe { at.as_ref() } {
        Some(at) if at.line != 0 => format!(" at {}:{}", at.file.as_str(), at.line),
        _ => String::new(),
    }
}
