//! Declarations, types and patterns as nodes.

use super::Node;
use super::exprs::{block, expr};
use crate::ast::{
    FieldDef, FnBody, FnItem, GenericParam, Generics, ImportItem, ImportRoot, Item, ItemKind, LiteralPattern,
    LiteralValue, Name, Path, PathPattern, PathSegment, Pattern, PatternKind, PatternPayload, Type, TypeKind,
    VariantDef, VariantPayload,
};

pub(super) fn item(item: &Item) -> Node {
    let mut node = item_kind(&item.kind);
    if item.public.is_some() {
        node = Node::new("pub", [node]);
    }
    match item.doc {
        Some(doc) => Node::new("doc", [Node::leaf(format!("{:?}", doc.as_str())), node]),
        None => node,
    }
}

fn item_kind(kind: &ItemKind) -> Node {
    match kind {
        ItemKind::Fn(function) => fn_item(function),
        ItemKind::Struct(item) => {
            let parts = generics(&item.generics).into_iter().chain(item.fields.iter().map(field));
            Node::new(format!("struct {}", item.name.symbol), parts)
        }
        ItemKind::Enum(item) => {
            let parts = generics(&item.generics).into_iter().chain(item.variants.iter().map(variant));
            Node::new(format!("enum {}", item.name.symbol), parts)
        }
        ItemKind::Trait(item) => {
            let bounds = item.supertraits.iter().map(|bound| Node::new("extends", [path(bound)]));
            let parts =
                generics(&item.generics).into_iter().chain(bounds).chain(item.items.iter().map(self::item));
            Node::new(format!("trait {}", item.name.symbol), parts)
        }
        ItemKind::Impl(item) => {
            let of = item.trait_path.iter().map(|of| Node::new("of", [path(of)]));
            let parts = generics(&item.generics).into_iter().chain(of).chain([ty(&item.target)]);
            Node::new("impl", parts.chain(item.items.iter().map(self::item)))
        }
        ItemKind::TypeAlias(item) => {
            let parts = generics(&item.generics).into_iter().chain([ty(&item.ty)]);
            Node::new(format!("type {}", item.name.symbol), parts)
        }
        ItemKind::Const(item) => {
            let parts = item.ty.iter().map(ty).chain([expr(&item.value)]);
            Node::new(format!("const {}", item.name.symbol), parts)
        }
        ItemKind::Import(item) => import(item),
        ItemKind::Test(item) => Node::new(format!("test {:?}", item.name.as_str()), [block(&item.body)]),
        ItemKind::Error => Node::leaf("<error>"),
    }
}

fn fn_item(function: &FnItem) -> Node {
    let abi =
        function.abi.iter().map(|abi| Node::new("extern", [Node::leaf(format!("{:?}", abi.name.as_str()))]));
    let receiver = function
        .receiver
        .iter()
        .map(|receiver| Node::leaf(if receiver.mutable { "mut self" } else { "self" }));
    let params = function.params.iter().map(|param| {
        let word = if param.mutable { "mut " } else { "" };
        let default = param.default.iter().map(expr);
        Node::new(format!("{word}{}", param.name.symbol), [ty(&param.ty)].into_iter().chain(default))
    });
    let result = function.result.iter().map(|result| Node::new("->", [ty(result)]));
    let body = match &function.body {
        FnBody::Block(body) => Some(block(body)),
        FnBody::Expr(body) => Some(Node::new("=>", [expr(body)])),
        FnBody::None => None,
    };
    let generics = generics(&function.generics);
    let parts = abi.chain(generics).chain(receiver).chain(params).chain(result).chain(body);
    Node::new(format!("fn {}", function.name.symbol), parts)
}

fn generics(generics: &Generics) -> Option<Node> {
    let param = |param: &GenericParam| {
        let bounds = param.bounds.iter().map(|bound| Node::new(":", [path(bound)]));
        let default = param.default.iter().map(|default| Node::new("=", [ty(default)]));
        let parts: Vec<Node> = bounds.chain(default).collect();
        let name = param.name.symbol.as_str();
        if parts.is_empty() { Node::leaf(name) } else { Node::new(name, parts) }
    };
    (!generics.params.is_empty()).then(|| Node::new("generics", generics.params.iter().map(param)))
}

fn field(field: &FieldDef) -> Node {
    let node = Node::new(field.name.symbol.as_str(), [ty(&field.ty)]);
    let node = if field.public.is_some() { Node::new("pub", [node]) } else { node };
    match field.doc {
        Some(doc) => Node::new("doc", [Node::leaf(format!("{:?}", doc.as_str())), node]),
        None => node,
    }
}

fn variant(variant: &VariantDef) -> Node {
    let name = variant.name.symbol.as_str();
    match &variant.payload {
        VariantPayload::None => Node::leaf(name),
        VariantPayload::Tuple(types) => Node::new(name, types.iter().map(ty)),
        VariantPayload::Struct(fields) => Node::new(format!("{name} {{}}"), fields.iter().map(field)),
    }
}

fn import(item: &ImportItem) -> Node {
    let root = match item.root {
        ImportRoot::Package => String::new(),
        ImportRoot::Relative(0) => "./".to_owned(),
        ImportRoot::Relative(ups) => "../".repeat(ups as usize),
    };
    let separator = if item.root == ImportRoot::Package { "." } else { "/" };
    let segments: Vec<&str> = item.segments.iter().map(|name| name.symbol.as_str()).collect();
    let names = item.names.iter().flatten().map(|name| Node::leaf(name.symbol.as_str()));
    Node::new(format!("import {root}{}", segments.join(separator)), names)
}

// ------------------------------------------------------------------------------ types and paths

pub(super) fn ty(ty: &Type) -> Node {
    Node::leaf(type_text(ty))
}

/// A type as it is written, without needless parentheses.
fn type_text(ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Path(path) => path_text(path),
        TypeKind::Tuple(types) => format!("({})", types_text(types)),
        TypeKind::Array(element) => format!("[{}]", type_text(element)),
        TypeKind::Optional(inner) if matches!(inner.kind, TypeKind::Fn { .. }) => {
            format!("({})?", type_text(inner))
        }
        TypeKind::Optional(inner) => format!("{}?", type_text(inner)),
        TypeKind::Fn { params, result } => {
            let result = result.as_ref().map_or(String::new(), |result| format!(" -> {}", type_text(result)));
            format!("fn({}){result}", types_text(params))
        }
        TypeKind::Any(path) => format!("any {}", path_text(path)),
        TypeKind::Error => "<error>".to_owned(),
    }
}

fn types_text(types: &[Type]) -> String {
    types.iter().map(type_text).collect::<Vec<_>>().join(", ")
}

pub(super) fn path(path: &Path) -> Node {
    Node::leaf(path_text(path))
}

fn path_text(path: &Path) -> String {
    path.segments.iter().map(segment_text).collect::<Vec<_>>().join(".")
}

pub(super) fn segment_text(segment: &PathSegment) -> String {
    let name = segment.name.symbol.as_str();
    if segment.args.is_empty() { name.to_owned() } else { format!("{name}<{}>", types_text(&segment.args)) }
}

// ------------------------------------------------------------------------------------- patterns

pub(super) fn pattern(pattern: &Pattern) -> Node {
    match &pattern.kind {
        PatternKind::Wildcard => Node::leaf("_"),
        PatternKind::Binding { name, mutable } => binding(*name, *mutable),
        PatternKind::Literal(value) => literal(value),
        PatternKind::Range { start, end, inclusive } => {
            Node::new(if *inclusive { "..=" } else { ".." }, [literal(start), literal(end)])
        }
        PatternKind::Tuple(parts) => Node::new("tuple", parts.iter().map(self::pattern)),
        PatternKind::Path(found) => path_pattern(found),
        PatternKind::Or(parts) => Node::new("|", parts.iter().map(self::pattern)),
        PatternKind::Error => Node::leaf("<error>"),
    }
}

fn binding(name: Name, mutable: bool) -> Node {
    if mutable {
        Node::new("mut", [Node::leaf(name.symbol.as_str())])
    } else {
        Node::leaf(name.symbol.as_str())
    }
}

fn literal(literal: &LiteralPattern) -> Node {
    Node::leaf(match literal.value {
        LiteralValue::Int { value, negative } => format!("{}{value}", if negative { "-" } else { "" }),
        LiteralValue::Float(value) => format!("{value:?}"),
        LiteralValue::Duration(nanos) => format!("{nanos}ns"),
        LiteralValue::Bool(value) => value.to_string(),
        LiteralValue::Char(value) => format!("{value:?}"),
        LiteralValue::Str(text) => format!("{:?}", text.as_str()),
    })
}

fn path_pattern(found: &PathPattern) -> Node {
    let head = format!("{}{}", if found.short { "." } else { "" }, path_text(&found.path));
    match &found.payload {
        PatternPayload::None => Node::leaf(head),
        PatternPayload::Tuple(parts) => Node::new(head, parts.iter().map(pattern)),
        PatternPayload::Struct { fields, rest } => {
            let fields = fields.iter().map(|field| match &field.pattern {
                Some(inner) => Node::new(format!("{}:", field.name.symbol), [pattern(inner)]),
                None => Node::leaf(field.name.symbol.as_str()),
            });
            Node::new(format!("{head} {{}}"), fields.chain(rest.map(|_| Node::leaf(".."))))
        }
    }
}
