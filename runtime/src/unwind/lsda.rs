//! Reading the language-specific data area that LLVM emits for a function with landing pads.
//!
//! The format is the one GCC defined for C++:
//!
//! ```text
//! landing-pad base (encoding, value)   usually omitted: the function's start
//! type table (encoding, offset)        omitted without catch clauses
//! call sites (encoding, size)          start, length, landing pad (0: none), action (0: cleanup only)
//! actions                              pairs of sleb128: type filter, offset of the next action (0: last)
//! ```
//!
//! Compiled code has cleanups and catch-all clauses only, so a positive filter is a handler whatever its type.

/// What a call site wants of an exception that passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pad {
    /// Nothing.
    None,
    /// Runs at this address, then goes on.
    Cleanup(usize),
    /// Catches at this address with this selector.
    Handler(usize, usize),
}

const OMIT: u8 = 0xff;

struct Reader {
    at: *const u8,
}

impl Reader {
    unsafe fn byte(&mut self) -> u8 {
        // SAFETY: the caller reads within the area.
        unsafe {
            let byte = *self.at;
            self.at = self.at.add(1);
            byte
        }
    }

    unsafe fn fixed<const N: usize>(&mut self) -> [u8; N] {
        // SAFETY: the caller reads within the area.
        unsafe {
            let bytes = self.at.cast::<[u8; N]>().read_unaligned();
            self.at = self.at.add(N);
            bytes
        }
    }

    unsafe fn uleb(&mut self) -> u64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            // SAFETY: the caller reads within the area.
            let byte = unsafe { self.byte() };
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return value;
            }
        }
    }

    unsafe fn sleb(&mut self) -> i64 {
        let mut value = 0;
        let mut shift = 0;
        loop {
            // SAFETY: the caller reads within the area.
            let byte = unsafe { self.byte() };
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let sign = byte & 0x40 != 0 && shift < 64;
                return if sign { value | (-1i64 << shift) } else { value };
            }
        }
    }

    /// A number in one of the encodings that call-site tables use.
    unsafe fn encoded(&mut self, encoding: u8) -> u64 {
        // SAFETY: the caller reads within the area.
        unsafe {
            match encoding & 0x0f {
                0x00 | 0x04 | 0x0c => u64::from_le_bytes(self.fixed()),
                0x01 => self.uleb(),
                0x02 => u64::from(u16::from_le_bytes(self.fixed())),
                0x03 => u64::from(u32::from_le_bytes(self.fixed())),
                0x09 => self.sleb() as u64,
                0x0a => i64::from(i16::from_le_bytes(self.fixed())) as u64,
                0x0b => i64::from(i32::from_le_bytes(self.fixed())) as u64,
                _ => 0,
            }
        }
    }
}

/// Looks up what the call at `ip` in the function that starts at `start` wants.
///
/// # Safety
/// `area` is null or the area that the compiler emitted for the function.
pub(crate) unsafe fn find(area: *const u8, start: usize, ip: usize) -> Pad {
    if area.is_null() {
        return Pad::None;
    }
    // SAFETY: the area is well-formed and every read stays inside it.
    unsafe {
        let mut reader = Reader { at: area };
        let encoding = reader.byte();
        let base = if encoding == OMIT { start } else { reader.encoded(encoding) as usize };
        if reader.byte() != OMIT {
            reader.uleb();
        }
        let encoding = reader.byte();
        let size = reader.uleb() as usize;
        let actions = reader.at.add(size);
        while reader.at < actions {
            let from = start + reader.encoded(encoding) as usize;
            let length = reader.encoded(encoding) as usize;
            let pad = reader.encoded(encoding) as usize;
            let action = reader.uleb() as usize;
            if ip < from {
                return Pad::None;
            }
            if ip - from >= length {
                continue;
            }
            return match (pad, action) {
                (0, _) => Pad::None,
                (_, 0) => Pad::Cleanup(base + pad),
                _ => decide(actions.add(action - 1), base + pad),
            };
        }
        Pad::None
    }
}

/// Goes through a chain of actions.
unsafe fn decide(action: *const u8, pad: usize) -> Pad {
    let mut reader = Reader { at: action };
    loop {
        // SAFETY: as in `find`.
        unsafe {
            let filter = reader.sleb();
            let here = reader.at;
            let next = reader.sleb();
            if filter > 0 {
                return Pad::Handler(pad, filter as usize);
            }
            if next == 0 {
                return Pad::Cleanup(pad);
            }
            reader.at = here.offset(next as isize);
        }
    }
}
