//! What is a row's identity: 128 bits, printed as 8-4-4-4-12 lower-case hex digits (RFC 4122).

use std::fmt;
use std::str::FromStr;

/// The identity of a row, `_uuid` (RFC 7047 section 3.1, `<uuid>`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
// in two halves, so that it needs no more alignment than a pointer: values with a UUID among their forms are a quarter smaller
pub struct Uuid {
    high: u64,
    low: u64,
}

/// A text that is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID (expected 8-4-4-4-12 hexadecimal digits)")]
pub struct ParseUuidError;

const fn hex_digit(digit: u8) -> u8 {
    digit + if digit < 10 { b'0' } else { b'a' - 10 }
}

const DASHES: [usize; 4] = [8, 13, 18, 23];

impl Uuid {
    /// The UUID of all zero bits.
    pub const NIL: Uuid = Uuid::from_u128(0);

    /// The UUID with these bits, the first printed digit being the highest.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    pub const fn from_u128(bits: u128) -> Uuid {
        Uuid { high: (bits >> 64) as u64, low: bits as u64 }
    }

    /// The bits, the first printed digit being the highest.
    pub const fn as_u128(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    /// A version 4 UUID made of random bits that the caller supplies.
    pub const fn from_random(bits: u128) -> Uuid {
        let bits = bits & !(0xf << 76) & !(0x3 << 62);
        Uuid::from_u128(bits | (0x4 << 76) | (0x2 << 62))
    }

    /// The first 32 bits: what the C tools hash a row by, and so the order in which they list rows.
    pub const fn first_word(self) -> u32 {
        (self.high >> 32) as u32
    }

    /// Writes the text form into `buffer` and answers it: for where a `String` would be one allocation too many.
    pub fn encode(self, buffer: &mut [u8; 36]) -> &str {
        *buffer = [b'-'; 36];
        // where each byte's two digits go
        const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
        for (byte, place) in self.as_u128().to_be_bytes().into_iter().zip(PLACES) {
            if let Some([high, low]) = buffer.get_mut(place..place + 2) {
                (*high, *low) = (hex_digit(byte >> 4), hex_digit(byte & 0xf));
            }
        }
        // only ASCII was written
        std::str::from_utf8(buffer).unwrap_or_default()
    }

    /// Parses the 36 bytes of the text form; hex digits of either case.
    #[inline]
    pub fn parse_bytes(text: &[u8]) -> Option<Uuid> {
        let text: &[u8; 36] = text.try_into().ok()?;
        let [
            a @ ..,
            b'-',
            b0,
            b1,
            b2,
            b3,
            b'-',
            c0,
            c1,
            c2,
            c3,
            b'-',
            d0,
            d1,
            d2,
            d3,
            b'-',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = text
        else {
            return None;
        };
        let [.., e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11] = text;
        let words = [
            hex(*a),
            hex([*b0, *b1, *b2, *b3, *c0, *c1, *c2, *c3]),
            hex([*d0, *d1, *d2, *d3, *e0, *e1, *e2, *e3]),
            hex([*e4, *e5, *e6, *e7, *e8, *e9, *e10, *e11]),
        ];
        let mut bits = 0u128;
        let mut wrong = 0;
        for (word, error) in words {
            bits = bits << 32 | u128::from(word & 0xffff_ffff);
            wrong |= error;
        }
        (wrong == 0).then_some(Uuid::from_u128(bits))
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

/// The number that eight hexadecimal digits of either case are, in the low 32 bits, and zero if they all are digits. All eight at
/// once, because identities are a fifth of what servers send.
#[inline(always)]
const fn hex(digits: [u8; 8]) -> (u64, u64) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_be_bytes(digits);
    let lower = word | (0x20 * ONES);
    // what has bit 0x40 can only be a letter
    let letters = (lower >> 6) & ONES;
    // how far behind `0` or `a`: at most 9 or 5. A byte that is before it borrows from its neighbour, but has then bit 0x80 itself.
    let steps = lower.wrapping_sub(0x30 * ONES + 0x31 * letters);
    let too_far = steps.wrapping_add(0x76 * ONES + 4 * letters);
    // a control character that bit 0x20 made a digit had neither that bit nor 0x40
    let control = !(word | (word >> 1)) & (0x20 * ONES);
    let nibbles = steps.wrapping_add(10 * letters);
    let pairs = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let quads = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    (quads | (quads >> 16), ((steps | too_far) & (0x80 * ONES)) | control)
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
    fn only_hexadecimal_digits_are_digits() {
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"019aAfF5";
                digits[at] = byte;
                let expected =
                    digits.iter().try_fold(0u32, |n, b| Some(n << 4 | char::from(*b).to_digit(16)?));
                let (number, wrong) = hex(digits);
                assert_eq!(
                    (wrong == 0).then_some(number & 0xffff_ffff),
                    expected.map(u64::from),
                    "{}",
                    digits.escape_ascii()
                );
            }
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
