//! How JSON is taken in: the caller says what it expects next, and gets it or an error that says where.

use super::string::unescape;
use super::{JsonError, JsonErrorKind, Number, number};
use crate::limits::DEPTH_MAX;
use crate::scan::{Scan, Structure, plain_end};
use std::borrow::Cow;

/// Reads one JSON text from front to back.
///
/// ```
/// use ovsdb_proto::json::Reader;
/// let mut reader = Reader::new(br#"{"name":"sw0","ports":[1,2]}"#);
/// reader.begin_object()?;
/// while let Some(key) = reader.next_key()? {
///     match &*key {
///         "name" => assert_eq!(reader.string()?, "sw0"),
///         _ => drop(reader.skip()?),
///     }
/// }
/// reader.end()?;
/// # Ok::<(), ovsdb_proto::json::JsonError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// What can be read: all of the input, or what precedes its first byte that is not UTF-8. That is settled once for the whole
    /// text, so that a string of it costs no further check.
    text: &'a str,
    at: usize,
    /// How many arrays and objects are open.
    depth: u32,
    /// Whether the array or object entered last has not yielded anything yet, so that no comma is due.
    fresh: bool,
    /// Whether the end of `text` is really a byte that is not UTF-8.
    broken: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// An integer or a real.
    Number,
    /// A string.
    String,
    /// `[`
    Array,
    /// `{`
    Object,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their start.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Reader::from_text(text),
            Err(error) => {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let text = std::str::from_utf8(valid).unwrap_or_default();
                Reader { broken: true, ..Reader::from_text(text) }
            }
        }
    }

    /// Reads `text` from its start.
    #[inline]
    pub const fn from_text(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, depth: 0, fresh: false, broken: false }
    }

    /// How many bytes were read.
    #[inline]
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// How many arrays and objects were entered and not yet left.
    #[inline]
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// What the next value is, without reading it.
    ///
    /// # Errors
    /// No value begins here.
    #[inline(always)]
    pub fn peek(&mut self) -> Result<Kind, JsonError> {
        match self.next_byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'[') => Ok(Kind::Array),
            Some(b'{') => Ok(Kind::Object),
            Some(b'0'..=b'9' | b'-') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.expected("a value")),
        }
    }

    /// Reads `null`.
    ///
    /// # Errors
    /// Something else comes next.
    pub fn null(&mut self) -> Result<(), JsonError> {
        if self.word("null") { Ok(()) } else { Err(self.expected("null")) }
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// Something else comes next.
    #[inline]
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Err(self.expected("a boolean"))
        }
    }

    /// Reads a number that is an `i64`, which may be written as `1.0` or `1e3`.
    ///
    /// # Errors
    /// Something else comes next, or a number that is not an `i64`.
    #[inline]
    pub fn integer(&mut self) -> Result<i64, JsonError> {
        let start = self.at;
        match self.number()? {
            Number::Integer(n) => Ok(n),
            Number::Real(n) if n.fract() == 0.0 => Err(JsonErrorKind::NumberRange.at(start)),
            Number::Real(_) => Err(JsonErrorKind::Expected("an integer").at(start)),
        }
    }

    /// Reads a number. A whole number never passes through a double.
    ///
    /// # Errors
    /// Something else comes next, or a number beyond the doubles.
    #[inline]
    pub fn number(&mut self) -> Result<Number, JsonError> {
        match self.next_byte() {
            Some(b'0'..=b'9' | b'-') => {
                let (number, end) = number::number(self.text, self.at)?;
                self.at = end;
                Ok(number)
            }
            _ => Err(self.expected("a number")),
        }
    }

    /// Reads a string; borrowed unless it has escapes.
    ///
    /// # Errors
    /// Something else comes next, or a malformed string.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.byte(self.at) == Some(b'"') {
            let start = self.at + 1;
            let end = plain_end(self.text.as_bytes(), start);
            if self.byte(end) == Some(b'"') {
                self.at = end + 1;
                return Ok(Cow::Borrowed(self.text_between_quotes(start, end)));
            }
        }
        self.any_string()
    }

    /// Enters an array.
    ///
    /// # Errors
    /// Something else comes next, or it would be too deep.
    #[inline]
    pub fn begin_array(&mut self) -> Result<(), JsonError> {
        self.begin(b'[', "an array")
    }

    /// Whether the array that was entered has another element, which is then to be read; otherwise leaves the array.
    ///
    /// # Errors
    /// Neither a comma nor the closing bracket comes next.
    #[inline(always)]
    pub fn next_element(&mut self) -> Result<bool, JsonError> {
        match self.next_byte() {
            Some(b']') => {
                self.leave_one();
                Ok(false)
            }
            Some(b',') if !self.fresh => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if self.fresh => {
                self.fresh = false;
                Ok(true)
            }
            _ => Err(self.expected("`,` or `]`")),
        }
    }

    /// Enters an object.
    ///
    /// # Errors
    /// Something else comes next, or it would be too deep.
    #[inline]
    pub fn begin_object(&mut self) -> Result<(), JsonError> {
        self.begin(b'{', "an object")
    }

    /// The key of the next member of the object that was entered, whose value is then to be read; otherwise leaves the object.
    ///
    /// # Errors
    /// Neither another member nor the closing brace comes next.
    #[inline(always)]
    pub fn next_key(&mut self) -> Result<Option<Cow<'a, str>>, JsonError> {
        let byte = self.byte(self.at);
        if byte == Some(b'}') {
            self.leave_one();
            return Ok(None);
        }
        // first as Open vSwitch writes it: no white space, no escapes
        let quote = self.at + usize::from(!self.fresh);
        if (self.fresh || byte == Some(b',')) && self.byte(quote) == Some(b'"') {
            let start = quote + 1;
            let end = plain_end(self.text.as_bytes(), start);
            if self.byte(end) == Some(b'"') && self.byte(end + 1) == Some(b':') {
                self.at = end + 2;
                self.fresh = false;
                return Ok(Some(Cow::Borrowed(self.text_between_quotes(start, end))));
            }
        }
        self.any_key()
    }

    /// Passes over one value and answers its bytes.
    ///
    /// Of a string, an array or an object only the end is looked for: what is inside is checked by whoever reads it.
    /// [`check`](Self::check) looks at all of it.
    ///
    /// # Errors
    /// No value begins here, or it does not end.
    pub fn skip(&mut self) -> Result<&'a [u8], JsonError> {
        let kind = self.peek()?;
        let start = self.at;
        match kind {
            Kind::Null => self.null()?,
            Kind::Boolean => drop(self.boolean()?),
            Kind::Number => drop(self.number()?),
            Kind::String => self.skip_string()?,
            Kind::Array => self.skip_structure(Structure::before(b'['))?,
            Kind::Object => self.skip_structure(Structure::before(b'{'))?,
        }
        Ok(self.since(start).as_bytes())
    }

    /// Passes over one value, checking all of it, and answers its text.
    ///
    /// # Errors
    /// What comes next is not one well-formed value.
    pub fn check(&mut self) -> Result<&'a str, JsonError> {
        self.peek()?;
        let (start, outside) = (self.at, self.depth);
        // one bit for each open level: whether it is an object
        let mut objects = [0u64; DEPTH_MAX as usize / 64 + 1];
        loop {
            let kind = self.peek()?;
            match kind {
                Kind::Null => self.null()?,
                Kind::Boolean => drop(self.boolean()?),
                Kind::Number => drop(self.number()?),
                Kind::String => drop(self.string()?),
                Kind::Array => self.begin_array()?,
                Kind::Object => self.begin_object()?,
            }
            if matches!(kind, Kind::Array | Kind::Object)
                && let Some(word) = objects.get_mut(self.depth as usize / 64)
            {
                let bit = 1 << (self.depth % 64);
                *word = if kind == Kind::Object { *word | bit } else { *word & !bit };
            }
            loop {
                if self.depth == outside {
                    return Ok(self.since(start));
                }
                let word = objects.get(self.depth as usize / 64).copied().unwrap_or_default();
                let is_object = word >> (self.depth % 64) & 1 == 1;
                if if is_object { self.next_key()?.is_some() } else { self.next_element()? } {
                    break;
                }
            }
        }
    }

    /// Passes over the rest of what was entered, until only `depth` arrays and objects are open. What is passed over is not
    /// checked, as in [`skip`](Self::skip).
    ///
    /// # Errors
    /// The text ends first.
    #[inline(always)]
    pub fn leave(&mut self, depth: u32) -> Result<(), JsonError> {
        if self.depth > depth { self.leave_levels(depth) } else { Ok(()) }
    }

    /// Makes sure that nothing but white space is left.
    ///
    /// # Errors
    /// Something is left.
    pub fn end(&mut self) -> Result<(), JsonError> {
        if self.next_byte().is_none() && !self.broken { Ok(()) } else { Err(self.expected("the end")) }
    }

    /// Leaves the object that was entered if it has no further member.
    #[inline(always)]
    pub(crate) fn end_object(&mut self) -> bool {
        let ends = self.next_byte() == Some(b'}');
        if ends {
            self.leave_one();
        }
        ends
    }

    /// What was read since the offset was `start`.
    #[inline]
    pub(crate) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Goes to a place where it was before, between values inside of `depth` arrays and objects.
    pub(crate) const fn go_to(&mut self, offset: usize, depth: u32) {
        self.at = offset;
        self.depth = depth;
        self.fresh = false;
    }

    /// At the start: passes over the first `known` bytes and exactly these behind them, which together enter `depth` arrays and
    /// objects and end with a bracket or a colon. Does nothing if they are not there.
    #[inline]
    pub(crate) fn enter_behind(&mut self, known: usize, bytes: &[u8], depth: u32) -> bool {
        let found = self.text.as_bytes().get(known..).is_some_and(|rest| rest.starts_with(bytes));
        if found {
            self.at = known + bytes.len();
            self.depth = depth;
            self.fresh = matches!(bytes, [.., b'[' | b'{']);
        }
        found
    }

    /// Enters two arrays at once if exactly these bytes come next, `["` a word `",[`.
    #[inline(always)]
    pub(crate) fn enter_tagged(&mut self, opening: &[u8]) -> bool {
        // so deep only if the peer means harm: then the careful way says so
        if self.depth + 2 > DEPTH_MAX || !self.literal(opening) {
            return false;
        }
        self.depth += 2;
        self.fresh = true;
        true
    }

    /// The text of `N` bytes between exactly these bytes, `["` a word `","`, and `"]`, if that comes next.
    #[inline(always)]
    pub(crate) fn tagged_text<const N: usize>(&self, opening: &[u8]) -> Option<&'a [u8; N]> {
        let (text, after) = self.rest().strip_prefix(opening)?.split_first_chunk::<N>()?;
        after.starts_with(b"\"]").then_some(text)
    }

    /// Passes over what [`tagged_text`](Self::tagged_text) answered.
    #[inline]
    pub(crate) const fn pass_tagged_text<const N: usize>(&mut self, opening: &[u8]) {
        self.at += opening.len() + N + 2;
        self.fresh = false;
    }

    /// Reads `["key","value"]` if it comes next, both without escapes and written as Open vSwitch does.
    #[inline(always)]
    pub(crate) fn string_pair(&mut self) -> Option<(&'a str, &'a str)> {
        let text = self.text.as_bytes();
        if !self.rest().starts_with(b"[\"") {
            return None;
        }
        let key = self.at + 2;
        let key_end = plain_end(text, key);
        if !text.get(key_end..)?.starts_with(b"\",\"") {
            return None;
        }
        let value = key_end + 3;
        let value_end = plain_end(text, value);
        if !text.get(value_end..)?.starts_with(b"\"]") {
            return None;
        }
        self.at = value_end + 2;
        Some((self.text_between_quotes(key, key_end), self.text_between_quotes(value, value_end)))
    }

    /// Reads exactly these bytes if they come next.
    #[inline(always)]
    fn literal(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest().starts_with(bytes);
        if found {
            self.at += bytes.len();
        }
        found
    }

    #[inline(always)]
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is not white space, which is then the one at `at`.
    #[inline(always)]
    fn next_byte(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.at) {
            Some(&byte) if byte > b' ' => Some(byte),
            _ => self.next_byte_after_space(),
        }
    }

    #[cold]
    fn next_byte_after_space(&mut self) -> Option<u8> {
        self.at += self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.rest().first().copied()
    }

    #[inline(always)]
    fn begin(&mut self, bracket: u8, what: &'static str) -> Result<(), JsonError> {
        if self.next_byte() != Some(bracket) {
            return Err(self.expected(what));
        }
        if self.depth >= DEPTH_MAX {
            return Err(JsonErrorKind::TooDeep.at(self.at));
        }
        self.at += 1;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    #[inline(always)]
    const fn leave_one(&mut self) {
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        self.fresh = false;
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    #[inline(always)]
    fn text_between_quotes(&self, start: usize, end: usize) -> &'a str {
        // never empty-handed: both ends are next to an ASCII quote
        self.text.get(start..end).unwrap_or_default()
    }

    /// [`next_key`](Self::next_key), however it is written.
    #[cold]
    fn any_key(&mut self) -> Result<Option<Cow<'a, str>>, JsonError> {
        let byte = self.next_byte();
        if byte == Some(b'}') {
            self.leave_one();
            return Ok(None);
        }
        if self.fresh {
            self.fresh = false;
        } else if byte == Some(b',') {
            self.at += 1;
        } else {
            return Err(self.expected("`,` or `}`"));
        }
        let key = self.any_string()?;
        if self.next_byte() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// [`string`](Self::string), however it is written.
    #[cold]
    fn any_string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        if self.next_byte() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.at + 1;
        let end = plain_end(self.text.as_bytes(), start);
        if self.byte(end) == Some(b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(self.text_between_quotes(start, end)));
        }
        if let Some((string, end)) = unescape(self.text, start, end - start)? {
            self.at = end;
            return Ok(Cow::Owned(string));
        }
        self.at = self.text.len();
        Err(self.expected("`\"`"))
    }

    fn skip_string(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        loop {
            self.at = plain_end(self.text.as_bytes(), self.at);
            match self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', _, ..] => self.at += 2,
                [b'\\'] | [] => {
                    self.at = self.text.len();
                    return Err(self.expected("`\"`"));
                }
                _ => return Err(JsonErrorKind::ControlCharacter.at(self.at)),
            }
        }
    }

    fn leave_levels(&mut self, depth: u32) -> Result<(), JsonError> {
        self.skip_structure(Structure::inside(self.depth.saturating_sub(depth)))?;
        self.depth = depth;
        self.fresh = false;
        Ok(())
    }

    fn skip_structure(&mut self, mut structure: Structure) -> Result<(), JsonError> {
        match structure.scan(self.rest()) {
            Scan::End(len) => {
                self.at += len;
                Ok(())
            }
            Scan::TooDeep(at) => Err(JsonErrorKind::TooDeep.at(self.at + at)),
            Scan::More => {
                self.at = self.text.len();
                Err(self.expected("the end"))
            }
        }
    }

    #[inline]
    fn word(&mut self, word: &str) -> bool {
        self.next_byte().is_some() && self.literal(word.as_bytes())
    }

    /// The error that this does not come next.
    #[cold]
    fn expected(&self, what: &'static str) -> JsonError {
        match (self.at < self.text.len(), self.broken) {
            (true, _) => JsonErrorKind::Expected(what),
            (false, true) => JsonErrorKind::InvalidUtf8,
            (false, false) => JsonErrorKind::UnexpectedEnd,
        }
        .at(self.at)
    }
}

#[cfg(test)]
mod tests;
