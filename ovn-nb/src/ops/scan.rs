//! How do the C tools take numbers and addresses out of a text? As C's `scanf` does: blanks before a number are skipped, numbers wrap around, and what
//! follows is left to whoever looks at it.

/// A text and how far it was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) const fn new(text: &'a str) -> Scan<'a> {
        Scan { text, at: 0 }
    }

    /// What was not taken yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether everything was taken.
    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    /// Takes what `take` takes, or nothing if that fails.
    pub(super) fn attempt<T>(&mut self, take: impl FnOnce(&mut Scan<'a>) -> Option<T>) -> Option<T> {
        let before = self.at;
        let taken = take(self);
        if taken.is_none() {
            self.at = before;
        }
        taken
    }

    fn next(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    /// Takes white space, if there is any.
    pub(super) fn blanks(&mut self) {
        while self.next().is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes exactly `expected`.
    pub(super) fn literal(&mut self, expected: &str) -> Option<()> {
        self.rest().starts_with(expected).then(|| self.at += expected.len())
    }

    /// Takes up to `max` characters that `accepts`, at least one. All of them are ASCII.
    pub(super) fn run(&mut self, max: usize, accepts: fn(u8) -> bool) -> Option<&'a str> {
        let len = self.rest().bytes().take(max).take_while(|b| b.is_ascii() && accepts(*b)).count();
        let run = self.rest().get(..len).filter(|run| !run.is_empty())?;
        self.at += len;
        Some(run)
    }

    /// Takes white space and a number of base 10 or 16, with its sign; one that is too great wraps around.
    pub(super) fn number(&mut self, base: u32) -> Option<u64> {
        self.attempt(|s| {
            s.blanks();
            let negative = s.next() == Some(b'-');
            if matches!(s.next(), Some(b'-' | b'+')) {
                s.at += 1;
            }
            if base == 16 && s.literal("0x").is_none() {
                let _ = s.literal("0X");
            }
            let start = s.at;
            let mut value = 0u64;
            while let Some(digit) = s.next().and_then(|b| char::from(b).to_digit(base)) {
                value = value.wrapping_mul(u64::from(base)).wrapping_add(u64::from(digit));
                s.at += 1;
            }
            (s.at > start).then_some(if negative { value.wrapping_neg() } else { value })
        })
    }

    /// Takes a number as a C program that keeps it in 8 bits.
    pub(super) fn byte(&mut self, base: u32) -> Option<u8> {
        let [.., byte] = self.number(base)?.to_be_bytes();
        Some(byte)
    }

    /// Takes a decimal number as a C program that keeps it in an `int`.
    pub(super) fn int(&mut self) -> Option<i32> {
        let [.., a, b, c, d] = self.number(10)?.to_be_bytes();
        Some(i32::from_be_bytes([a, b, c, d]))
    }
}

/// The decimal number that `text` begins with, as the C tools read it: whatever follows does not matter, and one that is too great wraps around.
pub fn leading_integer(text: &str) -> Option<i64> {
    Scan::new(text).number(10).map(|n| i64::from_be_bytes(n.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(leading_integer(text), expect, "{text:?}");
        check("12", Some(12));
        check("12x", Some(12));
        check(" \t-7 8", Some(-7));
        check("+010", Some(10));
        check("0x10", Some(0));
        check("18446744073709551617", Some(1));
        check("9223372036854775808", Some(i64::MIN));
        check("", None);
        check("-", None);
        check("- 1", None);
        check("x1", None);
    }

    #[test]
    fn bytes_wrap() {
        let check = |text: &str, base: u32, expect: Option<u8>, rest: &str| {
            let mut scan = Scan::new(text);
            assert_eq!((scan.byte(base), scan.rest()), (expect, rest), "{text:?}");
        };
        check("257.", 10, Some(1), ".");
        check("-1", 10, Some(255), "");
        check("0x1F:", 16, Some(0x1f), ":");
        check("0xg", 16, None, "0xg");
        check(" ffé", 16, Some(0xff), "é");
        check("é", 16, None, "é");
    }

    #[test]
    fn runs_and_attempts() {
        let mut scan = Scan::new("ab.c é");
        assert_eq!(scan.run(2, |b| b.is_ascii_alphabetic() || b == b'.'), Some("ab"));
        assert_eq!(scan.attempt(|s| s.literal(".").and_then(|()| s.literal("x"))), None);
        assert_eq!(scan.run(9, |_| true), Some(".c "));
        assert_eq!(scan.run(9, |_| true), None);
        assert!(!scan.is_done());
    }
}
