//! Names in messages: articles, and what a misspelt name probably means.

pub(crate) use wyn_base::spelling::closest;

/// The name of a type, in quotes, with its article: ``an `int` ``.
pub(crate) fn a(name: &impl std::fmt::Display) -> String {
    let name = name.to_string();
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O', 'U']);
    format!("{} `{name}`", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::a;

    #[test]
    fn articles() {
        assert_eq!((a(&"int"), a(&"u8"), a(&"T")), ("an `int`".into(), "a `u8`".into(), "a `T`".into()));
    }
}
