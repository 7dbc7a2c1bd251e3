//! Annotations: comments in a test program that say what it is expected to do.
//!
//! `// key: value` on a line of its own, and `//~ ERROR E0203: text` behind the code it is about. A
//! key that is not known is a mistake in the test, so that a misspelt expectation cannot pass.

use crate::rules;

/// One `//~` annotation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marked {
    /// One-based line that the diagnostic is expected on.
    pub line: usize,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// The code.
    pub code: String,
    /// Part of the message; may be empty.
    pub text: String,
}

/// Everything that a test program says about itself.
#[derive(Clone, Default, Debug)]
pub struct Annotations {
    /// `expect`: lines of standard output, in order.
    pub expect: Vec<String>,
    /// `expect-unordered`: further lines of standard output, in any order.
    pub expect_unordered: Vec<String>,
    /// `expect-stderr`: each must occur on standard error.
    pub expect_stderr: Vec<String>,
    /// `expect-no-stderr`: none may occur on standard error.
    pub expect_no_stderr: Vec<String>,
    /// `expect-panic`: each must occur on standard error; the status is 101 unless another is given.
    pub expect_panic: Vec<String>,
    /// `expect-exit`: the exit status.
    pub expect_exit: Option<i32>,
    /// `args`: arguments, separated by blanks.
    pub args: Vec<String>,
    /// `stdin`: lines of standard input.
    pub stdin: Vec<String>,
    /// `env`: `NAME=value`.
    pub env: Vec<(String, String)>,
    /// `timeout`: seconds after which a run counts as hung.
    pub timeout: Option<u64>,
    /// `levels`: levels of optimisation instead of the usual ones.
    pub levels: Option<Vec<u8>>,
    /// `workers`: numbers of workers instead of the usual ones.
    pub workers: Option<Vec<u32>>,
    /// `leaks: allowed`: objects may be alive at the end.
    pub leaks_allowed: bool,
    /// `warnings`: why the program is compiled with warnings.
    pub warnings: Option<String>,
    /// `quick`, `full`: the argument of a stress test, which says how much it does: in seconds, and as much as it takes.
    pub scale: Scale,
    /// `ir-fn`, `ir-has`, `ir-lacks`, `ir-cycle`: what the IR of a function must and must not match.
    pub ir: Vec<Ir>,
    /// `rules`: names of the rules of the specification that the program pins.
    pub rules: Vec<String>,
    /// `//~` annotations.
    pub marked: Vec<Marked>,
}

/// How much a stress test does.
#[derive(Clone, Default, Debug)]
pub struct Scale {
    /// So much that all of them together take less than a minute.
    pub quick: String,
    /// So much that rare mistakes show.
    pub full: String,
}

/// A pattern about the IR of one function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ir {
    /// Part of the function's symbol.
    pub function: String,
    /// What must match the pattern, or must not.
    pub demand: Demand,
    /// A regular expression.
    pub pattern: String,
}

/// What a pattern demands of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Demand {
    /// It matches somewhere.
    Has,
    /// It matches nowhere.
    Lacks,
    /// It matches the blocks of a loop, in the order in which they stand, those of the loops inside among them.
    Cycle,
}

impl Annotations {
    /// Reads the annotations of a program.
    ///
    /// # Errors
    /// A sentence about an annotation that makes no sense.
    pub fn read(source: &str) -> Result<Self, String> {
        let mut read = Self::default();
        let mut function = None;
        for (at, line) in source.lines().enumerate() {
            let number = at + 1;
            if let Some((_, mark)) = line.split_once("//~") {
                read.marked.push(marked(number, mark).map_err(|why| format!("line {number}: {why}"))?);
            } else if let Some(comment) = line.trim_start().strip_prefix("// ")
                && let Some((key, value)) = split(comment)
            {
                read.set(key, value, &mut function).map_err(|why| format!("line {number}: {why}"))?;
            }
        }
        Ok(read)
    }

    fn set(&mut self, key: &str, value: &str, function: &mut Option<String>) -> Result<(), String> {
        match key {
            "expect" => self.expect.push(value.to_owned()),
            "expect-unordered" => self.expect_unordered.push(value.to_owned()),
            "expect-stderr" => self.expect_stderr.push(value.to_owned()),
            "expect-no-stderr" => self.expect_no_stderr.push(value.to_owned()),
            "expect-panic" => self.expect_panic.push(value.to_owned()),
            "expect-exit" => self.expect_exit = Some(number(value)?),
            "args" => self.args.extend(value.split_whitespace().map(str::to_owned)),
            "stdin" => self.stdin.push(value.to_owned()),
            "env" => {
                let (name, value) = value.split_once('=').ok_or("`env` wants NAME=value")?;
                self.env.push((name.to_owned(), value.to_owned()));
            }
            "quick" => value.clone_into(&mut self.scale.quick),
            "full" => value.clone_into(&mut self.scale.full),
            "timeout" => self.timeout = Some(number(value)?),
            "levels" => self.levels = Some(value.split_whitespace().map(number).collect::<Result<_, _>>()?),
            "workers" => self.workers = Some(value.split_whitespace().map(number).collect::<Result<_, _>>()?),
            "rules" => self.rules.extend(rules::cited(value)?),
            "leaks" if value == "allowed" => self.leaks_allowed = true,
            "warnings" => self.warnings = Some(value.to_owned()),
            "ir-fn" => *function = Some(value.to_owned()),
            "ir-has" | "ir-lacks" | "ir-cycle" => {
                let function = function.clone().ok_or_else(|| format!("`{key}` follows an `ir-fn`"))?;
                let demand = match key {
                    "ir-has" => Demand::Has,
                    "ir-lacks" => Demand::Lacks,
                    _ => Demand::Cycle,
                };
                self.ir.push(Ir { function, demand, pattern: value.to_owned() });
            }
            _ => return Err(format!("no annotation is called `{key}`")),
        }
        Ok(())
    }
}

/// `key: value`, when the comment looks like an annotation: a known beginning and a colon.
fn split(comment: &str) -> Option<(&str, &str)> {
    let (key, value) = comment.split_once(':')?;
    let families = [
        "expect", "ir-", "args", "stdin", "env", "timeout", "levels", "workers", "leaks", "rules",
        "warnings", "quick", "full",
    ];
    let known = families.iter().any(|family| {
        if family.ends_with('-') || *family == "expect" { key.starts_with(family) } else { key == *family }
    });
    let word = key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    (known && word).then(|| (key, value.strip_prefix(' ').unwrap_or(value)))
}

/// ` ERROR E0203: text`, with one `^` before it for each line further up.
fn marked(line: usize, mark: &str) -> Result<Marked, String> {
    let rest = mark.trim_start_matches('^');
    let up = mark.len() - rest.len();
    let (severity, rest) = match rest.trim_start() {
        rest if rest.starts_with("ERROR ") => ("error", &rest[6..]),
        rest if rest.starts_with("WARN ") => ("warning", &rest[5..]),
        _ => return Err("`//~` wants ERROR or WARN and a code".to_owned()),
    };
    let (code, text) = rest.split_once(':').unwrap_or((rest, ""));
    let line = line.checked_sub(up).filter(|&line| line > 0).ok_or("`^` leads out of the file")?;
    Ok(Marked { line, severity, code: code.trim().to_owned(), text: text.trim().to_owned() })
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a number that fits here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_marks_are_read() {
        let source =
            "// expect: 1: one\n// expect-exit: 3\nf(x) //~ ERROR E0203: no value\n//~^^ WARN W0001\n";
        let read = Annotations::read(source).unwrap();
        assert_eq!(read.expect, ["1: one"]);
        assert_eq!(read.expect_exit, Some(3));
        assert_eq!(read.marked[0].text, "no value");
        assert_eq!((read.marked[1].line, read.marked[1].severity), (2, "warning"));
    }

    #[test]
    fn a_misspelt_key_is_refused_and_prose_is_not() {
        assert!(Annotations::read("// expect-pannic: x").is_err());
        assert!(Annotations::read("// Note: this is prose.\n// then: so is this").is_ok());
    }
}
