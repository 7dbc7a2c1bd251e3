//! Names in messages: articles, and what a misspelt name probably means.

use rustc_hash::FxHashSet;

pub(crate) use wyn_base::spelling::closest;

/// The groups of three letters of which a set of names consists, their beginnings and ends included.
#[derive(Default)]
pub(crate) struct LetterGroups(FxHashSet<[char; 3]>);

impl LetterGroups {
    pub(crate) fn add(&mut self, name: &str) {
        self.0.extend(letter_groups(name));
    }

    /// How many of a name's groups occur in none of the names: a misspelt name has more of them than the right one.
    pub(crate) fn strangeness(&self, name: &str) -> usize {
        letter_groups(name).filter(|group| !self.0.contains(group)).count()
    }
}

/// `new_job` is two words: `^ne new ew$ ^jo job ob$`, with blanks for `^` and `$`.
fn letter_groups(name: &str) -> impl Iterator<Item = [char; 3]> {
    let mut letters = vec![' '];
    for letter in name.chars() {
        if letter.is_uppercase() || letter == '_' {
            letters.push(' ');
        }
        letters.extend(letter.to_lowercase().filter(|letter| *letter != '_'));
    }
    letters.push(' ');
    let groups: Vec<[char; 3]> = letters.windows(3).map(|group| [group[0], group[1], group[2]]).collect();
    groups.into_iter()
}

/// The name of a type, in quotes, with its article: ``an `int` ``.
pub(crate) fn a(name: &impl std::fmt::Display) -> String {
    let name = name.to_string();
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O', 'U']);
    format!("{} `{name}`", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::{LetterGroups, a};

    #[test]
    fn misspelt_names_look_strange() {
        let mut groups = LetterGroups::default();
        ["compare", "put_value", "Reporter", "length"].iter().for_each(|name| groups.add(name));
        assert!(groups.strangeness("copmute") > groups.strangeness("compute"));
        assert_eq!(groups.strangeness("length"), 0);
    }

    #[test]
    fn articles() {
        assert_eq!((a(&"int"), a(&"u8"), a(&"T")), ("an `int`".into(), "a `u8`".into(), "a `T`".into()));
    }
}
