//! How values lie in memory.
//!
//! Fields keep their order and are aligned naturally. Every counted value and every handle is one
//! pointer, and so is a boxed
//! struct or enum, whose fields lie in its cell. An enum is a tag and then the fields of the variant in question, each variant laid out
//! on its own behind the tag; an enum of one variant without fields and one with a single pointer
//! (`Option<string>`) is that pointer, null for the empty variant. Nothing is aligned to more than
//! 8 bytes, and a type's size is a multiple of its alignment.

use std::rc::Rc;

use wyn_base::IndexVec;
use wyn_mir::ownership::pointer;
use wyn_mir::{Adt, AdtId, AdtKind, IntTy, Ty, TyKind};

use crate::{InternalError, Result};

/// A value that fits a machine register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Scalar {
    /// One byte in memory, one bit as a value.
    Bool,
    /// An integer or char of this many bits.
    Int(u32),
    F32,
    F64,
    /// A counted object, a handle, or null.
    Ptr,
}

impl Scalar {
    /// Bytes, and alignment.
    pub(crate) fn size(self) -> u64 {
        match self {
            Self::Bool => 1,
            Self::Int(bits) => u64::from(bits.div_ceil(8)),
            Self::F32 => 4,
            Self::F64 | Self::Ptr => 8,
        }
    }
}

/// A part of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    /// Bytes from the start of the whole.
    pub(crate) offset: u64,
    /// What lies there.
    pub(crate) ty: Ty,
}

/// How a type lies in memory.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Bytes; 0 for types with only one value.
    pub(crate) size: u64,
    /// 1 to 8.
    pub(crate) align: u64,
    /// What is where.
    pub(crate) shape: Shape,
}

/// What is where in a value.
#[derive(Debug)]
pub(crate) enum Shape {
    /// One register.
    Scalar(Scalar),
    /// A struct, a tuple, or nothing at all.
    Fields(Vec<Slot>),
    /// An enum that is the pointer of its variant `some`, or null.
    Nullable {
        /// The variant with the pointer.
        some: u32,
        /// The pointer.
        field: Slot,
    },
    /// An enum: the number of the variant at offset 0, then the fields of that variant.
    Tagged {
        /// The tag.
        tag: Scalar,
        /// The fields by variant.
        variants: Vec<Vec<Slot>>,
    },
}

impl Layout {
    /// The register that holds such a value, when one does.
    pub(crate) fn scalar(&self) -> Option<Scalar> {
        match self.shape {
            Shape::Scalar(scalar) => Some(scalar),
            Shape::Nullable { .. } => Some(Scalar::Ptr),
            Shape::Fields(_) | Shape::Tagged { .. } => None,
        }
    }

    /// All parts, of each variant.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        let (fields, variants): (&[Slot], &[Vec<Slot>]) = match &self.shape {
            Shape::Scalar(_) => (&[], &[]),
            Shape::Fields(slots) => (slots, &[]),
            Shape::Nullable { field, .. } => (std::slice::from_ref(field), &[]),
            Shape::Tagged { variants, .. } => (&[], variants),
        };
        fields.iter().chain(variants.iter().flatten())
    }

    /// Whether there is nothing to store.
    pub(crate) fn is_zst(&self) -> bool {
        self.size == 0
    }

    fn of_scalar(scalar: Scalar) -> Self {
        Self { size: scalar.size(), align: scalar.size(), shape: Shape::Scalar(scalar) }
    }
}

/// Computes layouts; `of` gives those of parts, so that a cache sits in between.
pub(crate) struct Layouts<'a> {
    pub(crate) adts: &'a IndexVec<AdtId, Adt>,
    pub(crate) of: &'a dyn Fn(Ty) -> Result<Rc<Layout>>,
}

impl Layouts<'_> {
    /// The layout of a type.
    pub(crate) fn compute(&self, ty: Ty) -> Result<Layout> {
        Ok(match ty.kind() {
            TyKind::Never | TyKind::Unit => Layout { size: 0, align: 1, shape: Shape::Fields(Vec::new()) },
            TyKind::Bool => Layout::of_scalar(Scalar::Bool),
            TyKind::Int(int) => Layout::of_scalar(int_scalar(*int)),
            TyKind::F64 => Layout::of_scalar(Scalar::F64),
            TyKind::F32 => Layout::of_scalar(Scalar::F32),
            TyKind::Char => Layout::of_scalar(Scalar::Int(32)),
            TyKind::Tuple(parts) => self.fields(parts)?,
            _ if pointer(ty, self.adts) => Layout::of_scalar(Scalar::Ptr),
            TyKind::Adt(id, _, args) => self.adt(&self.adts[*id], args)?,
            _ => {
                return Err(InternalError::new(format!("`{ty}` has no layout")));
            }
        })
    }

    /// The layout of what lies in the cell of a boxed type.
    pub(crate) fn content(&self, ty: Ty) -> Result<Layout> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if self.adts[*id].boxed => self.adt(&self.adts[*id], args),
            _ => Err(InternalError::new(format!("`{ty}` is not boxed"))),
        }
    }

    /// The layout of these parts in a row.
    pub(crate) fn fields(&self, parts: &[Ty]) -> Result<Layout> {
        let (slots, end, align) = self.place(0, parts)?;
        Ok(Layout { size: end.next_multiple_of(align), align, shape: Shape::Fields(slots) })
    }

    fn place(&self, start: u64, parts: &[Ty]) -> Result<(Vec<Slot>, u64, u64)> {
        let (mut slots, mut end, mut align) = (Vec::with_capacity(parts.len()), start, 1);
        for &ty in parts {
            let part = (self.of)(ty)?;
            let offset = end.next_multiple_of(part.align);
            slots.push(Slot { offset, ty });
            end = offset + part.size;
            align = align.max(part.align);
        }
        Ok((slots, end, align))
    }

    fn adt(&self, adt: &Adt, args: &[Ty]) -> Result<Layout> {
        let parts = |at: usize| -> Vec<Ty> { adt.variants[at].types(args).collect() };
        if adt.kind == AdtKind::Struct {
            return self.fields(&parts(0));
        }
        if let [first, second] = &*adt.variants {
            for (some, full, empty) in [(1, second, first), (0, first, second)] {
                if empty.fields.is_empty()
                    && full.fields.len() == 1
                    && let ty = parts(some)[0]
                    && pointer(ty, self.adts)
                {
                    let shape = Shape::Nullable { some: some as u32, field: Slot { offset: 0, ty } };
                    return Ok(Layout { size: 8, align: 8, shape });
                }
            }
        }
        if adt.variants.is_empty() {
            return Ok(Layout { size: 0, align: 1, shape: Shape::Fields(Vec::new()) });
        }
        let tag = Scalar::Int(if adt.variants.len() <= 256 { 8 } else { 32 });
        let (mut variants, mut size, mut align) = (Vec::new(), tag.size(), tag.size());
        for at in 0..adt.variants.len() {
            let (slots, end, variant_align) = self.place(tag.size(), &parts(at))?;
            variants.push(slots);
            size = size.max(end);
            align = align.max(variant_align);
        }
        Ok(Layout { size: size.next_multiple_of(align), align, shape: Shape::Tagged { tag, variants } })
    }
}

/// The register of an integer type.
pub(crate) fn int_scalar(int: IntTy) -> Scalar {
    Scalar::Int(int.bits())
}
