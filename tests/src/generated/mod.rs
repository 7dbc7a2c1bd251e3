//! Programs made at random that say what they print: valid, terminating Wyn whose output a second implementation
//! of the language decides.
//!
//! A seed gives a program as a tree ([`tree`], made by [`generate`]). Its text ([`text`]) goes to the compiler;
//! the tree itself is run by a machine of a page or two for each part of the language ([`machine`]), which knows the
//! specification and nothing of the compiler. Both must print the same ([`trial`]); where they do not, the tree is made
//! smaller as long as they still differ ([`reduce`]).
//!
//! Concurrent programs have many orders, but these print the same in each. The machine does not prove that: it runs a task
//! in one go, in several orders ([`machine::Order`]), and a part of the program on which they disagree is left out.

pub mod generate;
pub mod machine;
pub mod reduce;
pub mod text;
pub mod tree;
pub mod trial;
pub mod value;
pub mod walk;
