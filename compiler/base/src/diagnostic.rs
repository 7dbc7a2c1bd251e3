//! Diagnostics as data: what is wrong, every place involved, why, and one concrete fix.

use crate::{Code, Span};

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The program cannot be compiled.
    Error,
    /// The program compiles, but probably does not mean what it says.
    Warning,
}

/// A place with what it has to do with the problem.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What this place has to do with it, in a few words.
    pub text: String,
}

/// One message to the user.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diagnostic {
    /// The row of the table of codes.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The place that decides the line it is reported on.
    pub primary: Label,
    /// Other places involved.
    pub secondary: Vec<Label>,
    /// Why this is a mistake, when the message does not say.
    pub note: Option<String>,
    /// One concrete fix.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at one place.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            note: None,
            help: None,
        }
    }

    /// A warning at one place.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Says what the primary place has to do with it.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says why.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Proof that an error was reported: an erroneous tree node can be made only from one, so nothing
/// is swallowed and nothing needs to be reported twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Reported(());

/// The diagnostics of one or several stages.
#[derive(Clone, Default, Debug)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No diagnostics.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a diagnostic and returns the proof that it is reported.
    pub fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        self.list.push(diagnostic);
        Reported(())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// A diagnostic, by its position.
    ///
    /// # Panics
    /// When there are not so many.
    #[must_use]
    pub fn at(&self, at: usize) -> &Diagnostic {
        &self.list[at]
    }

    /// Takes diagnostics back, by their positions, because others speak for them.
    ///
    /// # Panics
    /// When no error would be left where there was one.
    pub fn retract(&mut self, which: &rustc_hash::FxHashSet<usize>) {
        let errors = self.has_errors();
        let mut at = 0..;
        self.list.retain(|_| !at.next().is_some_and(|at| which.contains(&at)));
        assert_eq!(errors, self.has_errors(), "a mistake that was told is not taken back");
    }

    /// Changes what a diagnostic says, by its position; it stays what it is proof of.
    pub fn revise(&mut self, at: usize, change: impl FnOnce(&mut Diagnostic)) {
        if let Some(diagnostic) = self.list.get_mut(at) {
            let severity = diagnostic.severity;
            change(diagnostic);
            diagnostic.severity = severity;
        }
    }

    /// Adds all of another stage's.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// Whether any is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// The proof that an error is among them, when one is.
    #[must_use]
    pub fn reported(&self) -> Option<Reported> {
        self.has_errors().then_some(Reported(()))
    }

    /// Whether there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All, by place, each once.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| (d.primary.span, d.code));
        self.list.dedup();
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceId;

    #[test]
    fn all_come_by_place_and_each_once() {
        // rules: DIA-6
        let at = |source, start| Span::new(SourceId(source), start, start + 1);
        let found = [
            Diagnostic::error(Code::E0201, at(1, 0), "fourth"),
            Diagnostic::warning(Code::W0001, at(0, 7), "third"),
            Diagnostic::error(Code::E0101, at(0, 7), "second"),
            Diagnostic::error(Code::E0201, at(0, 3), "first"),
            Diagnostic::error(Code::E0201, at(1, 0), "fourth"),
        ];
        let mut all = Diagnostics::new();
        for diagnostic in found {
            all.report(diagnostic);
        }
        let messages: Vec<_> = all.sorted().into_iter().map(|diagnostic| diagnostic.message).collect();
        assert_eq!(messages, ["first", "second", "third", "fourth"]);
    }
}
