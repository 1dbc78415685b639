//! What a transaction consists of: conditions, mutations, operations and their results (RFC 7047 section 5).

mod condition;

pub use condition::{Condition, Function};
