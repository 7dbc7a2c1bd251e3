//! Types whose parts are shared: written out they are exponentially large, walked through they are not.

use wyn_hir::{Ty, TyKind};

/// Pairs of pairs, so deep.
fn tower(depth: u32, bottom: Ty) -> Ty {
    (0..depth).fold(bottom, |ty, _| Ty::tuple(vec![ty, ty]))
}

fn parameter() -> Ty {
    Ty::new(TyKind::Param(0, "T".into()))
}

#[test]
fn walks_visit_shared_parts_a_few_times() {
    let mut visited = 0;
    assert!(!tower(40, parameter()).any(&mut |_| {
        visited += 1;
        false
    }));
    assert!(visited < 200, "{visited} visits");
    let mut rebuilt = 0;
    let whole = tower(40, parameter()).map(&mut |ty| {
        rebuilt += 1;
        if ty == parameter() { Ty::int() } else { ty }
    });
    assert_eq!(whole, tower(40, Ty::int()));
    assert!(rebuilt < 200, "{rebuilt} types rebuilt");
}

#[test]
fn substitution_leaves_nothing_generic() {
    let generic = tower(40, parameter());
    assert!(generic.is_generic() && generic.is_large());
    let whole = generic.substitute(&[Ty::string()]);
    assert_eq!(whole, tower(40, Ty::string()));
    assert!(!whole.is_generic());
    assert_eq!(whole.depth(), 41);
}

#[test]
fn text_is_cut_short() {
    assert_eq!(tower(2, Ty::int()).to_string(), "((int, int), (int, int))");
    let text = tower(40, Ty::int()).to_string();
    assert!(text.len() < 400 && text.contains('…'), "{text}");
}
