//! What is known about the whole program while it is being checked.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use wyn_base::diagnostic::Reported;
use wyn_base::{Code, Diagnostic, Diagnostics, IndexVec, Severity, Span, Symbol, spelling};
use wyn_hir as hir;
use wyn_hir::{Adt, AdtId, Bound, ConstId, FnId, Generic, IntTy, Ty, TyKind};
use wyn_syntax::ast;

use crate::disputes::Disputes;
use crate::infer::{Common, Infer};
use crate::unknown::UnknownNames;
use crate::usage::Usage;
use crate::{Module, Package, Target};

/// The position of a module in [`World::modules`].
pub(crate) type ModuleId = usize;

/// What a name of a module stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Def {
    Fn(FnId),
    Adt(AdtId),
    Const(ConstId),
    /// A `type` alias, by position in [`World::aliases`].
    Alias(usize),
    Module(ModuleId),
    /// A variant that is in scope by its own name.
    Variant(AdtId, usize),
    /// A declaration that is not compiled yet, or not readable: already reported.
    Unusable(Reported),
}

/// A name of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) def: Def,
    /// The name where it is declared or imported.
    pub(crate) span: Span,
    pub(crate) public: bool,
    pub(crate) imported: bool,
}

pub(crate) struct ModuleInfo<'a> {
    pub(crate) path: &'a str,
    pub(crate) package: Package,
    pub(crate) file: &'a ast::File,
    pub(crate) imports: &'a [Target],
    pub(crate) names: FxHashMap<Symbol, Entry>,
    /// The names that something refers to; of the standard library none.
    pub(crate) used: FxHashSet<Symbol>,
    /// Whether it adds methods to types of other modules: then importing it is use enough.
    pub(crate) extends: bool,
}

impl ModuleInfo<'_> {
    pub(crate) fn is_std(&self) -> bool {
        self.package == Package::Std
    }
}

/// What HIR does not keep of a struct or enum.
pub(crate) struct AdtInfo<'a> {
    pub(crate) module: ModuleId,
    pub(crate) item: AdtItem<'a>,
    /// The types used for arguments that are left out, as far as there are any.
    pub(crate) defaults: Vec<Option<Ty>>,
    /// By variant and field: where it is declared and whether it is public.
    pub(crate) fields: Vec<Vec<FieldInfo>>,
    /// The error type, when a field's type has a mistake: then nothing is inferred from the fields.
    pub(crate) wrong: Option<Ty>,
}

#[derive(Clone, Copy)]
pub(crate) enum AdtItem<'a> {
    Struct(&'a ast::StructItem),
    Enum(&'a ast::EnumItem),
    /// `Option` of a program without a prelude.
    Builtin,
}

#[derive(Clone, Copy)]
pub(crate) struct FieldInfo {
    pub(crate) span: Span,
    pub(crate) public: bool,
}

pub(crate) struct AliasInfo<'a> {
    pub(crate) module: ModuleId,
    pub(crate) item: &'a ast::TypeAliasItem,
    pub(crate) state: AliasState,
}

#[derive(Clone)]
pub(crate) enum AliasState {
    Unresolved,
    InProgress,
    Done(Rc<Vec<Generic>>, Ty),
}

/// The type of a function as its callers see it.
#[derive(Clone, Debug)]
pub(crate) struct Sig {
    /// Those of the `impl` first.
    pub(crate) generics: Vec<Generic>,
    /// How many of them belong to the `impl`.
    pub(crate) outer: usize,
    pub(crate) params: Vec<ParamSig>,
    pub(crate) ret: Ty,
    /// Where the result type is written, or the name when it is not.
    pub(crate) ret_span: Span,
    /// Whether the first parameter is `self`.
    pub(crate) method: bool,
    /// The error type, when the signature has a mistake: then nothing is inferred from it.
    pub(crate) wrong: Option<Ty>,
}

impl Sig {
    /// The error type, when nobody knows what the parameters are because they could not be read.
    pub(crate) fn unread(&self) -> Option<Ty> {
        let unread = |param: &ParamSig| param.name == "_" && matches!(param.ty.kind(), TyKind::Error);
        self.wrong.filter(|_| self.params.iter().any(unread))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct ParamSig {
    pub(crate) name: Symbol,
    pub(crate) ty: Ty,
    pub(crate) mutable: bool,
    pub(crate) span: Span,
    /// The function that computes the value when the argument is left out.
    pub(crate) default: Option<FnId>,
}

/// Where a function's code stands.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Item(&'a ast::FnItem),
    /// The default of a parameter.
    Default(&'a ast::Expr),
    Intrinsic(hir::Intrinsic),
    /// Nothing to check: the declaration was reported.
    Missing,
}

pub(crate) struct FnInfo<'a> {
    pub(crate) name: Symbol,
    pub(crate) path: String,
    pub(crate) module: ModuleId,
    /// Its syntax; none for a parameter's default.
    pub(crate) item: Option<&'a ast::FnItem>,
    pub(crate) span: Span,
    pub(crate) public: bool,
    pub(crate) source: Source<'a>,
    pub(crate) self_ty: Option<Ty>,
    pub(crate) sig: Rc<Sig>,
    pub(crate) body: Option<hir::FnBody>,
}

pub(crate) struct ConstInfo<'a> {
    pub(crate) name: Symbol,
    pub(crate) module: ModuleId,
    pub(crate) item: &'a ast::ConstItem,
    pub(crate) state: ConstState,
    pub(crate) body: Option<hir::Body>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConstState {
    Unchecked,
    /// Its type is known, its value is not checked yet.
    Declared(Ty),
    InProgress,
    Done(Ty),
}

/// A type argument that is written, and what the declaration asks of it.
#[derive(Clone)]
pub(crate) struct Promise {
    pub(crate) ty: Ty,
    pub(crate) bound: Bound,
    /// The declaration.
    pub(crate) of: Symbol,
    /// The type parameters in scope.
    pub(crate) generics: Rc<Vec<Generic>>,
    /// Where the type is written.
    pub(crate) span: Span,
}

/// What methods are looked up by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Head {
    Adt(AdtId),
    Array,
    String,
    Int(IntTy),
    F64,
    F32,
    Bool,
    Char,
    Unit,
    Tuple(usize),
    Fn,
    Future,
    Sender,
    Receiver,
    Mutex,
    Atomic,
}

impl Head {
    pub(crate) fn of(ty: Ty) -> Option<Self> {
        Some(match ty.kind() {
            TyKind::Adt(id, ..) => Self::Adt(*id),
            TyKind::Array(_) => Self::Array,
            TyKind::String => Self::String,
            TyKind::Int(int) => Self::Int(*int),
            TyKind::F64 => Self::F64,
            TyKind::F32 => Self::F32,
            TyKind::Bool => Self::Bool,
            TyKind::Char => Self::Char,
            TyKind::Unit => Self::Unit,
            TyKind::Tuple(parts) => Self::Tuple(parts.len()),
            TyKind::Fn(..) => Self::Fn,
            TyKind::Future(_) => Self::Future,
            TyKind::Sender(_) => Self::Sender,
            TyKind::Receiver(_) => Self::Receiver,
            TyKind::Mutex(_) => Self::Mutex,
            TyKind::Atomic(_) => Self::Atomic,
            TyKind::Never | TyKind::Param(..) | TyKind::Infer(_) | TyKind::Error => return None,
        })
    }
}

/// A declaration in which types are written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Owner {
    Module,
    Adt(AdtId),
    Fn(FnId),
    Const(ConstId),
    /// By position in [`World::aliases`].
    Alias(usize),
}

/// Declarations that the language refers to.
pub(crate) struct Lang {
    pub(crate) option: AdtId,
    pub(crate) result: Option<AdtId>,
    pub(crate) duration: Option<AdtId>,
    pub(crate) error: Option<AdtId>,
    pub(crate) map: Option<hir::MapItems>,
    pub(crate) set: Option<AdtId>,
    pub(crate) range: Option<AdtId>,
    pub(crate) lazy: Option<AdtId>,
    /// `(start, end, inclusive) -> Range<T>`.
    pub(crate) range_between: Option<FnId>,
    pub(crate) abilities: Vec<(AdtId, Bound, FnId)>,
    pub(crate) option_name: Symbol,
}

/// Names that the checker itself looks for.
pub(crate) struct Names {
    /// Of locals made by desugaring.
    pub(crate) temp: Symbol,
    pub(crate) await_: Symbol,
    pub(crate) self_type: Symbol,
    pub(crate) next: Symbol,
    pub(crate) recv: Symbol,
    pub(crate) slice: Symbol,
    pub(crate) len: Symbol,
    pub(crate) new: Symbol,
}

impl Names {
    fn new() -> Self {
        Self {
            temp: Symbol::new("$"),
            await_: Symbol::new("await"),
            self_type: Symbol::new("Self"),
            next: Symbol::new("next"),
            recv: Symbol::new("recv"),
            slice: Symbol::new("slice"),
            len: Symbol::new("len"),
            new: Symbol::new("new"),
        }
    }
}

pub(crate) struct World<'a> {
    pub(crate) modules: Vec<ModuleInfo<'a>>,
    pub(crate) prelude: Option<ModuleId>,
    pub(crate) adts: IndexVec<AdtId, Adt>,
    pub(crate) adt_info: IndexVec<AdtId, AdtInfo<'a>>,
    pub(crate) fns: IndexVec<FnId, FnInfo<'a>>,
    pub(crate) consts: IndexVec<ConstId, ConstInfo<'a>>,
    pub(crate) aliases: Vec<AliasInfo<'a>>,
    pub(crate) impls: Vec<(ModuleId, &'a ast::Item, &'a ast::ImplItem)>,
    pub(crate) methods: FxHashMap<(Head, Symbol), Vec<FnId>>,
    pub(crate) lang: Lang,
    pub(crate) common: Common,
    pub(crate) bounds: FxHashMap<(Ty, Bound), bool>,
    /// Those of `bounds` that hold if a type that is being looked at does, in the order of their finding.
    pub(crate) assumed_bounds: Vec<(Ty, Bound)>,
    /// Bounds of the type arguments of types that are written, not checked yet.
    pub(crate) promises: Vec<Promise>,
    /// Those that did not hold, and were reported.
    pub(crate) broken_promises: FxHashSet<(Ty, Bound)>,
    /// The local functions that a local function sees.
    pub(crate) nested: FxHashMap<FnId, Vec<(Symbol, FnId)>>,
    pub(crate) names: Names,
    /// The inference table of the last body, for reuse.
    pub(crate) spare_infer: Option<Infer>,
    /// Whose types are being looked at: an unknown name is reported once in a declaration.
    pub(crate) owner: Owner,
    pub(crate) unknown_types: FxHashMap<(Owner, Symbol), Ty>,
    pub(crate) unknown_names: UnknownNames,
    pub(crate) disputes: Disputes,
    pub(crate) usage: Usage,
    /// Warnings that only a program without errors gets.
    pub(crate) when_right: Vec<Diagnostic>,
    /// Methods of `impl`s whose target is not known: nobody complains that they are missing.
    pub(crate) lost_methods: FxHashMap<Symbol, Ty>,
    diags: Diagnostics,
    errors: usize,
    /// The error type of the latest mistake.
    pub(crate) last_error: Option<Ty>,
    suggestions: usize,
}

impl<'a> World<'a> {
    pub(crate) fn new(modules: &'a [Module]) -> Self {
        let infos: Vec<ModuleInfo<'a>> = modules
            .iter()
            .map(|m| ModuleInfo {
                path: &m.path,
                package: m.package,
                file: &m.file,
                imports: &m.imports,
                names: FxHashMap::default(),
                used: FxHashSet::default(),
                extends: false,
            })
            .collect();
        Self {
            prelude: infos.iter().position(|m| m.path == "prelude"),
            modules: infos,
            adts: IndexVec::new(),
            adt_info: IndexVec::new(),
            fns: IndexVec::new(),
            consts: IndexVec::new(),
            aliases: Vec::new(),
            impls: Vec::new(),
            methods: FxHashMap::default(),
            lang: Lang {
                option: AdtId(u32::MAX),
                result: None,
                duration: None,
                error: None,
                map: None,
                set: None,
                range: None,
                lazy: None,
                range_between: None,
                abilities: Vec::new(),
                option_name: Symbol::new("Option"),
            },
            common: Common::new(),
            bounds: FxHashMap::default(),
            assumed_bounds: Vec::new(),
            promises: Vec::new(),
            broken_promises: FxHashSet::default(),
            nested: FxHashMap::default(),
            names: Names::new(),
            spare_infer: None,
            owner: Owner::Module,
            unknown_types: FxHashMap::default(),
            unknown_names: UnknownNames::default(),
            disputes: Disputes::default(),
            usage: Usage::default(),
            when_right: Vec::new(),
            lost_methods: FxHashMap::default(),
            diags: Diagnostics::new(),
            errors: 0,
            last_error: None,
            suggestions: 0,
        }
    }

    /// Adds a diagnostic, unless it is about a line that could not be read.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let is_error = diagnostic.severity == Severity::Error;
        if let Some(reported) = self.on_broken_line(diagnostic.primary.span) {
            self.known_error(reported);
            return reported;
        }
        self.errors += usize::from(is_error);
        let reported = self.diags.report(diagnostic);
        if is_error {
            self.last_error = Some(self.common.error(reported));
        }
        reported
    }

    /// How many diagnostics there are.
    pub(crate) fn reports(&self) -> usize {
        self.diags.len()
    }

    /// Says more in a diagnostic, by its position.
    pub(crate) fn revise(&mut self, at: usize, change: impl FnOnce(&mut Diagnostic)) {
        self.diags.revise(at, change);
    }

    /// A diagnostic, by its position.
    pub(crate) fn report_at(&self, at: usize) -> &Diagnostic {
        self.diags.at(at)
    }

    /// Takes diagnostics back that another one speaks for.
    pub(crate) fn retract(&mut self, which: &FxHashSet<usize>) {
        self.diags.retract(which);
    }

    /// A reported mistake is met again: what contains this place has it too.
    pub(crate) fn again(&mut self, error: Ty) {
        self.errors += 1;
        self.last_error = Some(error);
    }

    /// Reports a mistake and gives the type of what is wrong.
    pub(crate) fn error(&mut self, diagnostic: Diagnostic) -> Ty {
        let reported = self.report(diagnostic);
        self.common.error(reported)
    }

    /// Says that a construct of the language is not compiled yet.
    pub(crate) fn not_yet(&mut self, span: Span, what: &str) -> Reported {
        self.report(
            Diagnostic::error(Code::E0900, span, format!("{what} not supported yet"))
                .note("this belongs to the language, but this version of wync does not compile it"),
        )
    }

    /// How many errors were reported so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Proof for a node that the parser could not read: its diagnostic is the parser's. What contains the
    /// node has a mistake.
    pub(crate) fn unreadable(&mut self, module: ModuleId, span: Span) -> Ty {
        match self.modules[module].file.reported {
            Some(reported) => self.known_error(reported),
            None => {
                self.error(Diagnostic::error(Code::E0002, span, "this part of the file could not be read"))
            }
        }
    }

    /// Takes note of a mistake that an earlier stage has reported.
    pub(crate) fn known_error(&mut self, reported: Reported) -> Ty {
        self.errors += 1;
        let error = self.common.error(reported);
        self.last_error = Some(error);
        error
    }

    pub(crate) fn on_broken_line(&self, span: Span) -> Option<Reported> {
        let mut files = self.modules.iter().map(|module| module.file);
        let file = files.find(|file| file.source == span.source && !file.broken.is_empty())?;
        let next = file.broken.partition_point(|(start, _)| *start <= span.start);
        let (_, end) = file.broken[next.checked_sub(1)?];
        file.reported.filter(|_| span.start <= end)
    }

    /// Whether a line of a place could not be read.
    pub(crate) fn has_broken_line(&self, span: Span) -> bool {
        let file = self.modules.iter().map(|module| module.file).find(|file| file.source == span.source);
        file.is_some_and(|file| {
            file.broken.iter().any(|(start, end)| *start <= span.end && span.start <= *end)
        })
    }

    /// Whether a part of the program's text could not be read: then what seems to be unused may be used there.
    pub(crate) fn is_partial(&self) -> bool {
        self.modules.iter().any(|module| module.file.reported.is_some())
    }

    /// The known name that `name` is probably meant to be. Gives up after many mistakes, because
    /// each search looks at every candidate.
    pub(crate) fn suggest<'c>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        self.suggestions += 1;
        if self.suggestions > 100 { None } else { spelling::closest(name, candidates) }
    }

    /// A variant behind the name of its enum, which those of options and results need not have.
    pub(crate) fn variant_path(&self, id: AdtId, at: usize) -> String {
        let (adt, variant) = (&self.adts[id], self.adts[id].variants[at].name);
        let bare = id == self.lang.option || Some(id) == self.lang.result;
        if bare { variant.to_string() } else { format!("{}.{variant}", adt.name) }
    }

    /// `T?`.
    pub(crate) fn option_of(&self, inner: Ty) -> Ty {
        Ty::new(TyKind::Adt(self.lang.option, self.lang.option_name, vec![inner]))
    }

    /// The `T` of `T?`.
    pub(crate) fn option_inner(&self, ty: Ty) -> Option<Ty> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if *id == self.lang.option => args.first().copied(),
            _ => None,
        }
    }

    /// The `T` and `E` of `Result<T, E>`.
    pub(crate) fn result_parts(&self, ty: Ty) -> Option<(Ty, Ty)> {
        match ty.kind() {
            TyKind::Adt(id, _, args) if Some(*id) == self.lang.result && args.len() == 2 => {
                Some((args[0], args[1]))
            }
            _ => None,
        }
    }

    /// The declaration's type with these arguments.
    pub(crate) fn adt_type(&self, id: AdtId, args: Vec<Ty>) -> Ty {
        Ty::new(TyKind::Adt(id, self.adts[id].name, args))
    }

    /// What remains when everything is checked.
    pub(crate) fn into_parts(self) -> (IndexVec<AdtId, Adt>, IndexVec<FnId, hir::Fn>, Diagnostics) {
        let common = self.common;
        let modules = self.modules;
        let finish = |info: FnInfo<'a>| {
            let sig = Rc::unwrap_or_clone(info.sig);
            let empty = || {
                let value =
                    hir::Expr { kind: hir::ExprKind::Lit(hir::Lit::Unit), ty: common.unit, span: info.span };
                hir::FnBody::Wyn(hir::Body { locals: IndexVec::new(), value })
            };
            hir::Fn {
                name: info.name,
                path: info.path,
                generics: sig.generics,
                params: sig
                    .params
                    .into_iter()
                    .map(|p| hir::Param { name: p.name, ty: p.ty, mutable: p.mutable, span: p.span })
                    .collect(),
                ret: sig.ret,
                body: info.body.unwrap_or_else(empty),
                span: info.span,
                library: modules[info.module].is_std(),
            }
        };
        (self.adts, self.fns.into_iter().map(finish).collect(), self.diags)
    }
}
