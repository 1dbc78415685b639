//! Finds whole messages in a stream of bytes.
//!
//! OVSDB puts no length and no separator between messages (RFC 7047 section 4), so the end of a
//! message is the bracket that closes its first one. What lies between the brackets of a whole
//! message is the reader's business; of a message whose end has not come yet, the bytes are checked
//! as they come, so that nonsense is not buffered.

mod parts;

pub use parts::{Part, PartError, PartRef, Splitter};

use crate::json::{Prefix, Stop};
use crate::limits::DEPTH_MAX;
use crate::scan::{Scan, Structure};
use std::ops::Range;

/// How much of an unfinished message [`Framer::new`] checks. Most nonsense shows in its first
/// bytes; checking all of a large reply takes as long as decoding it, which checks it anyway.
const CHECKED_BYTES_MAX: usize = 64 << 10;

/// Finds the end of each message in what was received, however the bytes were split.
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    /// How many bytes of an unfinished message are checked at most.
    checked_max: usize,
    /// How many were, and what they have led to.
    checked: usize,
    prefix: Prefix,
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
    /// The bytes so far are not the beginning of a message: JSON does not allow this one here.
    #[error("not JSON at offset {offset}")]
    NotJson {
        /// Where, in the bytes not yet consumed.
        offset: usize,
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
    /// A framer for messages of up to `limit` bytes, white space before them not included. Checks
    /// the first 64 KiB of each message whose end has not come yet.
    pub fn new(limit: usize) -> Framer {
        Framer {
            limit,
            checked_max: CHECKED_BYTES_MAX,
            checked: 0,
            prefix: Prefix::new(),
            scanned: 0,
            start: None,
            structure: Structure::before(b'{'),
        }
    }

    /// As [`Framer::new`], but checks all of each message whose end has not come yet: for peers
    /// that are not trusted to send JSON.
    pub fn strict(limit: usize) -> Framer {
        Framer { checked_max: usize::MAX, ..Framer::new(limit) }
    }

    /// The place of the first whole message in `buf`, if all of it is there.
    ///
    /// `buf` is everything that was received and not yet consumed. After `None`, call again with
    /// the same bytes and more behind them: what was seen is not looked at again. After
    /// `Some(range)`, drop the bytes up to `range.end`; the next call starts at the first byte of
    /// `buf`. White space before a message stays in `buf` until then, however long it is, unless it
    /// is dropped with [`Framer::take_blank`].
    ///
    /// # Errors
    /// The bytes cannot become a message. The stream has no further boundary to go on from and should be closed.
    pub fn find(&mut self, buf: &[u8]) -> Result<Option<Range<usize>>, FrameError> {
        let rest = buf.get(self.scanned..).unwrap_or_default();
        let start = match self.start {
            Some(start) => start,
            None => {
                self.scanned += rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
                match buf.get(self.scanned) {
                    Some(&first @ (b'{' | b'[')) => {
                        self.start = Some(self.scanned);
                        self.structure = Structure::before(first);
                    }
                    Some(&byte) => return Err(FrameError::NotMessage { offset: self.scanned, byte }),
                    None => return Ok(None),
                }
                self.scanned
            }
        };
        let most = start.saturating_add(self.limit);
        let window = buf.get(..most).unwrap_or(buf);
        let rest = window.get(self.scanned..).unwrap_or_default();
        match self.structure.scan(rest) {
            Scan::End(len) => {
                let end = self.scanned + len;
                *self = Framer { checked_max: self.checked_max, ..Framer::new(self.limit) };
                Ok(Some(start..end))
            }
            Scan::TooDeep(at) => Err(FrameError::TooDeep { offset: self.scanned + at }),
            Scan::More => {
                self.scanned += rest.len();
                self.check(window, start)?;
                if buf.len() > most { Err(FrameError::TooLong { limit: self.limit }) } else { Ok(None) }
            }
        }
    }

    /// How many bytes of an unfinished message were looked at, white space before it not counted.
    pub fn pending(&self) -> usize {
        self.start.map_or(0, |start| self.scanned - start)
    }

    /// How many bytes at the beginning of the buffer are white space before the next message. The
    /// caller drops them, and goes on with the rest of the buffer.
    #[must_use = "the bytes are to be dropped"]
    pub fn take_blank(&mut self) -> usize {
        let blank = self.start.unwrap_or(self.scanned);
        self.scanned -= blank;
        self.start = self.start.map(|_| 0);
        blank
    }

    /// Checks what has come of an unfinished message.
    fn check(&mut self, window: &[u8], start: usize) -> Result<(), FrameError> {
        let message = window.get(start..).unwrap_or_default();
        let message = message.get(..self.checked_max).unwrap_or(message);
        let new = message.get(self.checked..).unwrap_or_default();
        if let Err(Stop(at)) = self.prefix.feed(new) {
            return Err(FrameError::NotJson { offset: start + self.checked + at });
        }
        self.checked += new.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
