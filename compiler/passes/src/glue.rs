//! The bodies that show, compare and hash values of structured types.
//!
//! `show<T>(mut out: string, value: T)`, `equal<T>(a: T, b: T) -> bool`, `compare<T>(a: T, b: T) ->
//! int`, `hash<T>(value: T, state: u64) -> u64`. They read their arguments in place and own nothing.

use wyn_base::{IndexVec, SourceId, Span};
use wyn_mir::ownership::{Step, search};
use wyn_mir::{
    Adt, AdtId, AdtKind, Arg, BinOp, Block, BlockId, Body, Callee, Const, IntTy, Intrinsic, Local, LocalDecl,
    LocalKind, Operand, ParamMode, Place, Proj, RETURN, Rvalue, Stmt, StmtKind, TermKind, Terminator, Ty,
    TyKind,
};

use crate::derive::empty;

type Adts = IndexVec<AdtId, Adt>;

const FIRST: Local = Local(1);
const SECOND: Local = Local(2);
const CLEANUP: BlockId = BlockId(1);

/// A body under construction: one open block.
struct Builder<'a> {
    body: Body,
    adts: &'a Adts,
    stmts: Vec<Stmt>,
    block: BlockId,
}

/// Where a body with these parameters stands for whoever reads a report: at the declaration of the type that it is for, or of one
/// in it.
fn declaration(params: &[(Ty, ParamMode)], adts: &Adts) -> Span {
    let mut found = Span::new(SourceId(0), 0, 0);
    let mut look = |part: Ty| match part.kind() {
        TyKind::Adt(adt, ..) => {
            found = adts[*adt].span;
            Step::Found
        }
        _ => Step::Inside,
    };
    _ = params.iter().any(|(ty, _)| search(*ty, adts, &mut look));
    found
}

impl<'a> Builder<'a> {
    fn new(name: String, ret: Ty, params: [(Ty, ParamMode); 2], adts: &'a Adts) -> Self {
        let span = declaration(&params, adts);
        let mut body = empty(name, span);
        body.locals.push(LocalDecl { ty: ret, name: None, kind: LocalKind::Return, span });
        for (ty, mode) in params {
            body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Param(mode), span });
        }
        let mut this = Self { body, adts, stmts: Vec::new(), block: wyn_mir::ENTRY };
        this.fresh(false);
        let cleanup = this.fresh(true);
        debug_assert_eq!(cleanup, CLEANUP);
        this.body.blocks[CLEANUP].term.kind = TermKind::Resume;
        this
    }

    fn fresh(&mut self, cleanup: bool) -> BlockId {
        let term = Terminator { kind: TermKind::Unreachable, span: self.body.span };
        self.body.blocks.push(Block { stmts: Vec::new(), term, cleanup })
    }

    fn temp(&mut self, ty: Ty) -> Local {
        let span = self.body.span;
        self.body.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span })
    }

    fn ty(&self, place: &Place) -> Ty {
        place.ty(&self.body, self.adts)
    }

    fn assign(&mut self, dest: impl Into<Place>, value: Rvalue) {
        self.stmts.push(Stmt { kind: StmtKind::Assign(dest.into(), value), span: self.body.span });
    }

    fn end(&mut self, term: TermKind, next: BlockId) {
        let stmts = std::mem::take(&mut self.stmts);
        let block = &mut self.body.blocks[self.block];
        block.stmts = stmts;
        block.term.kind = term;
        self.block = next;
    }

    fn text(&mut self, text: &str) {
        let dest = self.temp(Ty::unit());
        let args = vec![Arg::Mut(FIRST.into()), Arg::Value(Operand::Const(Const::Str(text.into())))];
        let kind = StmtKind::Intrinsic(dest.into(), Intrinsic::StringAppend, Vec::new(), args);
        self.stmts.push(Stmt { kind, span: self.body.span });
    }

    /// Calls a structural operation on parts; goes on in a new block.
    fn part(&mut self, operation: Intrinsic, ty: Ty, args: Vec<Arg>, dest: Local) {
        let next = self.fresh(false);
        let callee = Callee::Intrinsic(operation, vec![ty]);
        let term =
            TermKind::Call { callee, args, dest: dest.into(), target: Some(next), unwind: Some(CLEANUP) };
        self.end(term, next);
    }

    fn show_part(&mut self, place: Place) {
        let ty = self.ty(&place);
        let dest = self.temp(Ty::unit());
        let args = vec![Arg::Mut(FIRST.into()), Arg::Value(Operand::Borrow(place))];
        self.part(Intrinsic::ShowNested, ty, args, dest);
    }

    /// Returns early from the body unless the parts at `a` and `b` compare alike.
    fn compare_part(&mut self, operation: Intrinsic, a: Place, b: Place) {
        let ty = self.ty(&a);
        let result = self.temp(self.body.locals[RETURN].ty);
        let args = vec![Arg::Value(Operand::Borrow(a)), Arg::Value(Operand::Borrow(b))];
        self.part(operation, ty, args, result);
        self.leave_unless_alike(operation, result);
    }

    fn leave_unless_alike(&mut self, operation: Intrinsic, result: Local) {
        let (leave, next) = (self.fresh(false), self.fresh(false));
        let alike = i128::from(operation == Intrinsic::Eq);
        self.end(TermKind::Switch(Operand::Borrow(result.into()), vec![(alike, next)], leave), leave);
        self.assign(RETURN, Rvalue::Use(Operand::Copy(result.into())));
        self.end(TermKind::Return, next);
    }

    /// The state of a hash after the part at `place`.
    fn hash_part(&mut self, place: Place, state: Local) -> Local {
        let ty = self.ty(&place);
        let after = self.temp(self.body.locals[RETURN].ty);
        let args = vec![Arg::Value(Operand::Borrow(place)), Arg::Value(borrow(state))];
        self.part(Intrinsic::HashValue, ty, args, after);
        after
    }

    fn finish(self, value: Const) -> Body {
        self.finish_with(Operand::Const(value))
    }

    fn finish_with(mut self, value: Operand) -> Body {
        self.assign(RETURN, Rvalue::Use(value));
        let last = self.block;
        self.end(TermKind::Return, last);
        self.body
    }

    /// Opens a loop over `0..len`: returns the index, the head and the block after the loop.
    fn open_loop(&mut self, len: Local) -> (Local, BlockId, BlockId) {
        let (index, more) = (self.temp(Ty::int()), self.temp(Ty::bool()));
        self.assign(index, Rvalue::Use(int(0)));
        let (head, inside, after) = (self.fresh(false), self.fresh(false), self.fresh(false));
        self.end(TermKind::Goto(head), head);
        self.assign(more, Rvalue::Binary(BinOp::Lt, borrow(index), borrow(len)));
        self.end(TermKind::Switch(borrow(more), vec![(0, after)], inside), inside);
        (index, head, after)
    }

    fn close_loop(&mut self, index: Local, head: BlockId, after: BlockId) {
        self.assign(index, Rvalue::Binary(BinOp::Add, borrow(index), int(1)));
        self.end(TermKind::Goto(head), after);
    }

    /// Opens a branch for each variant of an enum; returns the branches and where they meet.
    fn open_variants(&mut self, value: Place, count: usize) -> (Vec<BlockId>, BlockId) {
        let tag = self.temp(Ty::int());
        self.assign(tag, Rvalue::Discriminant(value));
        let branches: Vec<BlockId> = (0..count).map(|_| self.fresh(false)).collect();
        let (never, meet) = (self.fresh(false), self.fresh(false));
        let cases = branches.iter().enumerate().map(|(at, block)| (at as i128, *block)).collect();
        self.end(TermKind::Switch(borrow(tag), cases, never), meet);
        (branches, meet)
    }
}

fn borrow(local: Local) -> Operand {
    Operand::Borrow(local.into())
}

fn int(value: i128) -> Operand {
    Operand::Const(Const::Int(value, Ty::int()))
}

/// The fields of a tuple, struct or variant of `value`, with their names.
fn fields(value: &Place, ty: Ty, variant: Option<usize>, adts: &Adts) -> Vec<(Option<&'static str>, Place)> {
    match ty.kind() {
        TyKind::Tuple(parts) => {
            (0..parts.len()).map(|at| (None, value.then(Proj::Field(at as u32)))).collect()
        }
        TyKind::Adt(adt, ..) => adts[*adt].variants[variant.unwrap_or(0)]
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| {
                let step = match variant {
                    Some(variant) => Proj::Variant(variant as u32, at as u32),
                    None => Proj::Field(at as u32),
                };
                (field.name.map(|name| name.as_str()), value.then(step))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The variants' names, when the type is an enum.
fn variants(ty: Ty, adts: &Adts) -> Option<Vec<&'static str>> {
    match ty.kind() {
        TyKind::Adt(adt, ..) if adts[*adt].kind == AdtKind::Enum => {
            Some(adts[*adt].variants.iter().map(|variant| variant.name.as_str()).collect())
        }
        _ => None,
    }
}

/// `show<T>`.
pub(crate) fn show(ty: Ty, adts: &Adts) -> Body {
    let params = [(Ty::string(), ParamMode::Mut), (ty, ParamMode::Borrowed)];
    let mut b = Builder::new(format!("show<{ty}>"), Ty::unit(), params, adts);
    let value = Place::local(SECOND);
    if let Some(names) = variants(ty, adts) {
        let (branches, meet) = b.open_variants(value.clone(), names.len());
        for (at, branch) in branches.into_iter().enumerate() {
            b.block = branch;
            show_fields(&mut b, names[at], fields(&value, ty, Some(at), adts));
            b.end(TermKind::Goto(meet), meet);
        }
    } else if let TyKind::Array(_) = ty.kind() {
        b.text("[");
        let len = b.temp(Ty::int());
        b.assign(len, Rvalue::Len(value.clone()));
        let (index, head, after) = b.open_loop(len);
        let (comma, element) = (b.fresh(false), b.fresh(false));
        b.end(TermKind::Switch(borrow(index), vec![(0, element)], comma), comma);
        b.text(", ");
        b.end(TermKind::Goto(element), element);
        b.show_part(value.then(Proj::Index(index)));
        b.close_loop(index, head, after);
        b.text("]");
    } else {
        let name = match ty.kind() {
            TyKind::Adt(_, name, _) => name.as_str(),
            _ => "",
        };
        show_fields(&mut b, name, fields(&value, ty, None, adts));
    }
    b.finish(Const::Unit)
}

fn show_fields(b: &mut Builder<'_>, name: &str, fields: Vec<(Option<&'static str>, Place)>) {
    if fields.is_empty() {
        b.text(name);
        return;
    }
    let named = fields.iter().all(|(field, _)| field.is_some());
    let (open, close) = if named { (" { ", " }") } else { ("(", ")") };
    b.text(&format!("{name}{open}"));
    for (at, (field, place)) in fields.into_iter().enumerate() {
        let label = field.map(|field| format!("{field}: ")).unwrap_or_default();
        let text = format!("{}{label}", if at == 0 { "" } else { ", " });
        if !text.is_empty() {
            b.text(&text);
        }
        b.show_part(place);
    }
    b.text(close);
}

/// `equal<T>`.
pub(crate) fn equal(ty: Ty, adts: &Adts) -> Body {
    structural(format!("equal<{ty}>"), ty, Intrinsic::Eq, Ty::bool(), Const::Bool(true), adts)
}

/// `compare<T>`: by variants, then part by part, then by length.
pub(crate) fn compare(ty: Ty, adts: &Adts) -> Body {
    structural(format!("compare<{ty}>"), ty, Intrinsic::Cmp, Ty::int(), Const::Int(0, Ty::int()), adts)
}

/// `hash<T>`: the variant, then part by part; the length of an array first.
pub(crate) fn hash(ty: Ty, adts: &Adts) -> Body {
    let word = Ty::new(TyKind::Int(IntTy::U64));
    let params = [(ty, ParamMode::Borrowed), (word, ParamMode::Borrowed)];
    let mut b = Builder::new(format!("hash<{ty}>"), word, params, adts);
    let value = Place::local(FIRST);
    let state = b.temp(word);
    b.assign(state, Rvalue::Use(Operand::Copy(SECOND.into())));
    let next = |b: &mut Builder<'_>, place: Place| {
        let after = b.hash_part(place, state);
        b.assign(state, Rvalue::Use(Operand::Copy(after.into())));
    };
    if let Some(names) = variants(ty, adts) {
        let tag = b.temp(Ty::int());
        b.assign(tag, Rvalue::Discriminant(value.clone()));
        next(&mut b, tag.into());
        let (branches, meet) = b.open_variants(value.clone(), names.len());
        for (at, branch) in branches.into_iter().enumerate() {
            b.block = branch;
            for (_, part) in fields(&value, ty, Some(at), adts) {
                next(&mut b, part);
            }
            b.end(TermKind::Goto(meet), meet);
        }
    } else if let TyKind::Array(_) = ty.kind() {
        let len = b.temp(Ty::int());
        b.assign(len, Rvalue::Len(value.clone()));
        next(&mut b, len.into());
        let (index, head, after) = b.open_loop(len);
        next(&mut b, value.then(Proj::Index(index)));
        b.close_loop(index, head, after);
    } else {
        for (_, part) in fields(&value, ty, None, adts) {
            next(&mut b, part);
        }
    }
    b.finish_with(Operand::Copy(state.into()))
}

fn structural(name: String, ty: Ty, operation: Intrinsic, ret: Ty, alike: Const, adts: &Adts) -> Body {
    let params = [(ty, ParamMode::Borrowed), (ty, ParamMode::Borrowed)];
    let mut b = Builder::new(name, ret, params, adts);
    let (x, y) = (Place::local(FIRST), Place::local(SECOND));
    if let Some(names) = variants(ty, adts) {
        let (tag_x, tag_y) = (b.temp(Ty::int()), b.temp(Ty::int()));
        b.assign(tag_x, Rvalue::Discriminant(x.clone()));
        b.assign(tag_y, Rvalue::Discriminant(y.clone()));
        b.compare_part(operation, tag_x.into(), tag_y.into());
        let (branches, meet) = b.open_variants(x.clone(), names.len());
        for (at, branch) in branches.into_iter().enumerate() {
            b.block = branch;
            let left = fields(&x, ty, Some(at), adts);
            let right = fields(&y, ty, Some(at), adts);
            for ((_, left), (_, right)) in left.into_iter().zip(right) {
                b.compare_part(operation, left, right);
            }
            b.end(TermKind::Goto(meet), meet);
        }
    } else if let TyKind::Array(_) = ty.kind() {
        let (len_x, len_y) = (b.temp(Ty::int()), b.temp(Ty::int()));
        b.assign(len_x, Rvalue::Len(x.clone()));
        b.assign(len_y, Rvalue::Len(y.clone()));
        if operation == Intrinsic::Eq {
            b.compare_part(operation, len_x.into(), len_y.into());
        }
        let shorter = shorter(&mut b, len_x, len_y);
        let (index, head, after) = b.open_loop(shorter);
        b.compare_part(operation, x.then(Proj::Index(index)), y.then(Proj::Index(index)));
        b.close_loop(index, head, after);
        if operation == Intrinsic::Cmp {
            b.compare_part(operation, len_x.into(), len_y.into());
        }
    } else {
        let pairs = fields(&x, ty, None, adts).into_iter().zip(fields(&y, ty, None, adts));
        for ((_, left), (_, right)) in pairs {
            b.compare_part(operation, left, right);
        }
    }
    b.finish(alike)
}

fn shorter(b: &mut Builder<'_>, x: Local, y: Local) -> Local {
    let (less, result) = (b.temp(Ty::bool()), b.temp(Ty::int()));
    b.assign(less, Rvalue::Binary(BinOp::Lt, borrow(x), borrow(y)));
    let (yes, no, meet) = (b.fresh(false), b.fresh(false), b.fresh(false));
    b.end(TermKind::Switch(borrow(less), vec![(1, yes)], no), yes);
    b.assign(result, Rvalue::Use(borrow(x)));
    b.end(TermKind::Goto(meet), no);
    b.assign(result, Rvalue::Use(borrow(y)));
    b.end(TermKind::Goto(meet), meet);
    result
}
