//! Interned strings.

use std::sync::Mutex;

use rustc_hash::FxHashSet;

/// An interned string: comparing and hashing cost one word, reading it costs nothing.
///
/// Interned text lives as long as the process; a compiler reads each name it will ever see once.
#[derive(Clone, Copy)]
pub struct Symbol(&'static str);

static INTERNED: Mutex<Option<FxHashSet<&'static str>>> = Mutex::new(None);

impl Symbol {
    /// The symbol for `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut guard = INTERNED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let set = guard.get_or_insert_with(FxHashSet::default);
        if let Some(&known) = set.get(text) {
            return Self(known);
        }
        let leaked: &'static str = Box::leak(text.into());
        set.insert(leaked);
        Self(leaked)
    }

    /// The text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq for Symbol {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0.as_ptr(), other.0.as_ptr()) && self.0.len() == other.0.len()
    }
}

impl Eq for Symbol {}

impl std::hash::Hash for Symbol {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.as_ptr().hash(state);
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(other.0)
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0)
    }
}
