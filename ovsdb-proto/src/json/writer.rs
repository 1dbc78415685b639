//! How JSON is put out: appended to one buffer, as Open vSwitch writes it.

use std::io::Write;

/// Appends one JSON text to a buffer. Commas are put where they belong.
///
/// ```
/// use ovsdb_proto::json::Writer;
/// let mut out = Vec::new();
/// let mut writer = Writer::new(&mut out);
/// writer.begin_object();
/// writer.key("names");
/// writer.begin_array();
/// writer.string("sw\"0");
/// writer.integer(1);
/// writer.end_array();
/// writer.end_object();
/// assert_eq!(out, br#"{"names":["sw\"0",1]}"#);
/// ```
#[derive(Debug)]
pub struct Writer<'b> {
    out: &'b mut Vec<u8>,
    /// Whether a comma is due before the next element or member.
    comma: bool,
}

impl<'b> Writer<'b> {
    /// Appends to `out`.
    pub const fn new(out: &'b mut Vec<u8>) -> Writer<'b> {
        Writer { out, comma: false }
    }

    /// How many bytes the buffer holds, those before this writer included.
    pub const fn buffer_len(&self) -> usize {
        self.out.len()
    }

    /// Opens an array.
    pub fn begin_array(&mut self) {
        self.begin(b'[');
    }

    /// Closes the array opened last.
    pub fn end_array(&mut self) {
        self.end(b']');
    }

    /// Opens an object.
    pub fn begin_object(&mut self) {
        self.begin(b'{');
    }

    /// Closes the object opened last.
    pub fn end_object(&mut self) {
        self.end(b'}');
    }

    /// The key of a member, whose value is then to be written.
    pub fn key(&mut self, key: &str) {
        self.string(key);
        self.out.push(b':');
        self.comma = false;
    }

    /// A string: UTF-8 as it is, with `"`, `\` and control characters escaped.
    pub fn string(&mut self, text: &str) {
        self.out.reserve(text.len() + 3);
        self.separate();
        self.out.push(b'"');
        if is_plain(text.as_bytes()) {
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
            return;
        }
        let mut rest = text.as_bytes();
        while let Some(at) = rest.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\') {
            let (plain, special) = rest.split_at(at);
            self.out.extend_from_slice(plain);
            if let Some((&byte, after)) = special.split_first() {
                self.escape(byte);
                rest = after;
            }
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// An integer.
    pub fn integer(&mut self, n: i64) {
        self.separate();
        // writing to a vector cannot fail
        let _ = write!(self.out, "{n}");
    }

    /// A real, in the fewest of 15, 16 or 17 digits that read back as the same number. `null` for what JSON has no number for.
    pub fn real(&mut self, n: f64) {
        self.separate();
        if n.is_finite() {
            general_format(self.out, n);
        } else {
            self.out.extend_from_slice(b"null");
        }
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, b: bool) {
        self.raw(if b { b"true" } else { b"false" });
    }

    /// `null`
    pub fn null(&mut self) {
        self.raw(b"null");
    }

    /// One value that is JSON already.
    pub fn raw(&mut self, json: &[u8]) {
        self.separate();
        self.out.extend_from_slice(json);
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn begin(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn end(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => {
                let _ = write!(self.out, "\\u{byte:04x}");
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

/// Whether nothing in the text needs an escape. Hardly any text does, so all of it is looked at, eight bytes at once.
fn is_plain(text: &[u8]) -> bool {
    let (words, tail) = text.as_chunks::<8>();
    let special = words.iter().fold(0, |any, word| any | special_bytes(*word));
    let mut last = [b' '; 8];
    if let (Some(end), false) = (text.last_chunk::<8>(), tail.is_empty()) {
        last = *end;
    } else {
        last.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
    }
    special | special_bytes(last) == 0
}

/// Not zero if any of the bytes is a control character, `"` or `\\`.
const fn special_bytes(word: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_ne_bytes(word);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    // a byte borrows from the next only if it is itself below what is taken away: then something is found anyway
    let found = (word.wrapping_sub(ONES * 0x20) & !word)
        | (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash);
    found & (ONES * 0x80)
}

/// Writes a finite number as C's `%.*g` with the fewest of 15, 16 or 17 digits that read back as the same number.
fn general_format(out: &mut Vec<u8>, n: f64) {
    let exact = |digits: usize| Some(format!("{n:.*e}", digits - 1)).filter(|t| t.parse() == Ok(n));
    let text = exact(15).or_else(|| exact(16)).unwrap_or_else(|| format!("{n:.16e}"));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let precision = i32::try_from(mantissa.len()).unwrap_or(i32::MAX) - 1;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    out.extend_from_slice(sign.as_bytes());
    // C changes to an exponent where it is below -4 or not below the number of digits asked for
    let _ = if exponent < -4 || exponent >= precision {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{first}{point}{rest}e{sign}{:02}", exponent.abs())
    } else if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        write!(out, "0.{}{digits}", "0".repeat(zeros))
    } else {
        let whole = usize::try_from(exponent).unwrap_or(0) + 1;
        match digits.split_at_checked(whole) {
            Some((whole, "")) => write!(out, "{whole}"),
            Some((whole, fraction)) => write!(out, "{whole}.{fraction}"),
            None => write!(out, "{digits}{}", "0".repeat(whole - digits.len())),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::super::{Number, Reader};
    use super::*;
    use proptest::prelude::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> String {
        let mut out = Vec::new();
        write(&mut Writer::new(&mut out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn commas_are_put_between_values() {
        let text = written(|w| {
            w.begin_array();
            w.begin_object();
            w.end_object();
            w.null();
            w.begin_object();
            w.key("a");
            w.begin_array();
            w.end_array();
            w.key("b");
            w.boolean(true);
            w.key("c");
            w.raw(b"[1, 2]");
            w.end_object();
            w.boolean(false);
            w.integer(i64::MIN);
            w.end_array();
        });
        assert_eq!(text, r#"[{},null,{"a":[],"b":true,"c":[1, 2]},false,-9223372036854775808]"#);
    }

    #[test]
    fn strings_are_escaped_as_open_vswitch_does() {
        for (text, expected) in [
            ("", r#""""#),
            ("a/b", r#""a/b""#),
            ("\u{8}\u{c}\n\r\t\"\\", r#""\b\f\n\r\t\"\\""#),
            ("\u{0}\u{1}\u{1f}\u{7f}", "\"\\u0000\\u0001\\u001f\u{7f}\""),
            ("aé😀b", "\"aé😀b\""),
        ] {
            assert_eq!(written(|w| w.string(text)), expected);
        }
    }

    #[test]
    fn what_needs_an_escape_is_found_anywhere() {
        for len in 0..40 {
            for text in ["a", "~\u{7f}", " !#[]", "é", "😀"].map(|text| text.repeat(len)) {
                assert!(is_plain(text.as_bytes()), "{text:?}");
                for special in ["\"", "\\", "\n", "\u{1f}", "\0"] {
                    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                        let (before, after) = text.split_at(at);
                        assert!(!is_plain(format!("{before}{special}{after}").as_bytes()));
                    }
                }
            }
        }
    }

    #[test]
    fn reals_are_printed_as_c_does() {
        for (n, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.3333333333333333"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456.0, "1234567890123456"),
            (1e100, "1e+100"),
            (1.5e-5, "1.5e-05"),
            (0.000_12, "0.00012"),
            (100.0, "100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "4.94065645841247e-324"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(written(|w| w.real(n)), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_reads_back(text in "[^\0]{0,40}", n: i64, real: f64) {
            let out = written(|w| {
                w.begin_array();
                w.string(&text);
                w.integer(n);
                w.real(real);
                w.end_array();
            });
            let mut reader = Reader::new(out.as_bytes());
            reader.begin_array().unwrap();
            prop_assert!(reader.next_element().unwrap());
            prop_assert_eq!(reader.string().unwrap(), text.as_str());
            prop_assert!(reader.next_element().unwrap());
            prop_assert_eq!(reader.integer().unwrap(), n);
            prop_assert!(reader.next_element().unwrap());
            if real.is_finite() {
                prop_assert_eq!(reader.number().map(Number::as_real), Ok(real));
            } else {
                reader.null().unwrap();
            }
            prop_assert!(!reader.next_element().unwrap());
            reader.end().unwrap();
        }
    }
}
