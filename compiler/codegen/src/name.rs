//! What people call a function.

/// A body's own name, behind that of the type whose method it is: without modules, type arguments, and what an instance is for.
pub(crate) fn common_name(name: &str) -> String {
    // The task that a call is made by.
    let name = name.strip_prefix("spawn ").unwrap_or(name);
    let mut plain = String::new();
    let (mut depth, mut before) = (0, ' ');
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            // And not that of an arrow.
            '>' if before != '-' => depth -= 1,
            ' ' if depth == 0 => break,
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
        before = c;
    }
    let mut path = plain.rsplit('.');
    let own = path.next().unwrap_or_default();
    match path.next() {
        Some(of) if of.starts_with(|first: char| first.is_ascii_uppercase()) => format!("{of}.{own}"),
        _ => own.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::common_name;

    #[test]
    fn a_name_is_what_is_written_in_a_call() {
        for (name, common) in [
            ("prelude.print<int>", "print"),
            ("sync.Barrier.wait", "Barrier.wait"),
            ("sync.Line.join in a lock", "Line.join"),
            ("spawn prelude.channel.Sender<T>.send_all<[(int, string)]>", "Sender.send_all"),
            ("prelude.parallel.[T].par_map<int, fn(int) -> Map<int, int>>", "par_map"),
            ("prelude.map.Map<K, V>.get<int, fn() -> int> in a lock", "Map.get"),
        ] {
            assert_eq!(common_name(name), common);
        }
    }
}
