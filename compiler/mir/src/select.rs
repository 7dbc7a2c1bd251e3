//! What a `select` waits for: the callee of a call whose arguments are the operands of its arms.
//!
//! The call gives the position of the arm that was chosen. A receive has then a message, which
//! [`Rvalue::Received`](crate::Rvalue::Received) takes, once; a send has passed its value; the future of an await is
//! done. Values to send belong to the call: what no arm has passed it drops, also when it unwinds.

use wyn_base::Span;

use crate::ArgMode;

/// A `select`.
#[derive(Clone, PartialEq, Debug)]
pub struct Select {
    /// The first arm that is ready is chosen, rather than any.
    pub biased: bool,
    /// The arms, in the order of source.
    pub arms: Vec<SelectArm>,
}

/// An arm of a `select`.
#[derive(Clone, PartialEq, Debug)]
pub struct SelectArm {
    /// What it waits for.
    pub op: SelectOp,
    /// Its first argument is a `bool`: whether it takes part. Then each of its other arguments may be an option instead,
    /// which is `Some` if it does.
    pub guarded: bool,
    /// The operation in source.
    pub span: Span,
}

/// What an arm of a `select` waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectOp {
    /// A message of a receiver, or the end of its channel; only a message if `open`.
    Receive {
        /// Whether the end of the channel puts the arm out.
        open: bool,
    },
    /// That a sender takes a value.
    Send,
    /// That a future is done.
    Await,
    /// That so many nanoseconds have passed.
    After,
    /// That nothing is ready.
    Else,
    /// That no channel arm can ever be ready.
    Closed,
}

impl SelectOp {
    /// How each of its operands is passed, its guard aside.
    #[must_use]
    pub fn args(self) -> &'static [ArgMode] {
        match self {
            Self::Receive { .. } | Self::Await | Self::After => &[ArgMode::Borrow],
            Self::Send => &[ArgMode::Borrow, ArgMode::Own],
            Self::Else | Self::Closed => &[],
        }
    }
}

impl SelectArm {
    /// How each of its arguments is passed.
    pub fn args(&self) -> impl Iterator<Item = ArgMode> + '_ {
        self.guarded.then_some(ArgMode::Borrow).into_iter().chain(self.op.args().iter().copied())
    }
}

impl Select {
    /// How each argument of the call is passed.
    pub fn args(&self) -> impl Iterator<Item = ArgMode> + '_ {
        self.arms.iter().flat_map(SelectArm::args)
    }
}
