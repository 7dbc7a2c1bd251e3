//! Tasks that wait for each other in a circle.
//!
//! Who awaits a task needs its end; who waits for a mutex needs its holder to go on; who waits for its own tasks needs
//! the end of each. So each task of a circle of these waits for good, whatever others do, until it is cancelled. Who
//! waits at a channel may be served by anybody, and is in no circle.
//!
//! Who waits to spawn needs the end of any one task of its nursery. That is a need of one task if the nursery may have
//! but one; of several only when nothing moves any more, because then none of them will end.

use std::collections::{HashMap, HashSet};

use super::tasks::{Doing, Tasks};
use crate::task::scope::ScopeCell;

/// Positions of tasks: each waits for the next one, the last for the first.
pub(super) type Circle = Vec<usize>;

/// All circles of which no two share a task that was found before: every task in a circle is in one of those, or waits for
/// one that is.
pub(super) fn find(tasks: &Tasks) -> Vec<Circle> {
    let needs = Needs::of(tasks);
    let mut found = Vec::new();
    let mut path = Path::new(tasks.list.len());
    for start in 0..tasks.list.len() {
        if path.is_new(start) {
            path.walk(start, &needs, &mut found);
        }
    }
    found
}

/// Who needs whom.
struct Needs<'a> {
    tasks: &'a Tasks,
    /// The tasks of each scope that somebody waits for.
    scopes: HashMap<*mut ScopeCell, Vec<usize>>,
}

impl<'a> Needs<'a> {
    fn of(tasks: &'a Tasks) -> Needs<'a> {
        let joined: HashSet<*mut ScopeCell> = tasks
            .list
            .iter()
            .filter_map(|task| match task.doing {
                Doing::Joins(scope) | Doing::Block(scope, _) | Doing::Spawns(scope, _) => Some(scope),
                _ => None,
            })
            .collect();
        let mut scopes: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, task) in tasks.list.iter().enumerate() {
            if joined.contains(&task.scope) {
                scopes.entry(task.scope).or_default().push(at);
            }
        }
        Needs { tasks, scopes }
    }

    /// The `nth` of those that a task needs.
    fn nth(&self, task: usize, nth: usize) -> Option<usize> {
        match &self.tasks.list[task].doing {
            Doing::Awaits(other) | Doing::Locks(other) if nth == 0 => self.tasks.position(other.record),
            Doing::Joins(scope) | Doing::Block(scope, _) => self.scopes.get(scope)?.get(nth).copied(),
            Doing::Spawns(scope, limit) if *limit == 1 || self.tasks.still => {
                self.scopes.get(scope)?.get(nth).copied()
            }
            _ => None,
        }
    }
}

/// A walk in depth along the needs. A chain of a million tasks takes no stack.
struct Path {
    /// The tasks of the path, each with the number of its needs that were looked at.
    steps: Vec<(usize, usize)>,
    visited: Vec<bool>,
    on_path: Vec<bool>,
    in_circle: Vec<bool>,
}

impl Path {
    fn new(tasks: usize) -> Path {
        let no = vec![false; tasks];
        Path { steps: Vec::new(), visited: no.clone(), on_path: no.clone(), in_circle: no }
    }

    fn is_new(&self, task: usize) -> bool {
        !self.visited[task]
    }

    fn walk(&mut self, start: usize, needs: &Needs<'_>, found: &mut Vec<Circle>) {
        self.enter(start);
        while let Some((task, looked)) = self.steps.last_mut() {
            let next = needs.nth(*task, *looked);
            *looked += 1;
            match next {
                None => {
                    self.on_path[*task] = false;
                    self.steps.pop();
                }
                Some(next) if self.on_path[next] => found.extend(self.close(next)),
                Some(next) if self.is_new(next) => self.enter(next),
                Some(_) => {}
            }
        }
    }

    fn enter(&mut self, task: usize) {
        self.visited[task] = true;
        self.on_path[task] = true;
        self.steps.push((task, 0));
    }

    /// The part of the path from this task on, unless it meets a circle that was found before.
    fn close(&mut self, first: usize) -> Option<Circle> {
        let start = self.steps.iter().position(|(task, _)| *task == first)?;
        let circle: Circle = self.steps[start..].iter().map(|(task, _)| *task).collect();
        if circle.iter().any(|task| self.in_circle[*task]) {
            return None;
        }
        circle.iter().for_each(|task| self.in_circle[*task] = true);
        Some(circle)
    }
}
