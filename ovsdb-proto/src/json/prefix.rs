//! An incremental check whether bytes are the beginning of a JSON array or object.

use crate::limits::DEPTH_MAX;
use crate::scan::plain_end;

/// Checks a JSON text that arrives in pieces, and stops at the first byte that cannot belong to it.
/// Bytes of strings need not be UTF-8, and numbers may have any size; otherwise it accepts what
/// [`Reader::check`](super::Reader::check) does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    state: State,
    depth: u32,
    /// One bit for each open level: whether it is an object.
    objects: [u64; DEPTH_MAX as usize / 64 + 1],
    /// Whether the string under way is a key.
    key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a value, or behind the bracket that opens an array.
    Value,
    ValueOrEnd,
    /// Before a key, or behind the bracket that opens an object.
    Key,
    KeyOrEnd,
    Colon,
    /// Behind a value.
    CommaOrEnd,
    String,
    /// Behind a backslash.
    Escape,
    /// In the four digits of an escape: how many are left, those before, and whether this must be
    /// the second half of a surrogate pair.
    Hex {
        left: u8,
        code: u16,
        second: bool,
    },
    /// Behind the first half of a surrogate pair: before the backslash or the `u` of the second.
    Pair(u8),
    /// In `true`, `false` or `null`: what is left of it.
    Word(&'static [u8]),
    Number(Digits),
    /// Behind the bracket that closes the first one.
    End,
}

/// Which part of a number the last byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

/// The byte at this offset of the piece cannot follow those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop(pub(crate) usize);

impl Prefix {
    pub(crate) const fn new() -> Prefix {
        Prefix { state: State::Value, depth: 0, objects: [0; DEPTH_MAX as usize / 64 + 1], key: false }
    }

    /// Goes on over the next piece of the text.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), Stop> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            if self.state == State::String {
                at = plain_end(piece, at);
                let Some(&byte) = piece.get(at) else { break };
                self.state = match byte {
                    b'"' => self.after_string(),
                    b'\\' => State::Escape,
                    _ => return Err(Stop(at)),
                };
            } else if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') || self.is_inside_token() {
                self.state = self.next(byte).ok_or(Stop(at))?;
            }
            at += 1;
        }
        Ok(())
    }

    /// Whether white space is not allowed here, or ends a number.
    const fn is_inside_token(&self) -> bool {
        use State::{Colon, CommaOrEnd, End, Key, KeyOrEnd, Value, ValueOrEnd};
        !matches!(self.state, Value | ValueOrEnd | Key | KeyOrEnd | Colon | CommaOrEnd | End)
    }

    fn next(&mut self, byte: u8) -> Option<State> {
        match (self.state, byte) {
            (State::ValueOrEnd | State::CommaOrEnd, b']') => self.close(false),
            (State::KeyOrEnd | State::CommaOrEnd, b'}') => self.close(true),
            (State::Value | State::ValueOrEnd, _) => self.value(byte),
            (State::Key | State::KeyOrEnd, b'"') => self.string(true),
            (State::Colon, b':') => Some(State::Value),
            (State::CommaOrEnd, b',') => Some(if self.in_object() { State::Key } else { State::Value }),
            (State::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(State::String),
            (State::Escape, b'u') => Some(State::Hex { left: 4, code: 0, second: false }),
            (State::Hex { left, code, second }, _) => hex(byte, left, code, second),
            (State::Pair(b'\\'), b'\\') => Some(State::Pair(b'u')),
            (State::Pair(b'u'), b'u') => Some(State::Hex { left: 4, code: 0, second: true }),
            (State::Word([first, rest @ ..]), _) if *first == byte => {
                Some(if rest.is_empty() { State::CommaOrEnd } else { State::Word(rest) })
            }
            (State::Number(digits), _) => match digits.next(byte) {
                Some(digits) => Some(State::Number(digits)),
                None if !digits.may_end() => None,
                None if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') => Some(State::CommaOrEnd),
                None => {
                    self.state = State::CommaOrEnd;
                    self.next(byte)
                }
            },
            _ => None,
        }
    }

    fn value(&mut self, byte: u8) -> Option<State> {
        match byte {
            b'"' => self.string(false),
            b'[' => self.open(false),
            b'{' => self.open(true),
            b'-' => Some(State::Number(Digits::Minus)),
            b'0' => Some(State::Number(Digits::Zero)),
            b'1'..=b'9' => Some(State::Number(Digits::Whole)),
            b't' => Some(State::Word(b"rue")),
            b'f' => Some(State::Word(b"alse")),
            b'n' => Some(State::Word(b"ull")),
            _ => None,
        }
    }

    fn string(&mut self, key: bool) -> Option<State> {
        self.key = key;
        Some(State::String)
    }

    const fn after_string(&self) -> State {
        if self.key { State::Colon } else { State::CommaOrEnd }
    }

    fn open(&mut self, object: bool) -> Option<State> {
        if self.depth == DEPTH_MAX {
            return None;
        }
        self.depth += 1;
        let bit = 1 << (self.depth % 64);
        let word = self.objects.get_mut(self.depth as usize / 64)?;
        *word = if object { *word | bit } else { *word & !bit };
        Some(if object { State::KeyOrEnd } else { State::ValueOrEnd })
    }

    fn close(&mut self, object: bool) -> Option<State> {
        if self.in_object() != object {
            return None;
        }
        self.depth -= 1;
        Some(if self.depth == 0 { State::End } else { State::CommaOrEnd })
    }

    fn in_object(&self) -> bool {
        let word = self.objects.get(self.depth as usize / 64).copied().unwrap_or_default();
        word >> (self.depth % 64) & 1 == 1
    }
}

fn hex(byte: u8, left: u8, code: u16, second: bool) -> Option<State> {
    let digit = char::from(byte).to_digit(16).and_then(|digit| u16::try_from(digit).ok())?;
    let code = code << 4 | digit;
    if left > 1 {
        return Some(State::Hex { left: left - 1, code, second });
    }
    match (code, second) {
        (0xdc00..0xe000, true) => Some(State::String),
        (_, true) | (0 | 0xdc00..0xe000, false) => None,
        (0xd800..0xdc00, false) => Some(State::Pair(b'\\')),
        _ => Some(State::String),
    }
}

impl Digits {
    const fn next(self, byte: u8) -> Option<Digits> {
        Some(match (self, byte) {
            (Digits::Minus, b'0') => Digits::Zero,
            (Digits::Minus, b'1'..=b'9') | (Digits::Whole, b'0'..=b'9') => Digits::Whole,
            (Digits::Zero | Digits::Whole, b'.') => Digits::Point,
            (Digits::Point | Digits::Fraction, b'0'..=b'9') => Digits::Fraction,
            (Digits::Zero | Digits::Whole | Digits::Fraction, b'e' | b'E') => Digits::E,
            (Digits::E, b'+' | b'-') => Digits::Sign,
            (Digits::E | Digits::Sign | Digits::Exponent, b'0'..=b'9') => Digits::Exponent,
            _ => return None,
        })
    }

    const fn may_end(self) -> bool {
        matches!(self, Digits::Zero | Digits::Whole | Digits::Fraction | Digits::Exponent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{JsonErrorKind, Reader};
    use proptest::prelude::*;

    /// Where the text stops being JSON, if it does.
    fn stop(text: &[u8]) -> Option<usize> {
        let stop = Prefix::new().feed(text).err().map(|Stop(at)| at);
        // however it is cut
        for piece in 1..text.len().min(20) {
            let (mut prefix, mut at, mut found) = (Prefix::new(), 0, None);
            for bytes in text.chunks(piece) {
                if let Err(Stop(inside)) = prefix.feed(bytes) {
                    found = Some(at + inside);
                    break;
                }
                at += bytes.len();
            }
            assert_eq!(found, stop, "{} in pieces of {piece}", text.escape_ascii());
        }
        stop
    }

    #[test]
    fn the_first_wrong_byte_is_found() {
        for (text, at) in [
            (&b"[1 2]"[..], 3),
            (b"[1,]", 3),
            (b"[,", 1),
            (b"[01]", 2),
            (b"[-a", 2),
            (b"[1.x", 3),
            (b"[1e+,", 4),
            (b"[nulx", 4),
            (b"[truee", 5),
            (b"{1", 1),
            (b"{\"a\" \"b\"", 5),
            (b"{\"a\",", 4),
            (b"{\"a\":1,}", 7),
            (b"{\"a\":1]", 6),
            (b"[1}", 2),
            (b"[x", 1),
            (b"[\xff", 1),
            (b"[\"\x01", 2),
            (b"[\"\\x", 3),
            (b"[\"\\u00g", 6),
            (b"[\"\\u0000", 7),
            (b"[\"\\ud800\"", 8),
            (b"[\"\\ud800\\u0041", 13),
            (b"[\"\\udc00", 7),
            (b"[] ]", 3),
            (b"[],", 2),
        ] {
            assert_eq!(stop(text), Some(at), "{}", text.escape_ascii());
        }
        for text in
            [&b"[1e5 , \"\xff\xc3\" , {\"a\" : [ ]"[..], b"[-0.5E-7", b"[\"\\ud83d\\ude00", b" {", b"{} \n"]
        {
            assert_eq!(stop(text), None, "{}", text.escape_ascii());
        }
        let depth = usize::try_from(DEPTH_MAX).unwrap();
        assert_eq!(stop(&b"[".repeat(depth)), None);
        assert_eq!(stop(&b"[".repeat(depth + 1)), Some(depth));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

        #[test]
        fn it_accepts_what_a_reader_accepts(
            text in r#"[\[{]([\[\]{}:,]|"a"|"\\n"|"\\u00e9"|"\\ud83d\\ude00"|"\\ud83d"|[0-9.eE+-]|true|nul|null|[ "\\]){0,12}"#
        ) {
            // so that no word or number ends with the text
            let text = format!("{text}]");
            let checked = Reader::new(text.as_bytes()).check();
            let stopped = stop(text.as_bytes());
            match checked {
                Ok(whole) => prop_assert!(stopped.is_none_or(|at| at >= whole.len()), "{text}"),
                // the text only ends too early
                Err(error) if error.kind == JsonErrorKind::UnexpectedEnd => {}
                Err(error) if error.kind == JsonErrorKind::NumberRange => {}
                Err(error) => prop_assert!(stopped.is_some(), "{text} {error}"),
            }
            // and whatever was stopped can be no JSON, whatever follows
            if let Some(at) = stopped {
                prop_assert!(checked.is_err() || checked.is_ok_and(|whole| whole.len() <= at), "{text}");
            }
        }
    }
}
