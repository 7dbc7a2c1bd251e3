//! Tokens: what the lexer and the passes after it hand to the parser.
//!
//! A token is a kind and two byte offsets. The passes between lexer and parser settle what a parser
//! with one token of lookahead could not: which newlines end statements ([`Tok::Newline`]), which
//! `<` opens type arguments ([`Tok::LAngle`]), which `(` opens the parameters of a lambda, and which
//! `{` stands right after a type's name.

use wyn_base::Symbol;

use crate::ast::BinaryOp;

/// A token where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) tok: Tok,
    /// Byte offset of its first byte.
    pub(crate) start: u32,
    /// Byte offset one past its last byte.
    pub(crate) end: u32,
    /// Whether it is the first of its line.
    pub(crate) first: bool,
}

macro_rules! tokens {
    ($($(#[$meta:meta])* $name:ident $(($data:ty))? $text:literal)*) => {
        /// The kind of a token.
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub(crate) enum Tok {
            $($(#[$meta])* $name $(($data))?),*
        }

        impl Tok {
            /// What a message calls it.
            fn fixed_name(self) -> &'static str {
                match self { $(tokens!(@pattern $name $(($data))?) => $text),* }
            }
        }
    };
    (@pattern $name:ident) => { Tok::$name };
    (@pattern $name:ident ($data:ty)) => { Tok::$name(_) };
}

tokens! {
    /// A word that begins with a lower-case letter or `_`, or any word after a `.` that does.
    Lower(Symbol) "a name"
    /// A word that begins with an upper-case letter.
    Upper(Symbol) "a type name"
    /// `_`
    Underscore "`_`"

    // Words that mean something in one place only and are names elsewhere.
    After "`after`"
    As "`as`"
    Any "`any`"
    Biased "`biased`"
    Closed "`closed`"
    Test "`test`"

    Await "`await`"
    Break "`break`"
    Const "`const`"
    Continue "`continue`"
    Defer "`defer`"
    Detach "`detach`"
    Else "`else`"
    Enum "`enum`"
    Extern "`extern`"
    False "`false`"
    Fn "`fn`"
    For "`for`"
    If "`if`"
    Impl "`impl`"
    Import "`import`"
    Lock "`lock`"
    Match "`match`"
    Mut "`mut`"
    Nursery "`nursery`"
    Pub "`pub`"
    Return "`return`"
    Select "`select`"
    Spawn "`spawn`"
    Struct "`struct`"
    Trait "`trait`"
    True "`true`"
    Type "`type`"
    Var "`var`"
    While "`while`"
    Within "`within`"

    Int(u64) "a number"
    Float(f64) "a number"
    /// In nanoseconds.
    Duration(u64) "a duration"
    Char(char) "a character literal"
    /// A string without interpolation, decoded.
    Str(Symbol) "a string"
    /// The `"` of a string with interpolation. Then follow [`Tok::StrText`] and interpolations in any order, and
    /// [`Tok::StrClose`].
    StrOpen "a string"
    StrText(Symbol) "text of a string"
    /// `${`: then follow an expression's tokens, perhaps a [`Tok::Format`], and [`Tok::InterpClose`].
    InterpOpen "`${`"
    /// What stands between the `:` and the `}` of an interpolation.
    Format(Symbol) "a format"
    InterpClose "`}`"
    StrClose "the end of the string"

    /// `(`: whether its `)` is followed by `=>`.
    LParen(bool) "`(`"
    RParen "`)`"
    LBracket "`[`"
    RBracket "`]`"
    /// `{`: whether it stands right after an upper-case name, or after type arguments.
    LBrace(bool) "`{`"
    RBrace "`}`"
    /// `<` that opens type arguments.
    LAngle "`<`"
    /// `>` that closes type arguments.
    RAngle "`>`"

    Comma "`,`"
    Colon "`:`"
    Dot "`.`"
    DotDot "`..`"
    DotDotEq "`..=`"
    Arrow "`->`"
    FatArrow "`=>`"
    Question "`?`"
    Bang "`!`"
    Tilde "`~`"
    /// A binary operator, also where it is a prefix (`-`), a mark (`&`, `|`) or part of a declaration (`<`, `in`).
    Op(BinaryOp) "an operator"
    /// `=`, or the compound assignment of an operator.
    Assign(Option<BinaryOp>) "an assignment"

    /// A newline that ends a statement.
    Newline "the end of the line"
    Semi "`;`"
    /// Text that is no token; it has been reported.
    Error "an unknown token"
}

/// `=`
pub(crate) const EQ: Tok = Tok::Assign(None);

impl Tok {
    /// What a message calls it.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Lower(name) | Self::Upper(name) => format!("`{name}`"),
            Self::Op(op) => format!("`{}`", op.as_str()),
            Self::Assign(None) => "`=`".to_owned(),
            Self::Assign(Some(op)) => format!("`{}=`", op.as_str()),
            other => other.fixed_name().to_owned(),
        }
    }

    /// The name, when it is one: words that are only contextually special are.
    pub(crate) fn as_name(self) -> Option<Symbol> {
        match self {
            Self::Lower(name) | Self::Upper(name) => Some(name),
            Self::Underscore => Some(Symbol::new("_")),
            _ => self.contextual().map(Symbol::new),
        }
    }

    /// Whether it is a keyword, and so no name.
    pub(crate) fn is_keyword(self) -> bool {
        self.as_name().is_none()
            && self.fixed_name().as_bytes().get(1).is_some_and(u8::is_ascii_lowercase)
            && self.fixed_name().starts_with('`')
    }

    /// The word, when it is special in one place only.
    pub(crate) fn contextual(self) -> Option<&'static str> {
        Some(match self {
            Self::After => "after",
            Self::As => "as",
            Self::Any => "any",
            Self::Biased => "biased",
            Self::Closed => "closed",
            Self::Test => "test",
            _ => return None,
        })
    }

    /// Whether a statement can end after it: then a newline does end it.
    pub(crate) fn ends_statement(self) -> bool {
        match self {
            Self::Lower(_) | Self::Upper(_) | Self::Underscore | Self::True | Self::False => true,
            Self::Break | Self::Continue | Self::Return => true,
            Self::Int(_) | Self::Float(_) | Self::Duration(_) | Self::Char(_) => true,
            Self::Str(_) | Self::StrClose | Self::Error => true,
            Self::RParen | Self::RBracket | Self::RBrace | Self::RAngle | Self::Question => true,
            // `x: T??` ends, `a ??` does not: the parser knows which it is.
            Self::Op(BinaryOp::Coalesce) => true,
            _ => self.contextual().is_some(),
        }
    }

    /// Whether it begins something that has a `{`.
    pub(crate) fn wants_brace(self) -> bool {
        let form =
            matches!(self, Self::If | Self::Else | Self::While | Self::For | Self::Match | Self::Select);
        let scope = matches!(self, Self::Nursery | Self::Within | Self::Lock);
        let item =
            matches!(self, Self::Fn | Self::Struct | Self::Enum | Self::Trait | Self::Impl | Self::Test);
        form || scope || item
    }

    /// Whether it begins a statement and stands nowhere else.
    pub(crate) fn begins_statement(self) -> bool {
        self.declares() || matches!(self, Self::Impl | Self::Import | Self::Pub | Self::While | Self::Defer)
    }

    /// Whether the name of what it declares comes next.
    pub(crate) fn declares(self) -> bool {
        matches!(self, Self::Const | Self::Var | Self::For | Self::Type)
            || matches!(self, Self::Fn | Self::Struct | Self::Enum | Self::Trait)
    }

    /// The closing bracket that belongs to an opening one.
    pub(crate) fn closer(self) -> Option<Self> {
        match self {
            Self::LParen(_) => Some(Self::RParen),
            Self::LBracket => Some(Self::RBracket),
            Self::LBrace(_) => Some(Self::RBrace),
            Self::InterpOpen => Some(Self::InterpClose),
            _ => None,
        }
    }

    /// Whether it closes a bracket; `>` does not count.
    pub(crate) fn is_closer(self) -> bool {
        matches!(self, Self::RParen | Self::RBracket | Self::RBrace | Self::InterpClose)
    }
}
