//! Bindings that look like variants: `none => …` matches everything.
//!
//! A name in lower case in a pattern binds the value, whatever it is called. When that name is nearly the name of
//! a variant of the value's type, the variant was probably meant. That is certain when the binding hides the arms
//! after it or bears the very name, and likely when nothing reads it; a binding that is read is one on
//! purpose.

use wyn_base::{Code, Diagnostic, Span, Symbol, spelling};
use wyn_hir::{AdtKind, LocalId, Pat, PatKind, TyKind};

use crate::body::FnCx;
use crate::usage::Item;
use crate::world::Def;

impl FnCx<'_, '_> {
    /// Warns of such bindings in a pattern whose scope is about to end. `next` is the pattern after it, which is never
    /// reached if this one matches everything. Says whether it hides that one for such a reason.
    pub(crate) fn lookalikes(&mut self, pat: &Pat, next: Option<Span>) -> bool {
        let mut bindings = Vec::new();
        bindings_of(pat, &mut bindings);
        let mut hides = false;
        for (id, span) in bindings {
            let hidden = next.filter(|_| matches!(pat.kind, PatKind::Bind(_)));
            hides |= self.lookalike(id, span, hidden) && hidden.is_some();
        }
        hides
    }

    /// Warns of a binding that bears the name of a constant; only names in upper case mean constants in patterns.
    /// Whether it is one.
    fn like_constant(&mut self, id: LocalId, span: Span, hidden: Option<Span>) -> bool {
        let info = *self.frame().local(id);
        let Some(&entry) = self.w.modules[self.module].names.get(&info.name) else { return false };
        let Def::Const(constant) = entry.def else { return false };
        if info.used || self.is_std() {
            return false;
        }
        let name = info.name.as_str();
        let mut diagnostic =
            Diagnostic::warning(Code::W0008, span, format!("`{name}` is a new name here, not the constant"))
                .label("matches every value")
                .also(entry.span, "the constant")
                .note("a name in lower case in a pattern binds whatever is there")
                .help(format!(
                    "call the constant `{}`, which a pattern can tell from a binding",
                    name.to_uppercase()
                ));
        if let Some(hidden) = hidden {
            diagnostic = diagnostic.also(hidden, "so this is never reached");
        }
        // The constant was meant to be used.
        self.w.global(self.module, info.name);
        self.w.mention(Item::Const(constant));
        self.w.when_right.push(diagnostic);
        self.frame().local_mut(id).used = true;
        true
    }

    fn lookalike(&mut self, id: LocalId, span: Span, hidden: Option<Span>) -> bool {
        let info = *self.frame().local(id);
        let name = info.name.as_str();
        if name.starts_with('_') {
            return false;
        }
        let ty = self.infer.shallow(info.ty);
        if self.like_constant(id, span, hidden) {
            return true;
        }
        let TyKind::Adt(adt, ..) = ty.kind() else { return false };
        if self.w.adts[*adt].kind != AdtKind::Enum {
            return false;
        }
        let variants = &self.w.adts[*adt].variants;
        let Some(meant) = variants.iter().position(|variant| alike(name, variant.name)).or_else(|| {
            // Misspelt as well: only if it is of no use as a binding.
            let snake: Vec<String> = variants.iter().map(|variant| snake_case(variant.name)).collect();
            let closest = spelling::closest(name, snake.iter().map(String::as_str)).filter(|_| !info.used)?;
            snake.iter().position(|snake| snake == closest)
        }) else {
            return false;
        };
        let variant = &variants[meant];
        if info.used && hidden.is_none() && variant.name != info.name {
            return false;
        }
        let shown = variant.name;
        let pattern = match &variant.fields[..] {
            [] => format!("{shown}"),
            [first, ..] if first.name.is_some() => format!("{shown} {{ .. }}"),
            fields => format!("{shown}({})", vec!["_"; fields.len()].join(", ")),
        };
        let every = self.show(ty);
        let mut diagnostic = Diagnostic::warning(
            Code::W0008,
            span,
            format!("`{name}` is a new name here, not the variant `{shown}`"),
        )
        .label(format!("matches every `{every}`"))
        .note("a name in lower case in a pattern binds whatever is there")
        .help(format!("to match the variant, write `{pattern}`; else call the binding something else"));
        if let Some(hidden) = hidden {
            diagnostic = diagnostic.also(hidden, "so this is never reached");
        }
        if !self.is_std() {
            self.w.when_right.push(diagnostic);
        }
        // One finding about a name is enough.
        self.frame().local_mut(id).used = true;
        true
    }
}

/// Whether the names differ in nothing but their style.
fn alike(name: &str, variant: Symbol) -> bool {
    let letters = |text: &'_ str| -> String {
        text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
    };
    letters(name) == letters(variant.as_str())
}

/// `NotFound` as `not_found`.
fn snake_case(variant: Symbol) -> String {
    let mut snake = String::new();
    for c in variant.as_str().chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// The locals that a pattern binds; of alternatives, those of the first.
fn bindings_of(pat: &Pat, into: &mut Vec<(LocalId, Span)>) {
    match &pat.kind {
        PatKind::Bind(id) => into.push((*id, pat.span)),
        PatKind::Tuple(parts) => parts.iter().for_each(|part| bindings_of(part, into)),
        PatKind::Or(alternatives) => alternatives.iter().take(1).for_each(|part| bindings_of(part, into)),
        PatKind::Variant(_, _, fields) => fields.iter().for_each(|(_, part)| bindings_of(part, into)),
        PatKind::Wild | PatKind::Lit(_) | PatKind::Const(_) | PatKind::Range(..) => {}
    }
}
