//! Trees: of boxes, and in a vector.

use crate::next;

enum Tree {
    Leaf,
    Node(Box<Tree>, Box<Tree>),
}

fn grown(levels: u64) -> Tree {
    if levels == 0 {
        return Tree::Leaf;
    }
    Tree::Node(Box::new(grown(levels - 1)), Box::new(grown(levels - 1)))
}

fn count(tree: &Tree) -> u64 {
    match tree {
        Tree::Leaf => 1,
        Tree::Node(left, right) => 1 + count(left) + count(right),
    }
}

/// Binary trees are made and counted: many small ones, few large ones, N levels at most.
pub(crate) fn trees(n: u64) -> u64 {
    let mut sum = 0;
    for levels in (4..=n).step_by(4) {
        for _ in 0..1 << (n - levels) {
            sum += count(&grown(levels));
        }
    }
    sum
}

struct Least {
    items: Vec<i64>,
}

impl Least {
    fn push(&mut self, item: i64) {
        self.items.push(item);
        let mut at = self.items.len() - 1;
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.items[parent] <= self.items[at] {
                break;
            }
            self.items.swap(parent, at);
            at = parent;
        }
    }

    fn pop(&mut self) -> Option<i64> {
        let count = self.items.len();
        if count == 0 {
            return None;
        }
        self.items.swap(0, count - 1);
        let least = self.items.pop();
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= count - 1 {
                break;
            }
            if child + 1 < count - 1 && self.items[child + 1] < self.items[child] {
                child += 1;
            }
            if self.items[at] <= self.items[child] {
                break;
            }
            self.items.swap(at, child);
            at = child;
        }
        least
    }
}

/// N numbers go into a binary heap, and come out in order.
pub(crate) fn heap(n: u64) -> u64 {
    let mut state = 1;
    let mut heap = Least { items: Vec::new() };
    for _ in 0..n {
        heap.push(next(&mut state));
    }
    let (mut sum, mut at) = (0, 0);
    while let Some(item) = heap.pop() {
        sum += item * (at & 7);
        at += 1;
    }
    sum as u64
}
