//! The orders of the runtime's atomic accesses: which there are, which weaker ones they could have, and what the
//! comments say of them.
//!
//! Found by parsing, in what ships: tests, models and what is there for models alone are left out. An order weaker than
//! another is one step weaker: what is weaker still fails where that fails.

use std::path::Path;

use proc_macro2::Span;
use syn::visit::{self, Visit};

/// An order of memory accesses, or its absence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Order {
    /// A fence that is left out.
    None,
    /// Orders nothing.
    Relaxed,
    /// Of reads.
    Acquire,
    /// Of writes.
    Release,
    /// Both.
    AcqRel,
    /// Both, in one order with all others of the kind.
    SeqCst,
}

impl Order {
    fn named(name: &str) -> Option<Order> {
        Some(match name {
            "Relaxed" => Order::Relaxed,
            "Acquire" => Order::Acquire,
            "Release" => Order::Release,
            "AcqRel" => Order::AcqRel,
            "SeqCst" => Order::SeqCst,
            _ => return None,
        })
    }
}

/// What an order belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// A load, or the outcome of an exchange that has failed.
    Load,
    /// A store.
    Store,
    /// A read-modify-write operation.
    Update,
    /// A fence.
    Fence,
}

/// One order in the source.
#[derive(Clone, Debug)]
pub struct Site {
    /// As the models name it (`wyn_abi::sync::sites`).
    pub name: String,
    /// The file, from the repository's root.
    pub file: String,
    /// The line of the method's name, or of the fence.
    pub line: usize,
    /// The function around it.
    pub function: String,
    /// What it is the order of.
    pub access: Access,
    /// The order.
    pub order: Order,
    /// The nearest `// ORDER:` comment above, within the function.
    pub comment: String,
}

impl Site {
    /// The orders one step weaker.
    #[must_use]
    pub fn weaker(&self) -> &'static [Order] {
        use Access::{Fence, Load, Store, Update};
        match (self.order, self.access) {
            (Order::SeqCst, Load) => &[Order::Acquire],
            (Order::SeqCst, Store) => &[Order::Release],
            (Order::SeqCst, Update | Fence) => &[Order::AcqRel],
            (Order::AcqRel, _) => &[Order::Acquire, Order::Release],
            (Order::Acquire | Order::Release, Fence) => &[Order::None],
            (Order::Acquire | Order::Release, _) => &[Order::Relaxed],
            _ => &[],
        }
    }

    /// Why no model shows that the order is needed, if the comment says so: `(not modelled: WHY)`.
    #[must_use]
    pub fn not_modelled(&self) -> Option<&str> {
        let (_, rest) = self.comment.split_once("(not modelled: ")?;
        Some(rest.split_once(')').map_or(rest, |(why, _)| why))
    }
}

/// The orders of all that ships of the runtime, in the order of the files.
///
/// # Errors
/// A file that cannot be read or parsed.
pub fn sites() -> Result<Vec<Site>, String> {
    let mut all = Vec::new();
    for folder in ["runtime/abi/src", "runtime/hot/src", "runtime/src"] {
        for path in crate::files(folder, "rs") {
            let inside = path.strip_prefix(crate::root()).unwrap_or(&path);
            let name = inside.display().to_string();
            if is_of_tests(inside) {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            let file = syn::parse_file(&text).map_err(|error| format!("{name}: {error}"))?;
            let lines = text.lines().collect();
            let mut finder = Finder { file: name, lines, function: (String::new(), 0), sites: &mut all };
            finder.visit_file(&file);
        }
    }
    Ok(all)
}

/// Whether the whole file is there for tests or models alone: `mod` lines with such a `cfg` stand elsewhere.
fn is_of_tests(path: &Path) -> bool {
    let of_tests = |name: &str| {
        let name = name.strip_suffix(".rs").unwrap_or(name);
        name.starts_with("test")
            || matches!(
                name,
                "models"
                    | "modelling"
                    | "modelled"
                    | "sites"
                    | "interrupts"
                    | "explored"
                    | "fault"
                    | "litmus"
            )
    };
    path.iter().any(|part| part.to_str().is_some_and(of_tests))
}

/// Collects the sites of one file.
struct Finder<'a> {
    file: String,
    lines: Vec<&'a str>,
    /// The function that is being visited, and its first line.
    function: (String, usize),
    sites: &'a mut Vec<Site>,
}

impl Finder<'_> {
    /// Adds the orders among some arguments.
    fn add<'b>(&mut self, at: Span, access: Access, args: impl Iterator<Item = &'b syn::Expr>) {
        let start = at.start();
        let orders: Vec<Order> = args.filter_map(order).collect();
        for (position, order) in orders.into_iter().enumerate() {
            let failure = position == 1;
            let suffix = if failure { "/f" } else { "" };
            self.sites.push(Site {
                name: format!("{}:{}:{}{suffix}", self.file, start.line, start.column + 1),
                file: self.file.clone(),
                line: start.line,
                function: self.function.0.clone(),
                access: if failure { Access::Load } else { access },
                order,
                comment: self.comment_above(start.line),
            });
        }
    }

    /// The nearest comment of orders above a line and inside the function, in one line.
    fn comment_above(&self, line: usize) -> String {
        let first = self.function.1;
        let is_comment = |line: usize| self.lines[line - 1].trim_start().starts_with("// ");
        let marked = |line: usize| self.lines[line - 1].trim_start().starts_with("// ORDER:");
        let Some(start) = (first.max(1)..=line).rev().find(|line| marked(*line)) else {
            return String::new();
        };
        let block = (start..=line).take_while(|line| is_comment(*line) && (*line == start || !marked(*line)));
        let text: Vec<&str> =
            block.map(|line| self.lines[line - 1].trim_start().trim_start_matches("// ")).collect();
        text.join(" ")
    }

    fn within(&mut self, name: String, span: Span, visit: impl FnOnce(&mut Self)) {
        let around = std::mem::replace(&mut self.function, (name, span.start().line));
        visit(self);
        self.function = around;
    }
}

/// The order that an argument names.
fn order(expr: &syn::Expr) -> Option<Order> {
    let syn::Expr::Path(path) = expr else { return None };
    Order::named(&path.path.segments.last()?.ident.to_string())
}

/// Whether attributes leave something out of what ships.
fn left_out(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        let condition = list.tokens.to_string();
        list.path.is_ident("cfg")
            && (condition == "test" || condition == "wyn_loom" || condition.starts_with("all (test"))
    })
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !left_out(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !left_out(&item.attrs) {
            let name = item.sig.ident.to_string();
            self.within(name, item.sig.ident.span(), |this| visit::visit_item_fn(this, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !left_out(&item.attrs) {
            let name = item.sig.ident.to_string();
            self.within(name, item.sig.ident.span(), |this| visit::visit_impl_item_fn(this, item));
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !left_out(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        let attributes = match expr {
            syn::Expr::If(expr) => &expr.attrs,
            syn::Expr::Block(expr) => &expr.attrs,
            syn::Expr::Call(expr) => &expr.attrs,
            syn::Expr::MethodCall(expr) => &expr.attrs,
            syn::Expr::Return(expr) => &expr.attrs,
            _ => return visit::visit_expr(self, expr),
        };
        if !left_out(attributes) {
            visit::visit_expr(self, expr);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let access = match call.method.to_string().as_str() {
            "load" => Some(Access::Load),
            "store" => Some(Access::Store),
            "swap" | "compare_exchange" | "compare_exchange_weak" => Some(Access::Update),
            name if name.starts_with("fetch_") => Some(Access::Update),
            _ => None,
        };
        if let Some(access) = access {
            self.add(call.method.span(), access, call.args.iter());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && path.path.segments.last().is_some_and(|segment| segment.ident == "fence")
        {
            let start = path.path.segments.first().map_or_else(Span::call_site, |first| first.ident.span());
            self.add(start, Access::Fence, call.args.iter());
        }
        visit::visit_expr_call(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Site> {
        let mut sites = Vec::new();
        let lines = text.lines().collect();
        let mut finder =
            Finder { file: "a.rs".to_owned(), lines, function: (String::new(), 0), sites: &mut sites };
        finder.visit_file(&syn::parse_file(text).unwrap());
        sites.retain(|site| site.order > Order::Relaxed);
        sites
    }

    #[test]
    fn orders_are_found_with_their_places_and_comments() {
        let text = "fn f(a: &AtomicU32) {\n    // ORDER: Acquire; pairs\n    // with g (not modelled: no g).\n    \
                    let _ = a\n        .compare_exchange(0, 1, AcqRel, Ordering::Acquire);\n    fence(SeqCst);\n}\n";
        let sites = found(text);
        let names: Vec<&str> = sites.iter().map(|site| site.name.as_str()).collect();
        assert_eq!(names, ["a.rs:5:10", "a.rs:5:10/f", "a.rs:6:5"]);
        assert_eq!(sites[0].weaker(), [Order::Acquire, Order::Release]);
        assert_eq!(sites[1].weaker(), [Order::Relaxed]);
        assert_eq!(sites[2].weaker(), [Order::AcqRel]);
        assert_eq!(sites[0].not_modelled(), Some("no g"));
    }

    #[test]
    fn what_does_not_ship_is_left_out() {
        let text = "fn f(a: &AtomicU32) {\n    #[cfg(wyn_loom)]\n    if x() {\n        return a.store(1, Release);\n    }\n    \
                    a.load(Relaxed);\n}\n#[cfg(test)]\nmod tests {\n    fn g() { a.load(Acquire); }\n}\n";
        assert!(found(text).is_empty());
    }
}
