//! The line of the program that is being run: the innermost frame on the stack that is neither the runtime's nor the
//! standard library's.
//!
//! The unwinder gives the code addresses of the frames, and the program's own line tables (DWARF) say what lines they
//! are of; inlined functions are frames too. Each address is looked up once. The lookup needs more stack than a fiber has
//! below its limit, so it is done on the worker's.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use wyn_abi::Fiber;

use crate::fiber::on_worker_stack;
use crate::unwind::{self, lines};

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
}

static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

fn known() -> MutexGuard<'static, Known> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
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
        let place = lines::own_line(address, |line| format!("{}:{}", line.file, line.line));
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
