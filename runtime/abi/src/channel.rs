//! Channels as compiled code sees them: layouts, and the rows of the exported functions.

use crate::object::ContentFn;

/// The messages of a channel.
#[repr(C)]
pub struct ElemDescriptor {
    /// Bytes of one message.
    pub size: u64,
    /// Drops one message; none when it is free of pointers.
    pub drop: Option<ContentFn>,
    /// Marks what one message reaches as shared; none when it is free of pointers.
    pub mark: Option<ContentFn>,
}

// SAFETY: static data that nobody writes.
unsafe impl Sync for ElemDescriptor {}
