//! Operands, postfix chains and operators (`spec/grammar.ebnf`, Expressions).

use chumsky::pratt::{Operator, infix, left, prefix, right};
use chumsky::prelude::*;
use wyn_base::{Code, Span};

use super::grammar::{Grammar, Variant};
use super::{
    Extra, Failure, Input, Production, State, here, lbrace, lparen, mistake, name, strings, tok, types,
};
use crate::ast::{
    Arg, BinaryOp, Expr, ExprKind, FieldInit, LambdaExpr, LambdaParam, Name, Path, PathSegment, SpawnExpr,
    StructLit, UnaryOp,
};
use crate::token::Tok;

/// `expr`: operators over postfix chains. `this` is the production being defined.
pub(super) fn expr<'s, E: Failure<'s>>(
    variant: Variant,
    g: &Grammar<'s, E>,
    this: Production<'s, Expr, E>,
    form: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let operand = recursive(|operand: Recursive<dyn Parser<'s, Input<'s>, Expr, Extra<'s, E>> + 's>| {
        let spawn = spawn(g, operand.boxed());
        let atom = choice((
            literal(),
            named(g),
            short_variant(),
            form,
            paren(variant, g, this.clone()),
            interpolated(g),
            array(g),
            spawn,
            jump(this),
            map_or_set(g),
        ))
        .boxed();
        chain(variant, g, atom.labelled("an expression").boxed())
    });
    operators(operand.boxed())
}

// --------------------------------------------------------------------------------------- operands

fn literal<'s, E: Failure<'s>>() -> impl Parser<'s, Input<'s>, Expr, Extra<'s, E>> + Clone + 's {
    select! {
        Tok::Int(value) => ExprKind::Int(value),
        Tok::Str(text) => ExprKind::Str(text),
        Tok::Float(value) => ExprKind::Float(value),
        Tok::Duration(nanos) => ExprKind::Duration(nanos),
        Tok::Char(value) => ExprKind::Char(value),
        Tok::True => ExprKind::Bool(true),
        Tok::False => ExprKind::Bool(false),
        Tok::Underscore => ExprKind::Wildcard,
        Tok::Error => ExprKind::Error,
    }
    .map_with(node)
}

/// Makes a node of what was just read.
pub(super) fn node<'s, E: Failure<'s>>(
    kind: ExprKind,
    e: &mut chumsky::input::MapExtra<'s, '_, Input<'s>, Extra<'s, E>>,
) -> Expr {
    Expr { kind, span: here(e) }
}

/// `NAME [type-arguments]`
fn named<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Expr, E> {
    segment(g).map(|segment| Expr { span: segment.span, kind: ExprKind::Name(segment) }).boxed()
}

/// `"." TYPE-NAME`
fn short_variant<'s, E: Failure<'s>>() -> Production<'s, Expr, E> {
    let name = select! { Tok::Upper(symbol) => symbol }
        .labelled("a variant")
        .map_with(|symbol, e| Name { symbol, span: here(e) });
    tok(Tok::Dot)
        .ignore_then(name)
        .map_with(|name, e| {
            let segment = PathSegment { name, args: Vec::new(), span: name.span };
            Expr { kind: ExprKind::ShortVariant(segment), span: here(e) }
        })
        .boxed()
}

fn segment<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, PathSegment, E> {
    name().then(types::arguments(g.ty.clone(), tok(Tok::LAngle)).or_not()).map_with(types::segment).boxed()
}

fn interpolated<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Expr, E> {
    strings::interpolated(g.expr.clone()).map_with(node).boxed()
}

/// `"(" [expr {"," expr} [","]] ")"`, or a lambda when `=>` follows.
fn paren<'s, E: Failure<'s>>(
    variant: Variant,
    g: &Grammar<'s, E>,
    this: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let parts = |open| {
        let comma = tok(Tok::Comma);
        let parts = g.expr.clone().separated_by(comma.clone()).collect::<Vec<Expr>>();
        parts.then(comma.or_not()).delimited_by(open, tok(Tok::RParen)).map_with(|(mut parts, comma), e| {
            let span = here(e);
            let kind = if parts.len() == 1 {
                if comma.is_some() {
                    let note = mistake(Code::E0002, span, "a tuple has at least two parts");
                    e.state().problem(note.help("remove the comma"));
                }
                ExprKind::Paren(Box::new(parts.remove(0)))
            } else {
                ExprKind::Tuple(parts)
            };
            Expr { kind, span }
        })
    };
    if variant == Variant::Arm {
        return parts(lparen().boxed()).boxed();
    }
    let param = g
        .pattern
        .clone()
        .then(tok(Tok::Colon).ignore_then(g.ty.clone()).or_not())
        .map_with(|(pattern, ty), e| LambdaParam { pattern, ty, span: here(e) });
    let body = body(g, this);
    let lambda = param
        .separated_by(tok(Tok::Comma))
        .allow_trailing()
        .collect()
        .delimited_by(tok(Tok::LParen(true)), tok(Tok::RParen))
        .then_ignore(tok(Tok::FatArrow))
        .then(body)
        .map(|(params, body)| ExprKind::Lambda(LambdaExpr { params, body: Box::new(body) }))
        .map_with(node);
    parts(tok(Tok::LParen(false)).boxed()).or(lambda).boxed()
}

/// `block`, where it is an expression.
pub(super) fn block_expr<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Expr, E> {
    g.block.clone().map(|block| Expr { span: block.span, kind: ExprKind::Block(block) }).boxed()
}

/// A block when a `{` stands there, else `expr`: the one is never tried as the other.
pub(super) fn body<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    expr: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    block_expr(g).or(unbraced(expr)).boxed()
}

/// `production`, unless it begins with a `{`.
pub(super) fn unbraced<'s, O: 's, E: Failure<'s>>(production: Production<'s, O, E>) -> Production<'s, O, E> {
    select! { Tok::LBrace(_) => () }.not().ignore_then(production).boxed()
}

/// `"[" [expr (";" expr | {"," expr} [","])] "]"`
fn array<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Expr, E> {
    enum Rest {
        Fill(Expr),
        List(Vec<Expr>),
    }
    let comma = tok(Tok::Comma);
    let list = comma.clone().ignore_then(g.expr.clone()).repeated().collect().then_ignore(comma.or_not());
    let rest = tok(Tok::Semi).ignore_then(g.expr.clone()).map(Rest::Fill).or(list.map(Rest::List));
    g.expr
        .clone()
        .then(rest)
        .or_not()
        .delimited_by(tok(Tok::LBracket), tok(Tok::RBracket))
        .map(|parts| match parts {
            None => ExprKind::Array(Vec::new()),
            Some((value, Rest::Fill(len))) => {
                ExprKind::ArrayFill { value: Box::new(value), len: Box::new(len) }
            }
            Some((first, Rest::List(mut rest))) => {
                rest.insert(0, first);
                ExprKind::Array(rest)
            }
        })
        .map_with(node)
        .boxed()
}

/// `"{" ":" "}"`, `"{" expr ":" expr {"," …} "}"` or `"{" expr {"," expr} "}"`
fn map_or_set<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Expr, E> {
    let newlines = tok(Tok::Newline).repeated();
    let comma = tok(Tok::Comma).then_ignore(newlines.clone());
    let entry = g.expr.clone().then(tok(Tok::Colon).ignore_then(g.expr.clone()).or_not());
    let entries = entry.separated_by(comma).allow_trailing().at_least(1).collect::<Vec<_>>().map(Some);
    let empty = tok(Tok::Colon).to(None);
    empty
        .or(entries)
        .then_ignore(newlines)
        .delimited_by(lbrace(), tok(Tok::RBrace))
        .map_with(|entries, e| {
            let span = here(e);
            let kind = map_or_set_of(entries.unwrap_or_default(), e.state());
            Expr { kind, span }
        })
        .boxed()
}

/// The map or the set of these entries; the first decides which.
fn map_or_set_of(entries: Vec<(Expr, Option<Expr>)>, state: &mut State) -> ExprKind {
    let is_set = entries.first().is_some_and(|(_, value)| value.is_none());
    let (mut keys, mut pairs) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        match (is_set, value) {
            (true, None) => keys.push(key),
            (false, Some(value)) => pairs.push((key, value)),
            (true, Some(value)) => state
                .problem(mistake(Code::E0002, value.span, "a set has no values").note(
                    "the first entry has none, so this is a set; in a map every entry is `key: value`",
                )),
            (false, None) => state.problem(
                mistake(Code::E0002, key.span, "this entry of the map has no value")
                    .help("write `key: value`"),
            ),
        }
    }
    if is_set { ExprKind::Set(keys) } else { ExprKind::Map(pairs) }
}

/// `["detach"] "spawn" (block | operand)`
fn spawn<'s, E: Failure<'s>>(
    g: &Grammar<'s, E>,
    operand: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let detach = tok(Tok::Detach).map_with(|(), e| here(e)).or_not();
    let word = tok(Tok::Spawn).map_with(|(), e| here(e));
    detach
        .then(word)
        .then(body(g, operand))
        .map_with(|((detached, word), body), e| {
            let start = detached.unwrap_or(word);
            spawned(detached, start, body, e.state())
        })
        .boxed()
}

/// Puts the spawn where it belongs in its operand: around the last call, but inside the first `.await()`.
fn spawned(detached: Option<Span>, start: Span, mut operand: Expr, state: &mut State) -> Expr {
    // How many links, outermost first, apply to the future: up to the innermost `.await()`, the first in the text.
    let (mut links, mut outside) = (0, 0);
    let mut link = &operand;
    while let Some(base) = base_of(link) {
        links += 1;
        if is_await(link) {
            outside = links + 1;
        }
        link = base;
    }
    let mut body = &mut operand;
    for _ in 0..outside {
        body.span = start.to(body.span);
        body = base_of_mut(body).expect("as many links as were counted");
    }
    let span = start.to(body.span);
    let taken = std::mem::replace(body, Expr { kind: ExprKind::Error, span });
    let task = match taken.kind {
        ExprKind::Call { .. } | ExprKind::Block(_) | ExprKind::Error => taken,
        _ => {
            state.unreadable.push(taken.span);
            state.problem(
                mistake(Code::E0013, taken.span, "`spawn` takes a call or a block")
                    .help("write `spawn f(x)`, or `spawn { … }` for anything else"),
            );
            Expr { kind: ExprKind::Error, span: taken.span }
        }
    };
    *body = Expr { kind: ExprKind::Spawn(SpawnExpr { detached, body: Box::new(task) }), span };
    operand
}

/// Whether it is a call of a method named `await`.
fn is_await(expr: &Expr) -> bool {
    let ExprKind::Call { callee, .. } = &expr.kind else { return false };
    matches!(&callee.kind, ExprKind::Field { name, .. } if name.name.symbol == "await")
}

/// What a postfix operator was applied to.
fn base_of(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Call { callee: base, .. }
        | ExprKind::Field { base, .. }
        | ExprKind::TupleField { base, .. }
        | ExprKind::Index { base, .. }
        | ExprKind::Slice { base, .. }
        | ExprKind::Try(base) => Some(base),
        _ => None,
    }
}

fn base_of_mut(expr: &mut Expr) -> Option<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Call { callee: base, .. }
        | ExprKind::Field { base, .. }
        | ExprKind::TupleField { base, .. }
        | ExprKind::Index { base, .. }
        | ExprKind::Slice { base, .. }
        | ExprKind::Try(base) => Some(base),
        _ => None,
    }
}

/// `"return" [expr] | ("break" | "continue") [NAME]`
fn jump<'s, E: Failure<'s>>(this: Production<'s, Expr, E>) -> Production<'s, Expr, E> {
    let value = this.map(Box::new).or_not();
    let label = name().or_not();
    choice((
        tok(Tok::Return).ignore_then(value).map(ExprKind::Return),
        tok(Tok::Break).ignore_then(label.clone()).map(ExprKind::Break),
        tok(Tok::Continue).ignore_then(label).map(ExprKind::Continue),
    ))
    .map_with(node)
    .boxed()
}

// -------------------------------------------------------------------------------- postfix chains

enum Postfix {
    Call(Vec<Arg>),
    Field(PathSegment),
    TupleField(u32, Span),
    Index(Expr, Option<Box<Expr>>),
    Slice { start: Option<Box<Expr>>, end: Option<Box<Expr>>, inclusive: bool },
    Try,
    Struct(Vec<FieldInit>, Option<Box<Expr>>),
}

/// `atom {call | field | index | "?" | fields}`
fn chain<'s, E: Failure<'s>>(
    variant: Variant,
    g: &Grammar<'s, E>,
    atom: Production<'s, Expr, E>,
) -> Production<'s, Expr, E> {
    let call = args(g).delimited_by(lparen(), tok(Tok::RParen)).map(Postfix::Call);
    let position = select! { Tok::Int(index) => index }
        .map_with(|index, e| Postfix::TupleField(u32::try_from(index).unwrap_or(u32::MAX), here(e)));
    let member = tok(Tok::Dot).ignore_then(segment(g).map(Postfix::Field).or(position));
    let question = tok(Tok::Question).map(|()| Postfix::Try);
    let plain = choice((member, call, index(g), question));
    let postfix = if variant == Variant::Head { plain.boxed() } else { plain.or(fields(g)).boxed() };
    atom.foldl_with(postfix.repeated(), |base, postfix, e| {
        let span = here(e);
        let kind = apply(base, postfix, e.state());
        Expr { kind, span }
    })
    .boxed()
}

fn apply(base: Expr, postfix: Postfix, state: &mut State) -> ExprKind {
    if let Postfix::Struct(fields, rest) = postfix {
        return match path_of(&base) {
            Some((short, path)) => ExprKind::Struct(StructLit { short, path, fields, base: rest }),
            None => {
                state.problem(mistake(
                    Code::E0002,
                    base.span,
                    "a struct literal begins with the name of its type",
                ));
                ExprKind::Error
            }
        };
    }
    let base = Box::new(base);
    match postfix {
        Postfix::Call(args) => ExprKind::Call { callee: base, args },
        Postfix::Field(name) => ExprKind::Field { base, name },
        Postfix::TupleField(index, index_span) => ExprKind::TupleField { base, index, index_span },
        Postfix::Index(index, default) => ExprKind::Index { base, index: Box::new(index), default },
        Postfix::Slice { start, end, inclusive } => ExprKind::Slice { base, start, end, inclusive },
        Postfix::Try | Postfix::Struct(..) => ExprKind::Try(base),
    }
}

/// The path that a chain of names spells, and whether it is that of a short variant.
fn path_of(expr: &Expr) -> Option<(bool, Path)> {
    if let ExprKind::ShortVariant(segment) = &expr.kind {
        return Some((true, Path { segments: vec![segment.clone()], span: segment.span }));
    }
    let mut segments = Vec::new();
    let mut link = expr;
    loop {
        match &link.kind {
            ExprKind::Name(segment) => {
                segments.push(segment.clone());
                segments.reverse();
                return Some((false, Path { segments, span: expr.span }));
            }
            ExprKind::Field { base, name } => {
                segments.push(name.clone());
                link = base;
            }
            _ => return None,
        }
    }
}

/// `[arg {"," arg} [","]]`, `arg = [NAME ":"] ["&"] expr`
pub(super) fn args<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Vec<Arg>, E> {
    let label = name().then_ignore(tok(Tok::Colon)).or_not();
    let mark = tok(Tok::Op(BinaryOp::BitAnd)).map_with(|(), e| here(e)).or_not();
    label
        .then(mark)
        .then(g.expr.clone())
        .map_with(|((name, mutable), value), e| Arg { name, mutable, value, span: here(e) })
        .separated_by(tok(Tok::Comma))
        .allow_trailing()
        .collect()
        .boxed()
}

/// `"[" (expr ["," "default" ":" expr] | [expr] ".." [expr]) "]"`
fn index<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Postfix, E> {
    let default_word = select! { Tok::Lower(word) if word == "default" => () }.labelled("`default`");
    let default =
        tok(Tok::Comma).ignore_then(default_word).ignore_then(tok(Tok::Colon)).ignore_then(g.expr.clone());
    let to_end = select! { Tok::DotDot => false, Tok::DotDotEq => true }.labelled("`..`");
    let up_to = to_end.then(g.expr.clone()).map(|(inclusive, end)| Postfix::Slice {
        start: None,
        end: Some(Box::new(end)),
        inclusive,
    });
    let from = g.expr.clone().then(tok(Tok::DotDot).map(|()| None).or(default.map(Some)).or_not());
    let from = from.map(|(first, rest)| match rest {
        Some(None) => Postfix::Slice { start: Some(Box::new(first)), end: None, inclusive: false },
        Some(Some(default)) => Postfix::Index(first, Some(Box::new(default))),
        None => match first.kind {
            ExprKind::Range { start, end, inclusive } => {
                Postfix::Slice { start: Some(start), end: Some(end), inclusive }
            }
            _ => Postfix::Index(first, None),
        },
    });
    up_to.or(from).delimited_by(tok(Tok::LBracket), tok(Tok::RBracket)).boxed()
}

/// `"{" [field {"," field} [","]] [".." expr] "}"`, `field = NAME [":" expr]`
fn fields<'s, E: Failure<'s>>(g: &Grammar<'s, E>) -> Production<'s, Postfix, E> {
    let newlines = tok(Tok::Newline).repeated();
    let field = name()
        .then(tok(Tok::Colon).ignore_then(g.expr.clone()).or_not())
        .map_with(|(name, value), e| FieldInit { name, value, span: here(e) });
    let comma = tok(Tok::Comma).then_ignore(newlines.clone());
    let rest = tok(Tok::DotDot).ignore_then(g.expr.clone()).map(Box::new).then_ignore(comma.clone().or_not());
    field
        .separated_by(comma)
        .allow_trailing()
        .collect()
        .then(rest.or_not())
        .then_ignore(newlines)
        .delimited_by(tok(Tok::LBrace(true)), tok(Tok::RBrace))
        .map(|(fields, rest)| Postfix::Struct(fields, rest))
        .boxed()
}

// -------------------------------------------------------------------------------------- operators

/// Prefix and binary operators, tightest first in `spec/grammar.ebnf`.
fn operators<'s, E: Failure<'s>>(operand: Production<'s, Expr, E>) -> Production<'s, Expr, E> {
    enum Prefix {
        Unary(UnaryOp),
        Await,
    }
    let sign = select! {
        Tok::Op(BinaryOp::Sub) => Prefix::Unary(UnaryOp::Neg),
        Tok::Bang => Prefix::Unary(UnaryOp::Not),
        Tok::Tilde => Prefix::Unary(UnaryOp::BitNot),
        Tok::Await => Prefix::Await,
    };
    let before = prefix(12, sign.labelled("an expression"), |op, operand: Expr, e| {
        let operand = Box::new(operand);
        let kind = match op {
            Prefix::Unary(op) => ExprKind::Unary { op, operand },
            Prefix::Await => ExprKind::Await(operand),
        };
        node(kind, e)
    });
    let range = select! { Tok::DotDot => false, Tok::DotDotEq => true }.labelled("an operator");
    let range = infix(left(5), range, |start, inclusive, end, e| {
        if chains(&start, e.state()) {
            return node(ExprKind::Error, e);
        }
        node(ExprKind::Range { start: Box::new(start), end: Box::new(end), inclusive }, e)
    });
    use BinaryOp as B;
    operand
        .pratt((
            before,
            binary(left(11), |op| matches!(op, B::Mul | B::Div | B::Rem | B::WrappingMul)),
            binary(left(10), |op| matches!(op, B::Add | B::Sub | B::WrappingAdd | B::WrappingSub)),
            binary(left(9), |op| matches!(op, B::Shl | B::Shr)),
            binary(left(8), |op| op == B::BitAnd),
            binary(left(7), |op| op == B::BitXor),
            binary(left(6), |op| op == B::BitOr),
            range,
            binary(left(4), |op| matches!(op, B::Eq | B::Ne | B::Lt | B::Le | B::Gt | B::Ge | B::In)),
            binary(left(3), |op| op == B::And),
            binary(left(2), |op| op == B::Or),
            coalesce(),
        ))
        .boxed()
}

fn binary<'s, E: Failure<'s>>(
    power: chumsky::pratt::Associativity,
    level: fn(BinaryOp) -> bool,
) -> impl Operator<'s, Input<'s>, Expr, Extra<'s, E>> + Clone {
    let op =
        select! { Tok::Op(op) if level(op) => op }.map_with(|op, e| (op, here(e))).labelled("an operator");
    infix(power, op, fold_binary)
}

/// `??` may end a line; as it may end a type too, the newline after it is a token.
fn coalesce<'s, E: Failure<'s>>() -> impl Operator<'s, Input<'s>, Expr, Extra<'s, E>> + Clone {
    let op = select! { Tok::Op(BinaryOp::Coalesce) => BinaryOp::Coalesce }
        .map_with(|op, e| (op, here(e)))
        .then_ignore(tok(Tok::Newline).or_not())
        .labelled("an operator");
    infix(right(1), op, fold_binary)
}

fn fold_binary<'s, E: Failure<'s>>(
    lhs: Expr,
    (op, op_span): (BinaryOp, Span),
    rhs: Expr,
    e: &mut chumsky::input::MapExtra<'s, '_, Input<'s>, Extra<'s, E>>,
) -> Expr {
    if op.is_comparison() && chains(&lhs, e.state()) {
        return node(ExprKind::Error, e);
    }
    node(ExprKind::Binary { op, op_span, lhs: Box::new(lhs), rhs: Box::new(rhs) }, e)
}

/// Notes that the left operand of a comparison or range is a comparison or range itself.
fn chains(lhs: &Expr, state: &mut State) -> bool {
    let problem = match &lhs.kind {
        ExprKind::Binary { op, op_span, .. } if op.is_comparison() => {
            mistake(Code::E0010, *op_span, "comparisons do not chain")
                .help("compare twice: `a < b && b < c`, or ask for a range: `b in a..c`")
        }
        ExprKind::Range { .. } => mistake(Code::E0010, lhs.span, "ranges do not chain")
            .help("put one of them in parentheses; a range with steps is `(0..n).step(2)`"),
        _ => return false,
    };
    state.problem(problem);
    true
}
