//! Panic messages made of values, on the stack.

use std::fmt::{self, Write as _};

use wyn_abi::Fiber;
use wyn_abi::object::{ArrayObject, ObjectHeader, STRING_TYPE};
use wyn_abi::program::Location;
use wyn_hot::task::slow::wyn_panic;

/// A message on the stack, cut off when it is too long.
#[repr(C)]
pub struct Message {
    /// The header, length and capacity of a static string, so that it can be passed as one.
    object: ArrayObject,
    bytes: [u8; Self::ROOM],
}

impl Message {
    const ROOM: usize = 160;

    /// Adds text.
    pub fn write(&mut self, text: fmt::Arguments<'_>) {
        // It never fails: what does not fit is left out.
        let _ = self.write_fmt(text);
    }
}

impl fmt::Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let at = self.object.len as usize;
        let mut end = text.len().min(Self::ROOM - at);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes[at..at + end].copy_from_slice(&text.as_bytes()[..end]);
        self.object.len += end as u64;
        Ok(())
    }
}

/// Panics with a message made of values. The message lies on the stack: `wyn_panic` copies it before it unwinds.
///
/// # Safety
/// `fiber` is the running fiber.
pub unsafe fn panic_with(fiber: *mut Fiber, at: *const Location, write: impl FnOnce(&mut Message)) -> ! {
    let object =
        ArrayObject { header: ObjectHeader::immortal(STRING_TYPE as u16), len: 0, cap: Message::ROOM as u64 };
    let mut message = Message { object, bytes: [0; Message::ROOM] };
    write(&mut message);
    // SAFETY: the struct begins like a string, its bytes follow.
    unsafe { wyn_panic(fiber, (&raw mut message).cast(), at) }
}

const _: () = assert!(std::mem::offset_of!(Message, bytes) == ArrayObject::DATA);
