//! Arguments that are not UTF-8, carried through text without loss.
//!
//! A file name may hold any bytes, and everything else that tools are given is text. A byte that is
//! not part of valid UTF-8 becomes a character at the end of the private use planes; [`path`] and
//! [`bytes`] turn it back. Such a character that is given as itself is carried byte by byte, so
//! that every argument comes back as it was.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use ovsdb_proto::session::remote::Remote;

/// The character that stands for the byte 0.
const BASE: u32 = 0x10_ff00;

/// The first two bytes of a character that stands for a byte.
const HEAD: [u8; 2] = [0xf4, 0x8f];

/// The text for an argument or a variable.
pub fn decode(word: &OsStr) -> String {
    let mut text = String::new();
    for chunk in word.as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(char_of));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(char_of));
    }
    text
}

/// An environment variable as text.
pub fn env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| decode(&value))
}

/// The bytes that a text was made of.
pub fn bytes(text: &str) -> Cow<'_, [u8]> {
    restore(text.as_bytes())
}

/// The path that a text was made of.
pub fn path(text: &str) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes(text).into_owned()))
}

/// The path that a text was made of, where the text has become part of a path.
pub fn path_within(path: &Path) -> PathBuf {
    PathBuf::from(OsString::from_vec(restore(path.as_os_str().as_bytes()).into_owned()))
}

/// The remote that a text was made of.
pub fn remote(remote: Remote) -> Remote {
    match remote {
        Remote::Unix(path) => Remote::Unix(path_within(&path)),
        Remote::Punix(path) => Remote::Punix(path_within(&path)),
        other => other,
    }
}

/// The text with a replacement character for each byte that is not text, for places where only
/// UTF-8 will do.
pub fn lossy(text: &str) -> String {
    text.chars().map(|c| if byte_of(c).is_some() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Makes sure that a word is text, as everything in a database is.
///
/// # Errors
/// With the C tools' text.
pub fn check(word: &str) -> Result<(), String> {
    match word.chars().find_map(byte_of) {
        None => Ok(()),
        Some(byte) => Err(format!(
            "constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0x{byte:02x}"
        )),
    }
}

fn char_of(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for; none of them is ASCII.
fn byte_of(c: char) -> Option<u8> {
    let byte = u8::try_from(u32::from(c).checked_sub(BASE)?).ok()?;
    (!byte.is_ascii()).then_some(byte)
}

fn restore(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.windows(2).any(|pair| pair == HEAD) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte_of(c) {
                Some(byte) => out.push(byte),
                None => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        out.extend(chunk.invalid());
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_comes_back_as_it_was() {
        let check = |word: &[u8]| {
            let text = decode(OsStr::from_bytes(word));
            assert_eq!(&*bytes(&text), word, "{text:?}");
            assert_eq!(path(&text).as_os_str().as_bytes(), word);
            assert_eq!(path_within(Path::new(&text)).as_os_str().as_bytes(), word);
        };
        check(b"");
        check("plain é \u{1f600}".as_bytes());
        check(b"a\xffb\x80\xc3");
        check(b"\xf4\x8f\xbf");
        check("\u{10ff80} \u{10ffff} \u{10ff7f}".as_bytes());
        for byte in 0x80..=0xff {
            check(&[b'a', byte]);
            check(&[byte, byte, b'/', byte]);
        }
        for c in 0x10_ff00..=0x10_ffff {
            check(char::from_u32(c).unwrap().to_string().as_bytes());
        }
    }

    #[test]
    fn text_stays_as_it_is_and_what_is_not_text_is_named() {
        assert_eq!(decode(OsStr::new("ls-add é")), "ls-add é");
        assert_eq!(check("ls-add é"), Ok(()));
        let word = decode(OsStr::from_bytes(b"a\xffb"));
        let text = "constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0xff";
        assert_eq!(check(&word), Err(text.to_owned()));
        assert_eq!(lossy(&word), "a\u{fffd}b");
    }
}
