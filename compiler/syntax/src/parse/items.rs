//! Declarations (`spec/grammar.ebnf`, Declarations).

use chumsky::prelude::*;
use wyn_base::spelling::closest;
use wyn_base::{Code, Span, Symbol};

use super::expressions::body;
use super::grammar::Grammar;
use super::{
    Failure, Production, State, here, lbrace, lparen, mistake, name, recovering, separator, skipped,
    terminator, tok, types,
};
use crate::ast::{
    Abi, BinaryOp, ConstItem, EnumItem, Expr, FieldDef, FnBody, FnItem, Generics, ImplItem, ImportItem,
    ImportRoot, Item, ItemKind, Name, Param, Path, SelfParam, StructItem, TestItem, TraitItem, Type,
    TypeAliasItem, TypeKind, VariantDef, VariantPayload,
};
use crate::token::{EQ, Tok};

/// `["pub"] declaration`
pub(super) fn top_level<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Item, E> {
    let constant = constant(g);
    item(choice((declaration(g), constant, test(g))).labelled("a declaration").boxed())
}

/// A declaration in a block: those that begin with a word that begins no other statement.
pub(super) fn local<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Item, E> {
    item(declaration(g))
}

fn declaration<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    choice((function(g), structure(g), enumeration(g), trait_item(g), implementation(g), alias(g), import()))
        .boxed()
}

/// Adds `pub`, doc comment and place.
fn item<'s, E: Failure<'s>>(kind: Production<'s, ItemKind, E>) -> Production<'s, Item, E> {
    public()
        .then(kind)
        .map_with(|(public, kind), e| {
            let span = here(e);
            Item { kind, public, doc: e.state().doc(span.start), span }
        })
        .boxed()
}

fn public<'s, E: Failure<'s>>() -> Production<'s, Option<Span>, E> {
    tok(Tok::Pub).map_with(|(), e| here(e)).or_not().boxed()
}

// -------------------------------------------------------------------------------------- functions

/// `["extern" STRING] "fn" NAME [generics] "(" params ")" ["->" type] [block | "=>" expr]`
fn function<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    let abi = tok(Tok::Extern)
        .ignore_then(select! { Tok::Str(name) => name }.labelled("a string"))
        .map_with(|name, e| Abi { name, span: here(e) })
        .or_not();
    let block = g.block.clone().map(FnBody::Block);
    let expr =
        tok(Tok::FatArrow).ignore_then(body(g, g.expr.clone())).map(|expr| FnBody::Expr(Box::new(expr)));
    let body = block.or(expr).or_not().map(|body| body.unwrap_or(FnBody::None));
    abi.then_ignore(tok(Tok::Fn))
        .then(name())
        .then(types::generics(&g.ty))
        .then(parameters(g))
        .then(result(g))
        .then(body)
        .map_with(|(((((abi, name), generics), params), result), body), e| {
            let (receiver, params) = split_receiver(params, e.state());
            ItemKind::Fn(FnItem { abi, name, generics, receiver, params, result, body })
        })
        .boxed()
}

/// `"(" params ")"`: whatever is wrong in it hides nothing that comes after it.
fn parameters<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Vec<RawParam>, E> {
    let params = raw_param(g).separated_by(tok(Tok::Comma)).allow_trailing().collect::<Vec<RawParam>>();
    let params = params.delimited_by(lparen(), tok(Tok::RParen));
    if !E::RECOVERS {
        return params.boxed();
    }
    let skipped = skipped(|_| false).or_not().delimited_by(lparen(), tok(Tok::RParen)).map_with(|_, e| {
        let span = here(e);
        let first = &e.slice()[..e.slice().len().min(5)];
        let receiver = first.iter().any(|tok| matches!(tok, Tok::Lower(name) if *name == "self"));
        let mutable = receiver && first.contains(&Tok::Mut);
        e.state().unreadable.push(span);
        let unread = Type { kind: TypeKind::Error, span };
        let rest = RawParam { mutable: false, name: unnamed(span), ty: Some(unread), default: None, span };
        let name = Name { symbol: Symbol::new("self"), span };
        let receiver = receiver.then_some(RawParam { mutable, name, ty: None, default: None, span });
        receiver.into_iter().chain([rest]).collect()
    });
    params.recover_with(via_parser(skipped)).boxed()
}

/// `["->" type]`, up to the body.
fn result<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Option<Type>, E> {
    let result = tok(Tok::Arrow).ignore_then(g.ty.clone()).or_not();
    if !E::RECOVERS {
        return result.boxed();
    }
    let ends = |tok| matches!(tok, Tok::LBrace(_) | Tok::FatArrow | Tok::Newline | Tok::Semi | Tok::RBrace);
    let ended = any().filter(move |tok: &Tok| ends(*tok)).ignored().or(end()).rewind().labelled("a block");
    let skipped = skipped(ends).map_with(|(), e| {
        let span = here(e);
        e.state().unreadable.push(span);
        Some(Type { kind: TypeKind::Error, span })
    });
    result.then_ignore(ended).recover_with(via_parser(skipped)).boxed()
}

/// A parameter before it is known whether it is the receiver.
struct RawParam {
    mutable: bool,
    name: Name,
    ty: Option<Type>,
    default: Option<Expr>,
    span: Span,
}

/// `["mut"] NAME [":" type] ["=" expr]`
fn raw_param<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, RawParam, E> {
    tok(Tok::Mut)
        .or_not()
        .then(name())
        .then(tok(Tok::Colon).ignore_then(g.ty.clone()).or_not())
        .then(tok(EQ).ignore_then(g.expr.clone()).or_not())
        .map_with(|(((mutable, name), ty), default), e| RawParam {
            mutable: mutable.is_some(),
            name,
            ty,
            default,
            span: here(e),
        })
        .labelled("a parameter")
        .boxed()
}

/// `self` first is the receiver; every other parameter has a type.
fn split_receiver(raw: Vec<RawParam>, state: &mut State) -> (Option<SelfParam>, Vec<Param>) {
    let mut receiver = None;
    let mut params = Vec::with_capacity(raw.len());
    for (index, param) in raw.into_iter().enumerate() {
        let RawParam { mutable, name, ty, default, span } = param;
        let is_self = name.symbol == "self";
        match ty {
            None if is_self && index == 0 => receiver = Some(SelfParam { mutable, span }),
            None if is_self => state.problem(mistake(Code::E0002, span, "`self` is the first parameter")),
            Some(ty) if is_self => state.problem(
                mistake(Code::E0002, ty.span, "`self` is written without a type")
                    .help("its type is the one that the `impl` is for: write `self` or `mut self`"),
            ),
            Some(ty) => params.push(Param { mutable, name, ty, default, span }),
            None if index == 0 && closest(name.symbol.as_str(), ["self"]).is_some() => {
                state.problem(
                    mistake(Code::E0002, span, &format!("the parameter `{}` has no type", name.symbol))
                        .help("did you mean `self`?"),
                );
                receiver = Some(SelfParam { mutable, span });
            }
            None => {
                let symbol = name.symbol;
                state.problem(
                    mistake(Code::E0002, span, &format!("the parameter `{symbol}` has no type"))
                        .help(format!("write its type: `{symbol}: int`")),
                );
                let ty = Type { kind: TypeKind::Error, span: span.shrink_to_end() };
                params.push(Param { mutable, name, ty, default, span });
            }
        }
    }
    (receiver, params)
}

// ------------------------------------------------------------------------------------------ types

/// `"struct" NAME [generics] "{" {field} "}"`
fn structure<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    tok(Tok::Struct)
        .ignore_then(name())
        .then(types::generics(&g.ty))
        .then(fields(g))
        .map(|((name, generics), fields)| ItemKind::Struct(StructItem { name, generics, fields }))
        .boxed()
}

/// `"{" {["pub"] NAME ":" type separator} "}"`
fn fields<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Vec<FieldDef>, E> {
    let field = public().then(name()).then_ignore(tok(Tok::Colon)).then(g.ty.clone()).map_with(
        |((public, name), ty), e| {
            let span = here(e);
            FieldDef { public, doc: e.state().doc(span.start), name, ty, span }
        },
    );
    members(field.labelled("a field").boxed(), |span, _| FieldDef {
        public: None,
        doc: None,
        name: unnamed(span),
        ty: Type { kind: TypeKind::Error, span },
        span,
    })
}

/// The name of what could not be read.
fn unnamed(span: Span) -> Name {
    Name { symbol: Symbol::new("_"), span }
}

/// `"{" {member separator} "}"`: members end at a comma or newline, each is recovered alone.
fn members<'s, M: 's, E: Failure<'s>>(
    member: Production<'s, M, E>,
    instead: fn(Span, &[Tok]) -> M,
) -> Production<'s, Vec<M>, E> {
    let ended = separator().or(tok(Tok::RBrace)).rewind();
    let stop = |tok| matches!(tok, Tok::Comma | Tok::Newline | Tok::Semi);
    let member = recovering(member.then_ignore(ended), stop, instead);
    let separators = separator().repeated();
    member
        .then_ignore(separators.clone())
        .repeated()
        .collect()
        .delimited_by(lbrace().then(separators), tok(Tok::RBrace))
        .boxed()
}

/// `"enum" NAME [generics] "{" {variant separator} "}"`
fn enumeration<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    let types = g.ty.clone().separated_by(tok(Tok::Comma)).allow_trailing().at_least(1).collect();
    let tuple = types.delimited_by(lparen(), tok(Tok::RParen)).map(VariantPayload::Tuple);
    let payload = tuple.or(fields(g).map(VariantPayload::Struct)).or_not();
    let variant = name().then(payload).map_with(|(name, payload), e| {
        let span = here(e);
        let payload = payload.unwrap_or(VariantPayload::None);
        VariantDef { doc: e.state().doc(span.start), name, payload, span }
    });
    // With a payload that is wrong, so that the enum is known to be.
    let variants = members(variant.labelled("a variant").boxed(), |span, _| VariantDef {
        doc: None,
        name: unnamed(span),
        payload: VariantPayload::Tuple(vec![Type { kind: TypeKind::Error, span }]),
        span,
    });
    tok(Tok::Enum)
        .ignore_then(name())
        .then(types::generics(&g.ty))
        .then(variants)
        .map(|((name, generics), variants)| ItemKind::Enum(EnumItem { name, generics, variants }))
        .boxed()
}

/// `"trait" NAME [generics] [":" bounds] "{" {["pub"] function} "}"`
fn trait_item<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    let supertraits =
        tok(Tok::Colon).ignore_then(types::bounds(&g.ty)).or_not().map(Option::unwrap_or_default);
    tok(Tok::Trait)
        .ignore_then(name())
        .then(types::generics(&g.ty))
        .then(supertraits)
        .then(functions(g))
        .map(|(((name, generics), supertraits), items)| {
            ItemKind::Trait(TraitItem { name, generics, supertraits, items })
        })
        .boxed()
}

/// `"impl" [generics] [path "for"] type "{" {["pub"] function} "}"`
fn implementation<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    tok(Tok::Impl)
        .ignore_then(types::generics(&g.ty))
        .then(g.ty.clone())
        .then(tok(Tok::For).ignore_then(g.ty.clone()).or_not())
        .then(functions(g))
        .map_with(|(((generics, first), second), items), e| {
            implemented(generics, first, second, items, e.state())
        })
        .boxed()
}

fn implemented(
    generics: Generics,
    first: Type,
    second: Option<Type>,
    items: Vec<Item>,
    state: &mut State,
) -> ItemKind {
    let Some(target) = second else {
        return ItemKind::Impl(ImplItem { generics, trait_path: None, target: first, items });
    };
    match trait_path(first) {
        Ok(path) => ItemKind::Impl(ImplItem { generics, trait_path: Some(path), target, items }),
        Err(span) => {
            state.problem(mistake(Code::E0002, span, "only a trait can be implemented for a type"));
            ItemKind::Error
        }
    }
}

fn trait_path(ty: Type) -> Result<Path, Span> {
    match ty.kind {
        TypeKind::Path(path) => Ok(path),
        _ => Err(ty.span),
    }
}

/// `"{" {["pub"] function terminator} "}"`
fn functions<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Vec<Item>, E> {
    let ended = terminator().or(tok(Tok::RBrace)).rewind();
    let stop = |tok| matches!(tok, Tok::Newline | Tok::Semi);
    let function = item(function(g).labelled("a function").boxed()).map_with(|item, e| {
        let guess = e.state().is_guess(item.span);
        if guess { super::unreadable(item.span) } else { item }
    });
    let function = function.then_ignore(ended);
    let function = recovering(function, stop, |span, _| super::unreadable(span));
    let terminators = terminator().repeated();
    function
        .then_ignore(terminators.clone())
        .repeated()
        .collect()
        .delimited_by(lbrace().then(terminators), tok(Tok::RBrace))
        .boxed()
}

/// `"type" NAME [generics] "=" type`
fn alias<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    tok(Tok::Type)
        .ignore_then(name())
        .then(types::generics(&g.ty))
        .then_ignore(tok(EQ))
        .then(g.ty.clone())
        .map(|((name, generics), ty)| ItemKind::TypeAlias(TypeAliasItem { name, generics, ty }))
        .boxed()
}

// ---------------------------------------------------------------------------------------- the rest

/// `"const" NAME [":" type] "=" expr`
fn constant<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    tok(Tok::Const)
        .ignore_then(name())
        .then(tok(Tok::Colon).ignore_then(g.ty.clone()).or_not())
        .then_ignore(tok(EQ))
        .then(g.expr.clone())
        .map(|((name, ty), value)| ItemKind::Const(ConstItem { name, ty, value }))
        .boxed()
}

/// `"import" (NAME {"." NAME} | ("./" | "../" {"../"}) NAME {"/" NAME}) ["." "{" NAME {"," NAME} [","] "}"]`
fn import<'s, E: Failure<'s>>() -> Production<'s, ItemKind, E> {
    let slash = || tok(Tok::Op(BinaryOp::Div));
    let here_root = tok(Tok::Dot).then(slash()).to(0);
    let up = tok(Tok::DotDot)
        .then(slash())
        .repeated()
        .at_least(1)
        .count()
        .map(|ups| u32::try_from(ups).unwrap_or(u32::MAX));
    let file =
        here_root.or(up).map(ImportRoot::Relative).then(name().separated_by(slash()).at_least(1).collect());
    let package = name()
        .separated_by(tok(Tok::Dot))
        .at_least(1)
        .collect()
        .map(|segments: Vec<Name>| (ImportRoot::Package, segments));
    let newlines = tok(Tok::Newline).repeated();
    let names = name()
        .separated_by(tok(Tok::Comma).then(newlines.clone()))
        .allow_trailing()
        .at_least(1)
        .collect()
        .then_ignore(newlines)
        .delimited_by(tok(Tok::Dot).then(lbrace()), tok(Tok::RBrace))
        .or_not();
    tok(Tok::Import)
        .ignore_then(file.or(package).labelled("a module's path"))
        .then(names)
        .map(|((root, segments), names)| ItemKind::Import(ImportItem { root, segments, names }))
        .boxed()
}

/// `"test" STRING block`
fn test<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, ItemKind, E> {
    let title = select! { Tok::Str(name) => name }.map_with(|name, e| (name, here(e))).labelled("a string");
    tok(Tok::Test)
        .ignore_then(title)
        .then(g.block.clone())
        .map(|((name, name_span), body)| ItemKind::Test(TestItem { name, name_span, body }))
        .boxed()
}
