//! Statements and expressions as nodes.

use super::Node;
use super::items::{item, path, pattern, segment_text, ty};
use crate::ast::{
    Align, Arg, Block, Condition, Expr, ExprKind, FormatKind, FormatSpec, LambdaParam, MatchArm, Name,
    SelectArm, SelectKind, Stmt, StmtKind, StrPart,
};

pub(super) fn block(block: &Block) -> Node {
    Node::new("block", block.stmts.iter().map(stmt))
}

fn stmt(stmt: &Stmt) -> Node {
    match &stmt.kind {
        StmtKind::Let(found) => {
            let parts = [pattern(&found.pattern)]
                .into_iter()
                .chain(found.ty.iter().map(ty))
                .chain([expr(&found.value)]);
            Node::new(if found.mutable { "var" } else { "const" }, parts)
        }
        StmtKind::Expr(found) => expr(found),
        StmtKind::Assign(found) => {
            let op = found.op.map_or("", |op| op.as_str());
            Node::new(format!("{op}="), [expr(&found.target), expr(&found.value)])
        }
        StmtKind::Defer(found) => Node::new("defer", [expr(found)]),
        StmtKind::Item(found) => item(found),
        StmtKind::Error(_) => Node::leaf("<error>"),
    }
}

pub(super) fn expr(expr: &Expr) -> Node {
    // Depth is bounded, but a small stack may be too small for it.
    stacker::maybe_grow(128 * 1024, 1024 * 1024, || expr_kind(expr))
}

fn expr_kind(expr: &Expr) -> Node {
    match &expr.kind {
        ExprKind::Int(value) => Node::leaf(value.to_string()),
        ExprKind::Float(value) => Node::leaf(format!("{value:?}")),
        ExprKind::Duration(nanos) => Node::leaf(format!("{nanos}ns")),
        ExprKind::Bool(value) => Node::leaf(value.to_string()),
        ExprKind::Char(value) => Node::leaf(format!("{value:?}")),
        ExprKind::Str(text) => Node::leaf(format!("{:?}", text.as_str())),
        ExprKind::Interpolated(parts) => Node::new("string", parts.iter().map(str_part)),
        ExprKind::Name(segment) => Node::leaf(segment_text(segment)),
        ExprKind::ShortVariant(segment) => Node::leaf(format!(".{}", segment_text(segment))),
        ExprKind::Wildcard => Node::leaf("_"),
        ExprKind::Paren(inner) => Node::new("paren", [self::expr(inner)]),
        ExprKind::Tuple(parts) => exprs("tuple", parts),
        ExprKind::Array(parts) => exprs("array", parts),
        ExprKind::ArrayFill { value, len } => Node::new("fill", [self::expr(value), self::expr(len)]),
        ExprKind::Map(entries) => Node::new(
            "map",
            entries.iter().map(|(key, value)| Node::new(":", [self::expr(key), self::expr(value)])),
        ),
        ExprKind::Set(parts) => exprs("set", parts),
        ExprKind::Block(body) => block(body),
        ExprKind::Error => Node::leaf("<error>"),
        _ => compound(expr),
    }
}

fn exprs(head: &str, parts: &[Expr]) -> Node {
    Node::new(head, parts.iter().map(expr))
}

/// Postfix chains, operators and what brings a word of its own.
fn compound(found: &Expr) -> Node {
    match &found.kind {
        ExprKind::Struct(literal) => {
            let fields = literal.fields.iter().map(|field| match &field.value {
                Some(value) => Node::new(format!("{}:", field.name.symbol), [expr(value)]),
                None => Node::leaf(field.name.symbol.as_str()),
            });
            let base = literal.base.iter().map(|base| Node::new("..", [expr(base)]));
            Node::new("struct", [path(&literal.path)].into_iter().chain(fields).chain(base))
        }
        ExprKind::Field { base, name } => Node::new(".", [expr(base), Node::leaf(segment_text(name))]),
        ExprKind::TupleField { base, index, .. } => {
            Node::new(".", [expr(base), Node::leaf(index.to_string())])
        }
        ExprKind::Index { base, index, default } => {
            let default = default.iter().map(|default| Node::new("default:", [expr(default)]));
            Node::new("index", [expr(base), expr(index)].into_iter().chain(default))
        }
        ExprKind::Slice { base, start, end, inclusive } => {
            let bound = |bound: &Option<Box<Expr>>| {
                bound.as_ref().map_or_else(|| Node::leaf("_"), |bound| expr(bound))
            };
            Node::new(if *inclusive { "slice..=" } else { "slice.." }, [expr(base), bound(start), bound(end)])
        }
        ExprKind::Call { callee, args } => {
            Node::new("call", [expr(callee)].into_iter().chain(args.iter().map(arg)))
        }
        ExprKind::Unary { op, operand } => Node::new(op.as_str(), [expr(operand)]),
        ExprKind::Binary { op, lhs, rhs, .. } => Node::new(op.as_str(), [expr(lhs), expr(rhs)]),
        ExprKind::Range { start, end, inclusive } => {
            Node::new(if *inclusive { "..=" } else { ".." }, [expr(start), expr(end)])
        }
        ExprKind::Try(operand) => Node::new("?", [expr(operand)]),
        ExprKind::Await(operand) => Node::new("await", [expr(operand)]),
        ExprKind::Spawn(spawn) => {
            Node::new(if spawn.detached.is_some() { "detach spawn" } else { "spawn" }, [expr(&spawn.body)])
        }
        ExprKind::Lambda(lambda) => Node::new(
            "lambda",
            lambda.params.iter().map(lambda_param).chain([Node::new("=>", [expr(&lambda.body)])]),
        ),
        ExprKind::Return(value) => word("return", value.iter().map(|value| expr(value))),
        ExprKind::Break(label) => word("break", label.iter().map(name)),
        ExprKind::Continue(label) => word("continue", label.iter().map(name)),
        _ => form(found),
    }
}

/// What brings a block.
fn form(found: &Expr) -> Node {
    match &found.kind {
        ExprKind::If(form) => {
            let otherwise = form.otherwise.iter().map(|otherwise| expr(otherwise));
            Node::new("if", [condition(&form.condition), block(&form.then)].into_iter().chain(otherwise))
        }
        ExprKind::Match(form) => {
            Node::new("match", [expr(&form.scrutinee)].into_iter().chain(form.arms.iter().map(match_arm)))
        }
        ExprKind::While(form) => {
            Node::new(labelled("while", form.label), [condition(&form.condition), block(&form.body)])
        }
        ExprKind::For(form) => {
            let key = form.key.iter().map(pattern);
            let rest = [pattern(&form.value), expr(&form.iterable), block(&form.body)];
            Node::new(labelled("for", form.label), key.chain(rest))
        }
        ExprKind::Select(form) => {
            Node::new(if form.biased { "select biased" } else { "select" }, form.arms.iter().map(select_arm))
        }
        ExprKind::Nursery(form) => {
            Node::new("nursery", form.options.iter().map(arg).chain([block(&form.body)]))
        }
        ExprKind::Within { limit, body } => Node::new("within", [expr(limit), block(body)]),
        ExprKind::Lock { bindings, body } => {
            let bindings =
                bindings.iter().map(|binding| Node::new("as", [expr(&binding.mutex), name(&binding.name)]));
            Node::new("lock", bindings.chain([block(body)]))
        }
        _ => Node::leaf("<unknown>"),
    }
}

/// A word alone, or with what belongs to it.
fn word(head: &str, parts: impl Iterator<Item = Node>) -> Node {
    let parts: Vec<Node> = parts.collect();
    if parts.is_empty() { Node::leaf(head) } else { Node::new(head, parts) }
}

fn labelled(head: &str, label: Option<Name>) -> String {
    label.map_or_else(|| head.to_owned(), |label| format!("{}: {head}", label.symbol))
}

fn name(name: &Name) -> Node {
    Node::leaf(name.symbol.as_str())
}

fn arg(arg: &Arg) -> Node {
    let value = expr(&arg.value);
    let value = if arg.mutable.is_some() { Node::new("&", [value]) } else { value };
    match arg.name {
        Some(name) => Node::new(format!("{}:", name.symbol), [value]),
        None => value,
    }
}

fn lambda_param(param: &LambdaParam) -> Node {
    match &param.ty {
        Some(found) => Node::new(":", [pattern(&param.pattern), ty(found)]),
        None => pattern(&param.pattern),
    }
}

fn condition(condition: &Condition) -> Node {
    match condition {
        Condition::Expr(found) => expr(found),
        Condition::Const { pattern: found, value, .. } => Node::new("const", [pattern(found), expr(value)]),
    }
}

fn guard(guard: Option<&Expr>) -> Option<Node> {
    guard.map(|guard| Node::new("if", [expr(guard)]))
}

fn match_arm(arm: &MatchArm) -> Node {
    let guard = guard(arm.guard.as_ref());
    Node::new("arm", [pattern(&arm.pattern)].into_iter().chain(guard).chain([stmt(&arm.body)]))
}

fn select_arm(arm: &SelectArm) -> Node {
    let head = match &arm.kind {
        SelectKind::Operation { pattern: Some(found), operation } => {
            Node::new("=", [pattern(found), expr(operation)])
        }
        SelectKind::Operation { pattern: None, operation } => expr(operation),
        SelectKind::After(limit) => Node::new("after", [expr(limit)]),
        SelectKind::Closed => Node::leaf("closed"),
        SelectKind::Else => Node::leaf("else"),
    };
    Node::new("arm", [head].into_iter().chain(guard(arm.guard.as_ref())).chain([stmt(&arm.body)]))
}

fn str_part(part: &StrPart) -> Node {
    match part {
        StrPart::Text(text) => Node::leaf(format!("{:?}", text.as_str())),
        StrPart::Expr { expr: found, format: None } => expr(found),
        StrPart::Expr { expr: found, format: Some(format) } => {
            Node::new("format", [expr(found), Node::leaf(format_text(format))])
        }
    }
}

/// A format in its full form.
fn format_text(format: &FormatSpec) -> String {
    let mut text = String::new();
    if let Some(align) = format.align {
        text.push(format.fill);
        text.push(match align {
            Align::Left => '<',
            Align::Center => '^',
            Align::Right => '>',
        });
    }
    text.push_str(if format.plus { "+" } else { "" });
    text.push_str(if format.zero { "0" } else { "" });
    text.extend(format.width.map(|width| width.to_string()));
    text.push_str(if format.thousands { "," } else { "" });
    text.extend(format.precision.map(|precision| format!(".{precision}")));
    text.push_str(match format.kind {
        FormatKind::Show => "",
        FormatKind::Hex => "x",
        FormatKind::Binary => "b",
        FormatKind::Octal => "o",
        FormatKind::Exponent => "e",
    });
    text
}
