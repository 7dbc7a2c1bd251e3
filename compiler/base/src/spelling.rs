//! Which known name a misspelt one probably means.

/// The candidate closest to `name`, when it is close enough to be meant. Ties go to the name first in order.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close = candidates.into_iter().filter_map(|candidate| Some((edits(name, candidate)?, candidate)));
    close.min().map(|(_, candidate)| candidate)
}

/// How many slips of the hand lie between two names, when one may be meant by the other.
///
/// Optimal string alignment distance, at most a third of the name's length (and at least one edit);
/// a difference in case alone always counts as close. Names of one or two letters are close to everything:
/// only another case counts for them. Short names of which one begins with an upper-case letter name different kinds
/// of things. A name is not close to itself.
#[must_use]
pub fn edits(name: &str, candidate: &str) -> Option<usize> {
    if candidate == name || candidate.starts_with('$') {
        return None;
    }
    if candidate.eq_ignore_ascii_case(name) {
        return Some(0);
    }
    let length = name.chars().count();
    let upper = |text: &str| text.starts_with(char::is_uppercase);
    if upper(name) != upper(candidate) && length < 5 {
        return None;
    }
    let limit = (length / 3).max(1);
    if candidate.len().abs_diff(name.len()) > limit * 2 || length.max(candidate.len()) <= 2 {
        return None;
    }
    Some(distance(name, candidate)).filter(|edits| *edits <= limit)
}

fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn finds_misspelt_names() {
        assert_eq!(closest("lenght", ["length", "width"]), Some("length"));
        assert_eq!(closest("Total", ["total"]), Some("total"));
        assert_eq!(closest("conut", ["count", "mount"]), Some("count"));
        assert_eq!(closest("zebra", ["count", "mount"]), None);
        assert_eq!(closest("x", ["y", "z"]), None);
        assert_eq!(closest("get", ["Set"]), None);
        assert_eq!(closest("set", ["Set"]), Some("Set"));
    }
}
