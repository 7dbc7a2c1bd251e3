//! The table of intrinsics against the ABI table: what codegen is told to call exists and takes what
//! codegen will pass.

use wyn_abi::AbiType;
use wyn_hir::intrinsics::{AbiArg, AbiResult, Lowering};
use wyn_hir::{Effects, Intrinsic};

#[test]
fn every_call_fits_its_row() {
    for &intrinsic in Intrinsic::ALL {
        let Lowering::Call(name, args, result) = intrinsic.lowering() else { continue };
        let of = intrinsic.name();
        let row =
            wyn_abi::rows().find(|row| row.name == name).unwrap_or_else(|| panic!("`{of}`: no row `{name}`"));
        assert_eq!(args.len(), row.params.len(), "`{of}`: arguments of `{name}`");
        for (arg, param) in args.iter().zip(row.params) {
            let fits = match arg {
                AbiArg::Fiber | AbiArg::Place(_) | AbiArg::Addr(_) | AbiArg::Location | AbiArg::Out => {
                    param.ty == AbiType::Ptr
                }
                AbiArg::ElemSize => param.ty == AbiType::I64,
                AbiArg::TypeIndex => param.ty == AbiType::I32,
                AbiArg::Value(_) => true,
            };
            assert!(fits, "`{of}`: {arg:?} as `{}` of `{name}`", param.name);
            if let AbiArg::Value(at) | AbiArg::Place(at) | AbiArg::Addr(at) = arg {
                assert!((*at as usize) < intrinsic.args().len(), "`{of}` has no argument {at}");
            }
        }
        let fits = match result {
            AbiResult::Unit | AbiResult::Out => row.ret == AbiType::Void,
            AbiResult::OutOption => row.ret == AbiType::Bool,
            AbiResult::Never => row.ret == AbiType::Never,
            AbiResult::Value => !matches!(row.ret, AbiType::Void | AbiType::Never),
        };
        assert!(fits, "`{of}`: result of `{name}`");
        // What may unwind has an unwind edge in MIR; a statement must not.
        if row.effects.unwinds {
            assert_ne!(intrinsic.effects(), Effects::None, "`{of}` is a statement, but `{name}` may unwind");
        }
    }
}
