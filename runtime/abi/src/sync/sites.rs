//! Where models synchronise: each atomic access and fence of the shipping code is a *site*, named by its place in the
//! source, as `file:line:column` of the method's name, and `/f` behind it for the order of a failed exchange.
//!
//! Two variables of the environment, read once, are for `./dev weaken`:
//!
//! * `WYN_SITES=FILE`: the sites that are reached are appended to the file, one a line, with their order.
//! * `WYN_WEAKEN=SITE=ORDER`: this site has this order instead, for the whole run; a fence of order `None` is left out.

extern crate std;
use core::cell::RefCell;
use core::panic::Location;
use std::collections::HashSet;
use std::io::Write as _;
use std::string::{String, ToString};
use std::sync::OnceLock;
use std::{env, format, fs};

use core::sync::atomic::Ordering;

/// The site that is weakened.
struct Weakened {
    file: String,
    line: u32,
    column: u32,
    failure: bool,
    /// Nothing stands for a fence that is left out.
    order: Option<Ordering>,
}

impl Weakened {
    fn parse(text: &str) -> Option<Weakened> {
        let (site, order) = text.split_once('=')?;
        let (place, failure) = match site.strip_suffix("/f") {
            Some(place) => (place, true),
            None => (site, false),
        };
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = parts.next()?.to_string();
        let order = match order {
            "None" => None,
            "Relaxed" => Some(Ordering::Relaxed),
            "Acquire" => Some(Ordering::Acquire),
            "Release" => Some(Ordering::Release),
            "AcqRel" => Some(Ordering::AcqRel),
            _ => return None,
        };
        Some(Weakened { file, line, column, failure, order })
    }
}

/// What the environment asks for.
struct Wanted {
    weakened: Option<Weakened>,
    record: Option<String>,
}

static WANTED: OnceLock<Wanted> = OnceLock::new();

fn wanted() -> &'static Wanted {
    WANTED.get_or_init(|| Wanted {
        weakened: env::var("WYN_WEAKEN")
            .ok()
            .map(|text| Weakened::parse(&text).expect("WYN_WEAKEN=SITE=ORDER")),
        record: env::var("WYN_SITES").ok(),
    })
}

std::thread_local! {
    static SEEN: RefCell<HashSet<(usize, bool)>> = RefCell::new(HashSet::new());
}

/// Whether the environment wants the models alone, without the runs that must fail.
#[must_use]
pub fn under_study() -> bool {
    wanted().weakened.is_some() || wanted().record.is_some()
}

/// The order of an access at a site: nothing for a fence that is left out.
pub(super) fn order(at: &'static Location<'static>, failure: bool, order: Ordering) -> Option<Ordering> {
    let wanted = wanted();
    if let Some(file) = &wanted.record {
        record(file, at, failure, order);
    }
    match &wanted.weakened {
        Some(weakened)
            if at.line() == weakened.line
                && at.column() == weakened.column
                && failure == weakened.failure
                && at.file() == weakened.file =>
        {
            weakened.order
        }
        _ => Some(order),
    }
}

/// Notes a site the first time that it is reached. A model and all its threads run on one thread of the system.
fn record(file: &str, at: &'static Location<'static>, failure: bool, order: Ordering) {
    let first = SEEN.with(|seen| seen.borrow_mut().insert((core::ptr::from_ref(at) as usize, failure)));
    if !first {
        return;
    }
    let suffix = if failure { "/f" } else { "" };
    let line = format!("{}:{}:{}{suffix} {order:?}\n", at.file(), at.line(), at.column());
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file).expect("WYN_SITES is a file");
    file.write_all(line.as_bytes()).expect("WYN_SITES can be written");
}
