//! Sets of locals, for analyses.

use std::rc::Rc;

use wyn_base::Idx;

use crate::{Body, Local};

/// The locals of a body that an analysis follows. Few bodies own many counted values, so sets of
/// these are small where sets of all locals would make long functions quadratic.
#[derive(PartialEq, Eq, Debug)]
pub struct Followed {
    /// Position among the followed, by local.
    position: Vec<Option<u32>>,
    locals: Vec<Local>,
}

impl Followed {
    /// The locals that `follows` holds for.
    pub fn new(body: &Body, follows: impl Fn(Local) -> bool) -> Rc<Self> {
        let locals: Vec<Local> = body.locals.indices().filter(|local| follows(*local)).collect();
        let mut position = vec![None; body.locals.len()];
        for (at, local) in (0..).zip(&locals) {
            position[local.index()] = Some(at);
        }
        Rc::new(Self { position, locals })
    }

    /// Whether a set may hold it.
    #[must_use]
    pub fn follows(&self, local: Local) -> bool {
        self.position(local).is_some()
    }

    fn position(&self, local: Local) -> Option<(usize, u64)> {
        let at = self.position.get(local.index()).copied().flatten()? as usize;
        Some((at / 64, 1 << (at % 64)))
    }
}

/// A set of followed locals; others are never in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalSet {
    followed: Rc<Followed>,
    bits: Vec<u64>,
}

impl LocalSet {
    /// The empty set.
    #[must_use]
    pub fn new(followed: &Rc<Followed>) -> Self {
        Self { followed: Rc::clone(followed), bits: vec![0; followed.locals.len().div_ceil(64)] }
    }

    /// What may be in the set.
    #[must_use]
    pub fn followed(&self) -> &Rc<Followed> {
        &self.followed
    }

    /// Whether it is in the set.
    #[must_use]
    pub fn contains(&self, local: Local) -> bool {
        self.followed.position(local).is_some_and(|(word, bit)| self.bits[word] & bit != 0)
    }

    /// Adds a local, if it is followed.
    pub fn insert(&mut self, local: Local) {
        if let Some((word, bit)) = self.followed.position(local) {
            self.bits[word] |= bit;
        }
    }

    /// Takes a local out.
    pub fn remove(&mut self, local: Local) {
        if let Some((word, bit)) = self.followed.position(local) {
            self.bits[word] &= !bit;
        }
    }

    /// Adds all of `other`; says whether that changed anything.
    pub fn union(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (own, new) in self.bits.iter_mut().zip(&other.bits) {
            changed |= *new & !*own != 0;
            *own |= new;
        }
        changed
    }

    /// Takes out what is not in `other`; says whether that changed anything.
    pub fn intersect(&mut self, other: &Self) -> bool {
        let mut changed = false;
        for (own, new) in self.bits.iter_mut().zip(&other.bits) {
            changed |= *own & !*new != 0;
            *own &= new;
        }
        changed
    }

    /// Its members, in order.
    pub fn iter(&self) -> impl Iterator<Item = Local> + '_ {
        self.bits.iter().enumerate().flat_map(move |(word, &bits)| {
            std::iter::successors((bits != 0).then_some(bits), |rest| {
                let rest = rest & (rest - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |rest| self.followed.locals[word * 64 + rest.trailing_zeros() as usize])
        })
    }
}
