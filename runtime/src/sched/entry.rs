//! What run queues hold: a fiber to resume, or a task that may not have begun yet.

use wyn_abi::TaskRecord;

use crate::fiber::FiberCell;

/// One queue entry, in one word: records are aligned to 64, so the lowest bit tells them apart.
///
/// A fiber's entry is the right to resume it. A task's entry is a hint: whoever takes it must still claim the
/// record, which may have been awaited, freed and used again since.
#[derive(Clone, Copy)]
pub(crate) struct Entry(usize);

pub(crate) enum Work {
    Resume(*mut FiberCell),
    Begin(*mut TaskRecord),
}

impl Entry {
    pub(crate) fn fiber(cell: *mut FiberCell) -> Entry {
        Entry(cell as usize)
    }

    pub(crate) fn task(record: *mut TaskRecord) -> Entry {
        Entry(record as usize | 1)
    }

    pub(crate) fn is_task(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn decode(self) -> Work {
        if self.0 & 1 == 0 {
            Work::Resume(self.0 as *mut FiberCell)
        } else {
            Work::Begin((self.0 & !1) as *mut TaskRecord)
        }
    }
}
