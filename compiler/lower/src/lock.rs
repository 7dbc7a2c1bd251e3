//! `lock`: mutexes are held until the block is left, on every way out.
//!
//! What a mutex holds is a place like any other, [`Proj::Content`] of the place that the handle lies in: it is read and
//! changed where it is.

use wyn_hir::{Expr, Lock};
use wyn_mir::{Arg, Callee, Intrinsic, Place, Proj, StmtKind};

use crate::body::Builder;
use crate::place::{is_place, root};
use crate::scope::Step;

impl<'h> Builder<'_, 'h> {
    /// `lock a as x, b as y { }`.
    pub(crate) fn lock(&mut self, dest: &Place, lock: &'h Lock) {
        self.scoped(|this| {
            let handles: Vec<Place> = lock.mutexes.iter().map(|(mutex, _)| this.handle(mutex)).collect();
            let contents: Vec<Place> = handles.iter().map(|handle| handle.then(Proj::Content)).collect();
            let args = contents.iter().cloned().map(Arg::Mut).collect();
            let nowhere = this.nowhere();
            this.call_block(Callee::Intrinsic(Intrinsic::Lock, Vec::new()), args, nowhere, false);
            for ((_, name), content) in lock.mutexes.iter().zip(contents) {
                this.bind(*name, content.clone());
                this.held.push(content);
                this.on_exit(Step::Unlock(this.held.len() - 1));
            }
            this.scoped(|this| this.store(dest, &lock.body));
        });
    }

    /// Where a handle lies while its mutex is held. One that cannot change meanwhile stays where it is, so that it
    /// need not be counted.
    fn handle(&mut self, mutex: &'h Expr) -> Place {
        let stays = is_place(mutex) && root(mutex).is_some_and(|root| !self.declaration(root).mutable);
        if stays { self.place(mutex) } else { self.temp_of(mutex).into() }
    }

    /// Gives up a mutex.
    pub(crate) fn unlock(&mut self, at: usize) {
        let (content, nowhere) = (self.held[at].clone(), self.nowhere());
        self.push(StmtKind::Intrinsic(nowhere, Intrinsic::Unlock, Vec::new(), vec![Arg::Mut(content)]));
    }
}
