//! The readable form of bodies: statements, expressions, patterns.

use wyn_base::Symbol;

use crate::{
    AdtKind, Arg, BinOp, Body, Closure, Expr, ExprKind, FnId, Lit, LocalId, NurseryOption, Part, Pat,
    PatKind, Program, Select, SelectOp, Stmt, Ty, TyKind, UnOp,
};

/// A name that no other local of the body shares.
pub(super) fn local_name(name: Symbol, id: LocalId) -> String {
    let name = name.as_str().trim_start_matches('$');
    format!("{}_{}", if name.is_empty() { "t" } else { name }, id.0)
}

fn types(types: &[Ty]) -> String {
    let names: Vec<String> = types.iter().map(Ty::to_string).collect();
    if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
}

pub(super) struct Text<'p> {
    program: &'p Program,
    body: &'p Body,
    depth: usize,
    pub(super) out: String,
}

impl<'p> Text<'p> {
    pub(super) fn new(program: &'p Program, body: &'p Body, depth: usize) -> Self {
        Self { program, body, depth, out: String::new() }
    }

    fn put(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.depth {
            self.out.push_str("    ");
        }
    }

    fn local(&self, id: LocalId) -> String {
        self.body.locals.get(id).map_or_else(|| format!("{id:?}"), |local| local_name(local.name, id))
    }

    fn function(&self, id: FnId) -> String {
        self.program.fns.get(id).map_or_else(|| format!("{id:?}"), |function| function.path.clone())
    }

    fn list<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for (at, expr) in exprs.into_iter().enumerate() {
            self.put(if at == 0 { "" } else { ", " });
            self.expr(expr);
        }
    }

    fn args(&mut self, args: &[Arg]) {
        self.put("(");
        for (at, arg) in args.iter().enumerate() {
            self.put(if at == 0 { "" } else { ", " });
            match arg {
                Arg::Value(value) => self.expr(value),
                Arg::Mut(place) => {
                    self.put("&");
                    self.expr(place);
                }
            }
        }
        self.put(")");
    }

    /// An expression in braces, those of its own if it is a block.
    pub(super) fn body(&mut self, expr: &Expr) {
        self.put("{");
        self.depth += 1;
        match &expr.kind {
            ExprKind::Block(block) => {
                for stmt in &block.stmts {
                    self.line();
                    self.stmt(stmt);
                }
                if let Some(value) = &block.value {
                    self.line();
                    self.expr(value);
                }
            }
            _ => {
                self.line();
                self.expr(expr);
            }
        }
        self.depth -= 1;
        self.line();
        self.put("}");
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Let(pat, value) => {
                self.put("let ");
                self.pat(pat);
                self.put(format!(": {} = ", pat.ty));
                self.expr(value);
            }
            Stmt::Expr(value) => {
                self.expr(value);
                self.put(";");
            }
            Stmt::Defer(value) => {
                self.put("defer ");
                self.body(value);
            }
        }
    }

    fn lit(&mut self, lit: &Lit, ty: Ty) {
        let text = match lit {
            Lit::Unit => "()".to_owned(),
            Lit::Bool(value) => value.to_string(),
            Lit::Int(value) if ty == Ty::int() => value.to_string(),
            Lit::Int(value) => format!("{value}{ty}"),
            Lit::Float(value) => format!("{value:?}"),
            Lit::Char(value) => format!("{value:?}"),
            Lit::String(value) => format!("{:?}", value.as_str()),
        };
        self.put(text);
    }

    fn adt(&mut self, ty: Ty, variant: usize) {
        let TyKind::Adt(id, name, args) = ty.kind() else { return self.put(ty.to_string()) };
        self.put(format!("{name}{}", types(args)));
        if let Some(adt) = self.program.adts.get(*id).filter(|adt| adt.kind == AdtKind::Enum) {
            let name = adt.variants.get(variant).map_or("?", |variant| variant.name.as_str());
            self.put(format!(".{name}"));
        }
    }

    /// The name of a field, or its position.
    fn field(&self, ty: Ty, variant: usize, at: usize) -> String {
        let name = match ty.kind() {
            TyKind::Adt(id, ..) => self
                .program
                .adts
                .get(*id)
                .and_then(|adt| adt.variants.get(variant))
                .and_then(|variant| variant.fields.get(at))
                .and_then(|field| field.name),
            _ => None,
        };
        name.map_or_else(|| at.to_string(), |name| name.to_string())
    }

    fn fields(&mut self, ty: Ty, variant: usize, fields: &[(usize, Expr)]) {
        for (n, (at, value)) in fields.iter().enumerate() {
            let name = self.field(ty, variant, *at);
            self.put(format!("{}{name}: ", if n == 0 { "" } else { ", " }));
            self.expr(value);
        }
    }

    fn closure(&mut self, closure: &Closure) {
        let captures: Vec<String> = closure
            .captures
            .iter()
            .enumerate()
            .map(|(at, outer)| {
                let inner = closure.body.locals.get(LocalId(at as u32));
                let inner =
                    inner.map_or_else(String::new, |local| local_name(local.name, LocalId(at as u32)));
                format!("{inner} = {}", self.local(*outer))
            })
            .collect();
        let first = closure.captures.len();
        let params: Vec<String> = (first..first + closure.params)
            .filter_map(|at| {
                let id = LocalId(at as u32);
                closure
                    .body
                    .locals
                    .get(id)
                    .map(|local| format!("{}: {}", local_name(local.name, id), local.ty))
            })
            .collect();
        if !captures.is_empty() {
            self.put(format!("[{}] ", captures.join(", ")));
        }
        let mut inner = Text::new(self.program, &closure.body, self.depth);
        inner.body(&closure.body.value);
        let text = inner.out;
        self.put(format!("({}) -> {} {text}", params.join(", "), closure.body.value.ty));
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Lit(lit) => self.lit(lit, expr.ty),
            ExprKind::Local(id) => {
                let name = self.local(*id);
                self.put(name);
            }
            ExprKind::Const(id) => {
                let path = self.program.consts.get(*id).map_or_else(|| format!("{id:?}"), |c| c.path.clone());
                self.put(path);
            }
            ExprKind::FnValue(id, args) => {
                let text = format!("{}{}", self.function(*id), types(args));
                self.put(text);
            }
            ExprKind::Unary(op, a) => {
                self.put(match op {
                    UnOp::Neg => "-",
                    UnOp::Not => "!",
                    UnOp::BitNot => "~",
                });
                self.operand(a);
            }
            ExprKind::Binary(op, a, b) => self.infix(a, binary(*op), b),
            ExprKind::And(a, b) => self.infix(a, "&&", b),
            ExprKind::Or(a, b) => self.infix(a, "||", b),
            ExprKind::Convert(a) => {
                self.put(format!("{}(", expr.ty));
                self.expr(a);
                self.put(")");
            }
            ExprKind::Call(id, type_args, args) => {
                let callee = format!("{}{}", self.function(*id), types(type_args));
                self.put(callee);
                self.args(args);
            }
            ExprKind::CallValue(callee, args) => {
                self.operand(callee);
                self.args(args);
            }
            ExprKind::Tuple(parts) => {
                self.put("(");
                self.list(parts);
                self.put(")");
            }
            ExprKind::Array(parts) => {
                self.put("[");
                self.list(parts);
                self.put("]");
                if parts.is_empty() {
                    self.put(format!(" as {}", expr.ty));
                }
            }
            ExprKind::ArrayFill(value, count) => {
                self.put("[");
                self.expr(value);
                self.put("; ");
                self.expr(count);
                self.put("]");
            }
            ExprKind::Adt(_, variant, fields) => {
                self.adt(expr.ty, *variant);
                if !fields.is_empty() {
                    self.put(" { ");
                    self.fields(expr.ty, *variant, fields);
                    self.put(" }");
                }
            }
            ExprKind::Update(base, fields) => {
                self.adt(expr.ty, 0);
                self.put(" { ");
                self.fields(expr.ty, 0, fields);
                self.put(if fields.is_empty() { ".." } else { ", .." });
                self.expr(base);
                self.put(" }");
            }
            ExprKind::Field(base, at) => {
                self.operand(base);
                let name = self.field(base.ty, 0, *at);
                self.put(format!(".{name}"));
            }
            ExprKind::Index(base, index) => {
                self.operand(base);
                self.put("[");
                self.expr(index);
                self.put("]");
            }
            ExprKind::Entry(entry) => {
                self.operand(&entry.map);
                self.put("[");
                self.expr(&entry.key);
                if let Some(default) = &entry.default {
                    self.put(", default: ");
                    self.expr(default);
                }
                self.put("]");
            }
            ExprKind::Interpolate(parts) => self.interpolate(parts),
            ExprKind::Assign(place, value) => self.assign(place, "=", value),
            ExprKind::AssignOp(op, place, value) => self.assign(place, &format!("{}=", binary(*op)), value),
            ExprKind::Block(_) => self.body(expr),
            ExprKind::If(condition, then, otherwise) => {
                self.put("if ");
                self.expr(condition);
                self.put(" ");
                self.body(then);
                if let Some(otherwise) = otherwise {
                    self.put(" else ");
                    self.body(otherwise);
                }
            }
            ExprKind::Match(scrutinee, arms) => {
                self.put("match ");
                self.expr(scrutinee);
                self.put(" {");
                self.depth += 1;
                for arm in arms {
                    self.line();
                    self.pat(&arm.pat);
                    if let Some(guard) = &arm.guard {
                        self.put(" if ");
                        self.expr(guard);
                    }
                    self.put(" => ");
                    self.expr(&arm.body);
                }
                self.depth -= 1;
                self.line();
                self.put("}");
            }
            ExprKind::While(id, condition, body) => {
                self.put(format!("{id:?}: while "));
                self.expr(condition);
                self.put(" ");
                self.body(body);
            }
            ExprKind::Loop(id, body) => {
                self.put(format!("{id:?}: loop "));
                self.body(body);
            }
            ExprKind::ForRange(range) => {
                let var = self.local(range.var);
                self.put(format!("{:?}: for {var} in ", range.id));
                self.operand(&range.start);
                self.put(if range.inclusive { "..=" } else { ".." });
                self.operand(&range.end);
                if let Some(array) = &range.changes {
                    self.put(" changes ");
                    self.operand(array);
                }
                self.put(" ");
                self.body(&range.body);
            }
            ExprKind::ForArray(each) => {
                self.put(format!("{:?}: for ", each.id));
                if let Some(index) = each.index {
                    let index = self.local(index);
                    self.put(format!("{index}, "));
                }
                self.pat(&each.pat);
                self.put(" in ");
                self.expr(&each.array);
                self.put(" ");
                self.body(&each.body);
            }
            ExprKind::Break(id) => self.put(format!("break {id:?}")),
            ExprKind::Continue(id) => self.put(format!("continue {id:?}")),
            ExprKind::Return(value) => {
                self.put("return");
                if let Some(value) = value {
                    self.put(" ");
                    self.expr(value);
                }
            }
            ExprKind::Closure(closure) => {
                self.put("closure ");
                self.closure(closure);
            }
            ExprKind::Spawn(mode, id, type_args, args) => {
                let callee = format!("{} {}{}(", mode.keyword(), self.function(*id), types(type_args));
                self.put(callee);
                self.list(args);
                self.put(")");
            }
            ExprKind::SpawnValue(mode, callee, args) => {
                self.put(format!("{} ", mode.keyword()));
                self.operand(callee);
                self.put("(");
                self.list(args);
                self.put(")");
            }
            ExprKind::SpawnBlock(mode, closure) => {
                self.put(format!("{} ", mode.keyword()));
                self.closure(closure);
            }
            ExprKind::Await(future) => {
                self.put("await ");
                self.operand(future);
            }
            ExprKind::Lock(lock) => {
                self.put("lock ");
                for (at, (mutex, content)) in lock.mutexes.iter().enumerate() {
                    self.put(if at == 0 { "" } else { ", " });
                    self.operand(mutex);
                    let name = self.local(*content);
                    self.put(format!(" as {name}"));
                }
                self.put(" ");
                self.body(&lock.body);
            }
            ExprKind::Nursery(nursery) => {
                self.put("nursery");
                for (at, (option, value)) in nursery.options.iter().enumerate() {
                    let name = match option {
                        NurseryOption::Timeout => "timeout",
                        NurseryOption::Limit => "limit",
                        NurseryOption::Supervised => "supervised",
                    };
                    self.put(format!("{}{name}: ", if at == 0 { "(" } else { ", " }));
                    self.operand(value);
                }
                self.put(if nursery.options.is_empty() { " " } else { ") " });
                self.body(&nursery.body);
            }
            ExprKind::Select(select) => self.select(select),
        }
    }

    fn select(&mut self, select: &Select) {
        self.put(if select.biased { "select biased {" } else { "select {" });
        self.depth += 1;
        for arm in &select.arms {
            self.line();
            if let Some(local) = arm.binding() {
                let local = self.local(local);
                self.put(format!("{local} = "));
            }
            match &arm.op {
                SelectOp::Receive { receiver, open, .. } => {
                    self.put(if *open { "receive open " } else { "receive " });
                    self.operand(receiver);
                }
                SelectOp::Send(sender, value) => {
                    self.put("send ");
                    self.operand(sender);
                    self.put(" ");
                    self.operand(value);
                }
                SelectOp::Await(future, _) => {
                    self.put("await ");
                    self.operand(future);
                }
                SelectOp::After(nanos) => {
                    self.put("after ");
                    self.operand(nanos);
                }
                SelectOp::Else => self.put("else"),
                SelectOp::Closed => self.put("closed"),
            }
            if let Some(guard) = &arm.guard {
                self.put(" if ");
                self.expr(guard);
            }
            self.put(" => ");
            self.expr(&arm.body);
        }
        self.depth -= 1;
        self.line();
        self.put("}");
    }

    fn interpolate(&mut self, parts: &[Part]) {
        self.put("\"");
        for part in parts {
            match part {
                Part::Text(text) => {
                    let text = format!("{:?}", text.as_str());
                    self.put(&text[1..text.len() - 1]);
                }
                Part::Value(value) => {
                    self.put("${");
                    self.expr(value);
                    self.put("}");
                }
                Part::Formatted(value, format) => {
                    self.put("${");
                    self.expr(value);
                    self.put(format!(": {format:?}}}"));
                }
            }
        }
        self.put("\"");
    }

    fn assign(&mut self, place: &Expr, op: &str, value: &Expr) {
        self.expr(place);
        self.put(format!(" {op} "));
        self.expr(value);
    }

    fn infix(&mut self, a: &Expr, op: &str, b: &Expr) {
        self.operand(a);
        self.put(format!(" {op} "));
        self.operand(b);
    }

    /// An expression beside an operator: in parentheses, unless it is plainly one thing.
    fn operand(&mut self, expr: &Expr) {
        let plain = matches!(
            expr.kind,
            ExprKind::Lit(_)
                | ExprKind::Local(_)
                | ExprKind::Const(_)
                | ExprKind::FnValue(..)
                | ExprKind::Call(..)
                | ExprKind::CallValue(..)
                | ExprKind::Field(..)
                | ExprKind::Index(..)
                | ExprKind::Entry(_)
                | ExprKind::Tuple(_)
                | ExprKind::Array(_)
                | ExprKind::Interpolate(_)
                | ExprKind::Convert(_)
        );
        if plain {
            return self.expr(expr);
        }
        self.put("(");
        self.expr(expr);
        self.put(")");
    }

    fn pats<'e>(&mut self, pats: impl IntoIterator<Item = &'e Pat>, between: &str) {
        for (at, pat) in pats.into_iter().enumerate() {
            self.put(if at == 0 { "" } else { between });
            self.pat(pat);
        }
    }

    fn pat(&mut self, pat: &Pat) {
        match &pat.kind {
            PatKind::Wild => self.put("_"),
            PatKind::Bind(id) => {
                let mutable = self.body.locals.get(*id).is_some_and(|local| local.mutable);
                let name = self.local(*id);
                self.put(format!("{}{name}", if mutable { "mut " } else { "" }));
            }
            PatKind::Lit(lit) => self.lit(lit, pat.ty),
            PatKind::Const(id) => {
                let name = self.program.consts.get(*id).map_or("?", |constant| constant.name.as_str());
                self.put(name);
            }
            PatKind::Range(start, end, inclusive) => {
                self.lit(start, pat.ty);
                self.put(if *inclusive { "..=" } else { ".." });
                self.lit(end, pat.ty);
            }
            PatKind::Tuple(parts) => {
                self.put("(");
                self.pats(parts, ", ");
                self.put(")");
            }
            PatKind::Variant(id, at, fields) => {
                let adt = self.program.adts.get(*id);
                let name =
                    adt.and_then(|adt| adt.variants.get(*at)).map_or("?", |variant| variant.name.as_str());
                self.put(name);
                if fields.is_empty() {
                    return;
                }
                self.put("(");
                for (n, (field, part)) in fields.iter().enumerate() {
                    let name = self.field(pat.ty, *at, *field);
                    self.put(format!("{}{name}: ", if n == 0 { "" } else { ", " }));
                    self.pat(part);
                }
                self.put(")");
            }
            PatKind::Or(parts) => self.pats(parts, " | "),
        }
    }
}

fn binary(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Rem => "%",
        BinOp::WrappingAdd => "+%",
        BinOp::WrappingSub => "-%",
        BinOp::WrappingMul => "*%",
        BinOp::BitAnd => "&",
        BinOp::BitOr => "|",
        BinOp::BitXor => "^",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
    }
}
