//! Habits from other languages have a diagnostic of their own, and only one.

use super::{mistake, mistakes};

#[test]
fn habits_in_statements() {
    for (text, message) in [
        ("let x = 1", "declared with `const` or `var`"),
        ("let mut x = 1", "declared with `const` or `var`"),
        ("x := 1", "declared with `const` or `var`"),
        ("int x = 5", "declared with `const` or `var`"),
        ("x: int = 5", "declared with `const` or `var`"),
        ("a, b = b, a", "assigned by a tuple"),
        ("const a, b = f()", "bound by a tuple"),
        ("x = a and b", "`and` is written `&&`"),
        ("if a or b { }", "`or` is written `||`"),
        ("x = not a", "`not` is written `!`"),
        ("i++", "there is no `++`"),
        ("i--", "there is no `--`"),
        ("++i", "there is no `++`"),
        ("x = a ** b", "there is no `**`"),
        ("x = a <> b", "inequality is written `!=`"),
        ("if a === b { }", "equality is written `==`"),
        ("if a = b { }", "`=` assigns, `==` compares"),
        ("x = c ? a : b", "with `if`"),
        ("if a:", "written in braces"),
        ("for x in xs:", "written in braces"),
        ("for (i in xs) { }", "goes over a range or a collection"),
        ("for i = 0; i < n; i++ { }", "goes over a range or a collection"),
        ("for { }", "`while true`"),
        ("loop { }", "`while true`"),
        ("switch x { case 1: a }", "with `match`"),
        ("match x { case 1 => a }", "an arm begins with its pattern"),
        ("if a { } elif b { }", "`else if`"),
        ("f = |x| x + 1", "without a name are written with `=>`"),
        ("f = fn(x: int) { x }", "without a name are written with `=>`"),
        ("f(&mut x)", "is marked `&`"),
        ("y = &x", "there are no references"),
        ("y = *x", "there are no pointers"),
        ("a::b()", "paths are written with `.`"),
        ("x = y as int", "conversions are calls"),
        ("x!", "takes an option apart"),
        ("y = <-ch", "receiving is a method"),
        ("go f()", "started with `spawn`"),
        ("print \"hello\"", "stand in parentheses"),
        ("try { f() } catch e { }", "there are no exceptions"),
        ("throw E()", "there are no exceptions"),
        ("x = new P()", "without `new`"),
        ("x = f\"a\"", "strings have no prefix"),
        ("x = 'abc'", "exactly one character"),
        ("return 1 if x", "a condition stands first"),
    ] {
        let found = mistake(text);
        assert!(found.contains(message), "{text}: {found}");
    }
}

#[test]
fn habits_in_declarations() {
    for (text, message) in [
        ("func main() { }", "declared with `fn`"),
        ("def main():\n    print(1)", "declared with `fn`"),
        ("async fn f() { }", "no `async`"),
        ("class A { }", "no classes"),
        ("interface A { }", "declared with `trait`"),
        ("public fn f() { }", "marked `pub`"),
        ("use std.io", "imported with `import`"),
        ("package main", "a file is a module"),
        ("import a/b", "separated by `.`"),
        ("fn f(x int) { }", "after the name and a `:`"),
        ("fn f() int { }", "after `->`"),
        ("fn f(): int { }", "after `->`"),
        ("fn (s Stack) push() { }", "in an `impl` block"),
        ("fn f() where T: Ord { }", "where the type parameter is declared"),
        ("fn f() throws { }", "there are no exceptions"),
        ("fn f<'a>() { }", "no lifetimes"),
        ("struct A extends B { }", "in a block of its own"),
        ("static X: int = 1", "no mutable globals"),
        ("extern \"C\" { fn f() }", "declared alone"),
    ] {
        let found = mistakes(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(message), "{text}: {found:?}");
    }
}
