//! Where does a string, an array or an object end: looks for special bytes, 16 or 64 at a time.

mod masks;

use crate::limits::DEPTH_MAX;
use masks::{Brackets, masks, special};

/// How deep, and whether inside a string, the bytes seen so far have led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    depth: u32,
    /// Which brackets make the depth. Those of one kind are closed when the first of them is, whatever brackets of the other kind
    /// are in between: whoever reads the text sees whether those match. Most blocks have no curly bracket at all.
    brackets: Brackets,
    /// Whether the last byte was a backslash that escapes the next.
    escape: bool,
    /// All ones inside a string, else zero.
    string: u64,
}

/// What a scan came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// The last bracket is closed by the byte before this offset.
    End(usize),
    /// The bytes ended first.
    More,
    /// The bracket at this offset is one too deep.
    TooDeep(usize),
}

impl Structure {
    /// The state before a value that begins with this byte, `[` or `{`.
    pub(crate) const fn before(first: u8) -> Structure {
        let brackets = if first == b'[' { Brackets::Square } else { Brackets::Curly };
        Structure { depth: 0, brackets, escape: false, string: 0 }
    }

    /// The state inside `depth` open brackets of any kind and outside strings.
    pub(crate) const fn inside(depth: u32) -> Structure {
        Structure { depth, brackets: Brackets::Both, escape: false, string: 0 }
    }

    /// Goes on over `bytes`, until the bracket that closes the first one. At depth zero `bytes` must begin with that first bracket.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Scan {
        let (blocks, tail) = bytes.as_chunks::<64>();
        let mut offset = 0;
        for block in blocks {
            match self.block(block, 64) {
                Scan::More => offset += 64,
                Scan::End(at) => return Scan::End(offset + at),
                Scan::TooDeep(at) => return Scan::TooDeep(offset + at),
            }
        }
        if tail.is_empty() {
            return Scan::More;
        }
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(tail) {
            *to = *from;
        }
        match self.block(&block, tail.len()) {
            Scan::More => Scan::More,
            Scan::End(at) => Scan::End(offset + at),
            Scan::TooDeep(at) => Scan::TooDeep(offset + at),
        }
    }

    /// Takes in one block, of which only the first `len` bytes are there and the others are zero.
    #[inline(always)]
    fn block(&mut self, block: &[u8; 64], len: usize) -> Scan {
        let masks = masks(block, self.brackets);
        let escaped =
            if masks.backslash != 0 || self.escape { self.escaped(masks.backslash, len) } else { 0 };
        let string = running_parity(masks.quote & !escaped) ^ self.string;
        self.string = 0u64.wrapping_sub(string >> 63);
        let (open, close) = (masks.open & !string, masks.close & !string);
        if open | close == 0 {
            return Scan::More;
        }
        let (opens, closes) = (open.count_ones(), close.count_ones());
        if self.depth > closes && self.depth + opens <= DEPTH_MAX {
            self.depth = self.depth + opens - closes;
            return Scan::More;
        }
        self.one_by_one(open, close)
    }

    /// The bytes that a backslash before them makes ordinary. Outside a string a backslash is no JSON, so it does not matter
    /// there what it does.
    fn escaped(&mut self, backslashes: u64, len: usize) -> u64 {
        let mut escaped = u64::from(self.escape);
        let mut left = backslashes & !escaped;
        self.escape = false;
        while left != 0 {
            let next = left.trailing_zeros() as usize + 1;
            if next == len {
                self.escape = true;
                break;
            }
            let bit = 1 << next;
            escaped |= bit;
            left &= left - 1;
            left &= !bit;
        }
        escaped
    }

    /// Takes the brackets of a block one by one, because one of them may be the last or too deep.
    fn one_by_one(&mut self, open: u64, close: u64) -> Scan {
        let mut left = open | close;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            if open >> at & 1 == 1 {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Scan::TooDeep(at);
                }
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Scan::End(at + 1);
                }
            }
            left &= left - 1;
        }
        Scan::More
    }
}

/// Each bit: whether an odd number of bits up to and with this one are set.
#[inline(always)]
const fn running_parity(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// Where the first quote, backslash or control character at or behind `from` is, or the end of `text`.
#[inline(always)]
pub(crate) fn plain_end(text: &[u8], from: usize) -> usize {
    let mut at = from;
    // most strings end within the first step, whatever their length: nothing to mispredict
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<32>) {
        let special = special(chunk);
        if special != 0 {
            return at + special.trailing_zeros() as usize;
        }
        at += 32;
    }
    // fewer than 32 bytes are left: look at the last 32 of the text all the same
    let Some(chunk) = text.last_chunk::<32>() else { return plain_end_of_little(text, at) };
    let special = u64::from(special(chunk)) >> (32 - text.len().saturating_sub(at).min(32));
    if special == 0 { text.len() } else { at + special.trailing_zeros() as usize }
}

/// [`plain_end`] in a text of fewer than 32 bytes.
fn plain_end_of_little(text: &[u8], at: usize) -> usize {
    let is_special = |&b: &u8| b == b'"' || b == b'\\' || b < 0x20;
    text.get(at..).and_then(|rest| rest.iter().position(is_special)).map_or(text.len(), |len| at + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_measured_at_every_length() {
        for n in 0..70 {
            for end in ["", "\"", "\\", "\n", "\u{1f}"] {
                let text = "é".repeat(n) + end + "tail";
                let plain = if end.is_empty() { text.len() } else { 2 * n };
                for from in (0..=2 * n).step_by(2) {
                    assert_eq!(plain_end(text.as_bytes(), from), plain, "{n} {end:?}");
                }
            }
        }
    }
}
