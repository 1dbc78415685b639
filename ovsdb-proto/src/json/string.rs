//! How the escapes of a JSON string are undone.

use super::{JsonError, JsonErrorKind};
use crate::scan::plain_end;

/// Undoes the escapes of a string whose text, from `start` on, begins with `plain` bytes without any. Answers the text and the
/// offset behind the closing quote, or `None` if the text ends first.
pub(super) fn unescape(text: &str, start: usize, plain: usize) -> Result<Option<(String, usize)>, JsonError> {
    let (mut at, mut len) = (start, plain);
    let mut out = String::new();
    loop {
        let Some(run) = text.get(at..at + len) else { return Ok(None) };
        out.push_str(run);
        at += len;
        match text.as_bytes().get(at) {
            None => return Ok(None),
            Some(b'"') => return Ok(Some((out, at + 1))),
            Some(b'\\') => {}
            Some(_) => return Err(JsonErrorKind::ControlCharacter.at(at)),
        }
        let Some(&letter) = text.as_bytes().get(at + 1) else { return Ok(None) };
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let Some((c, next)) = unicode(text, at)? else { return Ok(None) };
                out.push(c);
                at = next;
                len = plain_end(text.as_bytes(), at) - at;
                continue;
            }
            _ => return Err(JsonErrorKind::BadEscape.at(at)),
        };
        out.push(plain);
        at += 2;
        len = plain_end(text.as_bytes(), at) - at;
    }
}

/// The character that the escape at `at` stands for, two escapes if it is beyond U+FFFF, and the offset behind it.
fn unicode(text: &str, at: usize) -> Result<Option<(char, usize)>, JsonError> {
    let Some(first) = hex4(text, at)? else { return Ok(None) };
    let (code, next) = match first {
        0 => return Err(JsonErrorKind::NullCharacter.at(at)),
        0xd800..0xdc00 => {
            let next = at + 6;
            match text.as_bytes().get(next..).unwrap_or_default() {
                [b'\\', b'u', ..] => {}
                [] | [b'\\'] => return Ok(None),
                _ => return Err(JsonErrorKind::LoneSurrogate.at(at)),
            }
            let Some(second) = hex4(text, next)? else { return Ok(None) };
            if !(0xdc00..0xe000).contains(&second) {
                return Err(JsonErrorKind::LoneSurrogate.at(at));
            }
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), next + 6)
        }
        _ => (first, at + 6),
    };
    // what is left out of `char` are the trailing halves of pairs
    char::from_u32(code).map(|c| Some((c, next))).ok_or(JsonErrorKind::LoneSurrogate.at(at))
}

/// The four hexadecimal digits behind `\u`.
fn hex4(text: &str, at: usize) -> Result<Option<u32>, JsonError> {
    let Some(digits) = text.as_bytes().get(at + 2..at + 6) else { return Ok(None) };
    let mut code = 0;
    for &digit in digits {
        code = code << 4 | char::from(digit).to_digit(16).ok_or(JsonErrorKind::BadEscape.at(at))?;
    }
    Ok(Some(code))
}
