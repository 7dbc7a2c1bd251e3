//! Types, paths and type parameters (`spec/grammar.ebnf`, Types).

use chumsky::prelude::*;

use super::{Extra, Failure, Input, Production, here, lparen, name, tok};
use crate::ast::{BinaryOp, GenericParam, Generics, Name, Path, PathSegment, Type, TypeKind};
use crate::token::{EQ, Tok};

/// `type = primary {"?"}`
pub(super) fn ty<'s, E: Failure<'s>>() -> Production<'s, Type, E> {
    recursive(|ty| {
        let named = path(ty.clone().boxed()).map(TypeKind::Path);
        let any = tok(Tok::Any).ignore_then(path(ty.clone().boxed())).map(TypeKind::Any);
        let types = ty.clone().separated_by(tok(Tok::Comma)).allow_trailing().collect::<Vec<Type>>();
        let tuple = types.clone().delimited_by(lparen(), tok(Tok::RParen)).map(|mut types| {
            // `(T)` is T.
            if types.len() == 1 { types.remove(0).kind } else { TypeKind::Tuple(types) }
        });
        let array = ty
            .clone()
            .delimited_by(tok(Tok::LBracket), tok(Tok::RBracket))
            .map(|element| TypeKind::Array(Box::new(element)));
        let result = tok(Tok::Arrow).ignore_then(ty).map(Box::new).or_not();
        let function = tok(Tok::Fn)
            .ignore_then(types.delimited_by(lparen(), tok(Tok::RParen)))
            .then(result)
            .map(|(params, result)| TypeKind::Fn { params, result });
        let primary = choice((any, named, array, tuple, function))
            .map_with(|kind, e| Type { kind, span: here(e) })
            .labelled("a type");
        let one = tok(Tok::Question).to(1);
        let two = tok(Tok::Op(BinaryOp::Coalesce)).to(2);
        primary.foldl_with(one.or(two).repeated(), |ty, marks, e| {
            let span = here(e);
            (0..marks).fold(ty, |ty, _| Type { kind: TypeKind::Optional(Box::new(ty)), span })
        })
    })
    .boxed()
}

/// `path = segment {"." segment}`
pub(super) fn path<'s, E: Failure<'s>>(ty: Production<'s, Type, E>) -> Production<'s, Path, E> {
    let open = tok(Tok::LAngle).or(tok(Tok::Op(BinaryOp::Lt)));
    let args = arguments(ty, open);
    name()
        .then(args.or_not())
        .map_with(segment)
        .separated_by(tok(Tok::Dot))
        .at_least(1)
        .collect()
        .map_with(|segments, e| Path { segments, span: here(e) })
        .boxed()
}

/// `segment = NAME [type-arguments]`
pub(super) fn segment<'s, E: Failure<'s>>(
    (name, args): (Name, Option<Vec<Type>>),
    e: &mut chumsky::input::MapExtra<'s, '_, Input<'s>, Extra<'s, E>>,
) -> PathSegment {
    PathSegment { name, args: args.unwrap_or_default(), span: here(e) }
}

/// `type-arguments = "<" type {"," type} [","] ">"`
pub(super) fn arguments<'s, E: Failure<'s>>(
    ty: Production<'s, Type, E>,
    open: impl Parser<'s, Input<'s>, (), Extra<'s, E>> + Clone + 's,
) -> Production<'s, Vec<Type>, E> {
    let close = tok(Tok::RAngle).or(tok(Tok::Op(BinaryOp::Gt)));
    ty.separated_by(tok(Tok::Comma)).allow_trailing().at_least(1).collect().delimited_by(open, close).boxed()
}

/// `generics = "<" parameter {"," parameter} [","] ">"`, `parameter = NAME [":" bounds] ["=" type]`
pub(super) fn generics<'s, E: Failure<'s>>(ty: &Production<'s, Type, E>) -> Production<'s, Generics, E> {
    let bounds = tok(Tok::Colon).ignore_then(bounds(ty)).or_not().map(Option::unwrap_or_default);
    let default = tok(EQ).ignore_then(ty.clone()).or_not();
    let param = name().then(bounds).then(default).map_with(|((name, bounds), default), e| GenericParam {
        name,
        bounds,
        default,
        span: here(e),
    });
    let open = tok(Tok::LAngle).or(tok(Tok::Op(BinaryOp::Lt)));
    let close = tok(Tok::RAngle).or(tok(Tok::Op(BinaryOp::Gt)));
    param
        .separated_by(tok(Tok::Comma))
        .allow_trailing()
        .at_least(1)
        .collect()
        .delimited_by(open, close)
        .or_not()
        .map_with(|params, e| Generics { params: params.unwrap_or_default(), span: here(e) })
        .boxed()
}

/// `bounds = path {"+" path}`
pub(super) fn bounds<'s, E: Failure<'s>>(ty: &Production<'s, Type, E>) -> Production<'s, Vec<Path>, E> {
    path(ty.clone()).separated_by(tok(Tok::Op(BinaryOp::Add))).at_least(1).collect().boxed()
}
