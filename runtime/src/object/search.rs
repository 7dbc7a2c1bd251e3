//! Finding text in text, by the functions of the C library, which look at many bytes at once.
//!
//! Texts are UTF-8: where the bytes of one occur in another, a character begins.

/// Where `pattern` occurs first.
pub(crate) fn find(text: &str, pattern: &str) -> Option<usize> {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (start, len) = (text.as_ptr(), text.len());
    // SAFETY: both are readable for as many bytes as is said.
    let found = unsafe {
        match *pattern {
            [] => return Some(0),
            [byte] => libc::memchr(start.cast(), byte.into(), len),
            _ => libc::memmem(start.cast(), len, pattern.as_ptr().cast(), pattern.len()),
        }
    };
    (!found.is_null()).then(|| found.addr() - start.addr())
}

/// The pieces of a text between occurrences of a separator that is not empty.
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    separator: &'a str,
}

impl<'a> Pieces<'a> {
    /// All of them.
    pub(crate) fn of(text: &'a str, separator: &'a str) -> Self {
        Self { rest: Some(text), separator }
    }

    /// How many there are, if that is soon told.
    pub(crate) fn count_soon(&self) -> usize {
        match (self.separator.as_bytes(), self.rest) {
            ([byte], Some(text)) => text.bytes().filter(|other| other == byte).count() + 1,
            _ => 0,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let found = find(text, self.separator);
        self.rest = found.map(|at| &text[at + self.separator.len()..]);
        Some(found.map_or(text, |at| &text[..at]))
    }
}

#[cfg(test)]
mod tests {
    use super::{Pieces, find};

    const TEXTS: &[&str] = &[
        "", "a", "b", "ab", "ba", "aab", "abab", "a,b", ",", ",,", ",a,", "ä", "aäa", "ää, ö", "é", "\u{c3}",
    ];

    #[test]
    fn finds_what_is_there_first() {
        for text in TEXTS {
            for pattern in TEXTS {
                assert_eq!(find(text, pattern), text.find(pattern), "{pattern:?} in {text:?}");
            }
        }
    }

    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in TEXTS {
            for separator in TEXTS.iter().filter(|separator| !separator.is_empty()) {
                let expected: Vec<&str> = text.split(separator).collect();
                let count = Pieces::of(text, separator).count_soon();
                assert!(count == 0 || count == expected.len(), "{text:?} at {separator:?}");
                assert_eq!(
                    Pieces::of(text, separator).collect::<Vec<_>>(),
                    expected,
                    "{text:?} at {separator:?}"
                );
            }
        }
    }
}
