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
    E0001 "unexpected character": "\
A character stands where no token of the language begins.

Wrong:
    const total = price # tax
Right:
    const total = price + tax

Comments begin with `//`. Text belongs inside double quotes."
    E0002 "unexpected token": "\
The grammar expects something else here. The message says what could stand in this place and what
was found instead.

Wrong:
    const x 5
Right:
    const x = 5

A statement ends at the end of its line. To go on in the next line, end the line with an operator, a
comma or `.`, or put the expression inside parentheses."
    E0003 "never closed": "\
A string, a character, a `${` or a comment begins here and has no end.

Wrong:
    print(\"hello)
Right:
    print(\"hello\")

A string ends on its own line. A text of several lines is written between `\"\"\"` and `\"\"\"`, each
on a line of its own."
    E0004 "unknown escape": "\
A backslash in a string or character begins an escape, and this one does not exist.

Wrong:
    const path = \"C:\\data\"
Right:
    const path = r\"C:\\data\"

The escapes are `\\n \\t \\r \\0 \\\\ \\\" \\' \\$`, `\\x41` and `\\u{1f600}`. In a raw string, r\"…\", a backslash is
a backslash."
    E0005 "malformed number": "\
A number or a duration is not written as the language writes it, or does not fit in 64 bits.

Wrong:
    sleep(1.5s)
    const mask = 0b102
Right:
    sleep(1500ms)
    const mask = 0b101

Durations are whole numbers with `ns`, `us`, `ms`, `s` or `m`. A float has digits on both sides of its
point: `1.0`, `0.5`."
    E0006 "malformed character": "\
A character literal is one character, or one escape, between single quotes.

Wrong:
    const name = 'Ada'
Right:
    const name = \"Ada\"
    const initial = 'A'"
    E0007 "unbalanced bracket": "\
A bracket is opened and never closed, closed and never opened, or closed by another kind of bracket.

Wrong:
    print(max(a, b)
Right:
    print(max(a, b))"
    E0008 "text block": "\
A text between `\"\"\"` begins on the line after the opening quotes and ends on the line before the
closing ones. The indentation of the closing quotes is removed from every line.

Wrong:
    const text = \"\"\"one
        two\"\"\"
Right:
    const text = \"\"\"
        one
        two
        \"\"\""
    E0009 "syntax of another language": "\
The program says something in the words of another language. The message names Wyn's own.

Wrong:
    let x := 1
Right:
    const x = 1      // never changes
    var y = 1        // may change"
    E0010 "comparisons do not chain": "\
A comparison gives a `bool`, so the result of one cannot be compared with a number by another.

Wrong:
    if 0 <= i < n { }
Right:
    if 0 <= i && i < n { }
    if i in 0..n { }"
    E0011 "malformed format": "\
After the `:` in `${value:format}` stand, in this order and each if needed: a fill character with `<`,
`^` or `>`; `+`; `0`; the width; `,`; `.` and the precision; one of `x b o e`.

Wrong:
    print(\"${price:2.f}\")
Right:
    print(\"${price:.2}\")
    print(\"${name:<20} ${count:>8,}\")"
    E0012 "not a text": "\
Source files are UTF-8 text of less than 4 GiB."
    E0013 "spawn takes a call or a block": "\
`spawn` starts a task that runs one call, or one block.

Wrong:
    const f = spawn compute
    const g = spawn 1 + 1
Right:
    const f = spawn compute(42)
    const g = spawn { 1 + 1 }

The arguments are evaluated before the task starts. `spawn f(x).await()` awaits the task of `f(x)`."
    E0014 "nested too deeply": "\
Brackets, operators and blocks are nested so deeply that no person could read the program: the limit
is far above what is written by hand."
    E0290 "endless generic instances": "A generic function calls itself with ever larger types, so it \
        would have to be compiled without end.\n\n\
        Wrong:\n\n    fn grow<T>(x: T, n: int) { if n > 0 { grow([x], n - 1) } }\n\n\
        Right: call it with the same type.\n\n    fn repeat<T>(x: T, n: int) { if n > 0 { repeat(x, n - 1) } }"
    E0900 "not yet supported": "The construct belongs to Wyn, but this version of wync does not compile it yet."
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
