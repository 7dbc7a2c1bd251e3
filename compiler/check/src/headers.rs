//! Stage 3: fields, signatures and `impl` targets.
//!
//! Requires the names of [`collect`](crate::collect) and [`imports`](crate::imports). Ensures: every struct and enum has its
//! variants and fields, every function its signature, every method its place in the method table.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use wyn_base::{Code, Diagnostic, Span, Symbol, spelling};
use wyn_hir::{AdtId, Effects, Field, FnId, Generic, Ty, TyKind, Variant};
use wyn_syntax::ast::{self, ItemKind};

use crate::overlap::agree;
use crate::types::TypeScope;
use crate::usage::Item;
use crate::uses::{Asks, Part, Use};
use crate::world::{
    AdtItem, ConstState, Def, Entry, FieldInfo, FnInfo, Head, ModuleId, Owner, ParamSig, Sig, Source, World,
};

/// Resolves all headers.
pub(crate) fn resolve(world: &mut World<'_>) {
    prelude_variants(world);
    adts(world);
    for at in 0..world.aliases.len() {
        touch_alias(world, at);
    }
    signatures(world);
    impls(world);
    const_types(world);
    crate::recursion::run(world);
}

/// `None`, `Some`, `Ok` and `Err` are used without their types.
fn prelude_variants(world: &mut World<'_>) {
    let Some(prelude) = world.prelude.or(if world.modules.is_empty() { None } else { Some(0) }) else {
        return;
    };
    let mut add = |adt: AdtId, names: [&str; 2]| {
        let span = world.adts[adt].span;
        for (at, name) in names.into_iter().enumerate() {
            let entry = Entry { def: Def::Variant(adt, at), span, public: true, imported: false };
            world.modules[prelude].names.entry(Symbol::new(name)).or_insert(entry);
        }
    };
    add(world.lang.option, ["None", "Some"]);
    if let Some(result) = world.lang.result {
        let span = world.adts[result].span;
        for (at, name) in ["Ok", "Err"].into_iter().enumerate() {
            let entry = Entry { def: Def::Variant(result, at), span, public: true, imported: false };
            world.modules[prelude].names.entry(Symbol::new(name)).or_insert(entry);
        }
    }
}

// ------------------------------------------------------------------------------ structs and enums

fn adts(world: &mut World<'_>) {
    for id in world.adts.indices() {
        let generics = match world.adt_info[id].item {
            AdtItem::Struct(item) => &item.generics,
            AdtItem::Enum(item) => &item.generics,
            AdtItem::Builtin => continue,
        };
        let module = world.adt_info[id].module;
        world.adts[id].generics = world.generics(generics, module, Vec::new());
    }
    for id in world.adts.indices() {
        let params = match world.adt_info[id].item {
            AdtItem::Struct(item) => &item.generics.params,
            AdtItem::Enum(item) => &item.generics.params,
            AdtItem::Builtin => continue,
        };
        let scope = adt_scope(world, id);
        world.owner = Owner::Adt(id);
        let defaults =
            params.iter().map(|p| p.default.as_ref().map(|ty| world.lower_type(&scope, ty))).collect();
        world.adt_info[id].defaults = defaults;
    }
    for id in world.adts.indices() {
        let scope = adt_scope(world, id);
        world.owner = Owner::Adt(id);
        let errors = world.errors();
        match world.adt_info[id].item {
            AdtItem::Struct(item) => {
                let (variant, infos) = named_fields(world, &scope, item.name, &item.fields, false);
                world.adts[id].variants = vec![variant];
                world.adt_info[id].fields = vec![infos];
            }
            AdtItem::Enum(item) => {
                let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
                for written in &item.variants {
                    duplicate(world, &mut seen, "variant", written.name);
                    let (variant, infos) = match &written.payload {
                        ast::VariantPayload::None => {
                            (Variant { name: written.name.symbol, fields: Vec::new() }, Vec::new())
                        }
                        ast::VariantPayload::Tuple(types) => {
                            let field = |ty| Field { name: None, ty: world.lower_type(&scope, ty) };
                            let fields: Vec<Field> = types.iter().map(field).collect();
                            let infos =
                                types.iter().map(|ty| FieldInfo { span: ty.span, public: true }).collect();
                            (Variant { name: written.name.symbol, fields }, infos)
                        }
                        ast::VariantPayload::Struct(fields) => {
                            named_fields(world, &scope, written.name, fields, true)
                        }
                    };
                    world.adts[id].variants.push(variant);
                    world.adt_info[id].fields.push(infos);
                }
            }
            AdtItem::Builtin => {}
        }
        world.adt_info[id].wrong = world.last_error.filter(|_| world.errors() > errors);
    }
}

fn adt_scope(world: &World<'_>, id: AdtId) -> TypeScope {
    let generics = world.adts[id].generics.clone();
    let args = generics.iter().enumerate().map(|(at, g)| Ty::new(TyKind::Param(at as u32, g.name))).collect();
    let self_ty = Some(world.adt_type(id, args));
    TypeScope { module: world.adt_info[id].module, generics: Rc::new(generics), self_ty }
}

fn named_fields(
    world: &mut World<'_>,
    scope: &TypeScope,
    name: ast::Name,
    fields: &[ast::FieldDef],
    all_public: bool,
) -> (Variant, Vec<FieldInfo>) {
    let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
    let mut infos = Vec::new();
    let mut out = Vec::new();
    for field in fields {
        duplicate(world, &mut seen, "field", field.name);
        let ty = world.lower_type(scope, &field.ty);
        out.push(Field { name: Some(field.name.symbol), ty });
        infos.push(FieldInfo { span: field.name.span, public: all_public || field.public.is_some() });
    }
    (Variant { name: name.symbol, fields: out }, infos)
}

fn duplicate(world: &mut World<'_>, seen: &mut FxHashMap<Symbol, Span>, what: &str, name: ast::Name) {
    if let Some(first) = seen.insert(name.symbol, name.span) {
        world.report(
            Diagnostic::error(Code::E0106, name.span, format!("{what} `{}` is declared twice", name.symbol))
                .label("second declaration")
                .also(first, "first declaration")
                .help("rename one of them, or remove it"),
        );
    }
}

fn touch_alias(world: &mut World<'_>, at: usize) {
    let (module, item) = (world.aliases[at].module, world.aliases[at].item);
    if matches!(world.aliases[at].state, crate::world::AliasState::Unresolved) {
        let scope = TypeScope { module, generics: Rc::new(Vec::new()), self_ty: None };
        // Arguments that are surely there: only the alias itself is of interest.
        let args = item.generics.params.iter().map(|_| world.common.unit).collect();
        world.owner = Owner::Module;
        world.named_type(&scope, item.name, args, item.name.span);
    }
}

// ---------------------------------------------------------------------------------- signatures

fn signatures(world: &mut World<'_>) {
    for id in world.fns.indices() {
        if let Some(item) = world.fns[id].item {
            signature(world, id, item, Vec::new());
        }
    }
}

/// Gives a function its signature; `outer` are the type parameters of its `impl`.
pub(crate) fn signature<'a>(world: &mut World<'a>, id: FnId, item: &'a ast::FnItem, outer: Vec<Generic>) {
    let module = world.fns[id].module;
    let self_ty = world.fns[id].self_ty;
    let outer_len = outer.len();
    let errors = world.errors();
    let owner = std::mem::replace(&mut world.owner, Owner::Fn(id));
    let generics = world.generics(&item.generics, module, outer);
    let scope = TypeScope { module, generics: Rc::new(generics.clone()), self_ty };
    let mut params = Vec::new();
    if let Some(receiver) = &item.receiver {
        let ty = match self_ty {
            Some(ty) => ty,
            None => world.error(
                Diagnostic::error(Code::E0110, receiver.span, "`self` belongs to methods in an `impl`")
                    .help("give the parameter a name and a type"),
            ),
        };
        let name = Symbol::new("self");
        params.push(ParamSig { name, ty, mutable: receiver.mutable, span: receiver.span, default: None });
    }
    let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
    for param in &item.params {
        if param.name.symbol != "_" {
            duplicate(world, &mut seen, "parameter", param.name);
        }
        let ty = world.lower_type(&scope, &param.ty);
        if let (true, Some(value)) = (param.mutable, &param.default) {
            world.report(
                Diagnostic::error(
                    Code::E0110,
                    value.span,
                    format!("the `mut` parameter `{}` cannot have a default", param.name.symbol),
                )
                .label("there would be no variable to change")
                .also(param.name.span, "goes in and out")
                .help("leave the default out, or take the value without `mut` and return the new one"),
            );
        }
        let default = param.default.as_ref().map(|value| {
            let name = Symbol::new(&format!("{}$default${}", item.name.symbol, param.name.symbol));
            let sig = Sig {
                generics: generics.clone(),
                outer: outer_len,
                params: Vec::new(),
                ret: ty,
                ret_span: param.name.span,
                method: false,
                wrong: None,
            };
            let default = world.fns.push(FnInfo {
                name,
                path: format!("{}$default${}", world.fns[id].path, param.name.symbol),
                module,
                item: None,
                span: param.name.span,
                public: false,
                source: Source::Default(value),
                self_ty,
                sig: Rc::new(sig),
                body: None,
            });
            world.mention(Item::Fn(default));
            default
        });
        let (name, span) = (param.name.symbol, param.name.span);
        params.push(ParamSig { name, ty, mutable: param.mutable, span, default });
    }
    let diverges = matches!(world.fns[id].source, Source::Intrinsic(i) if i.effects() == Effects::Diverge);
    let ret = match &item.result {
        Some(ty) => world.lower_type(&scope, ty),
        None if diverges => world.common.never,
        None => world.common.unit,
    };
    let ret_span = item.result.as_ref().map_or(item.name.span, |ty| ty.span);
    let method = item.receiver.is_some();
    let wrong = world.last_error.filter(|_| world.errors() > errors);
    world.fns[id].sig = Rc::new(Sig { generics, outer: outer_len, params, ret, ret_span, method, wrong });
    world.owner = owner;
}

fn impls(world: &mut World<'_>) {
    for (module, item, block) in std::mem::take(&mut world.impls) {
        world.owner = Owner::Module;
        if block.trait_path.is_some() {
            let span = item.span.shrink_to_start().to(block.target.span);
            let reported = world.not_yet(span, "`impl Trait for Type` is");
            let error = world.common.error(reported);
            world.lose_methods_of(block, error);
            continue;
        }
        let generics = world.generics(&block.generics, module, Vec::new());
        let scope = TypeScope { module, generics: Rc::new(generics.clone()), self_ty: None };
        let target = world.lower_type(&scope, &block.target);
        let Some(head) = Head::of(target) else {
            if matches!(target.kind(), TyKind::Param(..)) {
                world.report(
                    Diagnostic::error(
                        Code::E0110,
                        block.target.span,
                        "an `impl` needs a type, not a type parameter",
                    )
                    .help("write the methods for one type"),
                );
            }
            if matches!(target.kind(), TyKind::Error) {
                world.lose_methods_of(block, target);
            }
            continue;
        };
        if !may_implement(world, module, head) {
            let error = world.error(
                Diagnostic::error(
                    Code::E0110,
                    block.target.span,
                    format!("`{target}` belongs to another package"),
                )
                .label("methods are added only where a type is declared")
                .help(format!("write a function that takes it as a parameter: `fn f(x: {target})`")),
            );
            world.lose_methods_of(block, error);
            continue;
        }
        if let Head::Adt(id) = head {
            world.modules[module].extends |= world.adt_info[id].module != module;
        }
        unused_params(world, block, &generics, target);
        for member in &block.items {
            let ItemKind::Fn(function) = &member.kind else { continue };
            let path =
                format!("{}.{}.{}", world.modules[module].path, impl_name(target), function.name.symbol);
            let public = member.public.is_some();
            let id = crate::collect::new_fn(world, module, function, path, public, Some(target));
            signature(world, id, function, generics.clone());
            add_method(world, head, id, function.name);
        }
    }
}

fn impl_name(target: Ty) -> String {
    match target.kind() {
        TyKind::Adt(_, name, _) => name.to_string(),
        _ => target.to_string(),
    }
}

fn may_implement(world: &World<'_>, module: ModuleId, head: Head) -> bool {
    match head {
        Head::Adt(id) => world.modules[world.adt_info[id].module].package == world.modules[module].package,
        _ => world.modules[module].is_std(),
    }
}

/// A type parameter that the target does not mention could never be inferred.
fn unused_params(world: &mut World<'_>, block: &ast::ImplItem, generics: &[Generic], target: Ty) {
    for (at, generic) in generics.iter().enumerate() {
        let used = target.any(&mut |ty| matches!(ty.kind(), TyKind::Param(p, _) if *p as usize == at));
        if !used {
            let span = block.generics.params.get(at).map_or(block.generics.span, |p| p.span);
            let message = format!("type parameter `{}` does not occur in `{target}`", generic.name);
            world.report(
                Diagnostic::error(Code::E0110, span, message).help("move it to the methods that use it"),
            );
        }
    }
}

fn add_method(world: &mut World<'_>, head: Head, id: FnId, name: ast::Name) {
    if let Head::Adt(adt) = head {
        let clash = world.adts[adt]
            .variants
            .iter()
            .position(|v| v.name == name.symbol && world.adts[adt].kind == wyn_hir::AdtKind::Enum);
        if clash.is_some() {
            let message = format!("`{}` is already a variant of `{}`", name.symbol, world.adts[adt].name);
            world.report(Diagnostic::error(Code::E0106, name.span, message).help("rename the function"));
        }
    }
    let own = world.fns[id].self_ty;
    let others = world.methods.entry((head, name.symbol)).or_default().clone();
    for other in others {
        let overlap = match (own, world.fns[other].self_ty) {
            (Some(a), Some(b)) => may_overlap(a, b),
            _ => true,
        };
        if overlap {
            let first = world.fns[other].span;
            world.report(
                Diagnostic::error(
                    Code::E0106,
                    name.span,
                    format!("method `{}` is declared twice", name.symbol),
                )
                .label("second declaration")
                .also(first, "first declaration")
                .help("rename one of them, or remove it"),
            );
            return;
        }
    }
    world.methods.entry((head, name.symbol)).or_default().push(id);
}

/// Whether some type is an instance of both.
fn may_overlap(a: Ty, b: Ty) -> bool {
    let is_param = |ty: Ty| matches!(ty.kind(), TyKind::Param(..));
    agree(a, b, &|a, b| is_param(a) || is_param(b))
}

fn const_types(world: &mut World<'_>) {
    for id in world.consts.indices() {
        let (module, item) = (world.consts[id].module, world.consts[id].item);
        if let Some(ty) = &item.ty {
            let scope = TypeScope { module, generics: Rc::new(Vec::new()), self_ty: None };
            world.owner = Owner::Const(id);
            let ty = world.lower_type(&scope, ty);
            world.consts[id].state = ConstState::Declared(ty);
        }
    }
}

// ---------------------------------------------------------------------------------------- main

/// A program without `main` is for a later stage to refuse; here it is seen when it is only misspelt.
fn misspelt_main(world: &mut World<'_>, module: ModuleId) {
    let parameterless = |id: &FnId| world.fns[*id].sig.params.is_empty();
    let nearly = |id: &FnId| spelling::closest("main", [world.fns[*id].name.as_str()]).is_some();
    let own = |id: &FnId| world.fns[*id].module == module && world.fns[*id].self_ty.is_none();
    let Some(id) = world.fns.indices().find(|id| own(id) && parameterless(id) && nearly(id)) else { return };
    let (name, span) = (world.fns[id].name, world.fns[id].span);
    world.report(
        Diagnostic::error(Code::E0109, span, "this program has no `main`")
            .label(format!("`{name}` is a function like any other"))
            .help("did you mean `main`?"),
    );
}

/// The program's `main`, when its shape is right.
pub(crate) fn main_function(world: &mut World<'_>) -> Option<FnId> {
    let module = world.modules.iter().position(|m| m.path == "main")?;
    let name = Symbol::new("main");
    second_mains(world, module, name);
    let id = match world.modules[module].names.get(&name).map(|entry| entry.def) {
        Some(Def::Fn(id)) => id,
        Some(_) => return None,
        None => {
            misspelt_main(world, module);
            return None;
        }
    };
    let sig = world.fns[id].sig.clone();
    let span = world.fns[id].span;
    if let Some(param) = sig.params.first() {
        world.report(
            Diagnostic::error(Code::E0109, param.span, "`main` takes no parameters")
                .help("read the command line with `args.list()` after `import args`"),
        );
    } else if !sig.generics.is_empty() {
        world.report(Diagnostic::error(Code::E0109, span, "`main` takes no type parameters"));
    } else {
        let fits = sig.ret.is_unit()
            || sig.ret == world.common.int
            || matches!(sig.ret.kind(), TyKind::Error)
            || world.result_parts(sig.ret).is_some_and(|(ok, err)| {
                let is_error = match err.kind() {
                    TyKind::Adt(id, ..) => world.adts[*id].path == "prelude.Error",
                    other => matches!(other, TyKind::Error),
                };
                is_error && (ok.is_unit() || ok == world.common.int)
            });
        if !fits {
            let use_of = Use { declaration: sig.ret_span, part: Part::Gives, ty: sig.ret, asks: Asks::Other };
            world.disputed(
                Diagnostic::error(Code::E0109, sig.ret_span, format!("`main` cannot return `{}`", sig.ret))
                    .help("`main` returns nothing, `int` (the exit code) or `Result<()>`"),
                vec![use_of],
            );
        }
    }
    Some(id)
}

/// Only the program's own file starts it: a `main` elsewhere in its package would never run.
fn second_mains(world: &mut World<'_>, own: ModuleId, name: Symbol) {
    for module in 0..world.modules.len() {
        let info = &world.modules[module];
        let Some(entry) = info.names.get(&name) else { continue };
        let starts = matches!(entry.def, Def::Fn(_)) && !entry.imported;
        if module == own || !starts || info.package != world.modules[own].package {
            continue;
        }
        let span = entry.span;
        let mut diagnostic =
            Diagnostic::error(Code::E0109, span, format!("`{}` is not the program's own file", info.path))
                .label("this `main` would never run")
                .help("rename it, or compile this file by itself");
        if let Some(main) = world.modules[own].names.get(&name) {
            diagnostic = diagnostic.also(main.span, "the program begins here");
        }
        world.report(diagnostic);
    }
}
