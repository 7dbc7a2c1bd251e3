//! The readable form of HIR, for `--emit hir`: typed source-like text, one declaration after the
//! other. It shows what the checker decided: types, type arguments, conversions, captures, and the
//! matches and loops that sugar stands for. Nothing reads it back.

mod body;

use std::fmt::Write;

use wyn_base::Symbol;

use crate::{AdtKind, Bound, FnBody, Generic, LocalId, Program};
use body::{Text, local_name};

/// The program as indented text; declarations of the standard library are left out.
#[must_use]
pub fn dump(program: &Program) -> String {
    dump_if(program, |path| path.starts_with("main."))
}

/// The declarations whose path the filter accepts, as indented text.
#[must_use]
pub fn dump_if(program: &Program, shown: impl Fn(&str) -> bool) -> String {
    let mut out = String::new();
    for adt in program.adts.iter().filter(|adt| shown(&adt.path)) {
        let word = if adt.kind == AdtKind::Struct { "struct" } else { "enum" };
        let boxed = if adt.boxed { "boxed " } else { "" };
        let _ = write!(out, "{boxed}{word} {}{}", adt.path, generics(&adt.generics));
        for (at, variant) in adt.variants.iter().enumerate() {
            let fields: Vec<String> = variant
                .fields
                .iter()
                .map(|field| match field.name {
                    Some(name) => format!("{name}: {}", field.ty),
                    None => field.ty.to_string(),
                })
                .collect();
            let lead = if at == 0 { " {" } else { "," };
            let name = if adt.kind == AdtKind::Struct { Symbol::new("") } else { variant.name };
            let payload = match (fields.is_empty(), adt.kind) {
                (true, _) => String::new(),
                (false, AdtKind::Struct) => fields.join(", "),
                (false, AdtKind::Enum) => format!("({})", fields.join(", ")),
            };
            let _ = write!(out, "{lead} {name}{payload}");
        }
        out.push_str(if adt.variants.is_empty() { " {}\n\n" } else { " }\n\n" });
    }
    for constant in program.consts.iter().filter(|constant| shown(&constant.path)) {
        let mut text = Text::new(program, &constant.body, 0);
        text.expr(&constant.body.value);
        let _ = write!(out, "const {}: {} = {}\n\n", constant.path, constant.ty, text.out);
    }
    for (id, function) in program.fns.iter_enumerated().filter(|(_, function)| shown(&function.path)) {
        let params: Vec<String> = function
            .params
            .iter()
            .enumerate()
            .map(|(at, param)| {
                let mutable = if param.mutable { "mut " } else { "" };
                format!("{mutable}{}: {}", local_name(param.name, LocalId(at as u32)), param.ty)
            })
            .collect();
        let ret = if function.ret.is_unit() { String::new() } else { format!(" -> {}", function.ret) };
        let main = if program.main == Some(id) { "// entry\n" } else { "" };
        let _ = write!(
            out,
            "{main}fn {}{}({}){ret}",
            function.path,
            generics(&function.generics),
            params.join(", ")
        );
        match &function.body {
            FnBody::Intrinsic(intrinsic) => {
                let _ = write!(out, " = intrinsic {}\n\n", intrinsic.name());
            }
            FnBody::Wyn(body) => {
                let mut text = Text::new(program, body, 0);
                text.body(&body.value);
                let _ = write!(out, " {}\n\n", text.out);
            }
        }
    }
    out
}

fn generics(generics: &[Generic]) -> String {
    if generics.is_empty() {
        return String::new();
    }
    let one = |generic: &Generic| {
        let bounds: Vec<&str> = generic
            .bounds
            .iter()
            .map(|bound| match bound {
                Bound::Eq => "Eq",
                Bound::Ord => "Ord",
                Bound::Hash => "Hash",
                Bound::Show => "Show",
            })
            .collect();
        if bounds.is_empty() {
            generic.name.to_string()
        } else {
            format!("{}: {}", generic.name, bounds.join(" + "))
        }
    };
    format!("<{}>", generics.iter().map(one).collect::<Vec<_>>().join(", "))
}
