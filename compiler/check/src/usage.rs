//! Declarations that nothing uses.
//!
//! While the program is checked, every mention of a declaration is noted with the declaration in which
//! it stands ([`World::mention`]). At the end, what can be reached from `main` and from what is `pub` is used; the
//! rest is not, and is told once each.
//!
//! Takes: what HIR calls, reads and makes ([`finish`](crate::finish)), which is exact and has what sugar stands
//! for; and the types that are written ([`types`](crate::types)). The target of an `impl` is no mention: methods
//! alone do not make a type used.
//!
//! Requires, for its judgement, a program without errors: what could not be understood may be a use.

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Idx, Span, Symbol};
use wyn_hir::{AdtId, AdtKind, ConstId, FnId, TyKind};

use crate::world::{AdtItem, Owner, World};

/// A declaration of the program that can be unused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Item {
    Fn(FnId),
    Adt(AdtId),
    /// Used where a value is it; patterns make none.
    Variant(AdtId, usize),
    Const(ConstId),
    /// By position in [`World::aliases`].
    Alias(usize),
}

/// What mentions what.
#[derive(Default)]
pub(crate) struct Usage {
    /// From the declaration in which the mention stands.
    mentions: Vec<(Item, Item)>,
    /// In which declaration a local function stands.
    around: FxHashMap<FnId, Item>,
    /// Variants that patterns look for.
    matched: Vec<(AdtId, usize)>,
}

impl World<'_> {
    /// Notes that what is being checked mentions a declaration.
    pub(crate) fn mention(&mut self, item: Item) {
        if self.is_library(item) {
            return;
        }
        let Some(from) = self.owner.item() else { return };
        let edge = (from, item);
        if self.usage.mentions.last() != Some(&edge) {
            self.usage.mentions.push(edge);
        }
    }

    /// Notes that a struct, or a variant of an enum, is made.
    pub(crate) fn mention_made(&mut self, id: AdtId, at: usize) {
        self.mention(match self.adts[id].kind {
            AdtKind::Struct => Item::Adt(id),
            AdtKind::Enum => Item::Variant(id, at),
        });
    }

    /// Notes that a pattern looks for a variant, or takes a struct apart.
    pub(crate) fn mention_in_pattern(&mut self, id: AdtId, at: usize) {
        if !self.is_library(Item::Adt(id)) {
            self.mention(Item::Adt(id));
            self.usage.matched.push((id, at));
        }
    }

    /// Notes the declaration in which a local function stands.
    pub(crate) fn stands_in_owner(&mut self, id: FnId) {
        if let Some(around) = self.owner.item() {
            self.usage.around.insert(id, around);
        }
    }

    fn module_of(&self, item: Item) -> usize {
        match item {
            Item::Fn(id) => self.fns[id].module,
            Item::Adt(id) | Item::Variant(id, _) => self.adt_info[id].module,
            Item::Const(id) => self.consts[id].module,
            Item::Alias(at) => self.aliases[at].module,
        }
    }

    fn is_library(&self, item: Item) -> bool {
        self.modules[self.module_of(item)].is_std()
    }

    /// Warns of what is declared and never used.
    pub(crate) fn warn_unused_items(&mut self, main: Option<FnId>) {
        // Without `main` there is no program to be used in, and what was not understood may be a use.
        let Some(main) = main.filter(|_| self.errors() == 0 && !self.is_partial()) else { return };
        let Usage { mut mentions, around, matched } = std::mem::take(&mut self.usage);
        let written = mentions.len();
        let items = self.program_items();
        let mut roots = vec![Item::Fn(main)];
        for item in &items {
            self.implied(*item, &mut mentions, &mut roots);
        }
        let numbers = Numbers::new(self);
        let reached = reach(&numbers, &mentions, &roots);
        let is_used = |item: Item| reached[numbers.of(item)];
        let is_finding = |item: &Item| !is_used(*item) && self.holder(&around, *item).is_none_or(is_used);
        let unused: Vec<Item> = items.into_iter().filter(is_finding).collect();
        if unused.is_empty() {
            return;
        }
        let traces = Traces::new(&numbers, &mentions[..written], &matched);
        for item in unused {
            let trace = traces.0[numbers.of(item)];
            let diagnostic = self.unused(item, trace);
            self.report(diagnostic);
        }
    }

    /// All items of the program that the source declares.
    fn program_items(&self) -> Vec<Item> {
        let fns = self.fns.indices().filter(|id| self.fns[*id].item.is_some()).map(Item::Fn);
        let consts = self.consts.indices().map(Item::Const);
        let aliases = (0..self.aliases.len()).map(Item::Alias);
        let adts = self.adts.indices().map(Item::Adt);
        let variants = self.adts.indices().filter(|id| self.adts[*id].kind == AdtKind::Enum);
        let variants =
            variants.flat_map(|id| (0..self.adts[id].variants.len()).map(move |at| Item::Variant(id, at)));
        let all = fns.chain(consts).chain(aliases).chain(adts).chain(variants);
        all.filter(|item| !self.is_library(*item)).collect()
    }

    /// What goes without saying: `pub` and a name that begins with `_` make an item a root, and what stands
    /// in a declaration mentions it.
    fn implied(&self, item: Item, mentions: &mut Vec<(Item, Item)>, roots: &mut Vec<Item>) {
        let of_type = match item {
            Item::Fn(id) => self.self_adt(id),
            Item::Variant(id, _) => Some(Item::Adt(id)),
            Item::Adt(_) | Item::Const(_) | Item::Alias(_) => None,
        };
        mentions.extend(of_type.map(|of| (item, of)));
        if self.name_of(item).as_str().starts_with('_') {
            roots.push(item);
        } else if self.is_public(item) {
            match of_type {
                // Nobody reaches it who does not reach the type.
                Some(of) => mentions.push((of, item)),
                None => roots.push(item),
            }
        }
    }

    fn is_public(&self, item: Item) -> bool {
        match item {
            Item::Fn(id) => self.fns[id].public,
            Item::Variant(id, _) => self.is_public(Item::Adt(id)),
            Item::Adt(_) | Item::Const(_) | Item::Alias(_) => {
                let names = &self.modules[self.module_of(item)].names;
                names.get(&self.name_of(item)).is_some_and(|entry| entry.public)
            }
        }
    }

    /// What an item belongs to: if that is unused, the item is no second finding.
    fn holder(&self, around: &FxHashMap<FnId, Item>, item: Item) -> Option<Item> {
        match item {
            Item::Fn(id) => self.self_adt(id).or_else(|| around.get(&id).copied()),
            Item::Variant(id, _) => Some(Item::Adt(id)),
            Item::Adt(_) | Item::Const(_) | Item::Alias(_) => None,
        }
    }

    /// The declaration whose `impl` a function belongs to.
    fn self_adt(&self, id: FnId) -> Option<Item> {
        match self.fns[id].self_ty?.kind() {
            TyKind::Adt(adt, ..) => Some(Item::Adt(*adt)),
            _ => None,
        }
    }

    fn name_of(&self, item: Item) -> Symbol {
        match item {
            Item::Fn(id) => self.fns[id].name,
            Item::Const(id) => self.consts[id].name,
            Item::Alias(at) => self.aliases[at].item.name.symbol,
            Item::Adt(id) => self.adts[id].name,
            Item::Variant(id, at) => self.adts[id].variants[at].name,
        }
    }

    fn span_of(&self, item: Item) -> Span {
        match item {
            Item::Fn(id) => self.fns[id].span,
            Item::Const(id) => self.consts[id].item.name.span,
            Item::Alias(at) => self.aliases[at].item.name.span,
            Item::Adt(id) => self.adts[id].span,
            Item::Variant(id, at) => match self.adt_info[id].item {
                AdtItem::Enum(item) => item.variants[at].name.span,
                AdtItem::Struct(_) | AdtItem::Builtin => self.adts[id].span,
            },
        }
    }

    fn unused(&self, item: Item, trace: Trace) -> Diagnostic {
        let name = self.name_of(item);
        let what = match item {
            Item::Fn(id) if self.fns[id].sig.method => "method",
            Item::Fn(_) => "function",
            Item::Const(_) => "constant",
            Item::Alias(_) => "type",
            Item::Adt(id) if self.adts[id].kind == AdtKind::Struct => "struct",
            Item::Adt(_) => "enum",
            Item::Variant(..) => "variant",
        };
        let variant = matches!(item, Item::Variant(..));
        let (doing, label, help) = if variant {
            ("made", "no value is ever this one", "remove it, with the patterns for it")
        } else {
            let help = "remove it; or declare it with `pub`, if it is there for other files";
            ("used", "private, and nothing that runs leads here", help)
        };
        let message = format!("the {what} `{name}` is never {doing}");
        let diagnostic =
            Diagnostic::warning(Code::W0007, self.span_of(item), message).label(label).help(help);
        match trace.user {
            Some(user) if user != item => {
                let user = self.name_of(user);
                diagnostic.note(format!("`{user}` uses it, but is never used itself"))
            }
            Some(_) => diagnostic.note("nothing but itself uses it"),
            None if trace.matched => diagnostic.note("patterns look for it, and never find it"),
            None => diagnostic,
        }
    }
}

/// What there is of an item that is not used.
#[derive(Clone, Copy, Default)]
struct Trace {
    /// What mentions it, itself if nothing else does.
    user: Option<Item>,
    /// Whether a pattern looks for it.
    matched: bool,
}

/// By number.
struct Traces(Vec<Trace>);

impl Traces {
    fn new(numbers: &Numbers, mentions: &[(Item, Item)], matched: &[(AdtId, usize)]) -> Self {
        let mut traces = vec![Trace::default(); numbers.count];
        for (from, to) in mentions {
            let user = &mut traces[numbers.of(*to)].user;
            if user.is_none_or(|known| known == *to) {
                *user = Some(*from);
            }
        }
        for (id, at) in matched {
            traces[numbers.of(Item::Variant(*id, *at))].matched = true;
        }
        Self(traces)
    }
}

impl Owner {
    fn item(self) -> Option<Item> {
        Some(match self {
            Self::Module => return None,
            Self::Adt(id) => Item::Adt(id),
            Self::Fn(id) => Item::Fn(id),
            Self::Const(id) => Item::Const(id),
            Self::Alias(at) => Item::Alias(at),
        })
    }
}

/// Numbers all items densely: functions, constants, aliases, declarations, then variants.
struct Numbers {
    consts: usize,
    aliases: usize,
    adts: usize,
    /// By declaration: the number of its first variant.
    variants: Vec<usize>,
    count: usize,
}

impl Numbers {
    fn new(world: &World<'_>) -> Self {
        let consts = world.fns.len();
        let aliases = consts + world.consts.len();
        let adts = aliases + world.aliases.len();
        let mut count = adts + world.adts.len();
        let mut variants = Vec::with_capacity(world.adts.len());
        for id in world.adts.indices() {
            variants.push(count);
            count += world.adts[id].variants.len();
        }
        Self { consts, aliases, adts, variants, count }
    }

    fn of(&self, item: Item) -> usize {
        match item {
            Item::Fn(id) => id.index(),
            Item::Const(id) => self.consts + id.index(),
            Item::Alias(at) => self.aliases + at,
            Item::Adt(id) => self.adts + id.index(),
            Item::Variant(id, at) => self.variants[id.index()] + at,
        }
    }
}

/// What can be reached from the roots by mentions; by number.
fn reach(numbers: &Numbers, mentions: &[(Item, Item)], roots: &[Item]) -> Vec<bool> {
    // The mentions by where they stand: those of item `n` lead to `targets[starts[n]..starts[n + 1]]`.
    let mut starts = vec![0; numbers.count + 1];
    for (from, _) in mentions {
        starts[numbers.of(*from) + 1] += 1;
    }
    for at in 0..numbers.count {
        starts[at + 1] += starts[at];
    }
    let mut next = starts.clone();
    let mut targets = vec![0; mentions.len()];
    for (from, to) in mentions {
        let slot = &mut next[numbers.of(*from)];
        targets[*slot] = numbers.of(*to);
        *slot += 1;
    }
    let mut reached = vec![false; numbers.count];
    let mut open: Vec<usize> = roots.iter().map(|root| numbers.of(*root)).collect();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut reached[at], true) {
            open.extend_from_slice(&targets[starts[at]..starts[at + 1]]);
        }
    }
    reached
}
