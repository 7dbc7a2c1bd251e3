//! What other languages keep in a type, and where it is here.

use wyn_base::Symbol;
use wyn_hir::{AdtId, IntTy, Ty, TyKind};

/// What stands for a member that a type is thought to have: `int.MAX`, `Duration.seconds(5)`. `duration` is the library's type.
pub(crate) fn help(ty: Ty, member: Symbol, duration: Option<AdtId>) -> Option<String> {
    let name = member.as_str().to_ascii_lowercase();
    let limit = match name.as_str() {
        "max" | "max_value" | "maxvalue" => Some(true),
        "min" | "min_value" | "minvalue" => Some(false),
        _ => None,
    };
    match (ty.kind(), limit) {
        (TyKind::Int(int), Some(greatest)) => Some(if *int == IntTy::I64 {
            let constant = if greatest { "INT_MAX" } else { "INT_MIN" };
            format!("it is a constant: `import math`, then `math.{constant}`")
        } else {
            format!("write the number: {}", if greatest { (*int).max() } else { (*int).min() })
        }),
        (TyKind::F64, _) if matches!(name.as_str(), "infinity" | "inf" | "pos_infinity") => {
            Some("it is a constant: `import math`, then `math.INFINITY`".to_owned())
        }
        (TyKind::F64, _) if name == "nan" => {
            Some("it is a constant: `import math`, then `math.NAN`".to_owned())
        }
        (TyKind::Int(_), None) if matches!(name.as_str(), "from_str_radix" | "parse_hex") => {
            Some("did you mean `parse_radix`?".to_owned())
        }
        (TyKind::Adt(id, ..), _) if Some(*id) == duration => {
            let unit = unit(&name)?;
            Some(format!("a length of time is written `5{unit}`, or `n * 1{unit}` when it is computed"))
        }
        _ => None,
    }
}

/// The suffix of durations for the unit that a name is of.
fn unit(name: &str) -> Option<&'static str> {
    let name = name.strip_prefix("from_").unwrap_or(name);
    Some(match name {
        "seconds" | "second" | "secs" | "sec" => "s",
        "millis" | "milliseconds" | "millisecond" | "ms" => "ms",
        "micros" | "microseconds" | "microsecond" => "us",
        "nanoseconds" | "nanosecond" => "ns",
        "minutes" | "minute" | "mins" => "m",
        "hours" | "hour" => "h",
        _ => return None,
    })
}
