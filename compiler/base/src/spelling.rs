//! Which known name a misspelt one probably means.

/// The candidate closest to `name`, when it is close enough to be meant.
///
/// Optimal string alignment distance, at most a third of the name's length (and at least one edit);
/// a difference in case alone always counts as close. Ties go to the name first in order.
#[must_use]
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == name || candidate.starts_with('$') {
            continue;
        }
        let edits = if candidate.eq_ignore_ascii_case(name) {
            0
        } else if candidate.len().abs_diff(name.len()) > limit * 2 {
            continue;
        } else {
            distance(name, candidate)
        };
        if edits <= limit && best.is_none_or(|known| (edits, candidate) < known) {
            best = Some((edits, candidate));
        }
    }
    // Names of one or two letters are close to everything: only another case counts.
    best.filter(|(edits, candidate)| *edits == 0 || name.chars().count().max(candidate.len()) > 2)
        .map(|(_, candidate)| candidate)
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
    }
}
