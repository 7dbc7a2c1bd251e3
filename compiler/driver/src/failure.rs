//! Why a command did not do what was asked.

use std::io;

/// Ends a command with exit status 1.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The program has mistakes; they have been shown.
    Reported,
    /// Something around the program is wrong: this, to be shown after `error: `.
    Message(String),
}

impl Failure {
    pub(crate) fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }
}

/// What went wrong, without the error number that the standard library appends.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let plain = text.split(" (os error").next().unwrap_or(&text);
    plain[..1].to_lowercase() + &plain[1..]
}
