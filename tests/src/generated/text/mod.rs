//! A tree as the text of a Wyn program.
//!
//! Brackets stand where precedence asks for them and nowhere else, so that the parser has to know it too. Struct, map and
//! set literals always have some, which they need in heads, and so has `<`, which could be taken for type arguments.

mod expressions;
mod patterns;

use std::fmt::Write;

use super::tree::{
    Block, Case, Condition, Declaration, Expr, Function, Name, Place, Program, Statement, Step, Type,
};

/// What every program begins with.
const PRELUDE: &str = r#"// warnings: it was made at random
import collections
import sync
import task

fn typed<T>(x: T) -> T { x }

fn told<T: Show>(r: Result<T, TaskError>) -> string {
    match r {
        Ok(v) => "${v}"
        Err(TaskError.Panicked(message, _)) => "panic: ${message}"
        Err(TaskError.Cancelled(_, _)) => "cancelled"
    }
}

fn traced<T: Show>(n: int, x: T) -> T {
    print("  ${n}: ${x}")
    x
}

fn digest<T: Show>(x: T) -> int {
    var hash = 7
    for byte in "${x}".bytes() { hash = (hash * 31 + int(byte)) % 65_521 }
    hash
}

fn forever_receive() {
    const (tx, rx) = channel<int>(0)
    defer tx.close()
    _ = rx.recv()
}

fn forever_select() {
    const (tx, rx) = channel<string>(1)
    defer tx.close()
    select {
        _ = rx.recv() => {}
        after 1000m => {}
    }
}

fn forever_checkpoint() {
    while true { task.checkpoint() }
}
"#;

/// The text of a program.
#[must_use]
pub fn program(program: &Program) -> String {
    let mut printer = Printer { out: PRELUDE.to_owned(), indent: 0, flat: 0 };
    printer.declarations(program);
    for function in program.functions.iter().filter(|function| function.owner.is_none()) {
        printer.out.push('\n');
        printer.function(function);
    }
    printer.main(program);
    printer.out
}

/// The text of a type.
#[must_use]
pub fn shown_type(of: &Type) -> String {
    let join = |types: &[Type]| types.iter().map(shown_type).collect::<Vec<_>>().join(", ");
    match of {
        Type::Int(int) => int.name().to_owned(),
        Type::Float => "float".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Char => "char".to_owned(),
        Type::Str => "string".to_owned(),
        Type::Unit => "()".to_owned(),
        Type::Array(of) => format!("[{}]", shown_type(of)),
        Type::Option(of) => match &**of {
            Type::Fn(..) => format!("Option<{}>", shown_type(of)),
            _ => format!("{}?", shown_type(of)),
        },
        Type::Result(ok, err) => format!("Result<{}, {}>", shown_type(ok), shown_type(err)),
        Type::Tuple(parts) => format!("({})", join(parts)),
        Type::Map(key, value) => format!("Map<{}, {}>", shown_type(key), shown_type(value)),
        Type::Set(of) => format!("Set<{}>", shown_type(of)),
        Type::Deque(of) => format!("collections.Deque<{}>", shown_type(of)),
        Type::Heap(of) => format!("collections.Heap<{}>", shown_type(of)),
        Type::Once(of) => format!("sync.Once<{}>", shown_type(of)),
        Type::Named(name) | Type::Parameter(name) => name.to_string(),
        Type::Fn(parameters, result) => format!("fn({}) -> {}", join(parameters), shown_type(result)),
        Type::Future(of) => format!("Future<{}>", shown_type(of)),
        Type::Mutex(of) => format!("Mutex<{}>", shown_type(of)),
        Type::Atomic(int) => format!("Atomic<{}>", int.name()),
        Type::Sender(of) => format!("Sender<{}>", shown_type(of)),
        Type::Receiver(of) => format!("Receiver<{}>", shown_type(of)),
        Type::Local(of) => format!("task.Local<{}>", shown_type(of)),
    }
}

/// The text of one expression, on one line.
#[must_use]
pub fn expression(expr: &Expr) -> String {
    let mut printer = Printer { out: String::new(), indent: 0, flat: 1 };
    printer.expr(expr, 0);
    printer.out
}

/// Writes text; `flat` counts the interpolations around, in which everything stands on one line.
struct Printer {
    out: String,
    indent: usize,
    flat: usize,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
    }

    fn declarations(&mut self, program: &Program) {
        for declaration in &program.declarations {
            self.declaration(declaration);
            let mut methods =
                program.functions.iter().filter(|f| f.owner.as_ref() == Some(&declaration.name)).peekable();
            if methods.peek().is_none() {
                continue;
            }
            _ = write!(self.out, "\nimpl {} {{\n", declaration.name);
            self.indent += 1;
            for method in methods {
                self.put("    ");
                self.function(method);
            }
            self.indent -= 1;
            self.put("}\n");
        }
        self.put("\n");
        for global in &program.globals {
            let start = expression(&global.start);
            let value = match &global.of {
                Type::Mutex(_) => format!("Mutex({start})"),
                Type::Local(_) => format!("task.local({start})"),
                _ => format!("Atomic({start})"),
            };
            _ = writeln!(self.out, "const {}: {} = {value}", global.name, shown_type(&global.of));
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let fields = |shape: &super::value::Shape, types: &[Type]| {
            let field = |(name, of): (&Name, &Type)| match shape.is_named {
                true => format!("{name}: {}", shown_type(of)),
                false => shown_type(of),
            };
            shape.fields.iter().zip(types).map(field).collect::<Vec<_>>().join(", ")
        };
        if !declaration.is_enum {
            let (shape, types) = &declaration.shapes[0];
            _ = writeln!(self.out, "\nstruct {} {{ {} }}", declaration.name, fields(shape, types));
            return;
        }
        _ = writeln!(self.out, "\nenum {} {{", declaration.name);
        for (shape, types) in &declaration.shapes {
            let text = match (types.is_empty(), shape.is_named) {
                (true, _) => String::new(),
                (false, true) => format!(" {{ {} }}", fields(shape, types)),
                (false, false) => format!("({})", fields(shape, types)),
            };
            _ = writeln!(self.out, "    {}{text}", shape.name);
        }
        self.put("}\n");
    }

    fn function(&mut self, function: &Function) {
        _ = write!(self.out, "fn {}", function.name);
        if !function.generics.is_empty() {
            let generics = function.generics.iter().map(|(name, bound)| format!("{name}: {bound}"));
            _ = write!(self.out, "<{}>", generics.collect::<Vec<_>>().join(", "));
        }
        let parameters = function.parameters.iter().map(|parameter| {
            let prefix = if parameter.is_mut { "mut " } else { "" };
            match &*parameter.name {
                "self" => format!("{prefix}self"),
                name => format!("{prefix}{name}: {}", shown_type(&parameter.of)),
            }
        });
        _ = write!(self.out, "({})", parameters.collect::<Vec<_>>().join(", "));
        if function.result != Type::Unit {
            _ = write!(self.out, " -> {}", shown_type(&function.result));
        }
        self.put(" ");
        self.block(&function.body);
        self.put("\n");
    }

    fn main(&mut self, program: &Program) {
        self.put("\nfn main() {");
        self.indent += 1;
        for (at, case) in program.cases.iter().enumerate() {
            self.line();
            _ = write!(self.out, "print(\"case {at}\")");
            self.line();
            match case {
                Case::Task(call) => {
                    self.put("print(told((spawn ");
                    self.expr(call, 0);
                    self.put(").result()))");
                }
                Case::Direct(call) => {
                    self.put("print(");
                    self.expr(call, 0);
                    self.put(")");
                    continue;
                }
            }
            for global in &program.globals {
                self.line();
                match &global.of {
                    Type::Mutex(_) => _ = write!(self.out, "print(lock {} as held {{ held }})", global.name),
                    Type::Local(_) => _ = write!(self.out, "print({}.get())", global.name),
                    _ => _ = write!(self.out, "print({}.load())", global.name),
                }
            }
        }
        self.indent -= 1;
        self.put("\n}\n");
    }

    /// Statements and value between braces.
    fn block(&mut self, block: &Block) {
        if block.statements.is_empty() && block.value.is_none() {
            return self.put("{}");
        }
        self.put("{");
        self.indent += 1;
        for (at, statement) in block.statements.iter().enumerate() {
            self.begin(at);
            self.statement(statement);
        }
        if let Some(value) = &block.value {
            self.begin(block.statements.len());
            self.expr(value, 0);
        }
        self.end();
        self.put("}");
    }

    /// Begins the statement at this position of a block.
    fn begin(&mut self, at: usize) {
        match (self.flat, at) {
            (0, _) => self.line(),
            (_, 0) => self.put(" "),
            _ => self.put("; "),
        }
    }

    /// Ends a block, in front of its brace.
    fn end(&mut self) {
        self.indent -= 1;
        if self.flat > 0 { self.put(" ") } else { self.line() }
    }

    fn label(&mut self, label: Option<&Name>) {
        if let Some(label) = label {
            _ = write!(self.out, "{label}: ");
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Holds(expr) => self.expr(expr, 1),
            Condition::Matches(pattern, expr) => {
                self.put("const ");
                self.pattern(pattern);
                self.put(" = ");
                self.expr(expr, 1);
            }
        }
    }

    fn place(&mut self, place: &Place) {
        self.put(&place.root);
        for step in &place.path {
            match step {
                Step::Field(name) => _ = write!(self.out, ".{name}"),
                Step::Part(at) => _ = write!(self.out, ".{at}"),
                Step::Index(index) => {
                    self.put("[");
                    self.expr(index, 0);
                    self.put("]");
                }
                Step::Entry(key, default) => {
                    self.put("[");
                    self.expr(key, 0);
                    self.put(", default: ");
                    self.expr(default, 0);
                    self.put("]");
                }
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let { is_var, name, of, value } => {
                self.put(if *is_var { "var " } else { "const " });
                self.put(name);
                if let Some(of) = of {
                    _ = write!(self.out, ": {}", shown_type(of));
                }
                self.put(" = ");
                self.expr(value, 0);
            }
            Statement::Destructure(pattern, value) => {
                self.put("const ");
                self.pattern(pattern);
                self.put(" = ");
                self.expr(value, 0);
            }
            Statement::Channel { tx, rx, of, capacity } => {
                _ = write!(self.out, "const ({tx}, {rx}) = channel<{}>({capacity})", shown_type(of));
            }
            Statement::Assign(place, op, value) => {
                self.place(place);
                _ = write!(self.out, " {}= ", op.map_or("", expressions::sign));
                self.expr(value, 0);
            }
            Statement::AssignTuple(places, values) => {
                self.put("(");
                self.separated(places, Self::place);
                self.put(") = (");
                self.separated(values, |printer, value| printer.expr(value, 0));
                self.put(")");
            }
            Statement::Do(expr) => self.expr(expr, 0),
            Statement::Discard(expr) => {
                self.put("_ = ");
                self.expr(expr, 0);
            }
            Statement::Print(expr) => {
                self.put("print(");
                self.expr(expr, 0);
                self.put(")");
            }
            Statement::If(condition, then, otherwise) => {
                self.put("if ");
                self.condition(condition);
                self.put(" ");
                self.block(then);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.block(otherwise);
                }
            }
            Statement::Break(label) => self.jump("break", label.as_ref()),
            Statement::Continue(label) => self.jump("continue", label.as_ref()),
            Statement::Return(None) => self.put("return"),
            Statement::Return(Some(value)) => {
                self.put("return ");
                self.expr(value, 0);
            }
            Statement::Defer(body) => {
                self.put("defer ");
                self.block(body);
            }
            Statement::Match(value, arms) => self.matching(value, arms),
            Statement::While { .. }
            | Statement::For { .. }
            | Statement::ForEntries(..)
            | Statement::ForMut(..) => self.looping(statement),
        }
    }

    fn jump(&mut self, word: &str, label: Option<&Name>) {
        self.put(word);
        if let Some(label) = label {
            _ = write!(self.out, " {label}");
        }
    }

    fn looping(&mut self, statement: &Statement) {
        let body = match statement {
            Statement::While { label, condition, body } => {
                self.label(label.as_ref());
                self.put("while ");
                self.condition(condition);
                body
            }
            Statement::For { label, position, pattern, over, body } => {
                self.label(label.as_ref());
                self.put("for ");
                if let Some(position) = position {
                    _ = write!(self.out, "{position}, ");
                }
                self.pattern(pattern);
                self.put(" in ");
                self.expr(over, 1);
                body
            }
            Statement::ForEntries(key, value, over, body) => {
                _ = write!(self.out, "for {key}, {value} in ");
                self.expr(over, 1);
                body
            }
            Statement::ForMut(name, place, body) => {
                _ = write!(self.out, "for mut {name} in ");
                self.place(place);
                body
            }
            _ => return,
        };
        self.put(" ");
        self.block(body);
    }

    fn separated<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            self.put(if at == 0 { "" } else { ", " });
            each(self, item);
        }
    }
}
