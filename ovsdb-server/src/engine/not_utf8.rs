//! Requests that are not UTF-8: readable text that stands for them, and the bytes that it stands
//! for.
//!
//! ovsdb-server reads such a request like any other and refuses the values in it. [`escape`]
//! replaces each wrong byte by one of 128 private-use characters, so that all else can read text;
//! [`restore`] turns them back into bytes for the reply. Characters of the request that would be
//! mistaken for those are escaped as well, byte by byte, so nothing else is changed.

use std::fmt::Write;

/// What the bytes 0x80 to 0xff become: U+10FF80 to U+10FFFF.
const ESCAPES: u32 = 0x10_ff00;

/// Replaces what is not UTF-8. Returns `None` if all of it is.
pub(crate) fn escape(json: &[u8]) -> Option<String> {
    if std::str::from_utf8(json).is_ok() {
        return None;
    }
    let mut out = String::with_capacity(json.len().saturating_add(64));
    for chunk in json.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find(|c: char| c == '\\' || byte_of(c).is_some()) {
            let (plain, special) = rest.split_at(at);
            out.push_str(plain);
            let (c, len) = first_char(special);
            let (whole, after) = special.split_at(len);
            match c {
                Some(c) if byte_of(c).is_some() => {
                    push_bytes(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes())
                }
                _ => out.push_str(whole),
            }
            rest = after;
        }
        out.push_str(rest);
        push_bytes(&mut out, chunk.invalid());
    }
    Some(out)
}

/// The bytes that escaped text stands for.
pub(crate) fn restore(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte_of(c) {
                Some(byte) => out.push(byte),
                None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out
}

/// What is wrong with the text that a string stands for, in the words of ovsdb-server; `None` if it
/// is UTF-8.
pub(super) fn complaint(text: &str) -> Option<String> {
    let bytes = restore(text.as_bytes());
    let error = std::str::from_utf8(&bytes).err()?;
    let wrong = bytes.get(error.valid_up_to()..).unwrap_or_default();
    // up to the first byte that does not belong there; a C string ends with a zero
    let begins = matches!(wrong.first(), Some(0xc2..=0xf4));
    let len = if begins { error.error_len().unwrap_or(wrong.len()).saturating_add(1) } else { 1 };
    let mut out = "not a valid UTF-8 string: invalid UTF-8 sequence".to_owned();
    for byte in wrong.iter().chain(&[0]).take(len) {
        // writing to a string cannot fail
        let _ = write!(out, " {byte:#04x}");
    }
    Some(out)
}

/// The character that the text begins with, be it written as an escape of JSON, and its length.
/// Behind any other backslash, `None` and the length of that escape.
fn first_char(text: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut chars = text.chars();
    match chars.next() {
        Some('\\') => match (unit(0), unit(6)) {
            (Some(high), Some(low)) if (0xd800..0xdc00).contains(&high) => {
                (char::decode_utf16([high, low]).next().and_then(Result::ok), 12)
            }
            _ => (None, 1 + chars.next().map_or(0, char::len_utf8)),
        },
        c => (c, c.map_or(0, char::len_utf8)),
    }
}

/// The byte that a character stands for.
fn byte_of(c: char) -> Option<u8> {
    u8::try_from(u32::from(c).checked_sub(ESCAPES)?).ok().filter(|byte| *byte >= 0x80)
}

fn push_bytes(out: &mut String, bytes: &[u8]) {
    out.extend(bytes.iter().filter_map(|byte| char::from_u32(ESCAPES + u32::from(*byte))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovsdb_proto::json::Reader;
    use proptest::prelude::*;

    #[test]
    fn text_is_not_escaped() {
        for text in ["", "[\"a\"]", "\u{10ff80}\u{10ffff}", r#"["\udbff\udf80"]"#] {
            assert_eq!(escape(text.as_bytes()), None);
        }
    }

    #[test]
    fn characters_like_the_escapes_come_back_as_they_were() {
        let json = b"[\"\xff\",\"\xf4\x8f\xbe\x80\",\"\\udbff\\udf80\",\"\\\\udbff\\\\udf80\",\"\\u00e9\\udbff\\u0041\\n\"]";
        let escaped = escape(json).unwrap();
        let back = b"[\"\xff\",\"\xf4\x8f\xbe\x80\",\"\xf4\x8f\xbe\x80\",\"\\\\udbff\\\\udf80\",\"\\u00e9\\udbff\\u0041\\n\"]";
        assert_eq!(restore(escaped.as_bytes()), back);
        let mut reader = Reader::from_text(&escaped);
        reader.begin_array().unwrap();
        for bytes in [&b"\xff"[..], b"\xf4\x8f\xbe\x80", b"\xf4\x8f\xbe\x80", b"\\udbff\\udf80"] {
            assert!(reader.next_element().unwrap());
            assert_eq!(restore(reader.string().unwrap().as_bytes()), bytes);
        }
    }

    #[test]
    fn the_first_wrong_sequence_is_named() {
        let complaint = |bytes: &[u8]| complaint(&escape(bytes).unwrap());
        for (bytes, sequence) in [
            (&b"a\xffb"[..], "0xff"),
            (b"\xc3", "0xc3 0x00"),
            (b"\xc3A", "0xc3 0x41"),
            (b"\xe2\x82A\xff", "0xe2 0x82 0x41"),
            (b"\xf0\x90\x80", "0xf0 0x90 0x80 0x00"),
            (b"\xed\xa0\x80", "0xed 0xa0"),
            (b"\xc0\xaf", "0xc0"),
        ] {
            let expected = format!("not a valid UTF-8 string: invalid UTF-8 sequence {sequence}");
            assert_eq!(complaint(bytes), Some(expected), "{}", bytes.escape_ascii());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>) {
            prop_assume!(!bytes.contains(&b'\\'));
            if let Some(text) = escape(&bytes) {
                prop_assert_eq!(restore(text.as_bytes()), bytes);
            }
        }
    }
}
