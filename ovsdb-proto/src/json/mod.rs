//! How JSON is read and written: one pass, no tree, borrowed strings.

mod error;
mod number;
mod prefix;
mod reader;
mod string;
mod writer;

pub use error::{JsonError, JsonErrorKind};
pub use number::Number;
pub(crate) use prefix::{Prefix, Stop};
pub use reader::{Kind, Reader};
pub use writer::Writer;
