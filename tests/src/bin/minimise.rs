//! `minimise FILE...`: makes inputs on which the stages panic, or take too long, as small as they can be and fail
//! still, and writes them over the files. An input that does not fail is left alone, and said to be fine.

use std::process::ExitCode;

use wyn_tests::stages::Until;
use wyn_tests::{soup, watched};

/// How an input fails: the first line of the panic, without its numbers, or "slow".
fn failure(text: &str) -> Option<String> {
    let outcome = watched::run(text, Until::Lowered);
    match outcome.found {
        Err(panic) => {
            let line = panic.lines().next().unwrap_or_default();
            Some(line.chars().filter(|c| !c.is_ascii_digit()).collect())
        }
        Ok(_) if outcome.time > watched::LIMIT => Some("slow".to_owned()),
        Ok(_) => None,
    }
}

fn main() -> ExitCode {
    watched::quietly();
    let work = || {
        let mut failing = false;
        for path in std::env::args().skip(1) {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
            let Some(how) = failure(&text) else {
                println!("{path}: fine");
                continue;
            };
            failing = true;
            let small = soup::minimise(&text, |text| failure(text).as_ref() == Some(&how));
            println!("{path}: {how}\n{small}");
            if let Err(error) = std::fs::write(&path, small) {
                println!("{path}: {error}");
            }
        }
        failing
    };
    let thread = std::thread::Builder::new().stack_size(watched::STACK).spawn(work).expect("a thread starts");
    if thread.join().unwrap_or(true) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
