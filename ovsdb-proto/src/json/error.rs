//! What is wrong with a JSON text, and where.

use crate::limits::DEPTH_MAX;

/// Text that is not the JSON that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// Where: bytes from the start of what the reader was given.
    pub offset: usize,
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// The text ends inside a value.
    #[error("unexpected end")]
    UnexpectedEnd,
    /// Something else stands where this should be.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A character below U+0020 that should have been escaped, inside a string.
    #[error("control character in string")]
    ControlCharacter,
    /// A backslash that starts no escape of JSON.
    #[error("malformed escape")]
    BadEscape,
    /// Half of a surrogate pair.
    #[error("surrogate without its other half")]
    LoneSurrogate,
    /// U+0000, which Open vSwitch does not allow in strings.
    #[error("null character in string")]
    NullCharacter,
    /// Bytes that are not UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// A number that is not written as JSON writes numbers.
    #[error("malformed number")]
    BadNumber,
    /// A number that fits neither an `i64` nor, where a real is allowed, a finite double.
    #[error("number out of range")]
    NumberRange,
    /// Arrays and objects nest too deeply.
    #[error("more than {DEPTH_MAX} levels")]
    TooDeep,
}

impl JsonErrorKind {
    pub(crate) const fn at(self, offset: usize) -> JsonError {
        JsonError { kind: self, offset }
    }
}
