//! The table of intrinsics against the declarations in `stdlib/`, both ways, and against the ABI table.

use std::collections::BTreeMap;

use wyn_abi::{AbiType, Row};
use wyn_hir::intrinsics::{AbiArg, AbiResult, ArgMode, Effects, Intrinsic, Lowering};

/// One `extern "intrinsic"` declaration.
struct Declaration {
    modes: Vec<bool>,
    result: Option<String>,
}

/// All declarations by intrinsic name. Reads line by line: a declaration is one line, an `impl` opens in column 0.
fn declarations() -> BTreeMap<String, Declaration> {
    let mut found = BTreeMap::new();
    for (path, source) in wyn_stdlib::MODULES {
        let mut owner: Option<String> = None;
        for line in source.lines() {
            if line.starts_with("impl") {
                owner = Some(receiver(line));
            } else if line == "}" {
                owner = None;
            }
            let Some((_, declared)) = line.split_once("extern \"intrinsic\" fn ") else { continue };
            let (head, rest) = declared.split_once('(').expect("a parameter list");
            let (params, after) = split_params(rest);
            let name = head.split('<').next().expect("a name");
            let owner = owner.clone().unwrap_or_else(|| (*path).to_owned());
            let declaration = Declaration {
                modes: params.iter().map(|param| param.starts_with("mut ")).collect(),
                result: after.split_once("-> ").map(|(_, ty)| ty.trim().to_owned()),
            };
            let known = found.insert(format!("{owner}.{name}"), declaration);
            assert!(known.is_none(), "{owner}.{name} is declared twice");
        }
    }
    found
}

/// The lower-case name of the type that an `impl` line is for.
fn receiver(line: &str) -> String {
    let mut ty = line.trim_start_matches("impl");
    if ty.starts_with('<') {
        ty = ty.split_once("> ").expect("the end of the type parameters").1;
    }
    let ty = ty.trim().trim_end_matches('{').trim();
    if ty.starts_with('[') { "array".to_owned() } else { ty.split('<').next().unwrap_or(ty).to_lowercase() }
}

/// Splits at the commas outside brackets, up to the closing parenthesis; gives what follows it too.
fn split_params(text: &str) -> (Vec<String>, &str) {
    let mut depth = 0;
    let mut params = vec![String::new()];
    for (at, c) in text.char_indices() {
        match c {
            ')' if depth == 0 => {
                params.retain(|param| !param.is_empty());
                return (params, &text[at + 1..]);
            }
            '(' | '[' | '<' => depth += 1,
            '>' if text[..at].ends_with('-') => {}
            ')' | ']' | '>' => depth -= 1,
            ',' if depth == 0 => {
                params.push(String::new());
                continue;
            }
            ' ' if params.last().is_some_and(String::is_empty) => continue,
            _ => {}
        }
        params.last_mut().expect("one at least").push(c);
    }
    panic!("no closing parenthesis in {text}");
}

/// Whether only the compiler uses the row: its name is no identifier, so nobody can declare it.
fn of_the_compiler(intrinsic: Intrinsic) -> bool {
    intrinsic.name().starts_with('$')
}

#[test]
fn every_declaration_has_a_row() {
    for name in declarations().keys() {
        assert!(Intrinsic::from_name(name).is_some(), "{name} is declared in stdlib/ and has no row");
    }
}

#[test]
fn every_row_is_declared_with_its_parameters() {
    let declared = declarations();
    for intrinsic in Intrinsic::ALL.iter().filter(|intrinsic| !of_the_compiler(**intrinsic)) {
        let name = intrinsic.name();
        let declaration = declared.get(name).unwrap_or_else(|| panic!("{name} is not declared in stdlib/"));
        let modes: Vec<bool> = intrinsic.args().iter().map(|mode| *mode == ArgMode::Mut).collect();
        assert_eq!(declaration.modes, modes, "mut parameters of {name}");
    }
}

#[test]
fn names_are_unique() {
    for (at, intrinsic) in Intrinsic::ALL.iter().enumerate() {
        assert_eq!(Intrinsic::from_name(intrinsic.name()), Some(*intrinsic), "row {at}");
    }
}

fn row(name: &str) -> &'static Row {
    wyn_abi::rows()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("{name} has no row in the ABI table"))
}

#[test]
fn calls_match_the_abi_table() {
    let declared = declarations();
    for intrinsic in Intrinsic::ALL {
        let Lowering::Call(function, args, result) = intrinsic.lowering() else { continue };
        let row = row(function);
        assert_eq!(row.params.len(), args.len(), "parameters of {function}");
        for (param, arg) in row.params.iter().zip(args) {
            let pointer = param.ty == AbiType::Ptr;
            match arg {
                AbiArg::Fiber | AbiArg::Place(_) | AbiArg::Addr(_) | AbiArg::Location | AbiArg::Out => {
                    assert!(pointer, "{function}: {} is {arg:?}", param.name);
                }
                AbiArg::ElemSize => assert_eq!(param.ty, AbiType::I64, "{function}"),
                AbiArg::TypeIndex => assert_eq!(param.ty, AbiType::I32, "{function}"),
                AbiArg::Value(_) => {}
            }
            if let AbiArg::Value(at) | AbiArg::Place(at) | AbiArg::Addr(at) = arg {
                let mode = intrinsic.args().get(usize::from(*at)).copied();
                assert!(mode.is_some(), "{function}: no argument {at}");
                assert_eq!(mode == Some(ArgMode::Mut), matches!(arg, AbiArg::Place(_)), "{function}");
                let owned = param.ownership == wyn_abi::Ownership::Owned;
                // The handle of a nursery is a number to the compiler, and owned by nobody.
                let fits = of_the_compiler(*intrinsic) || (mode == Some(ArgMode::Own)) == owned;
                assert!(fits, "{function}: ownership of {}", param.name);
            }
        }
        if of_the_compiler(*intrinsic) {
            continue;
        }
        let ty = declared.get(intrinsic.name()).and_then(|declaration| declaration.result.as_deref());
        let fits = match result {
            AbiResult::Unit | AbiResult::Never => ty.is_none(),
            AbiResult::Out | AbiResult::OutOption => ty.is_some() && args.contains(&AbiArg::Out),
            AbiResult::Value => match ty {
                Some("int" | "u64") => row.ret == AbiType::I64,
                Some("float") => row.ret == AbiType::F64,
                Some("bool") => row.ret == AbiType::Bool,
                Some("(int, int)") => row.ret == AbiType::IntInt,
                Some("(int, float)") => row.ret == AbiType::IntFloat,
                Some("(int, string)") => row.ret == AbiType::IntPtr,
                Some(_) => row.ret == AbiType::Ptr,
                None => false,
            },
        };
        assert!(fits, "{}: {ty:?} from {function} -> {:?}", intrinsic.name(), row.ret);
    }
}

#[test]
fn effects_match_the_abi_table() {
    for intrinsic in Intrinsic::ALL {
        let Lowering::Call(function, _, _) = intrinsic.lowering() else { continue };
        let effects = row(function).effects;
        match intrinsic.effects() {
            Effects::None => assert!(!effects.suspends && !effects.unwinds, "{function}"),
            Effects::Unwind => assert!(!effects.suspends && effects.unwinds, "{function}"),
            Effects::Suspend => assert!(effects.suspends, "{function}"),
            Effects::Diverge => assert_eq!(row(function).ret, AbiType::Never, "{function}"),
        }
    }
}
