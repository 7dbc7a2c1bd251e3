//! The standard library's modules, written in Wyn and carried inside the compiler.
//!
//! A module is its path, as `import` writes it, and its source. Modules whose path begins with `prelude` are parts of
//! one module that is in scope everywhere without an import: what is public in any of them, and everything between
//! them, except that the private functions and types of a part after the first are its own.

/// Every module of the standard library: path and source, the prelude first.
pub const MODULES: &[(&str, &str)] = &[
    ("prelude", include_str!("../prelude.wyn")),
    ("prelude.array", include_str!("../prelude/array.wyn")),
    ("prelude.map", include_str!("../prelude/map.wyn")),
    ("prelude.range", include_str!("../prelude/range.wyn")),
    ("prelude.set", include_str!("../prelude/set.wyn")),
    ("prelude.string", include_str!("../prelude/string.wyn")),
    ("prelude.number", include_str!("../prelude/number.wyn")),
    ("prelude.sized", include_str!("../prelude/sized.wyn")),
    ("prelude.channel", include_str!("../prelude/channel.wyn")),
    ("prelude.future", include_str!("../prelude/future.wyn")),
    ("prelude.sort", include_str!("../prelude/sort.wyn")),
    ("prelude.parallel", include_str!("../prelude/parallel.wyn")),
    ("prelude.sync", include_str!("../prelude/sync.wyn")),
    ("args", include_str!("../args.wyn")),
    ("collections", include_str!("../collections.wyn")),
    ("env", include_str!("../env.wyn")),
    ("fs", include_str!("../fs.wyn")),
    ("io", include_str!("../io.wyn")),
    ("math", include_str!("../math.wyn")),
    ("process", include_str!("../process.wyn")),
    ("random", include_str!("../random.wyn")),
    ("sync", include_str!("../sync.wyn")),
    ("task", include_str!("../task.wyn")),
    ("time", include_str!("../time.wyn")),
];

/// The source of the module with this path.
#[must_use]
pub fn module(path: &str) -> Option<&'static str> {
    MODULES.iter().find(|(known, _)| *known == path).map(|(_, source)| *source)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A public item is documented, and its documentation ends with an indented example.
    #[test]
    fn every_public_item_has_an_example() {
        let mut missing = Vec::new();
        for (path, source) in MODULES {
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            for (at, line) in lines.iter().enumerate() {
                let field = line.ends_with(',') && line.contains(": ") && !line.contains('(');
                if !line.starts_with("pub ") || field {
                    continue;
                }
                let docs: Vec<&&str> =
                    lines[..at].iter().rev().take_while(|above| above.starts_with("///")).collect();
                if !docs.iter().any(|doc| doc.starts_with("///     ")) {
                    missing.push(format!("{path}: {line}"));
                }
            }
        }
        assert!(missing.is_empty(), "without an example:\n{}", missing.join("\n"));
    }

    /// The examples are Wyn: each is read as the body of a function.
    #[test]
    fn examples_can_be_read() {
        for (path, source) in MODULES {
            let mut example = String::new();
            for line in source.lines().map(str::trim) {
                if let Some(code) = line.strip_prefix("///     ") {
                    example.push_str(code);
                    example.push('\n');
                } else if !example.is_empty() {
                    let text = if example.starts_with("fn ") {
                        example.clone()
                    } else {
                        format!("fn example() {{\n{example}}}\n")
                    };
                    let id = wyn_base::SourceMap::default().add(path, &*text);
                    let (_, diagnostics) = wyn_syntax::parse(id, &text);
                    assert!(diagnostics.is_empty(), "{path}: {:?}\n{text}", diagnostics.sorted());
                    example.clear();
                }
            }
        }
    }

    #[test]
    fn modules_are_found_by_path() {
        assert!(module("prelude").is_some_and(|source| source.contains("enum Option<T>")));
        assert!(module("nothing").is_none());
    }
}
