//! Shared state: how `Atomic` and `Mutex` are made, what an `Atomic` may hold, how `lock` opens a
//! mutex, and what is said to those who take the handle for the value.

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir as hir;
use wyn_hir::{ExprKind, LocalId, Ty, TyKind};
use wyn_syntax::ast;

use crate::body::{FnCx, Want, Why};
use crate::bounds::Need;
use crate::infer::{VarKind, is_number};
use crate::places::{Step, path};
use crate::scope::{CAPTURE, FrameKind, LocalKind};
use crate::uses::Asks;
use crate::world::{ModuleId, World};

/// What to do instead of using an `Atomic` as if it were its value.
pub(crate) const ATOMIC_HELP: &str = "read its value with `.load()`, change it with `.add(…)` or `.store(…)`";

/// What to do instead of using a `Mutex` as if it were its value.
pub(crate) const MUTEX_HELP: &str = "open it with `lock m as x { … }`: inside, `x` is the value";

/// Whether the processor reads and changes such a value in one step.
fn fits_atomic(ty: Ty) -> bool {
    is_number(ty) || matches!(ty.kind(), TyKind::Bool)
}

fn unsuitable(ty: &impl std::fmt::Display, span: Span) -> Diagnostic {
    Diagnostic::error(Code::E0410, span, format!("an `Atomic` cannot hold `{ty}`"))
        .label("integers, floats and `bool` only")
        .help(format!("share it behind a lock: `Mutex<{ty}>`, opened with `lock m as x {{ … }}`"))
}

impl World<'_> {
    /// Reports the type of an `Atomic` that cannot be, if it is one. Only the standard library may leave open
    /// what an `Atomic` holds.
    pub(crate) fn unsuitable_atomic(&mut self, module: ModuleId, ty: Ty, span: Span) -> Option<Ty> {
        let TyKind::Atomic(value) = ty.kind() else { return None };
        let open = match value.kind() {
            TyKind::Infer(_) | TyKind::Error => true,
            TyKind::Param(..) => self.modules[module].is_std(),
            _ => false,
        };
        if open || fits_atomic(*value) {
            return None;
        }
        Some(self.error(unsuitable(value, span)))
    }
}

impl<'a> FnCx<'_, 'a> {
    /// `Atomic(value)`, `Mutex(value)`.
    pub(crate) fn new_handle(
        &mut self,
        ty: Ty,
        args: &'a [ast::Arg],
        want: Want,
        name: ast::Name,
        span: Span,
    ) -> hir::Expr {
        let Some(id) = self.find_method(ty, self.w.names.new) else {
            self.check_loosely(args);
            return self.not_yet(span, &format!("the type `{}` is", name.symbol));
        };
        if args.len() != 1 {
            self.check_loosely(args);
            let given = crate::calls::counted(args.len());
            return self.fail(
                Diagnostic::error(
                    Code::E0202,
                    span,
                    format!("`{}` takes its first value, {given} given", name.symbol),
                )
                .help(format!("write `{}(value)`", name.symbol)),
            );
        }
        let plain = args[0].name.is_none() && args[0].mutable.is_none();
        let handle = match ty.kind() {
            TyKind::Mutex(value) | TyKind::Atomic(value) if plain => {
                if let Want::Must(wanted, _) | Want::Tail(wanted, _) = want {
                    self.expect_result(ty, wanted);
                }
                let types = self.instantiate(id, Vec::new(), Some(ty), name.span);
                let value = self.check(&args[0].value, *value, Why::Plain);
                let kind = ExprKind::Call(id, types, vec![hir::Arg::Value(value)]);
                hir::Expr { kind, ty, span }
            }
            _ => self.call_fn(id, Vec::new(), Some(ty), None, args, want, name.span, span),
        };
        let TyKind::Atomic(value) = ty.kind() else { return handle };
        let known = self.infer.shallow(*value);
        if matches!(known.kind(), TyKind::Infer(_) | TyKind::Error) || fits_atomic(known) {
            self.need(known, Need::AtomicValue, args[0].span);
            return handle;
        }
        let shown = self.show(known);
        self.fail(unsuitable(&shown, args[0].span))
    }

    /// `lock a as x, b as y { … }`: the mutexes are evaluated before any of the names exists.
    pub(crate) fn lock(
        &mut self,
        bindings: &'a [ast::LockBinding],
        body: &'a ast::Block,
        want: Want,
        span: Span,
    ) -> hir::Expr {
        let mutexes: Vec<hir::Expr> = bindings.iter().map(|each| self.expr(&each.mutex, Want::Any)).collect();
        self.locked_once(&mutexes);
        let mark = self.push_scope();
        let mut locked = Vec::with_capacity(mutexes.len());
        for (at, (binding, mutex)) in bindings.iter().zip(mutexes).enumerate() {
            let name = binding.name;
            if let Some(first) = bindings[..at].iter().find(|other| other.name.symbol == name.symbol) {
                self.w.report(
                    Diagnostic::error(Code::E0106, name.span, format!("`{}` is declared twice", name.symbol))
                        .label("second declaration")
                        .also(first.name.span, "first declaration")
                        .help("rename one of them"),
                );
            }
            let content = self.content_of(&mutex);
            let local = self.declare(name.symbol, content, LocalKind::Locked, name.span);
            let origin = self.origin(&mutex);
            self.set_origin(local, origin);
            // To hold the mutex is use enough.
            self.frame().local_mut(local).used = true;
            locked.push((mutex, local));
        }
        let before = self.frame().held.len();
        self.frame().held.extend(locked.iter().map(|(mutex, _)| mutex.clone()));
        let body = self.block(body, want);
        self.frame().held.truncate(before);
        self.pop_scope(mark);
        let ty = body.ty;
        let lock = hir::Lock { mutexes: locked, body };
        hir::Expr { kind: ExprKind::Lock(Box::new(lock)), ty, span }
    }

    /// The type of what a mutex holds; reports what is no mutex.
    fn content_of(&mut self, mutex: &hir::Expr) -> Ty {
        let ty = self.infer.shallow(mutex.ty);
        match ty.kind() {
            TyKind::Mutex(content) => return *content,
            TyKind::Error | TyKind::Never => return ty,
            TyKind::Infer(_) if self.infer.var_kind(ty) == Some(VarKind::Any) => {
                let content = self.fresh(mutex.span);
                self.infer.unify(ty, Ty::new(TyKind::Mutex(content)));
                return content;
            }
            _ => {}
        }
        let shown = self.show(ty);
        let diagnostic =
            Diagnostic::error(Code::E0412, mutex.span, format!("`lock` opens a `Mutex`, not `{shown}`"))
                .label(format!("this is `{shown}`"));
        let help = match ty.kind() {
            TyKind::Atomic(_) => "an `Atomic` needs no lock: its operations happen in one step".to_owned(),
            TyKind::Adt(id, ..) if self.w.is_std_type(*id) && self.w.adts[*id].name == "RwLock" => {
                "an `RwLock` is opened by `read((x) => …)` and by `write((m) => lock m as x { … })`"
                    .to_owned()
            }
            _ => format!("share the value behind a mutex: `Mutex(…)` makes a `Mutex<{shown}>`"),
        };
        let uses = self.uses_of(mutex, Asks::Other);
        self.w.disputed(diagnostic.help(help), uses)
    }

    /// Reports a mutex that is plainly held already: by this `lock`, or by one around it in the same body.
    fn locked_once(&mut self, mutexes: &[hir::Expr]) {
        for (at, second) in mutexes.iter().enumerate() {
            let frame = self.frame();
            let may_change = path(second).is_some_and(|(root, _)| frame.local(root).mutable());
            let around = if may_change { &[] } else { &*frame.held };
            let Some(first) = mutexes[..at].iter().chain(around).find(|first| is_same(first, second)) else {
                continue;
            };
            let diagnostic = Diagnostic::error(Code::E0412, second.span, "this mutex is locked twice")
                .label("the task would wait for itself")
                .also(first.span, "locked here first")
                .help("lock it once, and use one name for what it holds");
            self.w.report(diagnostic);
        }
    }

    /// What to do instead of changing a captured variable of this type.
    pub(crate) fn instead_of_captured(&mut self, id: LocalId, ty: Ty) -> String {
        if self.is_locked_outside(id) {
            return "lock the mutex where it is changed: `lock m as x { … }` inside".to_owned();
        }
        if self.frames.last().is_none_or(|frame| frame.kind != FrameKind::Task) {
            return "give the new value back as the result, or share it behind an `Atomic` or `Mutex`"
                .to_owned();
        }
        let ty = self.infer.shallow(ty);
        let number =
            fits_atomic(ty) || matches!(self.infer.var_kind(ty), Some(VarKind::Number | VarKind::Float));
        let shared = if number {
            "`Atomic(…)`, which tasks change with `.add(…)`"
        } else {
            "`Mutex(…)`, which tasks open with `lock m as x { … }`"
        };
        format!("let the task return the new value, send it through a channel, or share it: {shared}")
    }

    /// Whether a captured local stands for what a mutex holds.
    fn is_locked_outside(&self, id: LocalId) -> bool {
        let [.., outer, inner] = &*self.frames else { return false };
        let captured = id.0.checked_sub(CAPTURE).and_then(|at| inner.captures.get(at as usize));
        captured.is_some_and(|(id, _)| outer.local(*id).kind == LocalKind::Locked)
    }

    /// Reports that a handle was taken for the value behind it, when this type is such a handle.
    pub(crate) fn unopened(&mut self, ty: Ty, span: Span) -> Option<hir::Expr> {
        let ty = self.infer.shallow(ty);
        let (message, help) = match ty.kind() {
            TyKind::Mutex(_) => ("this mutex is not open", MUTEX_HELP),
            TyKind::Atomic(_) => ("this is an `Atomic`, not its value", ATOMIC_HELP),
            _ => return None,
        };
        let shown = self.show(ty);
        let diagnostic = Diagnostic::error(Code::E0411, span, message).label(format!("this is `{shown}`"));
        Some(self.fail(diagnostic.help(help)))
    }

    /// Reports an `Atomic` of a value that it cannot hold.
    pub(crate) fn check_atomic_value(&mut self, ty: Ty, span: Span) {
        if !fits_atomic(ty) {
            self.w.report(unsuitable(&ty, span));
        }
    }

    /// Reports counting with an `Atomic` that holds no number.
    pub(crate) fn check_atomic_number(&mut self, ty: Ty, operation: Symbol, span: Span) {
        if matches!(ty.kind(), TyKind::Bool) {
            self.w.report(
                Diagnostic::error(Code::E0410, span, format!("an `Atomic<bool>` has no `{operation}`"))
                    .label("counts")
                    .help("`.swap(true)` sets it and gives what it was before; so does `.compare_swap(false, true)` if it was false"),
            );
        }
    }
}

/// Whether two expressions name the same place, written-out elements apart.
fn is_same(a: &hir::Expr, b: &hir::Expr) -> bool {
    if let (ExprKind::Const(a), ExprKind::Const(b)) = (&a.kind, &b.kind) {
        return a == b;
    }
    match (path(a), path(b)) {
        (Some((root, steps)), Some((other, other_steps))) => {
            root == other && steps == other_steps && !steps.contains(&Step::Element)
        }
        _ => false,
    }
}
