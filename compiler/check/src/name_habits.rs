//! What other languages call values, types and members of the library, and how the same is written here.

/// What is written for a value or function of another language that has no such name here.
pub(crate) fn foreign_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "nil" | "null" | "nullptr" | "undefined" | "none" => "absence is `None`, of type `T?`",
        "println" | "printf" | "puts" | "echo" | "console" | "fmt" => "`print(x)` writes one line",
        "this" => "a method's receiver is `self`",
        "len" | "length" => "length is a method: `x.len()`",
        "True" | "False" | "TRUE" | "FALSE" => "the values of `bool` are `true` and `false`",
        "not" => "negation is `!`",
        "Thread" | "thread" | "go" | "async" => "`spawn f(x)` starts a task",
        "make" => "`channel<T>(n)` makes a channel, `[]` an empty array, `{:}` an empty map",
        "HashMap" | "Dict" | "dict" | "map" => "`{:}` is an empty map, `{\"a\": 1}` one with an entry",
        "range" => "`0..n` is a range",
        "append" => "`xs.push(x)` adds an element",
        "enumerate" => "`for i, x in xs` counts the elements",
        "typeof" | "isinstance" => "a value has one type; `match` asks which variant of an `enum` it is",
        "super" | "base" => "there is no inheritance: put the other struct into a field",
        "HashSet" | "set" => "`Set.new()` makes an empty set, `{1, 2}` one with elements",
        "str" | "String" | "repr" => "text of a value is `\"${x}\"`",
        "self" => "`self` exists in methods that declare it: `fn name(self)`",
        "move" => "closures and tasks work on copies of what they use: leave it out, and write `(x) => …`",
        "pass" => "an empty block is written `{ }`",
        "recover" | "catch" => {
            "a panic ends its task: `f.result()` gives it as an `Err` to who awaits the task"
        }
        "stride" => "`(0..n).step(2)` is a range of every second number",
        "zip" => "`xs.zip(ys)` pairs two arrays",
        "sum" => "`xs.sum()` adds all elements",
        "sorted" => "`xs.sort()` sorts a `var` in place",
        "input" | "readline" | "readLine" | "read_line" | "gets" | "scanf" | "Scanln" => {
            "`import io`, then `io.read_line()` gives the next line of input"
        }
        "open" => "`fs.read(path)` and `fs.lines(path)` read a file, after `import fs`",
        "setTimeout" => "`spawn { sleep(100ms); f() }` does something later",
        "setInterval" => {
            "`for now in time.every(1s) { … }` does something again and again, after `import time`"
        }
        "Promise" => "`spawn f(x)` starts a task, and `fs.map((f) => f.await())` awaits several",
        "delete" => "`m.remove(key)` takes an entry out of a map",
        "exit" => "`import process`, then `process.exit(code)`; `main` may also return an `Err`",
        "sqrt" | "floor" | "ceil" | "round" | "trunc" | "sin" | "cos" | "tan" | "pow" | "ln" => {
            "functions of floats are in a module: `import math`, then `math.sqrt(x)`"
        }
        "randint" | "rand" => "`import random`, then `random.range(0..6)`",
        "float64" | "double" | "Float" | "Double" => "write `float(x)`",
        "float32" => "write `f32(x)`",
        "int64" | "long" | "Int" | "isize" | "usize" => "write `int(x)`",
        "int8" => "write `i8(x)`",
        "int16" => "write `i16(x)`",
        "int32" => "write `i32(x)`",
        "uint8" => "write `u8(x)`",
        "uint16" => "write `u16(x)`",
        "uint32" => "write `u32(x)`",
        "uint64" | "uint" => "write `u64(x)`",
        _ => return None,
    })
}

/// The type that another language calls so.
pub(crate) fn renamed_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "str" => "string",
        "Int" | "integer" | "isize" | "usize" | "long" => "int",
        "int8" => "i8",
        "int16" => "i16",
        "int32" => "i32",
        "int64" => "i64",
        "uint8" => "u8",
        "uint16" => "u16",
        "uint32" => "u32",
        "uint64" | "uint" => "u64",
        "Float" | "double" | "Double" | "number" | "float64" => "float",
        "float32" => "f32",
        "boolean" | "Bool" => "bool",
        "void" | "Void" | "unit" | "Unit" => "()",
        "rune" | "Char" | "Character" => "char",
        "error" => "Error",
        "HashMap" | "Dict" | "dict" | "Dictionary" | "BTreeMap" | "map" => "Map",
        "HashSet" | "BTreeSet" | "set" => "Set",
        "Promise" | "Task" | "JoinHandle" => "Future",
        _ => return None,
    })
}

/// What is written for a type of another language that is not a name here.
pub(crate) fn foreign_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "Vec" | "List" | "Array" | "list" | "slice" | "ArrayList" => "an array of `T` is written `[T]`",
        "Box" | "Rc" | "Arc" | "RefCell" | "Ref" | "Pointer" | "ptr" => {
            "values need no box, and a type may hold itself as `T?` or `[T]`: write the type alone"
        }
        "Optional" | "Maybe" | "Nullable" => "a value that may be absent has the type `T?`",
        "any" | "Any" | "object" | "Object" | "interface" | "unknown" | "dynamic" => {
            "a type parameter stands for any type, `fn f<T>(x: T)`; one of several is an `enum`"
        }
        "Channel" | "chan" => "a channel has two ends: `Sender<T>` and `Receiver<T>`",
        "Exception" | "Throwable" => "errors are of type `Error`, and given as a `Result<T>`",
        "tuple" | "Tuple" | "Pair" => "a tuple is written `(A, B)`",
        "bytes" | "Bytes" | "Buffer" => "bytes are an array: `[byte]`",
        "Function" | "Callable" | "Func" | "Fn" | "FnMut" | "FnOnce" | "func" => {
            "the type of a function is written `fn(int) -> bool`"
        }
        "never" | "Never" | "noreturn" => "leave the result type out",
        _ => return None,
    })
}
