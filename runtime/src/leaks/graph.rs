//! What holds what among the things that are left, and cycles in that.
//!
//! Values form no cycles, so a cycle goes through a channel, a mutex or a closure that holds a handle. It keeps itself
//! alive, with all that it reaches: whoever reads of it knows why the rest is left. The types' mark functions name what a
//! value reaches, as for every walk ([`walk`](crate::object::walk)).
//!
//! A task's result is looked at like any other value, with one gap: a mutex in it is not seen.

use std::collections::{HashMap, HashSet, VecDeque};

use wyn_abi::channel::Channel;
use wyn_abi::object::{ObjectHeader, TypeDescriptor, TypeKind};
use wyn_abi::{Fiber, TaskRecord};
use wyn_hot::object::{descriptor, heap};
use wyn_hot::state::{DONE, State};

use super::registry::{Entry, What};
use super::text::{Left, Part};
use crate::channel::drain;
use crate::object::release::for_each_content;
use crate::object::walk::{Reached, trace};

/// Says of all that is left what it is, and draws the cycles.
///
/// # Safety
/// Nothing else runs; `fiber` has an open heap of the program.
pub(super) unsafe fn describe(
    fiber: *mut Fiber,
    entries: &[Entry],
    records: &[*mut TaskRecord],
    left: &mut Left,
) {
    // SAFETY: by contract: all that is left is alive.
    let graph = unsafe { Graph::of(fiber, entries, records) };
    for node in &graph.nodes {
        left.add(node.name.clone(), node.made_at.clone());
    }
    for component in graph.components() {
        if let Some(cycle) = graph.cycle_in(&component) {
            left.add_cycle(&cycle);
        }
    }
}

/// One thing that is left.
struct Node {
    name: String,
    made_at: Option<String>,
    /// Cycles are told from the lowest rank on.
    rank: u8,
    edges: Vec<Edge>,
}

/// That one thing holds another one, and how that is said.
#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    way: [&'static str; 2],
}

struct Graph {
    nodes: Vec<Node>,
}

impl Graph {
    unsafe fn of(fiber: *mut Fiber, entries: &[Entry], records: &[*mut TaskRecord]) -> Graph {
        let addresses = entries.iter().map(|entry| entry.address);
        let addresses = addresses.chain(records.iter().map(|record| *record as usize));
        let index: HashMap<usize, usize> = addresses.enumerate().map(|(at, address)| (address, at)).collect();
        let edges = |holds: &'static str, reached: Vec<Reached>| {
            let edge = |reached: Reached| {
                let (address, way) = match reached {
                    Reached::Object(object) => (object as usize, ""),
                    Reached::Sender(channel) => (channel as usize, " a sender of"),
                    Reached::Receiver(channel) => (channel as usize, " a receiver of"),
                    Reached::Future(record) => (record as usize, " the future of"),
                };
                index.get(&address).map(|at| Edge { to: *at, way: [holds, way] })
            };
            reached.into_iter().filter_map(edge).collect::<Vec<_>>()
        };
        let mut nodes = Vec::with_capacity(index.len());
        // SAFETY: by contract.
        unsafe {
            for entry in entries {
                let (name, rank, edges) = match entry.what {
                    What::Channel => {
                        let channel = entry.address as *mut Channel;
                        let name = format!("channel<{}>", (*(*channel).elem).name.as_str());
                        (name, 0, edges("has in its buffer", in_channel(fiber, channel)))
                    }
                    What::Object => {
                        let object = entry.address as *mut ObjectHeader;
                        let desc = &*descriptor(heap(fiber), object);
                        let (name, rank) = object_name(desc);
                        (name, rank, edges("holds", in_object(fiber, desc, object)))
                    }
                    What::Buffer => ("arguments or result of a task".to_owned(), 4, Vec::new()),
                    What::Scope => ("scope".to_owned(), 4, Vec::new()),
                };
                nodes.push(Node { name, made_at: entry.site.place(), rank, edges });
            }
            for record in records {
                let name = format!("task {}", *(**record).desc);
                let edges = edges("has as its result", in_record(fiber, *record));
                nodes.push(Node { name, made_at: None, rank: 3, edges });
            }
        }
        Graph { nodes }
    }

    /// The strongly connected components (R. Tarjan, "Depth-first search and linear graph algorithms"). A list of any
    /// length takes no stack.
    fn components(&self) -> Vec<Vec<usize>> {
        const NEW: usize = usize::MAX;
        let count = self.nodes.len();
        let (mut number, mut low) = (vec![NEW; count], vec![0; count]);
        let mut open = vec![false; count];
        let (mut stack, mut path, mut found) = (Vec::new(), Vec::new(), Vec::new());
        let mut next = 0;
        for start in 0..count {
            if number[start] == NEW {
                path.push((start, 0));
            }
            while let Some((node, looked)) = path.last_mut() {
                let (node, edge) = (*node, *looked);
                if edge == 0 {
                    (number[node], low[node]) = (next, next);
                    next += 1;
                    open[node] = true;
                    stack.push(node);
                }
                if let Some(Edge { to, .. }) = self.nodes[node].edges.get(edge) {
                    *looked += 1;
                    if number[*to] == NEW {
                        path.push((*to, 0));
                    } else if open[*to] {
                        low[node] = low[node].min(number[*to]);
                    }
                    // A node without edges is entered once, one with edges is not entered again.
                    continue;
                }
                path.pop();
                if let Some((outer, _)) = path.last() {
                    low[*outer] = low[*outer].min(low[node]);
                }
                if low[node] == number[node] {
                    let first = stack.iter().rposition(|member| *member == node).unwrap_or(0);
                    let component = stack.split_off(first);
                    component.iter().for_each(|member| open[*member] = false);
                    found.push(component);
                }
            }
        }
        found
    }

    /// The shortest cycle through the first of a component's nodes; none if that is a node by itself.
    fn cycle_in(&self, component: &[usize]) -> Option<Vec<Part>> {
        let start = *component.iter().min_by_key(|node| (self.nodes[**node].rank, **node))?;
        let members: HashSet<usize> = component.iter().copied().collect();
        // Backwards from each node that was reached: the one before, and how that holds it.
        let mut from: HashMap<usize, (usize, Edge)> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while !from.contains_key(&start)
            && let Some(node) = queue.pop_front()
        {
            for edge in &self.nodes[node].edges {
                if members.contains(&edge.to) && !from.contains_key(&edge.to) {
                    from.insert(edge.to, (node, *edge));
                    queue.push_back(edge.to);
                }
            }
        }
        let mut parts = Vec::new();
        let mut node = start;
        loop {
            let (before, edge) = *from.get(&node)?;
            let place = self.nodes[before].made_at.as_ref();
            let made = place.map(|place| format!(", made at {place}")).unwrap_or_default();
            parts.push((format!("{}{made}", self.nodes[before].name), edge.way.concat()));
            node = before;
            if node == start {
                parts.reverse();
                return Some(parts);
            }
        }
    }
}

/// What an object is called, and how soon it is told of in a cycle.
pub(super) fn object_name(desc: &TypeDescriptor) -> (String, u8) {
    let name = desc.name.as_str();
    match desc.kind {
        TypeKind::Closure => (format!("closure {name}"), 2),
        TypeKind::Mutex => (name.to_owned(), 1),
        TypeKind::Plain | TypeKind::Array => (name.to_owned(), 3),
    }
}

unsafe fn in_object(fiber: *mut Fiber, desc: &TypeDescriptor, object: *mut ObjectHeader) -> Vec<Reached> {
    let Some(mark) = desc.mark else { return Vec::new() };
    // SAFETY: the object is alive and of this type.
    unsafe { trace(fiber, || for_each_content(desc, object.cast(), |content| mark(fiber, content))) }
}

/// Takes the elements out: nobody will receive them any more.
unsafe fn in_channel(fiber: *mut Fiber, channel: *mut Channel) -> Vec<Reached> {
    // SAFETY: the channel is alive, and nobody uses it.
    unsafe {
        let Some(mark) = (*(*channel).elem).mark else { return Vec::new() };
        trace(fiber, || drain(channel, |content| mark(fiber, content)))
    }
}

unsafe fn in_record(fiber: *mut Fiber, record: *mut TaskRecord) -> Vec<Reached> {
    // SAFETY: the record is not free; nobody uses it.
    unsafe {
        match (*(*record).desc).mark_result {
            Some(mark) if State(&(*record).state).load().phase() == DONE => {
                trace(fiber, || mark(fiber, (&raw mut (*record).payload).cast()))
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[&[usize]]) -> Graph {
        let node = |(at, to): (usize, &&[usize])| Node {
            name: at.to_string(),
            made_at: None,
            rank: 0,
            edges: to.iter().map(|to| Edge { to: *to, way: ["holds", ""] }).collect(),
        };
        Graph { nodes: edges.iter().enumerate().map(node).collect() }
    }

    fn cycles(graph: &Graph) -> Vec<Vec<String>> {
        let cycles = graph.components().into_iter().filter_map(|component| graph.cycle_in(&component));
        cycles.map(|cycle| cycle.into_iter().map(|(name, _)| name).collect()).collect()
    }

    #[test]
    fn cycles_are_found_behind_chains_and_each_once() {
        assert!(cycles(&graph(&[&[1, 2], &[2], &[]])).is_empty());
        assert_eq!(cycles(&graph(&[&[0]])), [["0"]]);
        // 0 leads to 1 -> 2 -> 3 -> 1, which leads to 4 <-> 5 and to 6.
        let some = graph(&[&[1], &[2], &[3, 4], &[6, 1], &[5], &[4], &[]]);
        assert_eq!(cycles(&some), [vec!["4", "5"], vec!["1", "2", "3"]]);
    }

    #[test]
    fn the_shortest_way_round_is_told() {
        assert_eq!(cycles(&graph(&[&[1, 3], &[2], &[0], &[0]])), [["0", "3"]]);
    }

    #[test]
    fn a_chain_of_a_million_takes_no_stack() {
        let count = 1_000_000;
        let ring: Vec<Node> = (0..count)
            .map(|at| Node {
                name: String::new(),
                made_at: None,
                rank: 0,
                edges: vec![Edge { to: (at + 1) % count, way: ["holds", ""] }],
            })
            .collect();
        assert_eq!(Graph { nodes: ring }.components().len(), 1);
    }
}
