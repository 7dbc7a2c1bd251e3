//! Timers in the order of their times: a heap of four children a node, in two arrays.
//!
//! The *heap* has times and numbers of slots, and is all that ordering looks at. A *slot* has what a timer is for and where in
//! the heap it is, so that any timer can be taken out. Both arrays grow as far as there were ever timers at once; a timer
//! costs no allocation of its own.
//!
//! *Why no wheel.* A wheel sets and stops timers in the same few nanoseconds, but now and then moves all timers of a slot at
//! once, and those that come up meanwhile are late: of 100,000 timers spread over a second by a millisecond, and by 40 when
//! its lists lead through the fibers, each on a page of its own. Here the dearest step is one path through the heap.
//! Most timers are time limits of like length: they are set in the order of their times, so that they go to the end at once,
//! and taken out again near the end, or replaced by one from there that stays where it is.

/// Names a timer for good: its slot, and a number that no other timer of this heap has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    slot: u32,
    serial: u64,
}

/// Ends the list of free slots.
const NONE: u32 = u32::MAX;
/// Children of a node.
const ARITY: usize = 4;

#[derive(Clone, Copy)]
struct Node {
    at: u64,
    slot: u32,
}

struct Slot<T> {
    /// The timer that has it; 0 of a free one.
    serial: u64,
    /// Where in the heap; of a free one, the next that is free.
    place: u32,
    what: T,
}

/// Timers by time.
pub struct Heap<T> {
    nodes: Vec<Node>,
    slots: Vec<Slot<T>>,
    free: u32,
    /// How many timers were made.
    made: u64,
}

impl<T: Copy> Heap<T> {
    /// No timers.
    #[allow(clippy::new_without_default, reason = "it belongs to a worker")]
    pub fn new() -> Heap<T> {
        Heap { nodes: Vec::new(), slots: Vec::new(), free: NONE, made: 0 }
    }

    /// How many timers there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The first time.
    pub fn first(&self) -> Option<u64> {
        self.nodes.first().map(|node| node.at)
    }

    /// Sets a timer. Logarithmic at worst, constant if no timer is later.
    pub fn insert(&mut self, at: u64, what: T) -> Key {
        self.made += 1;
        let serial = self.made;
        let slot = self.free;
        let slot = if let Some(free) = self.slots.get_mut(slot as usize) {
            self.free = free.place;
            *free = Slot { serial, place: 0, what };
            slot
        } else {
            // Fewer than fibers and open blocks, which need more memory each than there could be for so many.
            let slot = self.slots.len() as u32;
            self.slots.push(Slot { serial, place: 0, what });
            slot
        };
        let node = Node { at, slot };
        self.nodes.push(node);
        self.rise(self.nodes.len() - 1, node);
        Key { slot, serial }
    }

    /// Takes a timer out; false if it is not there any more. Logarithmic at worst.
    pub fn remove(&mut self, key: Key) -> bool {
        match self.slots.get(key.slot as usize) {
            Some(slot) if slot.serial == key.serial => {
                self.take(slot.place as usize);
                true
            }
            _ => false,
        }
    }

    /// Takes out the first timer if its time is not after `now`. Logarithmic.
    pub fn pop(&mut self, now: u64) -> Option<T> {
        let first = self.nodes.first().filter(|first| first.at <= now)?;
        let what = self.slots[first.slot as usize].what;
        self.take(0);
        Some(what)
    }

    /// Takes out what is at this place; the last node fills the gap.
    fn take(&mut self, place: usize) {
        let gone = self.nodes.swap_remove(place);
        if let Some(&moved) = self.nodes.get(place) {
            if place > 0 && moved.at < self.nodes[parent(place)].at {
                self.rise(place, moved);
            } else {
                self.sink(place, moved);
            }
        }
        let slot = &mut self.slots[gone.slot as usize];
        // No timer has this number.
        slot.serial = 0;
        slot.place = self.free;
        self.free = gone.slot;
    }

    /// Puts a node at this place, or above it.
    fn rise(&mut self, mut place: usize, node: Node) {
        while place > 0 && node.at < self.nodes[parent(place)].at {
            self.put(place, self.nodes[parent(place)]);
            place = parent(place);
        }
        self.put(place, node);
    }

    /// Puts a node at this place, or below it.
    fn sink(&mut self, mut place: usize, node: Node) {
        while let Some(child) = self.first_child(place).filter(|&child| self.nodes[child].at < node.at) {
            self.put(place, self.nodes[child]);
            place = child;
        }
        self.put(place, node);
    }

    /// The child with the first time.
    fn first_child(&self, place: usize) -> Option<usize> {
        let from = ARITY * place + 1;
        let to = (from + ARITY).min(self.nodes.len());
        (from..to).min_by_key(|&child| self.nodes[child].at)
    }

    fn put(&mut self, place: usize, node: Node) {
        self.nodes[place] = node;
        self.slots[node.slot as usize].place = place as u32;
    }
}

fn parent(place: usize) -> usize {
    (place - 1) / ARITY
}

#[cfg(all(test, not(wyn_loom)))]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What a heap must do, done by a map.
    #[derive(Default)]
    struct Model {
        timers: BTreeMap<(u64, u64), Key>,
        made: u64,
    }

    impl Model {
        fn insert(&mut self, at: u64, key: Key) {
            self.made += 1;
            self.timers.insert((at, self.made), key);
        }
    }

    fn xorshift(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    /// Sets, stops and fires timers at random; `spread` is how far apart their times are.
    fn disturb(seed: u64, spread: u64) {
        let (mut heap, mut model, mut state) = (Heap::new(), Model::default(), seed);
        let mut stopped = Vec::new();
        for now in 0..if cfg!(miri) { 500 } else { 20_000 } {
            match xorshift(&mut state) % 4 {
                0 | 1 => {
                    let at = now + xorshift(&mut state) % spread;
                    model.insert(at, heap.insert(at, at));
                }
                2 if !model.timers.is_empty() => {
                    let nth = xorshift(&mut state) as usize % model.timers.len();
                    let (&name, &key) = model.timers.iter().nth(nth).unwrap();
                    model.timers.remove(&name);
                    assert!(heap.remove(key));
                    stopped.push(key);
                }
                _ => {
                    let due = model.timers.first_key_value().map(|(&name, _)| name);
                    let due = due.filter(|(at, _)| *at <= now);
                    assert_eq!(heap.pop(now), due.map(|(at, _)| at));
                    if let Some(name) = due {
                        // Of several at one time any may be first.
                        let at = name.0;
                        let gone = model.timers.range((at, 0)..=(at, u64::MAX));
                        let gone = gone.filter(|(_, key)| !heap.holds(**key)).map(|(name, _)| *name);
                        let gone = gone.collect::<Vec<_>>();
                        assert_eq!(gone.len(), 1);
                        stopped.extend(model.timers.remove(&gone[0]));
                    }
                }
            }
            assert_eq!(heap.len(), model.timers.len());
            assert_eq!(heap.first(), model.timers.first_key_value().map(|((at, _), _)| *at));
        }
        for key in stopped {
            assert!(!heap.remove(key), "gone for good, though its slot may be another's");
        }
        for key in model.timers.values() {
            assert!(heap.remove(*key));
        }
        assert!(heap.is_empty());
    }

    impl<T> Heap<T> {
        fn holds(&self, key: Key) -> bool {
            self.slots[key.slot as usize].serial == key.serial
        }
    }

    #[test]
    fn timers_come_up_in_the_order_of_their_times() {
        for seed in 1..if cfg!(miri) { 2 } else { 8 } {
            disturb(seed, 5_000);
            disturb(seed, 3);
        }
    }

    #[test]
    fn many_timers_that_are_stopped_leave_room_for_the_next() {
        let many = if cfg!(miri) { 1000 } else { 1_000_000 };
        let mut heap = Heap::new();
        for _ in 0..2 {
            let keys = (0..many).map(|at| heap.insert(at, ())).collect::<Vec<_>>();
            assert!(keys.into_iter().all(|key| heap.remove(key)));
        }
        assert_eq!((heap.len(), heap.slots.len() as u64), (0, many));
    }

    #[test]
    fn the_last_moment_of_all_is_a_time_like_others() {
        let mut heap = Heap::new();
        heap.insert(u64::MAX, 1);
        heap.insert(0, 2);
        assert_eq!((heap.pop(0), heap.pop(u64::MAX - 1), heap.pop(u64::MAX)), (Some(2), None, Some(1)));
    }
}
