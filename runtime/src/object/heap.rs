//! Memory for objects.
//!
//! Small objects come from size classes. A worker keeps a list of free blocks for each class; an empty list is
//! filled with a batch, a full one gives a batch away, both at a central list under a lock. A block is freed to the
//! list of the worker that frees it, whoever allocated it. New blocks are cut from chunks that are never given back.
//! Large objects come from the system's allocator, one by one.
//!
//! After the design of tcmalloc (S. Ghemawat, P. Menage, "TCMalloc: Thread-Caching Malloc").

use std::alloc::{Layout, alloc};
use std::collections::VecDeque;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wyn_abi::Fiber;
use wyn_abi::object::{
    CLASSES, FreeBlock, FreeList, LARGE, OBJECT_ALIGN, ObjectHeader, TypeDescriptor, WorkerHeap, class_size,
    size_class,
};
use wyn_hot::object::{born, heap, init_header, pop_block};

use crate::leaks;
use crate::leaks::registry::{self, What};
use crate::sched::exit::GAVE_UP;

/// Bytes asked of the system at a time.
const CHUNK: usize = 1 << 20;

/// How chunks are asked for.
const CHUNK_LAYOUT: Layout = match Layout::from_size_align(CHUNK, 4096) {
    Ok(layout) => layout,
    Err(_) => panic!("the alignment is a power of two"),
};

/// A chain of free blocks.
struct Batch(*mut FreeBlock, u32);

// SAFETY: the blocks of a batch belong to whoever has the batch.
unsafe impl Send for Batch {}

/// Free memory that belongs to no class yet.
struct Chunk {
    next: *mut u8,
    left: usize,
}

// SAFETY: the memory belongs to whoever has the struct.
unsafe impl Send for Chunk {}

static CENTRAL: [Mutex<Vec<Batch>>; CLASSES] = [const { Mutex::new(Vec::new()) }; CLASSES];
static FRESH: Mutex<Chunk> = Mutex::new(Chunk { next: ptr::null_mut(), left: 0 });

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Blocks that move at a time.
fn batch_len(class: u8) -> u32 {
    match class_size(class) {
        ..=128 => 64,
        129..=1024 => 32,
        _ => 8,
    }
}

/// Makes a worker's heap usable for a program with these types.
///
/// # Safety
/// `heap` is a worker's, closed; `types` has `count` rows and lives as long as the process.
pub unsafe fn open(heap: *mut WorkerHeap, types: *const TypeDescriptor, count: usize) {
    // Lists that stay empty, and are full: every allocation and every free comes here.
    let registers = leaks::registers();
    let live = super::live::register(types, count);
    // SAFETY: the caller's promise.
    unsafe {
        (*heap).types = types;
        (*heap).live = live;
        for class in 0..CLASSES {
            (*heap).free[class].limit = if registers { 0 } else { 2 * batch_len(class as u8) };
        }
    }
}

/// Gives a stopped worker's free blocks to the others. Its counters stay.
///
/// # Safety
/// `heap` is a worker's that runs no more.
pub unsafe fn close(heap: *mut WorkerHeap) {
    // SAFETY: the caller's promise.
    let lists = unsafe { &mut (*heap).free };
    for (list, central) in lists.iter_mut().zip(&CENTRAL) {
        if !list.head.is_null() {
            lock(central).push(Batch(list.head, list.len));
        }
        *list = FreeList { head: ptr::null_mut(), len: 0, limit: list.limit };
    }
    // SAFETY: as above; no walk is under way.
    unsafe { super::walk::close(heap) };
}

/// A batch of the class: from the central list, else cut from a chunk.
fn fetch(class: u8) -> Batch {
    if let Some(batch) = lock(&CENTRAL[class as usize]).pop() {
        return batch;
    }
    let (size, count) = (class_size(class), batch_len(class));
    let bytes = size * count as usize;
    let mut chunk = lock(&FRESH);
    if chunk.left < bytes {
        // What is left of the old chunk, less than one batch, is given up.
        // SAFETY: the layout is not empty.
        chunk.next = unsafe { alloc(CHUNK_LAYOUT) };
        if chunk.next.is_null() {
            drop(chunk);
            out_of_memory(CHUNK);
        }
        chunk.left = CHUNK;
    }
    let first = chunk.next;
    // SAFETY: the chunk has `bytes` bytes left.
    chunk.next = unsafe { first.add(bytes) };
    chunk.left -= bytes;
    drop(chunk);
    let mut next = ptr::null_mut();
    for at in (0..count as usize).rev() {
        // SAFETY: block `at` of the batch, aligned like its size.
        unsafe {
            let block = first.add(at * size).cast::<FreeBlock>();
            (*block).next = next;
            next = block;
        }
    }
    Batch(next, count)
}

/// Ends the program: there is no memory for `bytes` more bytes.
pub fn out_of_memory(bytes: usize) -> ! {
    crate::io::end_with_message(&format!("wyn: out of memory (asked for {bytes} bytes)\n"), GAVE_UP)
}

/// Memory for a large object.
fn alloc_large(size: usize) -> *mut ObjectHeader {
    // SAFETY: plain call; the result is checked.
    let block = unsafe { libc::malloc(size) };
    if block.is_null() {
        out_of_memory(size);
    }
    debug_assert_eq!(block as usize % OBJECT_ALIGN, 0);
    block.cast()
}

/// See the table.
///
/// # Safety
/// As for `wyn_alloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_alloc(
    fiber: *mut Fiber,
    size: usize,
    type_index: u32,
) -> *mut ObjectHeader {
    let class = size_class(size);
    // SAFETY: the running fiber's heap; the list is empty or the object is large.
    unsafe {
        let heap = heap(fiber);
        if leaks::registers() {
            let block = if class == LARGE { alloc_large(size) } else { take_registered(class) };
            init_header(heap, block, class, type_index);
            registry::made(fiber, What::Object, block as usize);
            return block;
        }
        if class == LARGE {
            let block = alloc_large(size);
            init_header(heap, block, LARGE, type_index);
            born(fiber, block);
            return block;
        }
        let list = &raw mut (*heap).free[class as usize];
        if (*list).head.is_null() {
            let Batch(head, len) = fetch(class);
            (*list).head = head;
            (*list).len = len;
        }
        let object = pop_block(heap, class, type_index);
        born(fiber, object);
        object
    }
}

/// Free blocks of a class when all objects are registered, the one that was freed first in front: so that what is used
/// after it was freed stays a while as it is.
static REGISTERED: [Mutex<VecDeque<FreedBlock>>; CLASSES] = [const { Mutex::new(VecDeque::new()) }; CLASSES];

struct FreedBlock(*mut FreeBlock);

// SAFETY: a block in the queue belongs to it.
unsafe impl Send for FreedBlock {}

/// A block of the class that nobody has used for longest.
fn take_registered(class: u8) -> *mut ObjectHeader {
    let mut free = lock(&REGISTERED[class as usize]);
    if free.is_empty() {
        let Batch(mut block, _) = fetch(class);
        while !block.is_null() {
            free.push_back(FreedBlock(block));
            // SAFETY: the blocks of a batch are ours.
            block = unsafe { (*block).next };
        }
    }
    free.pop_front().map_or(ptr::null_mut(), |FreedBlock(block)| block.cast())
}

/// Gives larger memory to a large object that is uniquely held.
///
/// # Safety
/// As said; the old pointer is dead afterwards.
pub unsafe fn grow_large(object: *mut ObjectHeader, size: usize) -> *mut ObjectHeader {
    // Before others may get the address.
    let entry = if leaks::registers() { registry::forget(object as usize) } else { None };
    // SAFETY: large objects come from `malloc`.
    let block = unsafe { libc::realloc(object.cast(), size) };
    if block.is_null() {
        out_of_memory(size);
    }
    if let Some(entry) = entry {
        registry::moved(entry, block as usize);
    }
    block.cast()
}

/// Puts the memory of a dead object back.
///
/// # Safety
/// `block` has no contents any more; class and type are those of its header.
pub unsafe fn free_block(heap: *mut WorkerHeap, block: *mut u8, class: u8, type_index: u16) {
    // SAFETY: the caller's promise; the worker's lists are the caller's.
    unsafe {
        *(*heap).live.add(type_index as usize) -= 1;
        if class == LARGE {
            if leaks::registers() {
                registry::gone(What::Object, block as usize);
            }
            libc::free(block.cast());
            return;
        }
        let list = &raw mut (*heap).free[class as usize];
        if (*list).len >= (*list).limit {
            // The limit is 0 then.
            if leaks::registers() {
                registry::gone(What::Object, block as usize);
                return lock(&REGISTERED[class as usize]).push_back(FreedBlock(block.cast()));
            }
            give_away(list, class);
        }
        let block = block.cast::<FreeBlock>();
        (*block).next = (*list).head;
        (*list).head = block;
        (*list).len += 1;
    }
}

/// Moves a batch from a worker's list to the central one.
///
/// # Safety
/// `list` is the running worker's for the class and holds more than a batch.
unsafe fn give_away(list: *mut FreeList, class: u8) {
    let count = batch_len(class);
    // SAFETY: the list has at least `count` blocks.
    unsafe {
        let head = (*list).head;
        let mut last = head;
        for _ in 1..count {
            last = (*last).next;
        }
        (*list).head = (*last).next;
        (*list).len -= count;
        (*last).next = ptr::null_mut();
        lock(&CENTRAL[class as usize]).push(Batch(head, count));
    }
}

/// See the table.
///
/// # Safety
/// As for `wyn_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_slow_free(fiber: *mut Fiber, object: *mut ObjectHeader) {
    // SAFETY: the caller's promise.
    unsafe {
        let (class, type_index) = ((*object).size_class, (*object).type_index);
        free_block(heap(fiber), object.cast(), class, type_index);
    }
}
