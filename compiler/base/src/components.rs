//! Strongly connected components of a graph given as lists of successors.

/// The components of a graph.
#[derive(Debug)]
pub struct Components {
    /// The component of each node; the numbers have no meaning of their own.
    pub of: Vec<usize>,
    sizes: Vec<usize>,
}

impl Components {
    /// The nodes that lie on a cycle.
    #[must_use]
    pub fn cyclic(&self, graph: &[Vec<usize>]) -> Vec<bool> {
        let on_cycle = |at: usize| self.sizes[self.of[at]] > 1 || graph[at].contains(&at);
        (0..graph.len()).map(on_cycle).collect()
    }
}

const UNSEEN: usize = usize::MAX;

/// Finds them, in linear time and without recursion (Tarjan, "Depth-first search and linear graph
/// algorithms", 1972).
#[must_use]
pub fn components(graph: &[Vec<usize>]) -> Components {
    let mut found = Components { of: vec![UNSEEN; graph.len()], sizes: Vec::new() };
    let mut number = vec![UNSEEN; graph.len()];
    let mut low = vec![0; graph.len()];
    let mut open = Vec::new();
    let mut counter = 0;
    for root in 0..graph.len() {
        if number[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((at, next)) = path.last_mut() {
            let at = *at;
            if number[at] == UNSEEN {
                (number[at], low[at]) = (counter, counter);
                counter += 1;
                open.push(at);
            }
            if let Some(&to) = graph[at].get(*next) {
                *next += 1;
                if number[to] == UNSEEN {
                    path.push((to, 0));
                } else if found.of[to] == UNSEEN {
                    low[at] = low[at].min(number[to]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[at]);
            }
            if low[at] == number[at] {
                let component = found.sizes.len();
                let first = open.iter().rposition(|node| *node == at).unwrap_or(0);
                found.sizes.push(open.len() - first);
                open.drain(first..).for_each(|node| found.of[node] = component);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::components;

    fn cyclic(graph: &[Vec<usize>]) -> Vec<usize> {
        let cyclic = components(graph).cyclic(graph);
        (0..graph.len()).filter(|at| cyclic[*at]).collect()
    }

    #[test]
    fn cycles_are_found_wherever_the_walk_enters() {
        assert_eq!(cyclic(&[vec![1], vec![2], vec![1, 3], vec![]]), [1, 2]);
        assert_eq!(cyclic(&[vec![0], vec![0], vec![]]), [0]);
        assert_eq!(cyclic(&[vec![1, 2], vec![], vec![1]]), [] as [usize; 0]);
        assert_eq!(cyclic(&[vec![3], vec![0], vec![1], vec![2]]), [0, 1, 2, 3]);
    }

    #[test]
    fn a_long_path_needs_no_stack() {
        let mut path: Vec<Vec<usize>> = (1..200_000).map(|next| vec![next]).collect();
        path.push(vec![0]);
        let found = components(&path);
        assert!(found.of.iter().all(|component| *component == found.of[0]));
    }
}
