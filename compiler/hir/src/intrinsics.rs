//! The table of intrinsics: operations declared in `stdlib/` with `extern "intrinsic"` and done by
//! the compiler or the runtime. One row each; names, effects and the way to the runtime function
//! are said nowhere else.
//!
//! A row: variant, name (`module.name`, or `type.name` in lower case for methods), how each
//! argument is passed, effects, and how it is done: `inline` by the code generator, or by a call of
//! a function of the ABI table with these arguments and this result. The types stand in the
//! declaration in `stdlib/`; a test compares table and declarations both ways.

/// How an argument is passed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ArgMode {
    /// The operation reads it; the caller keeps it.
    Borrow,
    /// The operation takes it over, also when it unwinds.
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

/// An argument of the runtime function behind an intrinsic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AbiArg {
    /// The fiber pointer.
    Fiber,
    /// The Wyn argument at this position: a scalar or an object pointer.
    Value(u8),
    /// The address of the place of the `Mut` argument at this position.
    Place(u8),
    /// The address of memory that holds the argument at this position, of whatever type.
    Addr(u8),
    /// Bytes of the first type argument (the element of an array, the message of a channel), padded
    /// to its alignment: the distance between two in an array.
    ElemSize,
    /// The index of the type descriptor of the result's type, an array or string.
    TypeIndex,
    /// The static location of the call.
    Location,
    /// The address of uninitialised memory for the result.
    Out,
}

/// How the result of the runtime function becomes the result of the intrinsic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AbiResult {
    /// There is none.
    Unit,
    /// It is the value returned: a scalar, an object pointer, or a tuple of two of them.
    Value,
    /// The function has written it to [`AbiArg::Out`].
    Out,
    /// The function returns a `bool`: `Some` of what it has written to [`AbiArg::Out`], or `None`
    /// when it has written nothing. The result type is an `Option`.
    OutOption,
    /// The function does not return.
    Never,
}

/// How an intrinsic is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lowering {
    /// By instructions that the code generator writes.
    Inline,
    /// By a call of this function of the ABI table.
    Call(&'static str, &'static [AbiArg], AbiResult),
}

macro_rules! intrinsics {
    (@lowering inline) => { Lowering::Inline };
    (@lowering $function:literal [] $result:ident) => { Lowering::Call($function, &[], AbiResult::$result) };
    (@lowering $function:literal [$($arg:expr),+] $result:ident) => {{
        use AbiArg::*;
        Lowering::Call($function, &[$($arg),+], AbiResult::$result)
    }};
    ($(
        $variant:ident $name:literal ($($mode:ident),*) $effects:ident
            => $how:tt $([$($arg:expr),*] $result:ident)?;
    )*) => {
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

            /// Whether it takes any number of arguments, all passed as the first one.
            #[must_use]
            pub fn is_variadic(self) -> bool {
                self == Self::Lock
            }

            /// What it may do.
            #[must_use]
            pub fn effects(self) -> Effects {
                match self { $(Self::$variant => Effects::$effects),* }
            }

            /// How it is done.
            #[must_use]
            pub fn lowering(self) -> Lowering {
                match self {
                    $(Self::$variant => intrinsics!(@lowering $how $([$($arg),*] $result)?)),*
                }
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
    // The compiler's own: lowering emits them, `stdlib/` does not declare them. `$show` appends a
    // value of any type to the string in a place; `$show_formatted` has a packed format besides, which it
    // follows for numbers and strings and ignores for everything else. `$eq` gives a bool, `$cmp` -1, 0 or
    // 1 as an `int`; both compare two values of any one type that is not a number, bool or char (those are
    // `Rvalue::Binary`). The derive pass turns these, and the structural operations of the prelude
    // below, into primitive operations or calls of glue; only `$cmp` of numbers, bools and chars is
    // left for the code generator. `$nursery_enter` and `$nursery_open` (nanoseconds, limit, supervised) give a token for
    // the others. `$nursery_join` says whether it was in time, `$nursery_unwind` whether the unwinding is over.
    // `$lock` takes any number of contents of mutexes, `$unlock` one; MIR sees that they change. `$mask` and `$unmask`
    // stand around a `defer`: in between, no wait meets a cancellation; `$unmask` waits for tasks that the `defer` has left.
    Show            "$show"             (Mut, Borrow)       Unwind  => inline;
    ShowFormatted   "$show_formatted"   (Mut, Borrow, Borrow) Unwind => inline;
    Eq              "$eq"               (Borrow, Borrow)    Unwind  => inline;
    Cmp             "$cmp"              (Borrow, Borrow)    Unwind  => inline;
    NurseryEnter    "$nursery_enter"    ()                  None    => "wyn_nursery_enter" [Fiber] Value;
    NurseryOpen     "$nursery_open"     (Borrow, Borrow, Borrow) Unwind => "wyn_nursery_open" [Fiber, Value(0), Value(1), Value(2), Location] Value;
    NurseryJoin     "$nursery_join"     (Borrow)            Suspend => "wyn_nursery_join" [Fiber, Value(0), Location] Value;
    NurseryLeave    "$nursery_leave"    (Borrow)            Suspend => "wyn_nursery_leave" [Fiber, Value(0), Location] Unit;
    NurseryUnwind   "$nursery_unwind"   (Borrow)            Suspend => "wyn_nursery_unwind" [Fiber, Value(0), Location] Value;
    Lock            "$lock"             (Mut)               Suspend => inline;
    Unlock          "$unlock"           (Mut)               None    => "wyn_unlock" [Fiber, Place(0)] Unit;
    Mask            "$mask"             ()                  None    => "wyn_mask" [Fiber] Unit;
    Unmask          "$unmask"           ()                  Suspend => "wyn_unmask" [Fiber] Unit;

    // Of any type: `show_nested` is `$show` as it looks inside containers, where strings and chars are
    // quoted; `hash_value` gives the state of a hash after a value, from the state before. Its primitive
    // operations take any integer, bool or char as a word.
    ShowNested      "prelude.show_nested" (Mut, Borrow)     Unwind  => inline;
    HashValue       "prelude.hash_value" (Borrow, Borrow)   Unwind  => inline;
    HashWord        "$hash_word"        (Borrow, Borrow)    None    => "wyn_hash_word" [Value(0), Value(1)] Value;
    HashString      "$hash_string"      (Borrow, Borrow)    None    => "wyn_hash_string" [Value(0), Value(1)] Value;
    // The ordinal of an integer or char: an `int`, in the same order and without gaps; and back.
    Ordinal         "prelude.range.ordinal" (Borrow)        Unwind  => inline;
    FromOrdinal     "prelude.range.from_ordinal" (Borrow)   Unwind  => inline;
    HashSeed        "prelude.hash_seed" ()                  None    => "wyn_hash_seed" [Fiber] Value;

    // Arrays. `take_last` is for an array that is not empty.
    ArrayLen        "array.len"         (Borrow)            None    => inline;
    ArrayPush       "array.push"        (Mut, Own)          None    => "wyn_array_push" [Fiber, Place(0), Addr(1), ElemSize] Unit;
    ArrayTakeLast   "array.take_last"   (Mut)               None    => "wyn_array_take_last" [Fiber, Place(0), Out, ElemSize] Out;
    ArrayAppend     "array.extend"      (Mut, Borrow)       None    => "wyn_array_extend" [Fiber, Place(0), Value(1), ElemSize] Unit;
    ArrayConcat     "array.concat"      (Borrow, Borrow)    None    => "wyn_array_concat" [Fiber, Value(0), Value(1), ElemSize] Value;
    ArrayReserve    "array.reserve"     (Mut, Borrow)       None    => "wyn_array_reserve" [Fiber, Place(0), Value(1), ElemSize] Unit;
    ArrayTruncate   "array.truncate"    (Mut, Borrow)       None    => "wyn_array_truncate" [Fiber, Place(0), Value(1), ElemSize] Unit;
    ArrayInsert     "array.insert"      (Mut, Borrow, Own)  Unwind  => "wyn_array_insert" [Fiber, Place(0), Value(1), Addr(2), ElemSize, Location] Unit;
    ArrayRemove     "array.remove"      (Mut, Borrow)       Unwind  => "wyn_array_remove" [Fiber, Place(0), Value(1), Out, ElemSize, Location] Out;
    ArraySwap       "array.swap"        (Mut, Borrow, Borrow) Unwind => "wyn_array_swap" [Fiber, Place(0), Value(1), Value(2), ElemSize, Location] Unit;
    ArraySlice      "array.slice"       (Borrow, Borrow, Borrow) Unwind => "wyn_array_slice" [Fiber, Value(0), Value(1), Value(2), ElemSize, Location] Value;
    ArrayFill       "prelude.array_fill" (Own, Borrow)      Unwind  => "wyn_array_fill" [Fiber, TypeIndex, Addr(0), Value(1), ElemSize, Location] Value;
    ArrayElement    "array.element"     (Borrow, Borrow)    None    => inline;
    ArrayUnique     "prelude.make_unique" (Mut)             None    => "wyn_array_unique" [Fiber, Place(0), ElemSize] Unit;
    ArrayFilled     "prelude.filled"    (Mut, Borrow)       None    => "wyn_array_filled" [Place(0), Value(1)] Unit;
    NeedsDrop       "prelude.needs_drop" ()             None    => inline;
    SlotsOf         "prelude.slots_of"  (Borrow)            None    => inline;
    SlotMove        "prelude.relocate"  (Borrow, Borrow, Borrow, Borrow) None => inline;
    SlotPut         "prelude.parallel.put" (Borrow, Borrow, Own) None => inline;
    SlotShare       "prelude.parallel.share" (Borrow, Borrow) None  => inline;
    SlotTake        "prelude.parallel.take" (Borrow, Borrow) None   => inline;
    ArrayJoin       "array.join"        (Borrow, Borrow)    None    => "wyn_string_join" [Fiber, Value(0), Value(1)] Value;

    // Strings. Positions are byte offsets.
    StringLen       "string.len"        (Borrow)            None    => inline;
    StringAppend    "string.append"     (Mut, Borrow)       None    => "wyn_string_append" [Fiber, Place(0), Value(1)] Unit;
    StringConcat    "string.concat"     (Borrow, Borrow)    None    => "wyn_string_concat" [Fiber, Value(0), Value(1)] Value;
    StringEq        "string.eq"         (Borrow, Borrow)    None    => "wyn_string_eq" [Value(0), Value(1)] Value;
    StringCompare   "string.compare"    (Borrow, Borrow)    None    => "wyn_string_compare" [Value(0), Value(1)] Value;
    StringHash      "string.hash"       (Borrow)            None    => "wyn_string_hash" [Value(0)] Value;
    StringSlice     "string.slice"      (Borrow, Borrow, Borrow) Unwind => "wyn_string_slice" [Fiber, Value(0), Value(1), Value(2), Location] Value;
    StringByteAt    "string.byte_at"    (Borrow, Borrow)    Unwind  => "wyn_string_byte_at" [Fiber, Value(0), Value(1), Location] Value;
    StringIsBoundary "string.is_char_boundary" (Borrow, Borrow) None => "wyn_string_is_boundary" [Value(0), Value(1)] Value;
    StringFind      "string.find_from"  (Borrow, Borrow, Borrow) None => "wyn_string_find" [Value(0), Value(1), Value(2)] Value;
    StringFindLast  "string.find_last"  (Borrow, Borrow)    None    => "wyn_string_find_last" [Value(0), Value(1)] Value;
    StringStartsWith "string.starts_with" (Borrow, Borrow)  None    => "wyn_string_starts_with" [Value(0), Value(1)] Value;
    StringEndsWith  "string.ends_with"  (Borrow, Borrow)    None    => "wyn_string_ends_with" [Value(0), Value(1)] Value;
    StringTrim      "string.trim"       (Borrow)            None    => "wyn_string_trim" [Fiber, Value(0)] Value;
    StringTrimStart "string.trim_start" (Borrow)            None    => "wyn_string_trim_start" [Fiber, Value(0)] Value;
    StringTrimEnd   "string.trim_end"   (Borrow)            None    => "wyn_string_trim_end" [Fiber, Value(0)] Value;
    StringReplace   "string.replace"    (Borrow, Borrow, Borrow) None => "wyn_string_replace" [Fiber, Value(0), Value(1), Value(2)] Value;
    StringToUpper   "string.to_upper"   (Borrow)            None    => "wyn_string_to_upper" [Fiber, Value(0)] Value;
    StringToLower   "string.to_lower"   (Borrow)            None    => "wyn_string_to_lower" [Fiber, Value(0)] Value;
    StringRepeat    "string.repeat"     (Borrow, Borrow)    Unwind  => "wyn_string_repeat" [Fiber, Value(0), Value(1), Location] Value;
    StringChars     "string.chars"      (Borrow)            None    => "wyn_string_chars" [Fiber, TypeIndex, Value(0)] Value;
    StringBytes     "string.bytes"      (Borrow)            None    => "wyn_string_bytes" [Fiber, TypeIndex, Value(0)] Value;
    StringLines     "string.lines"      (Borrow)            None    => "wyn_string_lines" [Fiber, TypeIndex, Value(0)] Value;
    StringSplit     "string.split"      (Borrow, Borrow)    None    => "wyn_string_split" [Fiber, TypeIndex, Value(0), Value(1)] Value;
    StringWords     "string.split_whitespace" (Borrow)      None    => "wyn_string_split_whitespace" [Fiber, TypeIndex, Value(0)] Value;
    StringFromChars "string.from_chars" (Borrow)            None    => "wyn_string_from_chars" [Fiber, Value(0)] Value;
    StringFromUtf8  "string.check_utf8" (Borrow)            None    => "wyn_string_check_utf8" [Fiber, Value(0)] Value;
    StringParseInt  "string.scan_int"   (Borrow)            None    => "wyn_string_scan_int" [Value(0)] Value;
    StringParseFloat "string.scan_float" (Borrow)           None    => "wyn_string_scan_float" [Value(0)] Value;

    // Characters.
    CharIsAlphabetic "char.is_alphabetic" (Borrow)          None    => "wyn_char_is_alphabetic" [Value(0)] Value;
    CharIsNumeric   "char.is_numeric"   (Borrow)            None    => "wyn_char_is_numeric" [Value(0)] Value;
    CharIsWhitespace "char.is_whitespace" (Borrow)          None    => "wyn_char_is_whitespace" [Value(0)] Value;
    CharIsUpper     "char.is_upper"     (Borrow)            None    => "wyn_char_is_upper" [Value(0)] Value;
    CharIsLower     "char.is_lower"     (Borrow)            None    => "wyn_char_is_lower" [Value(0)] Value;

    // Text of values: each appends to the string in the first argument.
    ShowInt         "prelude.show_int"  (Mut, Borrow)       None    => "wyn_show_int" [Fiber, Place(0), Value(1)] Unit;
    ShowUint        "prelude.show_uint" (Mut, Borrow)       None    => "wyn_show_uint" [Fiber, Place(0), Value(1)] Unit;
    ShowFloat       "prelude.show_float" (Mut, Borrow)      None    => "wyn_show_float" [Fiber, Place(0), Value(1)] Unit;
    ShowF32         "prelude.show_f32"  (Mut, Borrow)       None    => "wyn_show_f32" [Fiber, Place(0), Value(1)] Unit;
    ShowBool        "prelude.show_bool" (Mut, Borrow)       None    => "wyn_show_bool" [Fiber, Place(0), Value(1)] Unit;
    ShowChar        "prelude.show_char" (Mut, Borrow)       None    => "wyn_show_char" [Fiber, Place(0), Value(1)] Unit;
    ShowCharQuoted  "prelude.show_char_quoted" (Mut, Borrow) None   => "wyn_show_char_quoted" [Fiber, Place(0), Value(1)] Unit;
    ShowStringQuoted "prelude.show_string_quoted" (Mut, Borrow) None => "wyn_show_string_quoted" [Fiber, Place(0), Value(1)] Unit;

    // Text in a packed format. `format_pad` pads what was appended since the string had that length.
    FormatInt       "prelude.format_int" (Mut, Borrow, Borrow) None => "wyn_format_int" [Fiber, Place(0), Value(1), Value(2)] Unit;
    FormatUint      "prelude.format_uint" (Mut, Borrow, Borrow) None => "wyn_format_uint" [Fiber, Place(0), Value(1), Value(2)] Unit;
    FormatFloat     "prelude.format_float" (Mut, Borrow, Borrow) None => "wyn_format_float" [Fiber, Place(0), Value(1), Value(2)] Unit;
    FormatF32       "prelude.format_f32" (Mut, Borrow, Borrow) None => "wyn_format_f32" [Fiber, Place(0), Value(1), Value(2)] Unit;
    FormatString    "prelude.format_string" (Mut, Borrow, Borrow) None => "wyn_format_string" [Fiber, Place(0), Value(1), Value(2)] Unit;
    FormatPad       "prelude.format_pad" (Mut, Borrow, Borrow) None => "wyn_format_pad" [Fiber, Place(0), Value(1), Value(2)] Unit;

    // Panics.
    Panic           "prelude.panic"     (Borrow)            Diverge => "wyn_panic" [Fiber, Value(0), Location] Never;
    Assert          "prelude.assert"    (Borrow, Borrow)    Unwind  => "wyn_assert" [Fiber, Value(0), Value(1), Location] Unit;

    // Tasks and channels.
    ChannelNew      "prelude.channel"   (Borrow)            Unwind  => inline;
    SenderSend      "sender.send"       (Borrow, Own)       Suspend => "wyn_send" [Fiber, Value(0), Addr(1), ElemSize, Location] Unit;
    SenderOffer     "sender.offer"      (Borrow, Own)       None    => "wyn_try_send" [Fiber, Value(0), Addr(1), Out, ElemSize] OutOption;
    SenderRefused   "sender.is_refused" (Borrow)            None    => "wyn_channel_refuses" [Value(0)] Value;
    SenderClose     "sender.close"      (Borrow)            None    => "wyn_channel_close" [Fiber, Value(0), Location] Unit;
    SenderLen       "sender.len"        (Borrow)            None    => "wyn_channel_len" [Value(0)] Value;
    SenderCapacity  "sender.capacity"   (Borrow)            None    => "wyn_channel_capacity" [Value(0)] Value;
    ReceiverRecv    "receiver.recv"     (Borrow)            Suspend => "wyn_recv" [Fiber, Value(0), Out, ElemSize, Location] OutOption;
    ReceiverPoll    "receiver.poll"     (Borrow)            None    => "wyn_try_recv" [Fiber, Value(0), Out, ElemSize] OutOption;
    ReceiverDrained "receiver.is_drained" (Borrow)          None    => "wyn_channel_is_drained" [Value(0)] Value;
    ReceiverClose   "receiver.close"    (Borrow)            None    => "wyn_channel_close" [Fiber, Value(0), Location] Unit;
    ReceiverLen     "receiver.len"      (Borrow)            None    => "wyn_channel_len" [Value(0)] Value;
    ReceiverCapacity "receiver.capacity" (Borrow)           None    => "wyn_channel_capacity" [Value(0)] Value;
    SyncPlace       "sync.place"        ()                  None    => inline;
    SyncChannel     "sync.channel_of"   (Borrow, Borrow)    Unwind  => inline;
    TaskSleep       "prelude.sleep_nanos" (Borrow)          Suspend => "wyn_sleep" [Fiber, Value(0), Location] Unit;
    FutureSettle    "future.settle"     (Borrow)            Suspend => "wyn_settle" [Fiber, Value(0), Location] Value;
    FutureBegun     "future.has_begun"  (Borrow)            None    => "wyn_task_begun" [Value(0)] Value;
    FutureRetract   "future.retract"    (Borrow)            None    => "wyn_task_retract" [Fiber, Value(0)] Value;
    FutureCancel    "future.cancel"     (Borrow)            None    => "wyn_cancel" [Fiber, Value(0), Location] Unit;
    FutureFailure   "future.failure_text" (Borrow)          None    => "wyn_failure_text" [Fiber, Value(0)] Value;
    FuturePlace     "future.failure_place" (Borrow)         None    => "wyn_failure_place" [Fiber, Value(0)] Value;
    TaskYield       "task.yield"    ()                  Suspend => "wyn_yield" [Fiber] Unit;
    TaskCheckpoint  "task.checkpoint"   ()                  Suspend => "wyn_checkpoint" [Fiber] Unit;
    TaskLocalKey    "task.new_key"      ()                  None    => "wyn_task_local_key" [] Value;
    TaskLocalBind   "task.bind"         (Borrow, Own)       None    => "wyn_task_local_bind" [Fiber, Value(0), Value(1)] Unit;
    TaskLocalFind   "task.find"         (Borrow)            None    => "wyn_task_local_find" [Fiber, Value(0), Out] OutOption;
    TaskWorkers     "task.workers"      ()                  None    => "wyn_workers" [Fiber] Value;

    // Shared state.
    MutexNew        "mutex.new"         (Own)               None    => "wyn_mutex_new" [Fiber, TypeIndex, Addr(0), ElemSize] Value;
    AtomicNew       "atomic.new"        (Own)               None    => inline;
    AtomicLoad      "atomic.load"       (Borrow)            None    => inline;
    AtomicStore     "atomic.store"      (Borrow, Borrow)    None    => inline;
    AtomicAdd       "atomic.add"        (Borrow, Borrow)    None    => inline;
    AtomicSub       "atomic.sub"        (Borrow, Borrow)    None    => inline;
    AtomicSwap      "atomic.swap"       (Borrow, Borrow)    None    => inline;
    AtomicCompareSwap "atomic.compare_swap" (Borrow, Borrow, Borrow) None => inline;

    // Input and output. A pair's status is said where `stdlib/` declares it.
    PrintLine       "prelude.print_line" (Borrow)           None    => "wyn_print" [Fiber, Value(0)] Unit;
    EprintLine      "prelude.eprint_line" (Borrow)          None    => "wyn_eprint" [Fiber, Value(0)] Unit;
    IoWrite         "io.write_text"     (Borrow)            None    => "wyn_write" [Fiber, Value(0)] Unit;
    IoFlush         "io.flush"          ()                  None    => "wyn_flush" [Fiber] Unit;
    IoReadLine      "io.next_line"      ()                  Suspend => "wyn_read_line" [Fiber, Location] Value;
    IoReadAll       "io.rest"           ()                  Suspend => "wyn_read_all" [Fiber, Location] Value;
    FsRead          "fs.read_text"      (Borrow)            Suspend => "wyn_fs_read" [Fiber, Value(0), Location] Value;
    FsWrite         "fs.write_text"     (Borrow, Borrow)    Suspend => "wyn_fs_write" [Fiber, Value(0), Value(1), Location] Value;
    FsAppend        "fs.append_text"    (Borrow, Borrow)    Suspend => "wyn_fs_append" [Fiber, Value(0), Value(1), Location] Value;
    FsRemove        "fs.remove_path"    (Borrow)            Suspend => "wyn_fs_remove" [Fiber, Value(0), Location] Value;
    FsExists        "fs.exists"         (Borrow)            Suspend => "wyn_fs_exists" [Fiber, Value(0), Location] Value;
    FsList          "fs.list_names"     (Borrow)            Suspend => "wyn_fs_list" [Fiber, Value(0), Location] Value;
    FsIsDir         "fs.is_dir"         (Borrow)            Suspend => "wyn_fs_is_dir" [Fiber, Value(0), Location] Value;
    FsCreateDir     "fs.create_folder"  (Borrow)            Suspend => "wyn_fs_create_dir" [Fiber, Value(0), Location] Value;
    FsRemoveDir     "fs.remove_folder"  (Borrow)            Suspend => "wyn_fs_remove_dir" [Fiber, Value(0), Location] Value;
    ArgsList        "args.list"         ()                  None    => "wyn_args" [Fiber, TypeIndex] Value;
    EnvGet          "env.lookup"        (Borrow)            None    => "wyn_env_get" [Fiber, Value(0)] Value;
    ProcessExit     "process.exit"      (Borrow)            Diverge => "wyn_exit" [Fiber, Value(0)] Never;
    ProcessCpuTime  "process.cpu_nanos" ()                  None    => "wyn_cpu_nanos" [] Value;
    ProcessRss      "process.rss"       ()                  None    => "wyn_rss" [Fiber] Value;
    ProcessMaxRss   "process.max_rss"   ()                  None    => "wyn_max_rss" [] Value;
    TimeNow         "time.now_nanos"    ()                  None    => "wyn_now_nanos" [] Value;
    TimeWall        "time.wall_nanos"   ()                  None    => "wyn_wall_nanos" [] Value;

    // Numbers.
    FloatBits       "float.to_bits"     (Borrow)            None    => "wyn_float_bits" [Value(0)] Value;
    MathSqrt        "math.sqrt"         (Borrow)            None    => "wyn_math_sqrt" [Value(0)] Value;
    MathFloor       "math.floor"        (Borrow)            None    => "wyn_math_floor" [Value(0)] Value;
    MathCeil        "math.ceil"         (Borrow)            None    => "wyn_math_ceil" [Value(0)] Value;
    MathRound       "math.round"        (Borrow)            None    => "wyn_math_round" [Value(0)] Value;
    MathTrunc       "math.trunc"        (Borrow)            None    => "wyn_math_trunc" [Value(0)] Value;
    MathSin         "math.sin"          (Borrow)            None    => "wyn_math_sin" [Value(0)] Value;
    MathCos         "math.cos"          (Borrow)            None    => "wyn_math_cos" [Value(0)] Value;
    MathTan         "math.tan"          (Borrow)            None    => "wyn_math_tan" [Value(0)] Value;
    MathAtan2       "math.atan2"        (Borrow, Borrow)    None    => "wyn_math_atan2" [Value(0), Value(1)] Value;
    MathExp         "math.exp"          (Borrow)            None    => "wyn_math_exp" [Value(0)] Value;
    MathLn          "math.ln"           (Borrow)            None    => "wyn_math_ln" [Value(0)] Value;
    MathLog10       "math.log10"        (Borrow)            None    => "wyn_math_log10" [Value(0)] Value;
    MathLog2        "math.log2"         (Borrow)            None    => "wyn_math_log2" [Value(0)] Value;
    MathPow         "math.pow"          (Borrow, Borrow)    None    => "wyn_math_pow" [Value(0), Value(1)] Value;
}
