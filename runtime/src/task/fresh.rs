//! Fresh memory for task records: never unmapped, and handed out in runs that grow with what was taken so far.
//!
//! Memory that was never touched is dear: its pages have to be made present, which takes longer than all that a short task
//! does. So it is done run by run, for two thirds of what as many page faults take, or by whole huge pages if these come quickly.
//! And it is done *ahead*, if some worker has nothing to do: the monitor makes memory present on the processor that
//! is free, while the spawner uses what is ready. If nothing is, the spawner does not wait: it makes its next run present
//! itself. Huge pages are then left to the monitor, so that the two never make the same one.
//!
//! All of it is under the lock of the store; while memory is made present, nobody but who does that knows it.

use wyn_abi::TaskRecord;
use wyn_abi::task::RECORD_BATCH;

use crate::time;

/// Bytes of a huge page.
const HUGE_PAGE: usize = 2 * 1024 * 1024;
/// Records in a huge page.
const HUGE_RUN: usize = HUGE_PAGE / size_of::<TaskRecord>();
/// Bytes of a small page.
const PAGE: usize = 4096;
/// Huge pages of address space that are reserved at a time, if there is so much: to ask for it waits for whoever makes memory
/// present.
const REGION: usize = 8;
/// Records in the longest run of small pages: it divides a huge page.
const LONGEST_RUN: usize = 2048;
/// Ticks that a huge page may take, some 450 µs: as long as small pages do. When the system has to put one together first, it
/// takes ten times that.
const HUGE_TICKS: u64 = 1_000_000;
/// Records that do without huge pages after one that took longer.
const WITHOUT_HUGE: usize = 64 * HUGE_RUN;
/// Records given out from which on there may be huge pages.
const HUGE_FROM: usize = 4096;
/// Records given out from which on memory is made present ahead. Waking somebody for less costs more than it saves.
const AHEAD: usize = 4 * RECORD_BATCH;

/// Records that lie one after the other.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) next: *mut TaskRecord,
    pub(super) left: usize,
}

impl Run {
    pub(super) const EMPTY: Run = Run { next: std::ptr::null_mut(), left: 0 };

    /// The first so many records, or as many as there are.
    pub(super) fn split(&mut self, most: usize) -> Run {
        let taken = Run { next: self.next, left: most.min(self.left) };
        // SAFETY: not past the end of the run.
        self.next = unsafe { self.next.add(taken.left) };
        self.left -= taken.left;
        taken
    }
}

/// A run that is to be made present by whoever has it.
#[must_use]
pub(super) struct Absent {
    run: Run,
    pages: Pages,
}

impl Absent {
    /// Makes it present for whoever waits for it: by one call, as far as the system does that. Gives the run, and whether
    /// a huge page has taken too long.
    pub(super) fn populate(self) -> (Run, bool) {
        let Absent { run, pages } = self;
        let start = time::ticks();
        // SAFETY: the run is ours, and begins at the beginning of a page.
        unsafe {
            let bytes = run.left * size_of::<TaskRecord>();
            libc::madvise(run.next.cast(), bytes, libc::MADV_POPULATE_WRITE);
        }
        (run, pages == Pages::Huge && took_too_long(start))
    }

    /// The same beside a worker, who must not be held up: by page faults. The call keeps him from changing the address
    /// space meanwhile, as he does when an array grows or is freed.
    pub(super) fn touch(self) -> (Run, bool) {
        let Absent { run, pages } = self;
        let start = time::ticks();
        let mut too_long = false;
        for page in (0..run.left).step_by(PAGE / size_of::<TaskRecord>()) {
            // SAFETY: the run is ours; zero is a free record.
            unsafe { run.next.add(page).cast::<u64>().write_volatile(0) };
            too_long |= page == 0 && pages == Pages::Huge && took_too_long(start);
        }
        (run, too_long)
    }

    /// Leaves it to page faults.
    pub(super) fn leave(self) -> Run {
        self.run
    }
}

fn took_too_long(start: u64) -> bool {
    time::ticks().wrapping_sub(start) > HUGE_TICKS
}

/// What pages a run is to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    Small,
    Huge,
}

impl Pages {
    /// Address space for more of them. (Not under the lock of the store: it may have to wait for whoever makes memory present.)
    pub(super) fn reserve(self) -> Option<Region> {
        Some(Region { pages: self, run: reserve(self)? })
    }
}

/// Address space for records.
#[must_use]
pub(super) struct Region {
    pages: Pages,
    run: Run,
}

/// Fresh records for somebody.
pub(super) enum Taken {
    /// They are present.
    Ready(Run),
    /// They are to be made present.
    Absent(Absent),
}

/// What was not handed out yet.
pub(super) struct Fresh {
    /// Runs that are present, and how many records they have.
    ready: Vec<Run>,
    ready_left: usize,
    /// Address space for small pages, and for huge ones.
    small: Run,
    huge: Run,
    /// What is left of a huge page whose beginning was handed out. It is present, unless the system has no such pages.
    rest: Run,
    /// Records handed out.
    given: usize,
    /// Of how many records handed out on there may be huge pages.
    huge_from: usize,
    /// All records that were taken out of the address space.
    all: Vec<Run>,
}

// SAFETY: fresh records belong to it.
unsafe impl Send for Fresh {}

impl Fresh {
    pub(super) const fn new() -> Fresh {
        Fresh {
            ready: Vec::new(),
            ready_left: 0,
            small: Run::EMPTY,
            huge: Run::EMPTY,
            rest: Run::EMPTY,
            given: 0,
            huge_from: HUGE_FROM,
            all: Vec::new(),
        }
    }

    /// How many records a worker takes after it has taken so many at once.
    pub(super) fn longer(run: usize) -> usize {
        (2 * run).min(LONGEST_RUN)
    }

    /// Up to so many records, in whole batches. `is_helped` says that memory is made present ahead; huge pages are left
    /// to whoever does that. If address space has to be added before, gives for which pages.
    pub(super) fn take(&mut self, records: usize, is_helped: bool) -> Result<Taken, Pages> {
        if let Some(ready) = self.ready.last_mut() {
            let run = ready.split(records);
            if ready.left == 0 {
                self.ready.pop();
            }
            self.ready_left -= run.left;
            self.given += run.left;
            return Ok(Taken::Ready(run));
        }
        let (run, pages) = if self.rest.left != 0 {
            (self.rest.split(records), Pages::Small)
        } else if is_helped || self.given < self.huge_from {
            if self.small.left == 0 {
                return Err(Pages::Small);
            }
            (self.cut(Pages::Small, records), Pages::Small)
        } else {
            if self.huge.left == 0 {
                return Err(Pages::Huge);
            }
            self.rest = self.cut(Pages::Huge, HUGE_RUN);
            (self.rest.split(records), Pages::Huge)
        };
        self.given += run.left;
        Ok(Taken::Absent(Absent { run, pages }))
    }

    /// Whether more memory is to be made present ahead.
    pub(super) fn is_short(&self) -> bool {
        self.given >= AHEAD && self.ready_left < self.given.min(HUGE_RUN / 2)
    }

    /// What is to be made present ahead, if memory is short. If address space has to be added before, gives for which pages.
    pub(super) fn ahead(&mut self) -> Result<Absent, Pages> {
        let (pages, records) = if self.given >= self.huge_from {
            (Pages::Huge, HUGE_RUN)
        } else {
            (Pages::Small, LONGEST_RUN.min(self.given))
        };
        if self.space(pages).left == 0 {
            return Err(pages);
        }
        Ok(Absent { run: self.cut(pages, records), pages })
    }

    /// More address space. If somebody else was faster, it is given back.
    pub(super) fn add(&mut self, region: Region) {
        let space = self.space(region.pages);
        if space.left == 0 {
            *space = region.run;
        } else {
            // SAFETY: a mapping of its own, that nobody has used.
            unsafe { libc::munmap(region.run.next.cast(), region.run.left * size_of::<TaskRecord>()) };
        }
    }

    /// What `ahead` gave is present.
    pub(super) fn is_ready(&mut self, run: Run) {
        self.ready_left += run.left;
        self.ready.push(run);
    }

    /// A huge page took too long.
    pub(super) fn without_huge(&mut self) {
        self.huge_from = self.given + WITHOUT_HUGE;
    }

    /// There is no more address space for such pages. Gives whether what is left for the others will do.
    pub(super) fn without_space(&mut self, pages: Pages) -> bool {
        match pages {
            Pages::Huge => {
                self.without_huge();
                true
            }
            Pages::Small => {
                if self.small.left == 0 {
                    self.small = std::mem::replace(&mut self.huge, Run::EMPTY);
                }
                self.small.left != 0
            }
        }
    }

    /// All records there are, those included that were never used.
    pub(super) fn each(&self, mut each: impl FnMut(*mut TaskRecord)) {
        for run in &self.all {
            // SAFETY: the records of a run.
            (0..run.left).for_each(|index| each(unsafe { run.next.add(index) }));
        }
    }

    fn space(&mut self, pages: Pages) -> &mut Run {
        match pages {
            Pages::Small => &mut self.small,
            Pages::Huge => &mut self.huge,
        }
    }

    /// So many records of the address space: they are records from now on.
    fn cut(&mut self, pages: Pages, records: usize) -> Run {
        const {
            assert!(HUGE_RUN.is_multiple_of(LONGEST_RUN) && LONGEST_RUN.is_multiple_of(RECORD_BATCH));
        };
        let run = self.space(pages).split(records);
        match self.all.last_mut() {
            // SAFETY: at most the end of the run.
            Some(last) if unsafe { last.next.add(last.left) } == run.next => last.left += run.left,
            _ => self.all.push(run),
        }
        run
    }
}

/// Address space that begins at a huge page, with advice about such pages: where it is scarce, less of it. What will lie there is
/// zero: free records.
fn reserve(pages: Pages) -> Option<Run> {
    let mut huge_pages = REGION;
    let (base, bytes) = loop {
        let bytes = huge_pages * HUGE_PAGE;
        // SAFETY: a fresh anonymous mapping.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes + HUGE_PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base != libc::MAP_FAILED {
            break (base, bytes);
        }
        huge_pages /= 2;
        if huge_pages == 0 {
            return None;
        }
    };
    let before = base.align_offset(HUGE_PAGE);
    // SAFETY: gives back what lies before and after the aligned part of our own mapping. The advice may be refused.
    unsafe {
        let next = base.add(before);
        if before != 0 {
            libc::munmap(base, before);
        }
        libc::munmap(next.add(bytes), HUGE_PAGE - before);
        let advice = if pages == Pages::Huge { libc::MADV_HUGEPAGE } else { libc::MADV_NOHUGEPAGE };
        libc::madvise(next, bytes, advice);
        Some(Run { next: next.cast(), left: bytes / size_of::<TaskRecord>() })
    }
}

#[cfg(all(test, not(any(wyn_loom, wyn_shuttle))))]
mod tests {
    use super::*;

    /// Takes so many records in runs, as one worker would. Gives the runs, and how many of them were ready.
    fn take(fresh: &mut Fresh, mut records: usize, is_helped: bool) -> (Vec<Run>, usize) {
        let (mut runs, mut were_ready, mut longest) = (Vec::new(), 0, RECORD_BATCH);
        while records != 0 {
            let run = match fresh.take(longest.min(records), is_helped) {
                Ok(Taken::Ready(run)) => {
                    were_ready += 1;
                    run
                }
                Ok(Taken::Absent(absent)) => absent.populate().0,
                Err(pages) => {
                    fresh.add(pages.reserve().expect("address space"));
                    continue;
                }
            };
            longest = Fresh::longer(longest);
            records -= run.left;
            runs.push(run);
        }
        (runs, were_ready)
    }

    /// What the monitor does when it is asked.
    fn help(fresh: &mut Fresh) {
        while fresh.is_short() {
            match fresh.ahead() {
                Ok(absent) => {
                    let (run, _) = absent.touch();
                    fresh.is_ready(run);
                }
                Err(pages) => fresh.add(pages.reserve().expect("address space")),
            }
        }
    }

    /// The records of all runs, each of which must be there once, and free.
    fn records(runs: &[Run]) -> Vec<*mut TaskRecord> {
        let mut all: Vec<_> =
            runs.iter().flat_map(|run| (0..run.left).map(|index| run.next.wrapping_add(index))).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
        // SAFETY: nobody else knows them.
        assert!(all.iter().all(|&record| unsafe { (*record).desc.is_null() }));
        all
    }

    #[test]
    fn every_record_is_handed_out_once() {
        for is_helped in [false, true] {
            let mut fresh = Fresh::new();
            let mut runs = Vec::new();
            let mut were_ready = 0;
            for _ in 0..20 {
                let (taken, ready) = take(&mut fresh, 10 * RECORD_BATCH, is_helped);
                runs.extend(taken);
                were_ready += ready;
                if is_helped {
                    help(&mut fresh);
                }
            }
            let taken = records(&runs);
            assert_eq!(taken.len(), 200 * RECORD_BATCH);
            assert_eq!(were_ready != 0, is_helped);
            let mut all = Vec::new();
            fresh.each(|record| all.push(record));
            all.sort_unstable();
            assert!(taken.iter().all(|record| all.binary_search(record).is_ok()));
        }
    }

    #[test]
    fn nothing_is_made_present_ahead_of_a_few_tasks() {
        let mut fresh = Fresh::new();
        take(&mut fresh, AHEAD - RECORD_BATCH, true);
        assert!(!fresh.is_short());
        take(&mut fresh, RECORD_BATCH, true);
        assert!(fresh.is_short());
        help(&mut fresh);
        assert!(fresh.ready_left >= AHEAD && fresh.ready_left < 2 * AHEAD + LONGEST_RUN);
    }

    #[test]
    fn after_a_slow_huge_page_there_are_small_ones() {
        let mut fresh = Fresh::new();
        take(&mut fresh, HUGE_FROM, true);
        fresh.without_huge();
        help(&mut fresh);
        take(&mut fresh, HUGE_RUN, false);
        assert_eq!(fresh.huge.left, 0);
        fresh.huge_from = 0;
        take(&mut fresh, LONGEST_RUN, false);
        assert_eq!(fresh.huge.left, (REGION - 1) * HUGE_RUN);
    }

    #[test]
    fn where_address_space_ends_the_rest_is_used() {
        let mut fresh = Fresh::new();
        assert!(!fresh.without_space(Pages::Small));
        fresh.add(Pages::Huge.reserve().expect("address space"));
        let space = fresh.huge.left;
        assert!(fresh.without_space(Pages::Small));
        assert_eq!((fresh.small.left, fresh.huge.left), (space, 0));
        fresh.given = HUGE_FROM;
        assert!(fresh.without_space(Pages::Huge));
        assert!(
            matches!(fresh.take(RECORD_BATCH, false), Ok(Taken::Absent(absent)) if absent.pages == Pages::Small)
        );
    }

    #[test]
    fn address_space_that_came_second_is_given_back() {
        let mut fresh = Fresh::new();
        fresh.add(Pages::Small.reserve().expect("address space"));
        let first = fresh.small.next;
        fresh.add(Pages::Small.reserve().expect("address space"));
        assert_eq!(fresh.small.next, first);
        assert!(first.addr().is_multiple_of(HUGE_PAGE));
    }
}
