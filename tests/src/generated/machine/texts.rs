//! Methods of strings and characters.

use std::rc::Rc;

use super::super::tree::Int;
use super::super::value::Value;
use super::{Eval, Leave, invalid};

fn strings<'a>(parts: impl Iterator<Item = &'a str>) -> Value {
    Value::array(parts.map(Value::text).collect())
}

pub(super) fn of_string(text: &str, name: &str, arguments: &[Value]) -> Eval {
    let index = |at: usize| Value::int(at as i128);
    match (name, arguments) {
        ("len", []) => Ok(Value::int(text.len() as i128)),
        ("is_empty", []) => Ok(Value::Bool(text.is_empty())),
        ("to_upper", []) => Ok(Value::text(&text.to_uppercase())),
        ("to_lower", []) => Ok(Value::text(&text.to_lowercase())),
        ("trim", []) => Ok(Value::text(text.trim())),
        ("trim_start", []) => Ok(Value::text(text.trim_start())),
        ("trim_end", []) => Ok(Value::text(text.trim_end())),
        ("chars", []) => Ok(Value::array(text.chars().map(Value::Char).collect())),
        ("bytes", []) => {
            Ok(Value::array(text.bytes().map(|byte| Value::Int(Int::U8, byte.into())).collect()))
        }
        ("repeat", [Value::Int(_, count)]) => match usize::try_from(*count) {
            Ok(count) if count < 100 => Ok(Value::text(&text.repeat(count))),
            Ok(_) => Err(Leave::Invalid("a long string")),
            Err(_) => invalid(),
        },
        ("contains", [Value::Str(part)]) => Ok(Value::Bool(text.contains(&**part))),
        ("starts_with", [Value::Str(part)]) => Ok(Value::Bool(text.starts_with(&**part))),
        ("ends_with", [Value::Str(part)]) => Ok(Value::Bool(text.ends_with(&**part))),
        ("find", [Value::Str(part)]) => Ok(Value::option(text.find(&**part).map(index))),
        ("rfind", [Value::Str(part)]) => Ok(Value::option(text.rfind(&**part).map(index))),
        ("strip_prefix", [Value::Str(part)]) => {
            Ok(Value::option(text.strip_prefix(&**part).map(Value::text)))
        }
        ("strip_suffix", [Value::Str(part)]) => {
            Ok(Value::option(text.strip_suffix(&**part).map(Value::text)))
        }
        ("split_once", [Value::Str(part)]) => Ok(Value::option(
            text.split_once(&**part)
                .map(|(before, after)| Value::Tuple(Rc::new(vec![Value::text(before), Value::text(after)]))),
        )),
        ("replace", [Value::Str(from), Value::Str(to)]) if !from.is_empty() => {
            if text.len() * to.len() > 100_000 {
                return Err(Leave::Invalid("a long string"));
            }
            Ok(Value::text(&text.replace(&**from, to)))
        }
        ("split", [Value::Str(separator)]) if !separator.is_empty() => Ok(strings(text.split(&**separator))),
        ("lines", []) => Ok(strings(text.lines())),
        ("split_whitespace", []) => Ok(strings(text.split_whitespace())),
        _ => invalid(),
    }
}

pub(super) fn of_char(c: char, name: &str) -> Eval {
    Ok(Value::Bool(match name {
        "is_alphabetic" => c.is_alphabetic(),
        "is_numeric" => c.is_numeric(),
        "is_whitespace" => c.is_whitespace(),
        "is_upper" => c.is_uppercase(),
        "is_digit" => c.is_ascii_digit(),
        _ => return invalid(),
    }))
}
