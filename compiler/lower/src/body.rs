//! One body while it grows: locals, blocks, and where the next statement goes.
//!
//! The builder always has a current block. What follows an expression that does not end normally
//! goes to a block that nothing reaches; [`Builder::finish`] keeps only what the entry reaches.

use wyn_base::{IndexVec, Span};
use wyn_hir::{Expr, LocalId};
use wyn_mir::ownership::{self, Lifetime};
use wyn_mir::{
    Block, BlockId, Body, BodyRef, Local, LocalDecl, LocalKind, Operand, ParamMode, Place, RETURN, Rvalue,
    Stmt, StmtKind, TermKind, Terminator, Ty,
};

use crate::place::writes_last;
use crate::scope::{LoopScope, Scheduled, Step};
use crate::{Context, Signature, identity};

/// A body under construction.
pub(crate) struct Builder<'a, 'h> {
    pub(crate) cx: &'a mut Context<'h>,
    pub(crate) signature: Signature<'h>,
    /// How many bodies are nested directly in this one so far; numbers their names.
    pub(crate) nested: usize,
    params: usize,
    pub(crate) locals: IndexVec<Local, LocalDecl>,
    blocks: IndexVec<BlockId, Growing>,
    pub(crate) current: BlockId,
    /// Whether the code made now runs while unwinding.
    pub(crate) cleanup: bool,
    /// What has to be done on the way out, innermost last.
    pub(crate) steps: Vec<Scheduled<'h>>,
    /// The contents of the mutexes that are held somewhere in the body.
    pub(crate) held: Vec<Place>,
    /// The loops around the current place, innermost last.
    pub(crate) loops: Vec<LoopScope>,
    hir_locals: &'h [wyn_hir::Local],
    /// Where each local of the source lives.
    variables: Vec<Option<Place>>,
    unit: Option<Local>,
    pub(crate) resume: Option<BlockId>,
    /// What the code made now comes from.
    pub(crate) span: Span,
}

/// A block that may still lack its end.
struct Growing {
    stmts: Vec<Stmt>,
    term: Option<Terminator>,
    cleanup: bool,
}

impl<'a, 'h> Builder<'a, 'h> {
    /// A body without code; its parameters are declared next.
    pub(crate) fn new(
        cx: &'a mut Context<'h>,
        signature: Signature<'h>,
        hir_locals: &'h [wyn_hir::Local],
    ) -> Self {
        let (ret, span) = (signature.ret, signature.span);
        let mut builder = Self {
            cx,
            signature,
            nested: 0,
            params: 0,
            locals: IndexVec::new(),
            blocks: IndexVec::new(),
            current: BlockId(0),
            cleanup: false,
            steps: Vec::new(),
            held: Vec::new(),
            loops: Vec::new(),
            hir_locals,
            variables: vec![None; hir_locals.len()],
            unit: None,
            resume: None,
            span,
        };
        builder.locals.push(LocalDecl { ty: ret, name: None, kind: LocalKind::Return, span });
        builder.current = builder.new_block();
        if builder.needs_scope(ret) {
            builder.steps.push(Scheduled::new(Step::ReturnValue));
        }
        builder
    }

    /// The reference by which this body names one nested in it.
    pub(crate) fn nested_ref(&self, body: wyn_mir::BodyId) -> BodyRef {
        BodyRef { body, args: identity(self.signature.generics) }
    }

    /// Declares the next parameter for a local of the source.
    pub(crate) fn parameter(&mut self, local: LocalId, kind: LocalKind) -> Local {
        let declared = &self.hir_locals[local.0 as usize];
        let decl = LocalDecl { ty: declared.ty, name: Some(declared.name), kind, span: declared.span };
        let param = self.raw_parameter(decl);
        self.variables[local.0 as usize] = Some(param.into());
        param
    }

    /// Declares the next parameter. Its scope is the whole body, where the body may come to own it.
    pub(crate) fn raw_parameter(&mut self, decl: LocalDecl) -> Local {
        self.params += 1;
        let (ty, kind) = (decl.ty, decl.kind);
        let local = self.locals.push(decl);
        let may_own = matches!(kind, LocalKind::Param(ParamMode::Owned | ParamMode::Borrowed));
        if may_own {
            self.schedule(local, ty);
        }
        local
    }

    /// Makes a local of the source stand for a place.
    pub(crate) fn bind(&mut self, local: LocalId, place: Place) {
        self.variables[local.0 as usize] = Some(place);
    }

    /// The place of a local of the source.
    pub(crate) fn variable(&self, local: LocalId) -> Place {
        self.variables[local.0 as usize].clone().expect("a local is declared before it is used")
    }

    /// The source's declaration of a local.
    pub(crate) fn declaration(&self, local: LocalId) -> &'h wyn_hir::Local {
        &self.hir_locals[local.0 as usize]
    }

    /// Declares a variable of the source whose scope begins here.
    pub(crate) fn declare(&mut self, local: LocalId) -> Local {
        let variable = self.declare_early(local);
        self.schedule(variable, self.locals[variable].ty);
        variable
    }

    /// Declares a variable of the source whose scope begins later, when it is scheduled.
    pub(crate) fn declare_early(&mut self, local: LocalId) -> Local {
        let declared = &self.hir_locals[local.0 as usize];
        let (ty, name, span) = (declared.ty, Some(declared.name), declared.span);
        let variable = self.locals.push(LocalDecl { ty, name, kind: LocalKind::Var, span });
        self.bind(local, variable.into());
        variable
    }

    /// A temporary that ends with the innermost scope: the statement, unless there is a smaller one.
    pub(crate) fn temp(&mut self, ty: Ty) -> Local {
        let temp = self.new_temp(ty);
        self.schedule(temp, ty);
        temp
    }

    /// A temporary that is scheduled by whoever fills it.
    pub(crate) fn new_temp(&mut self, ty: Ty) -> Local {
        self.locals.push(LocalDecl { ty, name: None, kind: LocalKind::Temp, span: self.span })
    }

    /// A temporary that holds the value of an expression.
    pub(crate) fn temp_of(&mut self, expr: &'h Expr) -> Local {
        let temp = self.new_temp(expr.ty);
        if writes_last(expr) {
            self.store(&temp.into(), expr);
            self.schedule(temp, expr.ty);
        } else {
            self.schedule(temp, expr.ty);
            self.store(&temp.into(), expr);
        }
        temp
    }

    /// Evaluates an expression, in a scope for its temporaries, into a variable whose scope begins
    /// with that.
    ///
    /// Like temporaries, a variable is scheduled before it holds anything unless it is written last:
    /// code that runs after it was written may unwind. Ending an empty local does nothing.
    pub(crate) fn store_variable(&mut self, variable: Local, expr: &'h Expr) {
        let late = writes_last(expr);
        let ty = self.locals[variable].ty;
        if !late {
            self.schedule(variable, ty);
        }
        self.scoped(|this| this.store(&variable.into(), expr));
        if late {
            self.schedule(variable, ty);
        }
    }

    /// The local for values of type `()` that nobody looks at.
    pub(crate) fn nowhere(&mut self) -> Place {
        let span = self.signature.span;
        let decl = LocalDecl { ty: Ty::unit(), name: None, kind: LocalKind::Temp, span };
        let local = *self.unit.get_or_insert_with(|| self.locals.push(decl));
        local.into()
    }

    /// Whether a local of this type needs the end of its scope said: it may hold a resource.
    pub(crate) fn needs_scope(&self, ty: Ty) -> bool {
        ownership::lifetime(ty, &self.cx.hir.adts) != Lifetime::Plain || ty.is_generic()
    }

    /// Whether values of this type may hold references.
    pub(crate) fn counted(&self, ty: Ty) -> bool {
        ownership::counted(ty, &self.cx.hir.adts)
    }

    /// A new, empty block.
    pub(crate) fn new_block(&mut self) -> BlockId {
        self.blocks.push(Growing { stmts: Vec::new(), term: None, cleanup: self.cleanup })
    }

    /// Appends a statement to the current block.
    pub(crate) fn push(&mut self, kind: StmtKind) {
        let span = self.span;
        self.blocks[self.current].stmts.push(Stmt { kind, span });
    }

    /// Writes a place that holds nothing.
    pub(crate) fn assign(&mut self, place: &Place, value: Rvalue) {
        self.push(StmtKind::Assign(place.clone(), value));
    }

    /// Writes a value that is there already.
    pub(crate) fn assign_operand(&mut self, place: &Place, operand: Operand) {
        self.assign(place, Rvalue::Use(operand));
    }

    /// A temporary that holds a computed value of a type without resources.
    pub(crate) fn computed(&mut self, ty: Ty, value: Rvalue) -> Local {
        let temp = self.temp(ty);
        self.assign(&temp.into(), value);
        temp
    }

    /// Ends the current block; what follows goes to a block that nothing reaches.
    pub(crate) fn diverge(&mut self, kind: TermKind) {
        self.end(kind);
        self.current = self.new_block();
    }

    /// Ends the current block and goes on in another.
    pub(crate) fn end_into(&mut self, kind: TermKind, next: BlockId) {
        self.end(kind);
        self.current = next;
    }

    /// Goes from the current block to another and goes on there.
    pub(crate) fn goto_into(&mut self, next: BlockId) {
        self.end_into(TermKind::Goto(next), next);
    }

    /// Ends the current block.
    pub(crate) fn end(&mut self, kind: TermKind) {
        let span = self.span;
        let block = &mut self.blocks[self.current];
        debug_assert!(block.term.is_none(), "a block ends once");
        block.term = Some(Terminator { kind, span });
    }

    /// Lowers the expression that is the whole body, up to the return.
    pub(crate) fn whole_body(&mut self, value: &'h Expr) {
        self.store(&RETURN.into(), value);
        self.span = value.span.shrink_to_end();
        self.return_here();
    }

    /// Runs what is open and returns what the return place holds.
    pub(crate) fn return_here(&mut self) {
        self.leave(0);
        self.diverge(TermKind::Return);
    }

    /// The finished body: reachable blocks only, straight lines merged, cleanup blocks last.
    pub(crate) fn finish(self) -> Body {
        let span = self.signature.span;
        let unreachable = Terminator { kind: TermKind::Unreachable, span };
        let blocks = self.blocks.into_iter().map(|block| Block {
            stmts: block.stmts,
            term: block.term.unwrap_or_else(|| unreachable.clone()),
            cleanup: block.cleanup,
        });
        let mut body = Body {
            name: self.signature.name,
            kind: self.signature.kind,
            generics: self.signature.generics.len(),
            params: self.params,
            locals: self.locals,
            blocks: blocks.collect(),
            span,
            blames_caller: false,
        };
        crate::tidy::tidy(&mut body);
        body
    }
}
