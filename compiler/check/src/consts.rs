//! Stage 4: module-level constants in the order in which they are initialised.
//!
//! A constant depends on the constants that its value reads, directly or through the functions that
//! it mentions. Initialisation runs before `main`, without tasks and without IO.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::{Code, Diagnostic, Idx, IndexVec, Span};
use wyn_hir as hir;
use wyn_hir::{ConstId, Effects, Expr, ExprKind, FnBody, FnId, Intrinsic, Ty, TyKind};

use crate::walk::{children, pattern_constants};
use crate::world::{ConstState, World};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Node {
    Const(ConstId),
    Fn(FnId),
}

/// What a body mentions, in source order.
#[derive(Default, Clone)]
struct Uses {
    nodes: Vec<(Node, Span)>,
    /// What initialisation may not do, and where.
    effect: Option<(&'static str, Span)>,
}

#[derive(Default)]
struct Search {
    done: FxHashMap<Node, ()>,
    /// The way to the current node, with the place that leads to each.
    path: Vec<(Node, Span)>,
    order: Vec<ConstId>,
}

/// The constants in order, with every mention of them renumbered.
pub(crate) fn order(world: &mut World<'_>) -> IndexVec<ConstId, hir::Const> {
    if world.consts.is_empty() {
        return IndexVec::new();
    }
    let mut search = Search::default();
    for id in world.consts.indices() {
        let span = world.consts[id].item.name.span;
        visit(world, &mut search, Node::Const(id), span);
    }
    for id in world.consts.indices() {
        refuse_ends(world, id);
    }
    let mut renumbered = vec![ConstId(0); world.consts.len()];
    for (at, id) in search.order.iter().enumerate() {
        renumbered[id.0 as usize] = ConstId::new(at);
    }
    if search.order.iter().enumerate().any(|(at, id)| id.0 as usize != at) {
        renumber(world, &renumbered);
    }
    search.order.into_iter().map(|id| finished(world, id)).collect()
}

fn finished(world: &mut World<'_>, id: ConstId) -> hir::Const {
    let known = type_of(world, id);
    let info = &mut world.consts[id];
    let span = info.item.name.span;
    let unit = world.common.unit;
    let body = info.body.take().unwrap_or_else(|| hir::Body {
        locals: IndexVec::new(),
        value: Expr { kind: ExprKind::Lit(hir::Lit::Unit), ty: unit, span },
    });
    let ty = known.unwrap_or(unit);
    let path = format!("{}.{}", world.modules[info.module].path, info.name);
    hir::Const { name: info.name, path, ty, body, span }
}

/// The type of a constant.
fn type_of(world: &World<'_>, id: ConstId) -> Option<Ty> {
    let info = &world.consts[id];
    match info.state {
        ConstState::Done(ty) | ConstState::Declared(ty) => Some(ty),
        _ => info.body.as_ref().map(hir::Body::ty),
    }
}

/// What a constant holds is nobody's, and no use of it is counted: an end of a channel there would neither live nor die as others do. What a
/// mutex holds, or a function, has an owner. A type that only may hold an end is no mistake: `None` and `[]` hold none.
fn refuse_ends(world: &mut World<'_>, id: ConstId) {
    let Some(end) = type_of(world, id).and_then(|ty| end_in(world, ty)) else { return };
    if !makes_channels(world, id) {
        return;
    }
    let info = &world.consts[id];
    let diagnostic = Diagnostic::error(
        Code::E0311,
        info.item.value.span,
        format!("the constant `{}` cannot hold a {end}", info.name),
    );
    world.report(
        diagnostic
            .label("what a constant holds never dies, so the channel would never close")
            .help("make the channel in a function, and pass its ends on, or keep them in a `Mutex`"),
    );
}

/// Whether the value of a constant may come from a call that makes a channel: there are no other ends before `main`.
fn makes_channels(world: &mut World<'_>, id: ConstId) -> bool {
    let mut seen = FxHashSet::default();
    let mut left = vec![Node::Const(id)];
    while let Some(node) = left.pop() {
        if !seen.insert(node) {
            continue;
        }
        if let Node::Fn(id) = node
            && let Some(FnBody::Intrinsic(Intrinsic::ChannelNew | Intrinsic::SyncChannel)) =
                &world.fns[id].body
        {
            return true;
        }
        left.extend(uses_of(world, node).nodes.into_iter().map(|(node, _)| node));
    }
    false
}

/// An end of a channel that values of this type may hold in themselves.
fn end_in(world: &World<'_>, ty: Ty) -> Option<&'static str> {
    let mut seen = FxHashSet::default();
    let mut left = VecDeque::from([ty]);
    while let Some(ty) = left.pop_front() {
        match ty.kind() {
            TyKind::Sender(_) => return Some("sender"),
            TyKind::Receiver(_) => return Some("receiver"),
            TyKind::Tuple(_) | TyKind::Array(_) if seen.insert(ty) => left.extend(ty.parts()),
            TyKind::Adt(adt, _, args) if seen.insert(ty) => left.extend(world.adts[*adt].types(args)),
            _ => {}
        }
    }
    None
}

fn visit(world: &mut World<'_>, search: &mut Search, node: Node, from: Span) {
    if search.done.contains_key(&node) {
        return;
    }
    if let Some(at) = search.path.iter().position(|(known, _)| *known == node) {
        report_cycle(world, &search.path[at..], from);
        return;
    }
    search.path.push((node, from));
    let uses = uses_of(world, node);
    if let Some((what, span)) = uses.effect {
        report_effect(world, &search.path, what, span);
    }
    for (next, span) in uses.nodes {
        visit(world, search, next, span);
    }
    search.path.pop();
    search.done.insert(node, ());
    if let Node::Const(id) = node {
        search.order.push(id);
    }
}

/// A circle through functions alone is recursion; one through a constant has no beginning.
fn report_cycle(world: &mut World<'_>, circle: &[(Node, Span)], back: Span) {
    let Some(id) = circle.iter().find_map(|(node, _)| match node {
        Node::Const(id) => Some(*id),
        Node::Fn(_) => None,
    }) else {
        return;
    };
    // Inference met the circle before.
    if matches!(world.consts[id].state, ConstState::Done(ty) if matches!(ty.kind(), TyKind::Error)) {
        return;
    }
    let name = world.consts[id].name;
    let span = world.consts[id].item.name.span;
    let mut diagnostic =
        Diagnostic::error(Code::E0310, span, format!("the value of `{name}` depends on itself"))
            .label("needed to compute itself")
            .help("break the circle: one of the constants needs a value of its own");
    for (node, place) in circle.iter().skip(1) {
        let what = match node {
            Node::Const(id) => world.consts[*id].name,
            Node::Fn(id) => world.fns[*id].name,
        };
        diagnostic = diagnostic.also(*place, format!("needs `{what}`"));
    }
    world.report(diagnostic.also(back, "which leads back"));
}

fn report_effect(world: &mut World<'_>, path: &[(Node, Span)], what: &str, span: Span) {
    let Some((Node::Const(id), _)) = path.iter().rev().find(|(node, _)| matches!(node, Node::Const(_)))
    else {
        return;
    };
    let name = world.consts[*id].name;
    let place = world.consts[*id].item.value.span;
    let mut diagnostic =
        Diagnostic::error(Code::E0311, place, format!("the value of the constant `{name}` cannot {what}"))
            .label("computed before `main` runs")
            .help("compute it in a function, and pass it on");
    if span != place {
        diagnostic = diagnostic.also(span, format!("would {what} here"));
    }
    world.report(diagnostic);
}

fn uses_of(world: &mut World<'_>, node: Node) -> Uses {
    let mut uses = Uses::default();
    match node {
        Node::Const(id) => {
            if let Some(mut body) = world.consts[id].body.take() {
                collect(world, &mut body.value, &mut uses);
                world.consts[id].body = Some(body);
            }
        }
        Node::Fn(id) => match world.fns[id].body.take() {
            Some(FnBody::Wyn(mut body)) => {
                collect(world, &mut body.value, &mut uses);
                world.fns[id].body = Some(FnBody::Wyn(body));
            }
            other => world.fns[id].body = other,
        },
    }
    uses
}

fn collect(world: &World<'_>, expr: &mut Expr, uses: &mut Uses) {
    let span = expr.span;
    match &expr.kind {
        ExprKind::Const(id) => uses.nodes.push((Node::Const(*id), span)),
        ExprKind::FnValue(id, _) | ExprKind::Call(id, ..) => {
            if let Some(FnBody::Intrinsic(intrinsic)) = &world.fns[*id].body
                && let Some(what) = forbidden(*intrinsic)
            {
                uses.effect.get_or_insert((what, span));
            }
            uses.nodes.push((Node::Fn(*id), span));
        }
        ExprKind::Spawn(..) | ExprKind::SpawnValue(..) | ExprKind::SpawnBlock(..) => {
            uses.effect.get_or_insert(("spawn tasks", span));
        }
        ExprKind::Await(_) | ExprKind::Nursery(_) | ExprKind::Select(_) => {
            uses.effect.get_or_insert(("wait for tasks", span));
        }
        ExprKind::Lock(_) => {
            uses.effect.get_or_insert(("wait for a mutex", span));
        }
        _ => {}
    }
    pattern_constants(expr, &mut |id, span| uses.nodes.push((Node::Const(*id), span)));
    children(expr, &mut |child| collect(world, child, uses));
}

/// What an intrinsic does that has to wait for `main`.
fn forbidden(intrinsic: Intrinsic) -> Option<&'static str> {
    if intrinsic.effects() == Effects::Suspend {
        return Some("wait");
    }
    if intrinsic == Intrinsic::TaskLocalFind {
        return Some("depend on the running task");
    }
    let name = intrinsic.name();
    let module = name.split('.').next().unwrap_or(name);
    let prints = matches!(name, "prelude.print_line" | "prelude.eprint_line");
    (prints || matches!(module, "io" | "fs" | "process")).then_some("do input or output")
}

fn renumber(world: &mut World<'_>, to: &[ConstId]) {
    fn walk(expr: &mut Expr, to: &[ConstId]) {
        if let ExprKind::Const(id) = &mut expr.kind {
            *id = to[id.0 as usize];
        }
        pattern_constants(expr, &mut |id, _| *id = to[id.0 as usize]);
        children(expr, &mut |child| walk(child, to));
    }
    for info in world.fns.iter_mut() {
        if let Some(FnBody::Wyn(body)) = &mut info.body {
            walk(&mut body.value, to);
        }
    }
    for info in world.consts.iter_mut() {
        if let Some(body) = &mut info.body {
            walk(&mut body.value, to);
        }
    }
}
