//! Where does one message end and the next begin: finds whole JSON values in a stream of bytes.
//!
//! OVSDB puts no length and no separator between messages (RFC 7047 section 4), so the end of a message is the bracket that
//! closes its first one. Nothing else is checked here: what lies between the brackets is the reader's business.

use crate::limits::DEPTH_MAX;
use crate::scan::{Scan, Structure};
use std::ops::Range;

/// Finds the end of each message in what was received, however the bytes were split.
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    /// How much of the buffer was looked at already.
    scanned: usize,
    /// Where the message begins, once its first bracket was seen.
    start: Option<usize>,
    /// Where the brackets before `scanned` have led, from `start` on.
    structure: Structure,
}

/// Bytes that cannot be the start of a message, or too many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A message is an object, yet the first byte opens neither an object nor an array.
    #[error("expected a message at offset {offset}, found byte 0x{byte:02x}")]
    NotMessage {
        /// Where, in the bytes not yet consumed.
        offset: usize,
        /// What is there.
        byte: u8,
    },
    /// The message did not end within the limit.
    #[error("message is longer than {limit} bytes")]
    TooLong {
        /// How many bytes a message may have.
        limit: usize,
    },
    /// Objects, or arrays in a message that is an array, nest too deeply.
    #[error("message nests deeper than {DEPTH_MAX} levels at offset {offset}")]
    TooDeep {
        /// Where, in the bytes not yet consumed.
        offset: usize,
    },
}

impl Framer {
    /// A framer for messages of up to `limit` bytes, white space before them included.
    pub fn new(limit: usize) -> Framer {
        Framer { limit, scanned: 0, start: None, structure: Structure::before(b'{') }
    }

    /// The place of the first whole message in `buf`, if all of it is there.
    ///
    /// `buf` is everything that was received and not yet consumed. After `None`, call again with the same bytes and more behind
    /// them: what was seen is not looked at again. After `Some(range)`, drop the bytes up to `range.end`; the next call starts at
    /// the first byte of `buf`.
    ///
    /// # Errors
    /// The bytes cannot become a message. The stream has no further boundary to go on from and should be closed.
    pub fn find(&mut self, buf: &[u8]) -> Result<Option<Range<usize>>, FrameError> {
        let window = buf.get(..self.limit).unwrap_or(buf);
        let mut rest = window.get(self.scanned..).unwrap_or_default();
        let start = match self.start {
            Some(start) => start,
            None => {
                let spaces = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
                self.scanned += spaces;
                rest = rest.get(spaces..).unwrap_or_default();
                match rest.first() {
                    Some(&first @ (b'{' | b'[')) => {
                        self.start = Some(self.scanned);
                        self.structure = Structure::before(first);
                    }
                    Some(&byte) => return Err(FrameError::NotMessage { offset: self.scanned, byte }),
                    None => return self.unfinished(buf),
                }
                self.scanned
            }
        };
        match self.structure.scan(rest) {
            Scan::End(len) => {
                let end = self.scanned + len;
                *self = Framer::new(self.limit);
                Ok(Some(start..end))
            }
            Scan::TooDeep(at) => Err(FrameError::TooDeep { offset: self.scanned + at }),
            Scan::More => {
                self.scanned += rest.len();
                self.unfinished(buf)
            }
        }
    }

    /// How many bytes of an unfinished message were looked at, white space before it not counted.
    pub fn pending(&self) -> usize {
        self.start.map_or(0, |start| self.scanned - start)
    }

    fn unfinished(&self, buf: &[u8]) -> Result<Option<Range<usize>>, FrameError> {
        if buf.len() > self.limit { Err(FrameError::TooLong { limit: self.limit }) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests;
