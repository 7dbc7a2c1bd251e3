//! The table of diagnostic codes: one row each, the source of `wync explain`.
//!
//! E00xx lexical and syntactic · E01xx names and modules · E02xx types · E03xx values, mutation
//! and lifetimes · E04xx concurrency · E09xx what this version of the compiler does not do yet ·
//! W0xxx warnings.
//!
//! An explanation has, where a program can show the mistake, the lines `Wrong:` and `Right:` with a program indented
//! by four below each. A test completes them and requires that the compiler agrees: `tests/harness/explain.rs`.

codes! {
    E0001 "unexpected character": "\
A character stands where no token of the language begins.

Wrong:
    const total = price # tax
Right:
    const total = price + tax

Comments begin with `//`. Text belongs inside double quotes."
    E0002 "unexpected token": "\
The grammar expects something else here. The message says what could stand in this place and what
was found instead.

Wrong:
    const x 5
Right:
    const x = 5

A statement ends at the end of its line. To go on in the next line, end the line with an operator, a
comma or `.`, or put the expression inside parentheses."
    E0003 "never closed": "\
A string, a character, a `${` or a comment begins here and has no end.

Wrong:
    print(\"hello)
Right:
    print(\"hello\")

A string ends on its own line. A text of several lines is written between `\"\"\"` and `\"\"\"`, each
on a line of its own."
    E0004 "unknown escape": "\
A backslash in a string or character begins an escape, and this one does not exist.

Wrong:
    const path = \"C:\\data\"
Right:
    const path = r\"C:\\data\"

The escapes are `\\n \\t \\r \\0 \\\\ \\\" \\' \\$`, `\\x41` and `\\u{1f600}`. In a raw string, r\"…\", a backslash is
a backslash."
    E0005 "malformed number": "\
A number or a duration is not written as the language writes it, or does not fit in 64 bits.

Wrong:
    sleep(1.5s)
    const mask = 0b102
Right:
    sleep(1500ms)
    const mask = 0b101

Durations are whole numbers with `ns`, `us`, `ms`, `s` or `m`. A float has digits on both sides of its
point: `1.0`, `0.5`."
    E0006 "malformed character": "\
A character literal is one character, or one escape, between single quotes.

Wrong:
    const name = 'Ada'
Right:
    const name = \"Ada\"
    const initial = 'A'"
    E0007 "unbalanced bracket": "\
A bracket is opened and never closed, closed and never opened, or closed by another kind of bracket.

Wrong:
    print(max(a, b)
Right:
    print(max(a, b))"
    E0008 "text block": "\
A text between `\"\"\"` begins on the line after the opening quotes and ends on the line before the
closing ones. The indentation of the closing quotes is removed from every line.

Wrong:
    const text = \"\"\"one
        two\"\"\"
Right:
    const text = \"\"\"
        one
        two
        \"\"\""
    E0009 "syntax of another language": "\
The program says something in the words of another language. The message names Wyn's own.

Wrong:
    let x := 1
Right:
    const x = 1      // never changes
    var y = 1        // may change"
    E0010 "comparisons do not chain": "\
A comparison gives a `bool`, so the result of one cannot be compared with a number by another.

Wrong:
    if 0 <= i < n { }
Right:
    if 0 <= i && i < n { }
    if i in 0..n { }"
    E0011 "malformed format": "\
After the `:` in `${value:format}` stand, in this order and each if needed: a fill character with `<`,
`^` or `>`; `+`; `0`; the width; `,`; `.` and the precision; one of `x b o e`.

Wrong:
    print(\"${price:2.f}\")
Right:
    print(\"${price:.2}\")
    print(\"${name:<20} ${count:>8,}\")"
    E0012 "not a text": "\
Source files are UTF-8 text of at most 64 MiB."
    E0013 "spawn takes a call or a block": "\
`spawn` starts a task that runs one call, or one block.

Wrong:
    const f = spawn compute
    const g = spawn 1 + 1
Right:
    const f = spawn compute(42)
    const g = spawn { 1 + 1 }

The arguments are evaluated before the task starts. `spawn f(x).await()` awaits the task of `f(x)`."
    E0014 "nested too deeply": "\
Brackets, operators and blocks are nested so deeply that no person could read the program: the limit
is far above what is written by hand."
    E0101 "unknown name": "\
No declaration with this name is visible here: not a local, not an item of this module, not a name of the prelude.

Wrong:
    fn main() {
        const count = 1
        print(conut)
    }
Right:
    fn main() {
        const count = 1
        print(count)
    }

Names of other modules are used after an `import`, with the module's name before them: `time.now()`."
    E0102 "unknown type": "\
No type or trait with this name is visible here.

Wrong:
    fn area(s: Sqare) -> int { s.side * s.side }
Right:
    struct Square { side: int }
    fn area(s: Square) -> int { s.side * s.side }

The built-in types are `int float bool char string byte`, the sized integers, `f32`, `f64`, `[T]`, `(A, B)`, `T?`,
`Result<T>`, `fn(A) -> B`, `Map<K, V>`, `Set<T>`, `Future<T>`, `Sender<T>`, `Receiver<T>`, `Mutex<T>`, `Atomic<T>`,
`Duration` and `Error`."
    E0103 "unknown module": "\
The import names a module that exists neither in the standard library nor in this package, or a
name before a dot is not an imported module.

Wrong:
    import tiem
Right:
    import time"
    E0104 "unknown member": "\
The type or module has no field, method, variant or item of this name.

Wrong:
    const n = \"abc\".length()
Right:
    const n = \"abc\".len()"
    E0105 "unknown label": "\
`break` and `continue` name a label that no loop around them has.

Wrong:
    outer: for i in 0..3 {
        for j in 0..3 { break outre }
    }
Right:
    outer: for i in 0..3 {
        for j in 0..3 { break outer }
    }"
    E0106 "declared twice": "\
Two declarations in one scope have the same name, so a use of it would be ambiguous.

Wrong:
    fn area() -> int { 1 }
    fn area() -> int { 2 }
Right:
    fn area() -> int { 1 }
    fn volume() -> int { 2 }"
    E0107 "private": "\
The item, method or field belongs to another module and is not `pub`.

Wrong:
    // in the module `account`
    struct Account { balance: int }
Right:
    // in the module `account`
    pub struct Account { pub balance: int }"
    E0108 "wrong kind of name": "\
The name is declared, but as something else: a type or a module is not a value, and a function
with `mut` parameters cannot be passed around.

Wrong:
    const t = int
Right:
    const t = int.parse(\"1\")"
    E0109 "unsuitable main": "\
`main` takes no parameters and returns nothing, `int` (the exit code), or `Result<()>`.

Wrong:
    fn main(args: [string]) { }
Right:
    import args
    fn main() { print(args.list().len()) }"
    E0110 "unsuitable declaration": "\
The declaration lacks something or stands where it may not: a function without a body, a method
for a type of another package, `self` outside of an `impl`.

Wrong:
    impl int { fn double(self) -> int { self * 2 } }
Right:
    fn double(n: int) -> int { n * 2 }"
    E0111 "module cannot be imported": "\
The import names something that is there and is not to be had: a folder, a file that cannot be read, the
file itself, or what lies outside of the package.

Wrong:
    import ./geometry            // a folder with shapes.wyn in it
Right:
    import ./geometry/shapes
    import ./geometry.{shapes}

A package is the folder of a `wyn.toml` with all below it; without one, the folder of the program's file."
    E0112 "unsuitable wyn.toml": "\
`wyn.toml` describes a package: its name, the file that its name stands for, and the packages it uses.

Wrong:
    [package]
    title = \"shop\"
Right:
    [package]
    name = \"shop\"
    entry = \"main.wyn\"

    [dependencies]
    text = { path = \"../text\" }"
    E0201 "types differ": "\
The value has another type than its place needs. Nothing converts by itself, except that a `T` may
stand where a `T?` is expected.

Wrong:
    const n: int = \"42\"
Right:
    const n: int = 42"
    E0202 "wrong number of arguments": "\
The call has more or fewer arguments than there are parameters without a default.

Wrong:
    fn add(a: int, b: int) -> int { a + b }
    fn main() { print(add(1)) }
Right:
    fn add(a: int, b: int) -> int { a + b }
    fn main() { print(add(1, 2)) }"
    E0203 "unknown type of a value": "\
Nothing determines the type: inference looks at one function, and there at what comes before.

Wrong:
    var xs = []
Right:
    var xs: [int] = []"
    E0204 "missing ability": "\
The type cannot be compared, ordered, hashed or shown, and the operation needs that. `Eq`, `Ord`,
`Hash` and `Show` come from the parts of a type; a type parameter has what its bounds say.

Wrong:
    fn largest<T>(a: T, b: T) -> T { if a < b { b } else { a } }
Right:
    fn largest<T: Ord>(a: T, b: T) -> T { if a < b { b } else { a } }"
    E0205 "literal out of range": "\
A literal takes the type that is expected, and this value does not fit into it.

Wrong:
    const b: byte = 300
Right:
    const b: u16 = 300"
    E0206 "not a function": "\
Only functions, closures and variants with values are called.

Wrong:
    const n = 3
    const m = n(4)
Right:
    const n = 3
    const m = n * 4"
    E0207 "cases are missing": "\
A `match` has to cover every value. The message names values that no arm matches; an arm with a
guard covers nothing for certain.

Wrong:
    match answer {
        Some(n) => print(n)
    }
Right:
    match answer {
        Some(n) => print(n)
        None => print(\"nothing\")
    }"
    E0208 "missing value": "\
A value is needed here, and one way through the code gives none.

Wrong:
    fn sign(n: int) -> int {
        if n < 0 { return -1 }
    }
Right:
    fn sign(n: int) -> int {
        if n < 0 { return -1 }
        1
    }"
    E0209 "fields do not fit": "\
A struct literal gives every field once, or takes the others from `..base`; a pattern mentions every
field or ends with `..`.

Wrong:
    struct Point { x: int, y: int }
    const p = Point { x: 1 }
Right:
    struct Point { x: int, y: int }
    const p = Point { x: 1, y: 2 }"
    E0210 "pattern that may fail": "\
`const`, `var`, `for` and parameters need patterns that match every value.

Wrong:
    const Some(n) = numbers.first()
Right:
    if const Some(n) = numbers.first() { print(n) }"
    E0211 "`?` does not fit": "\
`?` leaves the function with `None` or `Err`, so the function has to return an option or a `Result`
with the same error. Any error that can be shown becomes an `Error`.

Wrong:
    fn first(xs: [int]) -> int { xs.first()? }
Right:
    fn first(xs: [int]) -> int? { xs.first()? }"
    E0212 "future not awaited": "\
`spawn` gives a future. Its result is there once it is awaited.

Wrong:
    const f = spawn compute(2)
    print(f + 1)
Right:
    const f = spawn compute(2)
    print(await f + 1)"
    E0213 "wrong number of type arguments": "\
The type or function has another number of type parameters.

Wrong:
    const r: Future<int, int> = spawn f()
Right:
    const r: Future<int> = spawn f()"
    E0214 "endless type": "\
A `type` alias is another name for a type; it cannot stand for itself.

Wrong:
    type List = [List]
Right:
    struct List { items: [int] }"
    E0215 "operator does not fit": "\
The operator does not exist for these operands. Both sides of a binary operator have one type. Nothing is divided by a literal `0`,
nor shifted by a literal that is not less than the number of bits.

Wrong:
    const n = 1 + \"2\"
Right:
    const n = \"${1}2\""
    E0216 "nothing to go through": "\
`for` goes through ranges of integers, arrays, maps, sets, receivers, and values with a method `next` that takes no
arguments and gives an option.

Wrong:
    for i in 10 { print(i) }
Right:
    for i in 0..10 { print(i) }"
    E0217 "no such conversion": "\
`T(x)` converts between numbers, and between integers and characters.

Wrong:
    const n = int(\"42\")
Right:
    const n = int.parse(\"42\").unwrap_or(0)"
    E0218 "named arguments": "\
A named argument names a parameter of the function, once, and comes after the ones without a name.

Wrong:
    fn connect(host: string, port: int = 80) { }
    fn main() { connect(\"a\", prot: 8080) }
Right:
    fn connect(host: string, port: int = 80) { }
    fn main() { connect(\"a\", port: 8080) }"
    E0219 "cannot be indexed": "\
Arrays have elements by position, maps have values by key; strings have parts by byte offset, but no elements.
`default:` is for reading or changing the value of a key that a map may lack.

Wrong:
    const c = \"abc\"[0]
Right:
    const c = \"abc\".chars()[0]"
    E0220 "unsuitable pattern": "\
Alternatives of `|` bind the same names with the same types; ranges are of integers or characters
and not empty.

Wrong:
    match pair {
        (0, n) | (m, 0) => print(n)
        _ => print(0)
    }
Right:
    match pair {
        (0, n) | (n, 0) => print(n)
        _ => print(0)
    }"
    E0221 "format does not fit": "\
A part of the format after `:` means nothing for this type: the precision is of floats and strings, `+`,
`0` and `,` are of numbers, `x`, `b` and `o` of integers, `e` of numbers. Width, fill and side are for all.

Wrong:
    print(\"${name:08}\")
Right:
    print(\"${name:>8}\")
    print(\"${count:08}\")"
    E0290 "endless generic instances": "\
A generic function calls itself with ever larger types, so it would have to be compiled without end.

Wrong:
    fn grow<T>(x: T, n: int) { if n > 0 { grow([x], n - 1) } }
    fn main() { grow(1, 3) }
Right:
    fn repeat<T>(x: T, n: int) { if n > 0 { repeat(x, n - 1) } }
    fn main() { repeat(1, 3) }"
    E0291 "no value can exist": "\
A struct or enum may contain itself, but only if that comes to an end somewhere: an option, an array, or
a variant without another one. If every value holds another one, the first can never be made.

Wrong:
    struct Node { value: int, next: Node }
Right:
    struct Node { value: int, next: Node? }"
    E0292 "ever larger types": "\
A generic type mentions itself with a type argument that is larger than its own parameter. Each use
of a generic type is compiled for its own arguments, and these would never end.

Wrong:
    struct Nested<T> { value: T, inner: Nested<[T]>? }
Right:
    struct Nested<T> { value: T, inner: Nested<T>? }"
    E0293 "value too large": "\
Structs, tuples and enums hold their parts in themselves, and values of more than a MiB are refused. Types
that each hold two of the one before come to that soon. What an array holds lies elsewhere.

Wrong:
    type Four<T> = ((T, T), (T, T))
    type Large = Four<Four<Four<Four<Four<Four<Four<Four<Four<int>>>>>>>>>
    fn main() { const all: Large? = None }
Right:
    fn main() { const all = [0; 262144] }"
    E0301 "assigned but not declared": "\
Assignment changes a variable that exists. `var` declares one.

Wrong:
    total = 0
Right:
    var total = 0"
    E0302 "cannot be changed": "\
A `const`, a parameter without `mut` and a name bound by a pattern keep their value.

Wrong:
    const n = 1
    n += 1
Right:
    var n = 1
    n += 1"
    E0303 "change of a captured copy": "\
Closures and spawned blocks work on copies of what they use from outside, so that nothing is
shared by accident. A change would be lost.

Wrong:
    var count = 0
    xs.each((x) => { count += x })
Right:
    var count = 0
    for x in xs { count += x }"
    E0304 "nothing to change": "\
The value is a temporary: nothing would keep the change.

Wrong:
    [3, 1, 2].push(4)
Right:
    var xs = [3, 1, 2]
    xs.push(4)"
    E0305 "`&` and `mut` parameters": "\
An argument that the function changes is marked with `&` at the call, others are not.

Wrong:
    fn inc(mut n: int) { n += 1 }
    fn main() {
        var a = 1
        inc(a)
    }
Right:
    fn inc(mut n: int) { n += 1 }
    fn main() {
        var a = 1
        inc(&a)
    }"
    E0306 "overlapping `mut` arguments": "\
Two arguments that a call changes may not be the same place, nor one inside the other.

Wrong:
    fn exchange(mut a: int, mut b: int) { (a, b) = (b, a) }
    exchange(&xs[0], &xs[1])
Right:
    xs.swap(0, 1)"
    E0307 "unused `Result`": "\
The operation can fail, and its error would be lost in silence.

Wrong:
    import fs
    fn main() -> Result<()> {
        fs.write(\"out.txt\", \"done\")
        Ok(())
    }
Right:
    import fs
    fn main() -> Result<()> {
        fs.write(\"out.txt\", \"done\")?
        Ok(())
    }

`_ = fs.write(…)` ignores the error on purpose."
    E0308 "unused value": "\
A value is computed and goes nowhere. Often the line above it was meant to continue.

Wrong:
    const total = a
    -b
Right:
    const total = a -
        b"
    E0309 "no loop to leave": "\
`break` and `continue` belong to a loop around them, in the same function, closure or spawned block.

Wrong:
    xs.each((x) => { if x < 0 { break } })
Right:
    for x in xs { if x < 0 { break } }"
    E0310 "circular constants": "\
Constants are computed before `main`, each after those that it needs. A circle has no first one.

Wrong:
    const A: int = B + 1
    const B: int = A + 1
Right:
    const A: int = 1
    const B: int = A + 1"
    E0311 "constant with effects": "\
The values of module-level constants are computed before `main` runs, without tasks and without
input or output. They never die, so they hold no ends of channels, but in a `Mutex` or a function.

Wrong:
    const LIMIT = read_limit()   // reads a file
Right:
    fn main() { const limit = read_limit() }"
    E0312 "jump out of `defer`": "\
A `defer` runs while its block is being left; it cannot change where to.

Wrong:
    defer { return }
Right:
    defer { close() }"
    E0313 "used while a loop changes it": "\
`for mut` changes the elements of an array where they are. Inside of the loop an element is reached by the
loop's name only; the array itself must stay as it is, and is not read.

Wrong:
    for mut price in prices { price -= prices.len() }
Right:
    const count = prices.len()
    for mut price in prices { price -= count }"
    E0401 "lost future": "\
The task's result would go nowhere. A future of `()` may be dropped: its scope waits for the task.

Wrong:
    spawn compute(42)
Right:
    const f = spawn compute(42)
    print(f.await())

`_ = spawn compute(42)` ignores the result on purpose."
    E0402 "unused sender or receiver": "\
An end of a channel that is never used dies at once: a sender without uses closes the channel, and
without receivers the senders are cancelled.

Wrong:
    const (tx, rx) = channel<int>(1)
    for x in rx { print(x) }
Right:
    const (tx, rx) = channel<int>(1)
    spawn produce(tx)
    for x in rx { print(x) }

`defer tx.close()` holds an end open until its block ends."
    E0403 "unsuitable task": "\
A task runs a call of a function or method, on copies of its arguments.

Wrong:
    var n = 1
    spawn inc(&n)
Right:
    const f = spawn incremented(1)
    const n = f.await()"
    E0404 "unsuitable arm of `select`": "\
An arm waits for a `recv()`, a `send(…)`, an `await` or a time; `closed` and `else` stand there once.

Wrong:
    select {
        v = rx => print(v)
    }
Right:
    select {
        v = rx.recv() => print(v)
    }"
    E0405 "messages would be lost": "\
A `select` has received the message when it looks at the pattern: one that does not match would be gone. A
pattern takes what `recv()` gives as a whole, or is `Some(v)`, which takes every message.

Wrong:
    select {
        Some(0) = rx.recv() => print(\"zero\")
    }
Right:
    select {
        Some(n) = rx.recv() => if n == 0 { print(\"zero\") }
    }"
    E0406 "impossible capacity": "\
A channel holds a number of messages between 0, where sender and receiver meet, and 2^40; or any number, if it is
made without a limit.

Wrong:
    const (tx, rx) = channel<int>(-1)
    tx.send(1)
    print(rx.recv())
Right:
    const (tx, rx) = channel<int>(unbounded)
    tx.send(1)
    print(rx.recv())"
    E0407 "unsuitable option of `nursery`": "\
A nursery has options that are given by name: `timeout`, a duration; `limit`, how many tasks may be unfinished at once;
and `supervised`, whether a panic of one task leaves the others alone.

Wrong:
    nursery(4) { spawn work() }
Right:
    nursery(limit: 4) { spawn work() }

A limit is 1 at least. With a timeout the nursery gives an option, `None` when the time was up."
    E0410 "unsuitable `Atomic`": "\
An `Atomic` holds a number or a `bool`, which the processor reads and changes in one step; only numbers
are added to. Anything else is shared behind a `Mutex`.

Wrong:
    const name = Atomic(\"nobody\")
Right:
    const name = Mutex(\"nobody\")
    lock name as n { n = \"somebody\" }"
    E0411 "handle, not the value": "\
A `Mutex` and an `Atomic` are handles. A mutex is opened by a `lock` block, which names the value; an
`Atomic` is read and changed by its methods.

Wrong:
    const names = Mutex([\"a\"])
    names.push(\"b\")
Right:
    const names = Mutex([\"a\"])
    lock names as n { n.push(\"b\") }"
    E0412 "unsuitable `lock`": "\
`lock` opens one or several mutexes, each once, and names what they hold.

Wrong:
    lock account as a, account as b { move_money(&a, &b) }
Right:
    lock account as a, savings as b { move_money(&a, &b) }"
    E0900 "not yet supported": "The construct belongs to Wyn, but this version of wync does not compile it yet."
    W0001 "unused name": "\
The name is declared and never read.

Wrong:
    const unused = 1
Right:
    const _unused = 1"
    W0002 "unreachable code": "\
What comes before always leaves the block.

Wrong:
    return
    print(1)
Right:
    print(1)
    return"
    W0003 "unreachable arm": "\
Earlier arms of the `match` match everything that this one does.

Wrong:
    match n {
        _ => print(0)
        1 => print(1)
    }
Right:
    match n {
        1 => print(1)
        _ => print(0)
    }"
    W0004 "repeated key": "\
A map or set literal names a constant twice; of a map, the value that comes last stays.

Wrong:
    const ports = {\"http\": 80, \"http\": 8080}
Right:
    const ports = {\"http\": 80, \"proxy\": 8080}"
    W0005 "variable that never changes": "\
`var` declares what changes later. This keeps the value that it begins with: no assignment, no method with
`mut self` and no `&` changes it.

Wrong:
    var limit = 10
    print(limit)
Right:
    const limit = 10
    print(limit)"
    W0006 "unused parameter": "\
The function never reads the parameter, so callers pass a value for nothing. A function that must have it, because
of where it is passed, says so by a name that begins with `_`.

Wrong:
    fn area(width: int, height: int) -> int { return width * width }
    print(area(2, 3))
Right:
    fn area(width: int, height: int) -> int { return width * height }
    print(area(2, 3))"
    W0007 "unused declaration": "\
Nothing that `main` or a `pub` declaration leads to uses this one. A variant is used where a value is it: a
pattern that looks for it makes none.

Wrong:
    fn helper() { print(1) }
    print(2)
Right:
    fn helper() { print(1) }
    helper()"
    W0008 "binding that looks like a variant": "\
A name in lower case in a pattern is a new name for whatever is there, so the pattern matches everything. Variants and constants have names
in upper case in patterns.

Wrong:
    match [1].first() {
        none => print(\"empty\")
        Some(x) => print(x)
    }
Right:
    match [1].first() {
        None => print(\"empty\")
        Some(x) => print(x)
    }"
}
