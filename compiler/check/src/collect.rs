//! Stage 1: every declaration gets an index, and its name a place in its module's scope.
//!
//! Ensures: every struct, enum, function of a module, constant and alias has its index and its
//! name; nothing has a type yet. Methods get their indices with the `impl`s, in
//! [`headers`](crate::headers).

use std::rc::Rc;

use wyn_base::{Code, Diagnostic, Span, Symbol};
use wyn_hir::{Adt, AdtKind, Field, Generic, Intrinsic, Ty, TyKind, Variant};
use wyn_syntax::ast::{self, ItemKind};

use crate::world::{
    AdtInfo, AdtItem, AliasInfo, AliasState, ConstInfo, ConstState, Def, Entry, FnInfo, ModuleId, Sig,
    Source, World,
};

/// Names everything that the modules declare.
pub(crate) fn collect(world: &mut World<'_>) {
    for module in 0..world.modules.len() {
        let file = world.modules[module].file;
        for item in &file.items {
            collect_item(world, module, item);
        }
    }
    publish_prelude(world);
    find_lang_items(world);
}

/// What is public in a part of the prelude is a name of the prelude.
fn publish_prelude(world: &mut World<'_>) {
    let Some(prelude) = world.prelude else { return };
    let part = |path: &str| path.strip_prefix("prelude.").is_some();
    let found: Vec<(Symbol, Entry)> = world
        .modules
        .iter()
        .filter(|module| module.is_std() && part(module.path))
        .flat_map(|module| module.names.iter().filter(|(_, entry)| entry.public))
        .map(|(name, entry)| (*name, *entry))
        .collect();
    world.modules[prelude].names.extend(found);
}

fn collect_item<'a>(world: &mut World<'a>, module: ModuleId, item: &'a ast::Item) {
    let entry = |def, span| Entry { def, span, public: item.public.is_some(), imported: false };
    match &item.kind {
        ItemKind::Fn(function) => {
            let path = format!("{}.{}", world.modules[module].path, function.name.symbol);
            let public = item.public.is_some();
            let id = new_fn(world, module, function, path, public, None);
            world.declare(module, function.name, entry(Def::Fn(id), function.name.span));
        }
        ItemKind::Struct(item) => {
            new_adt(world, module, item.name, AdtItem::Struct(item), &entry);
        }
        ItemKind::Enum(item) => {
            new_adt(world, module, item.name, AdtItem::Enum(item), &entry);
        }
        ItemKind::Const(item) => {
            let id = world.consts.push(ConstInfo {
                name: item.name.symbol,
                module,
                item,
                state: ConstState::Unchecked,
                body: None,
            });
            world.declare(module, item.name, entry(Def::Const(id), item.name.span));
        }
        ItemKind::TypeAlias(item) => {
            world.aliases.push(AliasInfo { module, item, state: AliasState::Unresolved });
            let def = Def::Alias(world.aliases.len() - 1);
            world.declare(module, item.name, entry(def, item.name.span));
        }
        ItemKind::Impl(block) => world.impls.push((module, item, block)),
        ItemKind::Trait(item) => {
            let reported = world.not_yet(item.name.span, "traits are");
            world.declare(module, item.name, entry(Def::Unusable(reported), item.name.span));
        }
        ItemKind::Test(item) => {
            world.not_yet(item.name_span, "`test` blocks are");
        }
        ItemKind::Import(_) | ItemKind::Error => {}
    }
}

fn new_adt<'a>(
    world: &mut World<'a>,
    module: ModuleId,
    name: ast::Name,
    item: AdtItem<'a>,
    entry: &impl Fn(Def, Span) -> Entry,
) {
    let kind = if matches!(item, AdtItem::Struct(_)) { AdtKind::Struct } else { AdtKind::Enum };
    let id = world.adts.push(Adt {
        name: name.symbol,
        path: format!("{}.{}", world.modules[module].path, name.symbol),
        kind,
        generics: Vec::new(),
        variants: Vec::new(),
        boxed: false,
        span: name.span,
    });
    world.adt_info.push(AdtInfo { module, item, defaults: Vec::new(), fields: Vec::new(), wrong: None });
    world.declare(module, name, entry(Def::Adt(id), name.span));
}

/// Makes room for a function; its signature comes with the headers.
pub(crate) fn new_fn<'a>(
    world: &mut World<'a>,
    module: ModuleId,
    item: &'a ast::FnItem,
    path: String,
    public: bool,
    self_ty: Option<Ty>,
) -> wyn_hir::FnId {
    let source = source_of(world, module, item, self_ty);
    let sig = Rc::new(Sig {
        generics: Vec::new(),
        outer: 0,
        params: Vec::new(),
        ret: world.common.unit,
        ret_span: item.name.span,
        method: item.receiver.is_some(),
        wrong: None,
    });
    world.fns.push(FnInfo {
        name: item.name.symbol,
        path,
        module,
        item: Some(item),
        span: item.name.span,
        public,
        source,
        self_ty,
        sig,
        body: None,
    })
}

fn source_of<'a>(
    world: &mut World<'a>,
    module: ModuleId,
    item: &'a ast::FnItem,
    self_ty: Option<Ty>,
) -> Source<'a> {
    let Some(abi) = item.abi else {
        if matches!(item.body, ast::FnBody::None) {
            world.report(
                Diagnostic::error(
                    Code::E0110,
                    item.name.span,
                    format!("function `{}` has no body", item.name.symbol),
                )
                .help("add a body: `{ … }` or `=> value`"),
            );
            return Source::Missing;
        }
        return Source::Item(item);
    };
    if abi.name != "intrinsic" {
        world.not_yet(abi.span, &format!("`extern \"{}\"` functions are", abi.name));
        return Source::Missing;
    }
    if !world.modules[module].is_std() {
        world.report(
            Diagnostic::error(Code::E0110, abi.span, "intrinsics are declared in the standard library only")
                .help("call the standard library's function"),
        );
        return Source::Missing;
    }
    let owner = self_ty.map_or_else(|| world.modules[module].path.to_owned(), intrinsic_owner);
    let name = format!("{owner}.{}", item.name.symbol);
    match Intrinsic::from_name(&name) {
        Some(intrinsic)
            if intrinsic.args().len() == item.params.len() + usize::from(item.receiver.is_some()) =>
        {
            Source::Intrinsic(intrinsic)
        }
        found => {
            let message = match found {
                Some(intrinsic) => format!("intrinsic `{name}` takes {} arguments", intrinsic.args().len()),
                None => format!("there is no intrinsic `{name}`"),
            };
            world.report(Diagnostic::error(Code::E0110, item.name.span, message));
            Source::Missing
        }
    }
}

/// The first part of the names of a type's intrinsics.
fn intrinsic_owner(ty: Ty) -> String {
    match ty.kind() {
        TyKind::Array(_) => "array".to_owned(),
        TyKind::Sender(_) => "sender".to_owned(),
        TyKind::Receiver(_) => "receiver".to_owned(),
        TyKind::Future(_) => "future".to_owned(),
        TyKind::Mutex(_) => "mutex".to_owned(),
        TyKind::Atomic(_) => "atomic".to_owned(),
        TyKind::Adt(_, name, _) => name.as_str().to_lowercase(),
        _ => ty.to_string(),
    }
}

fn find_lang_items(world: &mut World<'_>) {
    let find = |world: &World<'_>, name: &str| {
        let prelude = world.prelude?;
        match world.modules[prelude].names.get(&Symbol::new(name))?.def {
            Def::Adt(id) => Some(id),
            _ => None,
        }
    };
    world.lang.result = find(world, "Result");
    world.lang.duration = find(world, "Duration");
    world.lang.error = find(world, "Error");
    world.lang.option = find(world, "Option").unwrap_or_else(|| builtin_option(world));
}

/// `Option` of a program that is checked without the prelude.
fn builtin_option(world: &mut World<'_>) -> wyn_hir::AdtId {
    let span = Span::new(world.modules.first().map_or(wyn_base::SourceId(0), |m| m.file.source), 0, 0);
    let t = Symbol::new("T");
    let payload = Field { name: None, ty: Ty::new(TyKind::Param(0, t)) };
    let id = world.adts.push(Adt {
        name: world.lang.option_name,
        path: "prelude.Option".to_owned(),
        kind: AdtKind::Enum,
        generics: vec![Generic { name: t, bounds: Vec::new() }],
        variants: vec![
            Variant { name: Symbol::new("None"), fields: Vec::new() },
            Variant { name: Symbol::new("Some"), fields: vec![payload] },
        ],
        boxed: false,
        span,
    });
    world.adt_info.push(AdtInfo {
        module: world.prelude.unwrap_or(0),
        item: AdtItem::Builtin,
        defaults: vec![None],
        fields: vec![Vec::new(), vec![crate::world::FieldInfo { span, public: true }]],
        wrong: None,
    });
    id
}
