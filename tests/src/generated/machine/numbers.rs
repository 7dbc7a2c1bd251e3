//! Operators and conversions.

use super::super::tree::{Binary, Int, Unary};
use super::super::value::Value;
use super::{Eval, invalid, panic};

/// An integer, if it fits.
pub(super) fn fit(int: Int, number: i128, operation: &str) -> Eval {
    let (least, most) = int.bounds();
    if (least..=most).contains(&number) {
        return Ok(Value::Int(int, number));
    }
    panic(format!("integer overflow in {operation}"))
}

pub(super) fn unary(op: Unary, operand: Value) -> Eval {
    match (op, operand) {
        (Unary::Negate, Value::Int(int, number)) => fit(int, -number, "unary `-`"),
        (Unary::Negate, Value::Float(number)) => Ok(Value::Float(-number)),
        (Unary::Invert, Value::Int(int, number)) => Ok(Value::Int(int, int.wrap(!number))),
        (Unary::Not, Value::Bool(truth)) => Ok(Value::Bool(!truth)),
        _ => invalid(),
    }
}

/// An operator that evaluates both of its operands.
pub(super) fn binary(op: Binary, left: &Value, right: &Value) -> Eval {
    match (op, left, right) {
        (Binary::Eq, ..) => Ok(Value::Bool(left.equals(right))),
        (Binary::Ne, ..) => Ok(Value::Bool(!left.equals(right))),
        (Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge, ..) => Ok(Value::Bool(ordered(op, left, right))),
        (Binary::In, ..) => contained(left, right),
        (_, Value::Int(int, a), Value::Int(_, b)) => integers(op, *int, *a, *b),
        (_, Value::Float(a), Value::Float(b)) => match op {
            Binary::Add => Ok(Value::Float(a + b)),
            Binary::Sub => Ok(Value::Float(a - b)),
            Binary::Mul => Ok(Value::Float(a * b)),
            Binary::Div => Ok(Value::Float(a / b)),
            Binary::Rem => Ok(Value::Float(a % b)),
            _ => invalid(),
        },
        (Binary::Add, Value::Str(a), Value::Str(b)) => Ok(Value::text(&format!("{a}{b}"))),
        (Binary::Add, Value::Array(a), Value::Array(b)) => {
            Ok(Value::array(a.iter().chain(b.iter()).cloned().collect()))
        }
        _ => invalid(),
    }
}

fn ordered(op: Binary, left: &Value, right: &Value) -> bool {
    if let (Value::Float(a), Value::Float(b)) = (left, right) {
        return match op {
            Binary::Lt => a < b,
            Binary::Le => a <= b,
            Binary::Gt => a > b,
            _ => a >= b,
        };
    }
    let order = left.compare(right);
    match op {
        Binary::Lt => order.is_lt(),
        Binary::Le => order.is_le(),
        Binary::Gt => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn contained(left: &Value, right: &Value) -> Eval {
    Ok(Value::Bool(match (left, right) {
        (_, Value::Array(parts) | Value::Set(parts)) => parts.iter().any(|part| part.equals(left)),
        (_, Value::Map(entries)) => entries.iter().any(|(key, _)| key.equals(left)),
        (Value::Str(part), Value::Str(text)) => text.contains(&**part),
        (Value::Int(_, number), Value::Range(_, from, to)) => from <= number && number < to,
        _ => return invalid(),
    }))
}

fn integers(op: Binary, int: Int, a: i128, b: i128) -> Eval {
    let shift = |sign: &str| match u32::try_from(b) {
        Ok(count) if count < int.bits() => Ok(count),
        _ => panic(format!("shift count out of range in `{sign}`")),
    };
    match op {
        Binary::Add => fit(int, a + b, "`+`"),
        Binary::Sub => fit(int, a - b, "`-`"),
        // What is beyond 128 bits is beyond 64.
        Binary::Mul => fit(int, a.saturating_mul(b), "`*`"),
        Binary::Div | Binary::Rem if b == 0 => panic("division by zero"),
        Binary::Div => fit(int, a / b, "`/`"),
        Binary::Rem if int.is_signed() && a == int.bounds().0 && b == -1 => panic("integer overflow in `%`"),
        Binary::Rem => Ok(Value::Int(int, a % b)),
        Binary::WrapAdd => Ok(Value::Int(int, int.wrap(a + b))),
        Binary::WrapSub => Ok(Value::Int(int, int.wrap(a - b))),
        Binary::WrapMul => Ok(Value::Int(int, int.wrap(a.wrapping_mul(b)))),
        Binary::Shl => Ok(Value::Int(int, int.wrap(a << shift("<<")?))),
        Binary::Shr => Ok(Value::Int(int, a >> shift(">>")?)),
        Binary::And => Ok(Value::Int(int, int.wrap(a & b))),
        Binary::Or => Ok(Value::Int(int, int.wrap(a | b))),
        Binary::Xor => Ok(Value::Int(int, int.wrap(a ^ b))),
        _ => invalid(),
    }
}

pub(super) fn of_int(int: Int, number: i128, name: &str) -> Eval {
    match name {
        "abs" if number < 0 => fit(int, -number, "unary `-`"),
        "abs" => Ok(Value::Int(int, number)),
        "to_float" => Ok(Value::Float(number as f64)),
        "count_ones" => Ok(Value::int((number as u64).count_ones().into())),
        "trailing_zeros" => Ok(Value::int((number as u64).trailing_zeros().into())),
        _ => invalid(),
    }
}

pub(super) fn of_float(number: f64, name: &str) -> Eval {
    match name {
        "abs" => Ok(Value::Float(number.abs())),
        "is_nan" => Ok(Value::Bool(number.is_nan())),
        _ => invalid(),
    }
}

/// `T(x)` and `T.wrap(x)`, with the name of an integer type or `float`.
pub(super) fn convert(name: &str, arguments: &[Value]) -> Eval {
    let [value] = arguments else { return invalid() };
    let (name, wraps) = name.strip_suffix(".wrap").map_or((name, false), |name| (name, true));
    if name == "float" {
        return match value {
            Value::Int(_, number) => Ok(Value::Float(*number as f64)),
            _ => invalid(),
        };
    }
    let Some(int) = Int::ALL.into_iter().find(|int| int.name() == name) else { return invalid() };
    let number = match value {
        Value::Int(_, number) => *number,
        Value::Char(c) => i128::from(u32::from(*c)),
        Value::Float(number) if number.is_finite() && number.abs() < 1e30 => *number as i128,
        Value::Float(_) => return panic(NO_FIT),
        _ => return invalid(),
    };
    let (least, most) = int.bounds();
    match wraps {
        true => Ok(Value::Int(int, int.wrap(number))),
        false if (least..=most).contains(&number) => Ok(Value::Int(int, number)),
        false => panic(NO_FIT),
    }
}

const NO_FIT: &str = "value does not fit the type it is converted to";
