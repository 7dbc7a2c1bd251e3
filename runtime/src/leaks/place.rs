//! The line of the program that is being run: the innermost frame on the stack that is neither the runtime's nor the
//! standard library's.
//!
//! The unwinder gives the code addresses of the frames, and the program's own line tables (DWARF) say what lines they
//! are of; inlined functions are frames too. Each address is looked up once. The lookup needs more stack than a fiber has
//! below its limit, so it is done on the worker's.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use addr2line::Context;
use addr2line::gimli::{self, EndianSlice, LittleEndian};
use wyn_abi::{Fiber, LIBRARY_ROOT};

use crate::fiber::{on_worker_stack, symbols};
use crate::unwind;

/// Frames that are looked at.
const DEPTH: usize = 64;

/// A place, by number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Site(u32);

impl Site {
    /// Nobody knows: the program was stripped, or no code of its own is on the stack.
    const UNKNOWN: Site = Site(u32::MAX);

    /// `FILE:LINE`, if it is known.
    pub(super) fn place(self) -> Option<String> {
        known().places.get(self.0 as usize).cloned()
    }
}

#[derive(Default)]
struct Known {
    /// The places of code addresses; none for code that is not the program's own.
    addresses: HashMap<usize, Option<Site>>,
    places: Vec<String>,
    numbers: HashMap<String, Site>,
    /// None before they are read, and when the program has none.
    lines: Option<Lines>,
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the program's line tables: before anything runs that would wait for it.
pub(super) fn prepare() {
    known().lines = Lines::of_program();
}

/// The place of the program's own code that runs now.
///
/// # Safety
/// `fiber` is the running fiber, and its stack is the one in use.
pub(super) unsafe fn here(fiber: *mut Fiber) -> Site {
    // Addresses that were never looked up, and the place of the first frame behind them that has one.
    let (mut new, mut count, mut site) = ([0; DEPTH], 0, None);
    unwind::frames(|address| {
        match known().addresses.get(&address) {
            Some(known) => site = *known,
            None => {
                new[count] = address;
                count += 1;
            }
        }
        site.is_none() && count < DEPTH
    });
    if count == 0 {
        return site.unwrap_or(Site::UNKNOWN);
    }
    // SAFETY: by contract.
    unsafe {
        on_worker_stack(fiber, || {
            let mut known = known();
            let first = new[..count].iter().filter_map(|address| known.look_up(*address)).next();
            first.or(site).unwrap_or(Site::UNKNOWN)
        })
    }
}

impl Known {
    fn look_up(&mut self, address: usize) -> Option<Site> {
        let place = self.lines.as_ref().and_then(|lines| lines.own_line(address));
        let site = place.map(|place| {
            let next = Site(self.places.len() as u32);
            *self.numbers.entry(place).or_insert_with_key(|place| {
                self.places.push(place.clone());
                next
            })
        });
        self.addresses.insert(address, site);
        site
    }
}

/// The line tables of the program that runs.
struct Lines {
    context: Context<EndianSlice<'static, LittleEndian>>,
    /// Distance between addresses in the file and in memory.
    bias: usize,
}

impl Lines {
    fn of_program() -> Option<Lines> {
        let image: &'static [u8] = Box::leak(std::fs::read("/proc/self/exe").ok()?.into_boxed_slice());
        let section = |id: gimli::SectionId| {
            let bytes = symbols::section(image, id.name()).unwrap_or_default();
            Ok::<_, gimli::Error>(EndianSlice::new(bytes, LittleEndian))
        };
        let context = Context::from_dwarf(gimli::Dwarf::load(section).ok()?).ok()?;
        Some(Lines { context, bias: symbols::load_bias(image)? })
    }

    /// The line of an address, of the innermost function around it that is the program's own.
    fn own_line(&self, address: usize) -> Option<String> {
        let address = address.wrapping_sub(self.bias) as u64;
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        while let Some(frame) = frames.next().ok()? {
            let Some(location) = frame.location else { continue };
            if let (Some(file), Some(line @ 1..)) = (location.file, location.line)
                && !file.starts_with(LIBRARY_ROOT)
            {
                let file = file.strip_prefix("./").unwrap_or(file);
                return Some(format!("{file}:{line}"));
            }
        }
        None
    }
}
