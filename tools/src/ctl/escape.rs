//! Escaping of control characters in names and values, so that they cannot steer a terminal.
//!
//! A database may hold any text, and its writer need not be its reader. Under the
//! names of the C tools output goes out as they print it. Under our own names, and only on a
//! terminal, a control character is printed as JSON writes it: `\n`, `\r`, `\u001b`. A tab is left
//! as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A name or value, or a line that contains some, in one line.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            // writing to a String cannot fail
            c if is_special(c) => drop(write!(escaped, "\\u{:04x}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

fn is_special(c: char) -> bool {
    c != '\t' && c.is_control()
}

/// Whole lines of output, with their line ends, if `escape`; otherwise the bytes as they are. They
/// may contain a character that was cut.
pub fn output(bytes: &[u8], escape: bool) -> Cow<'_, [u8]> {
    let c1 = |pair: &[u8]| matches!(pair, [0xc2, 0x80..=0x9f]);
    let c0 = |byte: &u8| matches!(byte, 0..=8 | 0x0b..=0x1f | 0x7f);
    if !escape || !(bytes.iter().any(c0) || bytes.windows(2).any(c1)) {
        return Cow::Borrowed(bytes);
    }
    let mut escaped = Vec::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for (index, line) in chunk.valid().split('\n').enumerate() {
            if index > 0 {
                escaped.push(b'\n');
            }
            escaped.extend_from_slice(text(line).as_bytes());
        }
        escaped.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let check = |given: &str, expect: &str| assert_eq!(text(given), expect, "{given:?}");
        check("plain \u{e9} \t \\ text", "plain \u{e9} \t \\ text");
        check("a\x1b[31mb\r\nc\0", "a\\u001b[31mb\\r\\nc\\u0000");
        check("\x7f\u{9b}2J", "\\u007f\\u009b2J");
    }

    #[test]
    fn outputs_keep_their_lines() {
        let check = |given: &[u8], expect: &[u8]| {
            assert_eq!(&*output(given, true), expect, "{given:?}");
            assert_eq!(&*output(given, false), given);
        };
        check(b"a\n\tb\n", b"a\n\tb\n");
        check(b"a\x1b]0;x\x07\nb\r\n", b"a\\u001b]0;x\\u0007\nb\\r\n");
        check("\u{e9}\u{9b}1m\n".as_bytes(), "\u{e9}\\u009b1m\n".as_bytes());
        // the table cuts a cell in the middle of a character
        check(b"\x1b\xc2\n\xe2\x82 ", b"\\u001b\xc2\n\xe2\x82 ");
    }
}
