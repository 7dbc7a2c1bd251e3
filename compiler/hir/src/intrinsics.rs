//! The table of intrinsics: operations declared in `stdlib/` with `extern "intrinsic"` and done by
//! the compiler or the runtime. One row each; names and effects are said nowhere else.
//!
//! A row: variant, name (`module.name`, or `type.name` in lower case for methods), how each
//! argument is passed, effects. The types stand in the declaration in `stdlib/`. Names that begin
//! with `$` are the compiler's own: lowering emits them and `stdlib/` does not declare them.

/// How an argument is passed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ArgMode {
    /// The operation reads it; the caller keeps it.
    Borrow,
    /// The operation takes it over.
    Own,
    /// The operation changes the caller's place.
    Mut,
}

/// What an operation may do besides computing its result.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effects {
    /// Never unwinds and never parks: a statement in MIR.
    None,
    /// May raise a panic: a call with an unwind edge.
    Unwind,
    /// May park the task, and raise a panic or a cancellation: a call with an unwind edge.
    Suspend,
    /// Does not return; raises or exits.
    Diverge,
}

macro_rules! intrinsics {
    ($($variant:ident $name:literal ($($mode:ident),*) $effects:ident)*) => {
        /// An operation of the compiler or the runtime.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[allow(missing_docs, reason = "documented where `stdlib/` declares them")]
        pub enum Intrinsic { $($variant),* }

        impl Intrinsic {
            /// Every intrinsic, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name under which `stdlib/` declares it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// How each argument is passed.
            #[must_use]
            pub fn args(self) -> &'static [ArgMode] {
                match self { $(Self::$variant => &[$(ArgMode::$mode),*]),* }
            }

            /// What it may do.
            #[must_use]
            pub fn effects(self) -> Effects {
                match self { $(Self::$variant => Effects::$effects),* }
            }

            /// The intrinsic with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|i| i.name() == name)
            }
        }
    };
}

intrinsics! {
    // `$show` appends a value of any type to the string in a place; inside containers
    // (`$show_nested`) strings and chars are quoted. `$eq` gives a bool, `$cmp` -1, 0 or 1 as an
    // `int`; both compare two values of any one type that is not a number, bool or char (those are
    // `Rvalue::Binary`). The derive pass turns all four into primitive operations or calls of glue.
    Show            "$show"             (Mut, Borrow)       Unwind
    ShowNested      "$show_nested"      (Mut, Borrow)       Unwind
    Eq              "$eq"               (Borrow, Borrow)    Unwind
    Cmp             "$cmp"              (Borrow, Borrow)    Unwind
    NurseryEnter    "$nursery_enter"    ()                  None
    NurseryJoin     "$nursery_join"     (Borrow)            Suspend
    NurseryAbort    "$nursery_abort"    (Borrow)            Suspend
    ArrayFill       "$array_fill"       (Own, Borrow)       Unwind
    ArrayLen        "array.len"         (Borrow)            None
    ArrayPush       "array.push"        (Mut, Own)          None
    ArrayTakeLast   "array.take_last"   (Mut)               None
    ArrayAppend     "array.extend"      (Mut, Borrow)       None
    ArrayReserve    "array.reserve"     (Mut, Borrow)       None
    ArrayTruncate   "array.truncate"    (Mut, Borrow)       None
    ArraySwap       "array.swap"        (Mut, Borrow, Borrow) Unwind
    ArraySlice      "array.slice"       (Borrow, Borrow, Borrow) Unwind
    StringLen       "string.len"        (Borrow)            None
    StringAppend    "string.append"     (Mut, Borrow)       None
    StringSlice     "string.slice"      (Borrow, Borrow, Borrow) Unwind
    ChannelNew      "prelude.channel"   (Borrow)            Unwind
    SenderSend      "sender.send"       (Borrow, Own)       Suspend
    SenderClose     "sender.close"      (Borrow)            None
    ReceiverRecv    "receiver.recv"     (Borrow)            Suspend
    ReceiverClose   "receiver.close"    (Borrow)            None
    TaskSleep       "time.sleep_nanos"  (Borrow)            Suspend
    PrintLine       "prelude.print_line" (Borrow)           None
    Panic           "prelude.panic"     (Borrow)            Diverge
    ProcessExit     "process.exit"      (Borrow)            Diverge
}
