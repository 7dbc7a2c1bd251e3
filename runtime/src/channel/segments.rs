//! Memory for the segments of channels without limit.
//!
//! The first of a channel come from the allocator. When many are full the next ones are cut from chunks, which are mapped
//! for this purpose: what a channel took while nobody received from it goes back to the system when it drains, whatever
//! else the program has on its heap. Segments are given back in the order in which they were cut, so chunks become free
//! as wholes; a channel keeps the one that it cuts from.

use core::alloc::Layout;
use core::cell::Cell;
use core::ptr;
use std::alloc;

use wyn_abi::channel::{Channel, Chunk, Segment};

/// Bytes of elements in a segment, as far as that makes neither too few nor too many of them.
const SEGMENT_BYTES: usize = 1024;
/// So many segments of a channel come from the allocator.
const FROM_ALLOCATOR: u32 = 64;
/// Bytes of a chunk.
const CHUNK: usize = 256 * 1024;

/// How many elements of this size a segment holds: a power of two.
pub(super) fn segment_capacity(elem_size: usize) -> usize {
    if cfg!(wyn_loom) {
        return 2;
    }
    let fit = (SEGMENT_BYTES / elem_size.max(1)).clamp(8, 128);
    1 << fit.ilog2()
}

fn layout(ch: &Channel) -> Layout {
    // SAFETY: descriptors outlive their channels.
    let size = size_of::<Segment>() + ch.capacity * unsafe { (*ch.elem).size };
    // SAFETY: the alignment is a power of two; that the size is none that overflows, `life::create` has seen to.
    unsafe { Layout::from_size_align_unchecked(size.next_multiple_of(8), align_of::<Segment>()) }
}

/// A segment.
///
/// # Safety
/// The channel's lock is held.
pub(super) unsafe fn allocate(ch: &Channel) -> *mut Segment {
    let layout = layout(ch);
    let before = ch.segments.replace(ch.segments.get() + 1);
    let few = before < FROM_ALLOCATOR || layout.size() > CHUNK / 8;
    // SAFETY: the layout is not empty; the header is written before anyone reads it.
    unsafe {
        let (at, chunk) = if few { (alloc::alloc(layout), ptr::null_mut()) } else { cut(ch, layout.size()) };
        let segment = at.cast::<Segment>();
        if segment.is_null() {
            out_of_memory();
        }
        segment.write(Segment {
            next: Cell::new(ptr::null_mut()),
            chunk,
            #[cfg(wyn_loom)]
            shadow: wyn_abi::channel::shadow::Shadow::new(ch.capacity),
        });
        segment
    }
}

/// Gives a segment back.
///
/// # Safety
/// It is the channel's, and nobody goes through it any more. The channel's lock is held, or nobody has the channel.
pub(super) unsafe fn free(ch: &Channel, segment: *mut Segment) {
    ch.segments.set(ch.segments.get() - 1);
    // SAFETY: by contract.
    unsafe {
        let chunk = (*segment).chunk;
        ptr::drop_in_place(segment);
        let Some(of) = chunk.as_ref() else { return alloc::dealloc(segment.cast(), layout(ch)) };
        of.alive.set(of.alive.get() - 1);
        if of.alive.get() == 0 {
            if chunk == ch.chunk.get() {
                of.cut.set(0);
            } else {
                unmap(chunk);
            }
        }
    }
}

/// Frees all segments of a channel that is going to be freed, from this one on.
///
/// # Safety
/// They are the channel's, which nobody else has. What may be left in them needs no drop.
pub(super) unsafe fn free_all(ch: &Channel, mut first: *mut Segment) {
    // SAFETY: by contract; the list ends with the senders' segment.
    unsafe {
        while !first.is_null() {
            let next = (*first).next.get();
            free(ch, first);
            first = next;
        }
        if !ch.spare.get().is_null() {
            free(ch, ch.spare.get());
        }
        if !ch.chunk.get().is_null() {
            unmap(ch.chunk.get());
        }
    }
}

/// Cuts so many bytes off the channel's chunk, or off a new one.
unsafe fn cut(ch: &Channel, size: usize) -> (*mut u8, *mut Chunk) {
    let most = (CHUNK - size_of::<Chunk>()) / size;
    // SAFETY: the channel's chunk is alive, and one is cut `most` times at most.
    unsafe {
        let mut chunk = ch.chunk.get();
        if chunk.as_ref().is_none_or(|chunk| chunk.cut.get() == most) {
            chunk = map();
            if chunk.is_null() {
                return (ptr::null_mut(), chunk);
            }
            chunk.write(Chunk { cut: Cell::new(0), alive: Cell::new(0) });
            ch.chunk.set(chunk);
        }
        let of = &*chunk;
        let number = of.cut.replace(of.cut.get() + 1);
        of.alive.set(of.alive.get() + 1);
        (chunk.add(1).cast::<u8>().add(number * size), chunk)
    }
}

#[cfg(not(wyn_loom))]
unsafe fn map() -> *mut Chunk {
    // SAFETY: asks for memory of its own.
    let at = unsafe {
        libc::mmap(
            ptr::null_mut(),
            CHUNK,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if at == libc::MAP_FAILED { ptr::null_mut() } else { at.cast() }
}

#[cfg(not(wyn_loom))]
unsafe fn unmap(chunk: *mut Chunk) {
    // SAFETY: it came from `map`, and nothing that was cut from it is in use.
    unsafe { libc::munmap(chunk.cast(), CHUNK) };
}

#[cfg(not(wyn_loom))]
fn out_of_memory() -> ! {
    crate::panic::fatal("out of memory for messages")
}

/// Models have few segments.
#[cfg(wyn_loom)]
mod unmodelled {
    use wyn_abi::channel::Chunk;

    pub(super) unsafe fn map() -> *mut Chunk {
        unreachable!("a model has few segments")
    }

    pub(super) unsafe fn unmap(_: *mut Chunk) {
        unreachable!("a model has few segments")
    }

    pub(super) fn out_of_memory() -> ! {
        unreachable!("a model has memory")
    }
}
#[cfg(wyn_loom)]
use unmodelled::{map, out_of_memory, unmap};
