//! Formats, as in `${value:>8.2}`: what a program writes is one word when it runs.
//!
//! | bits | what |
//! |---|---|
//! | 0–20 | the fill, a Unicode scalar |
//! | 21–22 | the side: by the type, left, centre, right |
//! | 23 | a sign on numbers that are not negative too |
//! | 24 | zeros between sign and digits |
//! | 25 | groups of three digits |
//! | 26–28 | the notation |
//! | 29–42 | the width |
//! | 43–57 | the precision and one; 0 when there is none |

/// How a value is shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Format {
    /// What pads.
    pub fill: char,
    /// Where the value stands in the width; by its type when it is left out.
    pub align: Option<Align>,
    /// A sign on numbers that are not negative too.
    pub plus: bool,
    /// Zeros between sign and digits up to the width.
    pub zero: bool,
    /// Groups of three digits.
    pub thousands: bool,
    /// The notation.
    pub notation: Notation,
    /// The least number of characters, below 2^14.
    pub width: u32,
    /// Digits after the point, or the most characters of a string; below 2^14.
    pub precision: Option<u32>,
}

/// Where a value stands in its width.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Align {
    /// First.
    Left,
    /// In the middle; the odd character goes after it.
    Center,
    /// Last.
    Right,
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Notation {
    /// As it is shown without a format.
    Plain,
    /// Hexadecimal digits, in lower case.
    Hex,
    /// Binary digits.
    Binary,
    /// Octal digits.
    Octal,
    /// A digit, perhaps a fraction, and a power of ten.
    Exponent,
}

const WIDTH: u32 = (1 << 14) - 1;

impl Format {
    /// The format as one word.
    #[must_use]
    pub fn pack(self) -> i64 {
        let align = match self.align {
            None => 0,
            Some(Align::Left) => 1,
            Some(Align::Center) => 2,
            Some(Align::Right) => 3,
        };
        let flags = i64::from(self.plus) << 23 | i64::from(self.zero) << 24 | i64::from(self.thousands) << 25;
        let precision = self.precision.map_or(0, |digits| digits.min(WIDTH) + 1);
        i64::from(u32::from(self.fill))
            | align << 21
            | flags
            | (self.notation as i64) << 26
            | i64::from(self.width.min(WIDTH)) << 29
            | i64::from(precision) << 43
    }

    /// The format that a word stands for.
    #[must_use]
    pub fn unpack(word: i64) -> Self {
        let bits = |from: u32, count: u32| (word >> from) as u32 & ((1 << count) - 1);
        Self {
            fill: char::from_u32(bits(0, 21)).unwrap_or(' '),
            align: [None, Some(Align::Left), Some(Align::Center), Some(Align::Right)][bits(21, 2) as usize],
            plus: bits(23, 1) == 1,
            zero: bits(24, 1) == 1,
            thousands: bits(25, 1) == 1,
            notation: match bits(26, 3) {
                1 => Notation::Hex,
                2 => Notation::Binary,
                3 => Notation::Octal,
                4 => Notation::Exponent,
                _ => Notation::Plain,
            },
            width: bits(29, 14),
            precision: bits(43, 15).checked_sub(1),
        }
    }
}
