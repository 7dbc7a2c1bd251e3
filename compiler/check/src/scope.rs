//! Locals: their scopes within a body, and captures across bodies.
//!
//! A [`Frame`] is one HIR body: a function, a closure or a spawned block. While a closure is being
//! checked its captures are not all known, so they are numbered from [`CAPTURE`] upwards;
//! [`finish`](crate::finish) moves them to the front, where HIR wants them.

use rustc_hash::FxHashMap;
use wyn_base::{Span, Symbol};
use wyn_hir::{FnId, LocalId, LoopId, Ty};
use wyn_syntax::ast::Name;

use crate::body::{FnCx, Why};
use crate::origins::Origin;

/// The first number of a captured local.
pub(crate) const CAPTURE: u32 = 1 << 31;

/// How a local came to be; decides whether it can change, and what is said when it cannot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LocalKind {
    Const,
    Var,
    Param,
    MutParam,
    /// A parameter of a closure, which nobody's variable stands for.
    ClosureParam,
    /// Bound by a pattern of `match`, `if const` or `for`.
    Pattern,
    /// The content of a mutex, inside `lock`.
    Locked,
    /// Copied into a closure or task.
    Capture,
    /// Made by desugaring.
    Temp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalInfo {
    pub(crate) name: Symbol,
    pub(crate) ty: Ty,
    pub(crate) kind: LocalKind,
    pub(crate) span: Span,
    /// What gave it its type; of what desugaring has made, perhaps nothing that one could change.
    pub(crate) origin: Option<Origin>,
    /// Whether its value is ever looked at.
    pub(crate) used: bool,
    /// Whether it is assigned to after its declaration.
    pub(crate) assigned: bool,
    /// Whether it, or a part of it, is changed in any way after its declaration.
    pub(crate) changed: bool,
}

impl LocalInfo {
    pub(crate) fn mutable(&self) -> bool {
        matches!(self.kind, LocalKind::Var | LocalKind::MutParam | LocalKind::Locked)
    }
}

/// What a name of a body stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Binding {
    Local(LocalId),
    Fn(FnId),
}

/// Whether a body belongs to a function, or runs with copies of another body's locals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FrameKind {
    Fn,
    Closure,
    Task,
}

/// An open loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLoop {
    pub(crate) id: LoopId,
    pub(crate) label: Option<Name>,
    pub(crate) broken: bool,
}

/// A body that is being checked.
pub(crate) struct Frame {
    pub(crate) kind: FrameKind,
    pub(crate) locals: Vec<LocalInfo>,
    /// Locals of the enclosing frame that are copied into this one.
    pub(crate) captures: Vec<(LocalId, LocalInfo)>,
    captured: FxHashMap<LocalId, LocalId>,
    names: FxHashMap<Symbol, Binding>,
    undo: Vec<(Symbol, Option<Binding>)>,
    /// The type that `return` gives.
    pub(crate) ret: Ty,
    pub(crate) ret_why: Why,
    pub(crate) loops: Vec<OpenLoop>,
    /// Mistakes that may have kept names of the open scopes from being declared.
    pub(crate) doubts: Vec<Ty>,
    /// The mutexes that are held where the check is.
    pub(crate) held: Vec<wyn_hir::Expr>,
    pub(crate) next_loop: u32,
    /// The locals of each `var` declaration, which follow each other.
    pub(crate) vars: Vec<std::ops::Range<usize>>,
    /// Inside a `defer`, which control may not leave.
    pub(crate) deferred: bool,
    /// Labels and loops outside a `defer` or a closure, for messages.
    pub(crate) outer_loops: bool,
}

impl Frame {
    pub(crate) fn new(kind: FrameKind, ret: Ty, ret_why: Why) -> Self {
        Self {
            kind,
            locals: Vec::new(),
            captures: Vec::new(),
            captured: FxHashMap::default(),
            names: FxHashMap::default(),
            undo: Vec::new(),
            ret,
            ret_why,
            loops: Vec::new(),
            doubts: Vec::new(),
            held: Vec::new(),
            next_loop: 0,
            vars: Vec::new(),
            deferred: false,
            outer_loops: false,
        }
    }

    /// All names that mean something in this body, in no order.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (Symbol, Binding)> {
        self.names.iter().map(|(name, binding)| (*name, *binding))
    }

    pub(crate) fn local(&self, id: LocalId) -> &LocalInfo {
        match id.0.checked_sub(CAPTURE) {
            Some(at) => &self.captures[at as usize].1,
            None => &self.locals[id.0 as usize],
        }
    }

    pub(crate) fn local_mut(&mut self, id: LocalId) -> &mut LocalInfo {
        match id.0.checked_sub(CAPTURE) {
            Some(at) => &mut self.captures[at as usize].1,
            None => &mut self.locals[id.0 as usize],
        }
    }

    fn capture(&mut self, outer: LocalId, info: LocalInfo) -> LocalId {
        if let Some(&known) = self.captured.get(&outer) {
            return known;
        }
        let id = LocalId(CAPTURE + self.captures.len() as u32);
        self.captures.push((outer, LocalInfo { kind: LocalKind::Capture, used: true, ..info }));
        self.captured.insert(outer, id);
        id
    }

    /// A loop's number.
    pub(crate) fn new_loop(&mut self) -> LoopId {
        self.next_loop += 1;
        LoopId(self.next_loop - 1)
    }
}

/// Where a scope began.
#[must_use]
pub(crate) struct Mark {
    names: usize,
    doubts: usize,
}

impl FnCx<'_, '_> {
    pub(crate) fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a body is being checked")
    }

    /// A new local without a name that source could use.
    pub(crate) fn temp(&mut self, ty: Ty, span: Span) -> LocalId {
        let name = self.w.names.temp;
        let info = LocalInfo {
            name,
            ty,
            kind: LocalKind::Temp,
            span,
            origin: None,
            used: true,
            assigned: false,
            changed: false,
        };
        let frame = self.frame();
        frame.locals.push(info);
        LocalId(frame.locals.len() as u32 - 1)
    }

    /// A new local, without a name that source could use, for a value.
    pub(crate) fn temp_for(&mut self, value: &wyn_hir::Expr) -> LocalId {
        let origin = self.origin(value);
        let local = self.temp(value.ty, value.span);
        self.set_origin(local, origin);
        local
    }

    /// A new local, not yet visible.
    pub(crate) fn new_local(&mut self, name: Symbol, ty: Ty, kind: LocalKind, span: Span) -> LocalId {
        let origin = Some(Origin::value(span));
        let info = LocalInfo { name, ty, kind, span, origin, used: false, assigned: false, changed: false };
        let frame = self.frame();
        frame.locals.push(info);
        LocalId(frame.locals.len() as u32 - 1)
    }

    /// Makes a name visible until the scope ends.
    pub(crate) fn bind(&mut self, name: Symbol, binding: Binding) {
        let frame = self.frame();
        let before = frame.names.insert(name, binding);
        frame.undo.push((name, before));
    }

    /// A new local that is visible from here on.
    pub(crate) fn declare(&mut self, name: Symbol, ty: Ty, kind: LocalKind, span: Span) -> LocalId {
        let id = self.new_local(name, ty, kind, span);
        self.bind(name, Binding::Local(id));
        id
    }

    pub(crate) fn push_scope(&mut self) -> Mark {
        let frame = self.frame();
        Mark { names: frame.undo.len(), doubts: frame.doubts.len() }
    }

    /// Ends a scope: its names mean again what they meant before; locals that nobody used are noted.
    pub(crate) fn pop_scope(&mut self, mark: Mark) {
        let Some(frame) = self.frames.last_mut() else { return };
        frame.doubts.truncate(mark.doubts);
        while frame.undo.len() > mark.names {
            let Some((name, before)) = frame.undo.pop() else { break };
            if let Some(&Binding::Local(id)) = frame.names.get(&name)
                && id.0 < CAPTURE
            {
                let info = frame.locals[id.0 as usize];
                // What is assigned to a `mut` parameter is the caller's to read.
                let used = info.used || (info.kind == LocalKind::MutParam && info.changed);
                if !used && !matches!(info.kind, LocalKind::Temp) {
                    self.unused.push(info);
                }
            }
            match before {
                Some(before) => frame.names.insert(name, before),
                None => frame.names.remove(&name),
            };
        }
    }

    /// What a name means in the innermost body, without looking outside it.
    pub(crate) fn own_binding(&self, name: Symbol) -> Option<Binding> {
        self.frames.last().and_then(|frame| frame.names.get(&name).copied())
    }

    /// Whether some enclosing body has a local of this name.
    pub(crate) fn is_local(&self, name: Symbol) -> bool {
        self.frames.iter().any(|frame| frame.names.contains_key(&name))
    }

    /// What a name means here; a local of an enclosing body is captured.
    pub(crate) fn lookup(&mut self, name: Symbol) -> Option<Binding> {
        let top = self.frames.len() - 1;
        let at = (0..=top).rev().find(|at| self.frames[*at].names.contains_key(&name))?;
        let binding = self.frames[at].names[&name];
        let Binding::Local(mut id) = binding else { return Some(binding) };
        if at < top {
            self.frames[at].local_mut(id).used = true;
        }
        for level in at + 1..=top {
            let info = *self.frames[level - 1].local(id);
            id = self.frames[level].capture(id, info);
        }
        Some(Binding::Local(id))
    }

    /// All names of locals that are visible here, for suggestions.
    pub(crate) fn local_names(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> =
            self.frames.iter().flat_map(|frame| frame.names.keys().map(|name| name.as_str())).collect();
        names.sort_unstable();
        names
    }

    /// The local functions that are visible here.
    pub(crate) fn local_fns(&self) -> Vec<(Symbol, FnId)> {
        let mut fns: FxHashMap<Symbol, FnId> = FxHashMap::default();
        for frame in &self.frames {
            for (name, binding) in &frame.names {
                match binding {
                    Binding::Fn(id) => fns.insert(*name, *id),
                    Binding::Local(_) => fns.remove(name),
                };
            }
        }
        fns.into_iter().collect()
    }
}
