//! Parts of a message that is too long to be held in memory, found as its bytes arrive.

use crate::limits::DEPTH_MAX;
use crate::scan::{Scan, Structure, plain_end};
use std::ops::Range;

/// One part of a message. Ranges are places in the buffer that was given to [`Splitter::next`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// An array begins; its elements follow.
    Array,
    /// An object begins; its members follow, each as a key and what its value is.
    Object,
    /// The key of a member, a JSON string with its quotes.
    Key(Range<usize>),
    /// A value without further parts. Of an array or object only the end was looked for: what is
    /// inside is not checked.
    Value(Range<usize>),
    /// The array or object that began last and has not ended ends.
    End,
}

/// A [`Part`] with its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartRef<'a> {
    /// An array begins.
    Array,
    /// An object begins.
    Object,
    /// The key of a member, a JSON string with its quotes.
    Key(&'a [u8]),
    /// A value without further parts.
    Value(&'a [u8]),
    /// The array or object that began last ends.
    End,
}

impl Part {
    /// The part with its bytes, which are in `buf`.
    pub fn of(self, buf: &[u8]) -> PartRef<'_> {
        match self {
            Part::Array => PartRef::Array,
            Part::Object => PartRef::Object,
            Part::Key(range) => PartRef::Key(buf.get(range).unwrap_or_default()),
            Part::Value(range) => PartRef::Value(buf.get(range).unwrap_or_default()),
            Part::End => PartRef::End,
        }
    }
}

/// Bytes that cannot be part of a message, or too many of them. Offsets count from the start of the
/// message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// Something else must come here.
    #[error("expected {expected} at offset {offset}, found byte 0x{byte:02x}")]
    Unexpected {
        /// What must come.
        expected: &'static str,
        /// Where.
        offset: u64,
        /// What is there.
        byte: u8,
    },
    /// A value that should come in one piece did not end within the limit.
    #[error("the value at offset {offset} is longer than {limit} bytes")]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// How many bytes a value may have.
        limit: usize,
    },
    /// Arrays and objects nest too deeply.
    #[error("message nests deeper than {DEPTH_MAX} levels at offset {offset}")]
    TooDeep {
        /// Where.
        offset: u64,
    },
}

/// The deepest level at which arrays and objects can be split.
const SPLIT_DEPTH_MAX: u32 = 63;

/// Splits one message into parts, however its bytes were split on their way: arrays and objects
/// near its surface into their elements and members, and what is deeper inside into whole values.
///
/// ```
/// use ovsdb_proto::frame::{Part, Splitter};
/// let message = br#"{"id":1,"result":[[10,20]]}"#;
/// let (mut splitter, mut at, mut texts) = (Splitter::new(100), 0, Vec::new());
/// // only the first half has arrived
/// for received in [&message[..21], &message[..]] {
///     while let Some(part) = splitter.next(received, &mut at, 2)? {
///         match part {
///             Part::Key(range) | Part::Value(range) => {
///                 texts.push(std::str::from_utf8(&received[range])?);
///             }
///             Part::Array | Part::Object | Part::End => {}
///         }
///     }
/// }
/// assert!(splitter.is_done());
/// assert_eq!(texts, ["\"id\"", "1", "\"result\"", "[10,20]"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Splitter {
    value_bytes_max: usize,
    expects: Expects,
    /// How many arrays and objects are open, and for each level whether it is an object.
    depth: u32,
    objects: u64,
    /// How many bytes of the message precede the first one that is not consumed.
    offset: u64,
    /// What the bytes that are not consumed begin with, and how many of them were looked at.
    token: Token,
    scanned: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expects {
    Value,
    /// A value, or the end of the array that has just begun.
    ElementOrEnd,
    Key,
    /// A key, or the end of the object that has just begun.
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    String {
        is_key: bool,
    },
    Structure(Structure),
    /// A number, or one of the three words.
    Word,
}

impl Splitter {
    /// A splitter of a message of any length, whose keys and whole values have up to
    /// `value_bytes_max` bytes each.
    pub fn new(value_bytes_max: usize) -> Splitter {
        Splitter {
            value_bytes_max,
            expects: Expects::Value,
            depth: 0,
            objects: 0,
            offset: 0,
            token: Token::None,
            scanned: 0,
        }
    }

    /// The next part, if all of it is there.
    ///
    /// `buf` holds received bytes, of which those from `at` on are not consumed; at first, the
    /// message begins there. `at` moves behind the part, and behind white space and commas before
    /// it. After `None`, call again with more bytes behind what is not consumed; what was seen is
    /// not looked at again. What is consumed may be dropped before any call, if `at` is adjusted.
    ///
    /// Arrays and objects inside of `depth` others or more come whole, as a [`Part::Value`]. The
    /// depth may differ from call to call, but a value that has begun is finished as it began.
    ///
    /// # Errors
    /// The bytes cannot be a message. What comes next is undefined, and the stream should be
    /// closed.
    pub fn next(&mut self, buf: &[u8], at: &mut usize, depth: u32) -> Result<Option<Part>, PartError> {
        if self.token == Token::None {
            match self.begin(buf, at, depth)? {
                Begun::More => return Ok(None),
                Begun::Part(part) => return Ok(Some(part)),
                Begun::Token(token) => {
                    self.token = token;
                    self.scanned = usize::from(matches!(token, Token::String { .. }));
                }
            }
        }
        let rest = buf.get(*at..).unwrap_or_default();
        let found = match &mut self.token {
            Token::String { .. } => string_end(rest, &mut self.scanned)
                .map_err(|at| self.unexpected("an escaped control character", rest, at))?,
            Token::Structure(structure) => match structure.scan(rest.get(self.scanned..).unwrap_or_default())
            {
                Scan::End(len) => Some(self.scanned + len),
                Scan::TooDeep(at) => {
                    return Err(PartError::TooDeep { offset: self.offset + (self.scanned + at) as u64 });
                }
                Scan::More => {
                    self.scanned = rest.len();
                    None
                }
            },
            Token::Word | Token::None => {
                let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
                self.scanned +=
                    rest.get(self.scanned..).unwrap_or_default().iter().take_while(|b| is_part(b)).count();
                (self.scanned < rest.len()).then_some(self.scanned)
            }
        };
        if found.unwrap_or(self.scanned) > self.value_bytes_max {
            return Err(PartError::TooLong { offset: self.offset, limit: self.value_bytes_max });
        }
        let Some(len) = found else { return Ok(None) };
        let range = *at..*at + len;
        self.consume(at, len);
        let is_key = self.token == Token::String { is_key: true };
        self.token = Token::None;
        if is_key {
            self.expects = Expects::Colon;
            return Ok(Some(Part::Key(range)));
        }
        self.value_ended();
        Ok(Some(Part::Value(range)))
    }

    /// Whether the message has ended.
    pub fn is_done(&self) -> bool {
        self.expects == Expects::Nothing
    }

    /// How many arrays and objects have begun and not ended.
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// How many bytes of the message were consumed.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Consumes what separates parts, and finds out what comes next.
    fn begin(&mut self, buf: &[u8], at: &mut usize, depth: u32) -> Result<Begun, PartError> {
        loop {
            if self.expects == Expects::Nothing {
                return Ok(Begun::More);
            }
            let rest = buf.get(*at..).unwrap_or_default();
            let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
            self.consume(at, spaces);
            let rest = buf.get(*at..).unwrap_or_default();
            let Some(&byte) = rest.first() else { return Ok(Begun::More) };
            match (self.expects, byte) {
                (Expects::Colon, b':') => {
                    self.expects = Expects::Value;
                    self.consume(at, 1);
                }
                (Expects::CommaOrEnd, b',') => {
                    self.expects = if self.in_object() { Expects::Key } else { Expects::Value };
                    self.consume(at, 1);
                }
                (Expects::CommaOrEnd | Expects::KeyOrEnd, b'}') if self.in_object() => {
                    return Ok(self.end(at));
                }
                (Expects::CommaOrEnd | Expects::ElementOrEnd, b']') if !self.in_object() => {
                    return Ok(self.end(at));
                }
                (Expects::Key | Expects::KeyOrEnd, b'"') => {
                    return Ok(Begun::Token(Token::String { is_key: true }));
                }
                (Expects::Value | Expects::ElementOrEnd, _) => return self.begin_value(at, byte, depth),
                (Expects::Key | Expects::KeyOrEnd, _) => return Err(self.unexpected("a key", rest, 0)),
                (Expects::Colon, _) => return Err(self.unexpected("`:`", rest, 0)),
                (Expects::CommaOrEnd | Expects::Nothing, _) => {
                    let expected = if self.in_object() { "`,` or `}`" } else { "`,` or `]`" };
                    return Err(self.unexpected(expected, rest, 0));
                }
            }
        }
    }

    fn begin_value(&mut self, at: &mut usize, byte: u8, depth: u32) -> Result<Begun, PartError> {
        let object = byte == b'{';
        Ok(match byte {
            b'{' | b'[' if self.depth < depth.min(SPLIT_DEPTH_MAX) => {
                self.depth += 1;
                let bit = 1 << self.depth;
                self.objects = if object { self.objects | bit } else { self.objects & !bit };
                self.expects = if object { Expects::KeyOrEnd } else { Expects::ElementOrEnd };
                self.consume(at, 1);
                Begun::Part(if object { Part::Object } else { Part::Array })
            }
            b'{' | b'[' => Begun::Token(Token::Structure(Structure::before(byte))),
            b'"' => Begun::Token(Token::String { is_key: false }),
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Begun::Token(Token::Word),
            _ => return Err(self.unexpected("a value", &[byte], 0)),
        })
    }

    fn end(&mut self, at: &mut usize) -> Begun {
        self.consume(at, 1);
        self.depth = self.depth.saturating_sub(1);
        self.value_ended();
        Begun::Part(Part::End)
    }

    fn value_ended(&mut self) {
        self.expects = if self.depth == 0 { Expects::Nothing } else { Expects::CommaOrEnd };
    }

    fn in_object(&self) -> bool {
        self.objects >> self.depth & 1 == 1
    }

    fn consume(&mut self, at: &mut usize, len: usize) {
        *at += len;
        self.offset += len as u64;
        self.scanned = 0;
    }

    fn unexpected(&self, expected: &'static str, rest: &[u8], at: usize) -> PartError {
        let byte = rest.get(at).copied().unwrap_or_default();
        PartError::Unexpected { expected, offset: self.offset + at as u64, byte }
    }
}

/// What comes next, its first byte not consumed unless it is a part by itself.
enum Begun {
    More,
    Part(Part),
    Token(Token),
}

/// The end of the string that `rest` begins with, of which `scanned` bytes were looked at; or where
/// it has a bare control character.
fn string_end(rest: &[u8], scanned: &mut usize) -> Result<Option<usize>, usize> {
    loop {
        let at = plain_end(rest, *scanned);
        match rest.get(at..).unwrap_or_default() {
            [b'"', ..] => return Ok(Some(at + 1)),
            [b'\\', _, ..] => *scanned = at + 2,
            [] | [b'\\'] => {
                *scanned = at;
                return Ok(None);
            }
            _ => return Err(at),
        }
    }
}

#[cfg(test)]
mod tests;
