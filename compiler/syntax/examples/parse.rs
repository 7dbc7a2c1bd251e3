//! Parses files and prints what is wrong with them, perhaps their trees: `parse [--short] [--dump] FILE…`.

use wyn_base::{SourceMap, render};

fn main() {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let short = paths.iter().position(|arg| arg == "--short").map(|at| paths.remove(at)).is_some();
    let show = paths.iter().position(|arg| arg == "--dump").map(|at| paths.remove(at)).is_some();
    for path in paths {
        let mut sources = SourceMap::default();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        let id = sources.add(&path, text.as_str());
        let (file, diagnostics) = wyn_syntax::parse(id, &text);
        for diagnostic in diagnostics.sorted() {
            if short {
                let (line, column) = sources.file(id).line_column(diagnostic.primary.span.start);
                let help = diagnostic.help.as_deref().unwrap_or("");
                eprintln!("{line}:{column} {}: {} | {help}", diagnostic.code, diagnostic.message);
            } else {
                eprint!("{}", render::render(&diagnostic, &sources, false));
            }
        }
        if show {
            print!("{}", wyn_syntax::dump(&file));
        } else {
            println!("{path}: {} items", file.items.len());
        }
    }
}
