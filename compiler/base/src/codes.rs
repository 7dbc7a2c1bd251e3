//! The table of diagnostic codes: one row each, the source of `wync explain`.
//!
//! E00xx lexical and syntactic · E01xx names and modules · E02xx types · E03xx values, mutation
//! and lifetimes · E04xx concurrency · E09xx what this version of the compiler does not do yet ·
//! W0xxx warnings.

macro_rules! codes {
    ($($name:ident $title:literal: $explanation:literal)*) => {
        /// A diagnostic's code.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[allow(missing_docs, reason = "each row's title says what the code means")]
        pub enum Code { $($name),* }

        impl Code {
            /// Every code, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as shown and as given to `wync explain`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What the code stands for, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }

            /// Why it is a mistake and what to do, with a wrong and a right program.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => $explanation),* }
            }
        }

        impl std::str::FromStr for Code {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text)).ok_or(())
            }
        }
    };
}

codes! {
    E0001 "unexpected character": "A character stands where no token of the language begins."
    E0002 "unexpected token": "The grammar expects something else here."
    E0900 "not yet supported": "The construct belongs to Wyn, but this version of wync does not compile it yet."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
