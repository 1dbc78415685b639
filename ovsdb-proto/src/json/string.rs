//! How a JSON string is scanned for its end, and how its escapes are undone.

use super::{JsonError, JsonErrorKind};

/// How many bytes stand before the first quote, backslash or control character, or all of them.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        let special = portable::special(chunk);
        if special != 0 {
            return bytes.len() - rest.len() + special.trailing_zeros() as usize;
        }
        rest = after;
    }
    let plain = rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).unwrap_or(rest.len());
    bytes.len() - rest.len() + plain
}

pub(super) mod portable {
    //! Eight bytes at a time in an ordinary integer, for every other processor.

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    /// The high bit of each byte that is zero.
    const fn zero(word: u64) -> u64 {
        // the sum carries into the high bit unless the low seven bits are zero, and never beyond it: exact for each byte
        !(((word & !HIGH) + !HIGH) | word) & HIGH
    }

    /// The high bit of each byte that equals `byte`.
    pub(in crate::json) const fn equal(word: u64, byte: u8) -> u64 {
        zero(word ^ (ONES * byte as u64))
    }

    /// The high bits of the eight bytes, gathered in the lowest eight bits.
    pub(in crate::json) const fn bits(high: u64) -> u64 {
        // each bit lands in the top byte at a place of its own
        (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }

    /// One bit for each byte that is a quote, a backslash or a control character.
    pub(super) fn special(chunk: &[u8; 16]) -> u32 {
        let (words, _) = chunk.as_chunks::<8>();
        let mut special = 0;
        for (i, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let high = equal(word, b'"') | equal(word, b'\\') | zero(word & 0xe0e0_e0e0_e0e0_e0e0);
            special |= bits(high) << (8 * i);
        }
        u32::try_from(special).unwrap_or(0)
    }
}

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
                len = plain_len(text.as_bytes().get(at..).unwrap_or_default());
                continue;
            }
            _ => return Err(JsonErrorKind::BadEscape.at(at)),
        };
        out.push(plain);
        at += 2;
        len = plain_len(text.as_bytes().get(at..).unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn both_ways_to_scan_agree(
            random in prop::collection::vec(any::<u8>(), 16),
            special in prop::collection::vec(prop::sample::select(&b"\"\\\x1f\x20!]\xa2\xdc\x9f\0\x01a"[..]), 16),
        ) {
            for bytes in [random, special] {
                let chunk: [u8; 16] = bytes.try_into().unwrap();
                let naive = (0..16).filter(|&i| matches!(chunk[i], b'"' | b'\\' | 0..0x20)).map(|i| 1 << i).sum::<u32>();
                prop_assert_eq!(portable::special(&chunk), naive);
            }
        }
    }

    #[test]
    fn plain_text_is_measured_at_every_length() {
        for n in 0..70 {
            for end in ["", "\"", "\\", "\n", "\u{1f}"] {
                let text = "é".repeat(n) + end + "tail";
                let plain = if end.is_empty() { text.len() } else { 2 * n };
                assert_eq!(plain_len(text.as_bytes()), plain, "{n} {end:?}");
            }
        }
    }
}
