//! Writes one random body: its locals and what is in scope. `values` and `statements` write their kinds.

use wyn_base::{IndexVec, Symbol};
use wyn_hir::{Block, Expr, ExprKind, Local, LocalId, LoopId, Ty};

use crate::world::{boxed, expr, span, types};

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    /// A number below the limit.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % u64::from(limit)) as u32
    }
}

/// Writes one body.
pub(crate) struct Writer {
    pub(crate) random: Random,
    pub(crate) locals: IndexVec<LocalId, Local>,
    /// Locals in scope.
    pub(crate) visible: Vec<LocalId>,
    /// Loops that may be left from here.
    pub(crate) loops: Vec<LoopId>,
    pub(crate) next_loop: u32,
    /// Whether `return` may stand here.
    pub(crate) returns: bool,
    pub(crate) ret: Ty,
}

impl Writer {
    pub(crate) fn new(seed: u64, ret: Ty) -> Self {
        Self {
            random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            locals: IndexVec::new(),
            visible: Vec::new(),
            loops: Vec::new(),
            next_loop: 0,
            returns: true,
            ret,
        }
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.random.below(100) < percent
    }

    pub(crate) fn any_type(&mut self) -> Ty {
        let types = types();
        types[self.random.below(types.len() as u32) as usize]
    }

    pub(crate) fn declare(&mut self, ty: Ty, mutable: bool) -> LocalId {
        let name = Symbol::new(&format!("v{}", self.locals.len()));
        self.locals.push(Local { name, ty, mutable, span: span() })
    }

    pub(crate) fn variable(&mut self, wanted: impl std::ops::Fn(&Local) -> bool) -> Option<LocalId> {
        let fitting: Vec<LocalId> =
            self.visible.iter().copied().filter(|id| wanted(&self.locals[*id])).collect();
        (!fitting.is_empty()).then(|| fitting[self.random.below(fitting.len() as u32) as usize])
    }

    pub(crate) fn local(&self, id: LocalId) -> Expr {
        expr(ExprKind::Local(id), self.locals[id].ty)
    }

    /// Runs `f` with what it declares going out of scope.
    pub(crate) fn scope<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let visible = self.visible.len();
        let result = f(self);
        self.visible.truncate(visible);
        result
    }

    pub(crate) fn block(&mut self, ty: Ty, depth: u32) -> Expr {
        self.scope(|this| {
            let count = this.random.below(4);
            let mut stmts = Vec::new();
            for _ in 0..count {
                stmts.push(this.statement(depth));
            }
            let value = (!ty.is_unit()).then(|| boxed(this.value(ty, depth)));
            expr(ExprKind::Block(Block { stmts, value }), ty)
        })
    }
}
