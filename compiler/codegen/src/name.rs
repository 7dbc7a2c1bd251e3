//! What people call a function: the names of bodies, which are those of symbols, as reports show them.

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

/// A body's name as reports have it: of what is nested in a function, that function's name and what it is; its line is
/// told beside it, so it needs no number. What an instance is for is left out.
pub(crate) fn shown_name(name: &str) -> String {
    let (task, plain) = name.strip_prefix("spawn ").map_or(("", name), |plain| ("spawn ", plain));
    let mut words = plain.split(' ');
    let mut function = words.next().unwrap_or_default().to_owned();
    // Type arguments may have spaces between them.
    while function.matches('<').count() > closing(&function) {
        let Some(more) = words.next() else { break };
        function = format!("{function} {more}");
    }
    let nested = words.rfind(|word| wyn_mir::nested::WORDS.contains(word));
    match nested {
        Some(what) => format!("{task}{function} ({what})"),
        None => format!("{task}{function}"),
    }
}

/// How many angles close in a text; an arrow closes none.
fn closing(text: &str) -> usize {
    text.matches('>').count() - text.matches("->").count()
}

#[cfg(test)]
mod tests {
    use super::{common_name, shown_name};

    #[test]
    fn reports_name_what_is_written() {
        for (name, shown) in [
            ("main.main", "main.main"),
            ("main.main block 4", "main.main (block)"),
            ("main.main closure 3 block 1", "main.main (block)"),
            ("main.P.go closure 2", "main.P.go (closure)"),
            ("main.gen block 1<int>", "main.gen (block)"),
            ("main.gen<Map<int, fn(int) -> int>, int>", "main.gen<Map<int, fn(int) -> int>, int>"),
            ("main.grow<fn() -> (int, int)> in a lock", "main.grow<fn() -> (int, int)>"),
            ("main.grow closure 1<int, string> in a lock", "main.grow (closure)"),
            ("spawn main.closure", "spawn main.closure"),
            ("main.main call 2", "main.main (call)"),
        ] {
            assert_eq!(shown_name(name), shown);
        }
    }

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
