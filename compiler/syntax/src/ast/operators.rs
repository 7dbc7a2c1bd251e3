//! Operators.

/// An operator before its operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
}

macro_rules! binary_ops {
    ($($name:ident $text:literal)*) => {
        /// An operator between two operands.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum BinaryOp {
            $(#[doc = concat!("`", $text, "`")] $name),*
        }

        impl BinaryOp {
            /// The operator as written.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

binary_ops! {
    Mul "*" Div "/" Rem "%" WrappingMul "*%"
    Add "+" WrappingAdd "+%" Sub "-" WrappingSub "-%"
    Shl "<<" Shr ">>"
    BitAnd "&" BitXor "^" BitOr "|"
    Eq "==" Ne "!=" Lt "<" Le "<=" Gt ">" Ge ">=" In "in"
    And "&&" Or "||" Coalesce "??"
}

impl BinaryOp {
    /// Whether it gives a `bool` that says how its operands compare.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge | Self::In)
    }
}

impl UnaryOp {
    /// The operator as written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
            Self::BitNot => "~",
        }
    }
}
