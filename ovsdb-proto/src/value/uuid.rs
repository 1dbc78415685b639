//! What is a row's identity: 128 bits, printed as 8-4-4-4-12 lower-case hex digits (RFC 4122).

use std::fmt;
use std::str::FromStr;

/// The identity of a row, `_uuid` (RFC 7047 section 3.1, `<uuid>`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(u128);

/// A text that is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID (expected 8-4-4-4-12 hexadecimal digits)")]
pub struct ParseUuidError;

const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Uuid {
    /// The UUID of all zero bits.
    pub const NIL: Uuid = Uuid(0);

    /// The UUID with these bits, the first printed digit being the highest.
    pub const fn from_u128(bits: u128) -> Uuid {
        Uuid(bits)
    }

    /// The bits, the first printed digit being the highest.
    pub const fn as_u128(self) -> u128 {
        self.0
    }

    /// A version 4 UUID made of random bits that the caller supplies.
    pub const fn from_random(bits: u128) -> Uuid {
        let bits = bits & !(0xf << 76) & !(0x3 << 62);
        Uuid(bits | (0x4 << 76) | (0x2 << 62))
    }

    /// The first 32 bits: what the C tools hash a row by, and so the order in which they list rows.
    pub const fn first_word(self) -> u32 {
        (self.0 >> 96) as u32
    }

    /// Writes the text form into `buffer` and answers it: for where a `String` would be one allocation too many.
    pub fn encode(self, buffer: &mut [u8; 36]) -> &str {
        let mut shift = 128u32;
        for (i, byte) in buffer.iter_mut().enumerate() {
            *byte = if DASHES.contains(&i) {
                b'-'
            } else {
                shift -= 4;
                let digit = ((self.0 >> shift) & 0xf) as u8;
                if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
            };
        }
        // only ASCII was written
        std::str::from_utf8(buffer).unwrap_or_default()
    }

    /// Parses the 36 bytes of the text form; hex digits of either case.
    pub fn parse_bytes(text: &[u8]) -> Option<Uuid> {
        if text.len() != 36 {
            return None;
        }
        let mut bits = 0u128;
        for (i, &b) in text.iter().enumerate() {
            if DASHES.contains(&i) {
                if b != b'-' {
                    return None;
                }
                continue;
            }
            let digit = match b {
                b'0'..=b'9' => b - b'0',
                b'a'..=b'f' => b - b'a' + 10,
                b'A'..=b'F' => b - b'A' + 10,
                _ => return None,
            };
            bits = bits << 4 | u128::from(digit);
        }
        Some(Uuid(bits))
    }

    /// How many bytes of `text` are the start of a UUID: all of it if `text` could be completed to one.
    pub fn prefix_len(text: &str) -> usize {
        text.bytes()
            .take(36)
            .enumerate()
            .take_while(|&(i, b)| if DASHES.contains(&i) { b == b'-' } else { b.is_ascii_hexdigit() })
            .count()
    }
}

impl FromStr for Uuid {
    type Err = ParseUuidError;

    fn from_str(text: &str) -> Result<Uuid, ParseUuidError> {
        Uuid::parse_bytes(text.as_bytes()).ok_or(ParseUuidError)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode(&mut [0; 36]))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let uuid: Uuid = text.parse().unwrap();
        assert_eq!(uuid.to_string(), text);
        assert_eq!(uuid.encode(&mut [0; 36]), text);
        assert_eq!(text.to_uppercase().parse(), Ok(uuid));
        assert_eq!(uuid.first_word(), 0x0011_2233);
    }

    #[test]
    fn other_text_is_refused() {
        for bad in
            ["", "00112233", "00112233-4455-6677-8899-aabbccddeefg", "001122334-455-6677-8899-aabbccddeeff"]
        {
            assert_eq!(bad.parse::<Uuid>(), Err(ParseUuidError), "{bad}");
        }
    }

    #[test]
    fn random_bits_become_version_4() {
        let text = Uuid::from_random(u128::MAX).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn prefixes_are_measured() {
        assert_eq!(Uuid::prefix_len("0011"), 4);
        assert_eq!(Uuid::prefix_len("00112233-44x"), 11);
        assert_eq!(Uuid::prefix_len("sw0"), 0);
    }
}
