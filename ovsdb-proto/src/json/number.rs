//! What a JSON number is: an integer wherever it is one exactly, else a real.

use super::{JsonError, JsonErrorKind};

/// A number as Open vSwitch reads it: `1.0`, `10e-1` and `1` are the same integer; what is no `i64` is a real.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A whole number that an `i64` holds. Zero is always this one, and never negative.
    Integer(i64),
    /// Any other number: finite, and not zero unless it is too small for a double.
    Real(f64),
}

impl Number {
    /// The number as a double, rounded if it is a large integer.
    pub const fn as_real(self) -> f64 {
        match self {
            Number::Integer(n) => n as f64,
            Number::Real(n) => n,
        }
    }
}

/// Reads the number at `at`, and answers the offset behind it.
#[inline]
pub(super) fn number(text: &str, at: usize) -> Result<(Number, usize), JsonError> {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    let negative = bytes.first() == Some(&b'-');
    let digits = bytes.get(usize::from(negative)..).unwrap_or_default();
    let mut value = 0i64;
    let mut len = 0;
    // 18 digits cannot overflow
    for &byte in digits.iter().take(18) {
        if !byte.is_ascii_digit() {
            break;
        }
        value = value * 10 + i64::from(byte - b'0');
        len += 1;
    }
    let leading_zero = len > 1 && digits.first() == Some(&b'0');
    let more = digits.get(len).is_some_and(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E'));
    if len == 0 || leading_zero || more {
        return general(text, at);
    }
    Ok((Number::Integer(if negative { -value } else { value }), at + usize::from(negative) + len))
}

/// Any number: long ones, and those with a fraction or an exponent.
#[cold]
fn general(text: &str, at: usize) -> Result<(Number, usize), JsonError> {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|b| any.contains(b));
    let malformed = Err(JsonErrorKind::BadNumber.at(at));

    let negative = is(at, b"-");
    let whole = at + usize::from(negative);
    let mut end = whole + digits(whole);
    if end == whole || is(whole, b"0") && end > whole + 1 {
        return malformed;
    }
    let whole = whole..end;
    let mut fraction = end..end;
    if is(end, b".") {
        fraction = end + 1..end + 1 + digits(end + 1);
        end = fraction.end;
        if fraction.is_empty() {
            return malformed;
        }
    }
    let mut exponent = 0i64;
    if is(end, b"eE") {
        let negative = is(end + 1, b"-");
        let from = end + 1 + usize::from(is(end + 1, b"+-"));
        end = from + digits(from);
        if end == from {
            return malformed;
        }
        // Open vSwitch takes exponents of up to nine or ten digits; no double needs more
        for &digit in bytes.get(from..end).unwrap_or_default() {
            exponent = exponent * 10 + i64::from(digit - b'0');
            if exponent > i64::from(i32::MAX) {
                return Err(JsonErrorKind::NumberRange.at(at));
            }
        }
        if negative {
            exponent = -exponent;
        }
    }

    let parts = [bytes.get(whole), bytes.get(fraction.clone())].into_iter().flatten().flatten();
    if let Some(n) = exact(parts, exponent, fraction.len(), negative) {
        return Ok((Number::Integer(n), end));
    }
    let real =
        text.get(at..end).and_then(|t| t.parse::<f64>().ok()).ok_or(JsonErrorKind::BadNumber.at(at))?;
    if !real.is_finite() {
        return Err(JsonErrorKind::NumberRange.at(at));
    }
    // a negative zero is not passed on, as in Open vSwitch
    Ok((Number::Real(if real == 0.0 { 0.0 } else { real }), end))
}

/// The integer that these digits with this exponent are, if they are one.
fn exact<'a>(
    digits: impl Iterator<Item = &'a u8>,
    exponent: i64,
    fraction_len: usize,
    negative: bool,
) -> Option<i64> {
    let mut power = exponent - i64::try_from(fraction_len).ok()?;
    let mut value = 0u64;
    let mut zeros = 0;
    for &digit in digits {
        // zeros at the end count only if another digit follows, so that 1.000...0 of any length stays exact
        if digit == b'0' {
            zeros += 1;
            continue;
        }
        value = shift(value, zeros + 1)?.checked_add(u64::from(digit - b'0'))?;
        zeros = 0;
    }
    if value == 0 {
        return Some(0);
    }
    power += i64::from(zeros);
    let value = shift(value, u32::try_from(power).ok()?)?;
    if negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// `value` with this many zeros behind it.
fn shift(value: u64, zeros: u32) -> Option<u64> {
    if value == 0 { Some(0) } else { value.checked_mul(10u64.checked_pow(zeros)?) }
}

#[cfg(test)]
mod tests {
    use super::Number::{Integer, Real};
    use super::*;

    fn check(text: &str, expected: Result<Number, JsonErrorKind>) {
        let padded = format!("[{text}]");
        let got = number(&padded, 1);
        match expected {
            Ok(n) => assert_eq!(got, Ok((n, 1 + text.len())), "{text}"),
            Err(kind) => assert_eq!(got, Err(kind.at(1)), "{text}"),
        }
        assert_eq!(number(text, 0).map(|n| n.0).map_err(|e| e.kind), expected, "{text} at the end");
    }

    #[test]
    fn whole_numbers_are_integers() {
        for (text, n) in [
            ("0", 0),
            ("-0", 0),
            ("7", 7),
            ("-12", -12),
            ("123456789012345678", 123_456_789_012_345_678),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("9007199254740993", 9_007_199_254_740_993),
            ("0.0", 0),
            ("-0.0e5", 0),
            ("0e999999999", 0),
            ("1e3", 1000),
            ("1E+3", 1000),
            ("1.0", 1),
            ("1.50e1", 15),
            ("10e-1", 1),
            ("100000000000000000000e-2", 1_000_000_000_000_000_000),
            ("1.00000000000000000000000000000000000", 1),
            ("-922337203685477580.8e1", i64::MIN),
        ] {
            check(text, Ok(Integer(n)));
        }
    }

    #[test]
    fn other_numbers_are_reals() {
        for (text, n) in [
            ("9223372036854775808", 9_223_372_036_854_775_808.0),
            ("-9223372036854775809", -9_223_372_036_854_775_808.0),
            ("1.5", 1.5),
            ("-1.5e-3", -0.0015),
            ("1e19", 1e19),
            ("123456789012345678901234567890", 123_456_789_012_345_678_901_234_567_890.0),
            ("0.1", 0.1),
            ("1e-999999", 0.0),
            ("-1e-999999", 0.0),
            ("1.7976931348623157e308", f64::MAX),
        ] {
            check(text, Ok(Real(n)));
        }
    }

    #[test]
    fn what_json_does_not_write_is_refused() {
        for text in [
            "-",
            "01",
            "-01",
            "00",
            "00.5",
            ".5",
            "1.",
            "1.e5",
            "1e",
            "1e+",
            "-a",
            "+1",
            "000000000000000000000",
        ] {
            check(text, Err(JsonErrorKind::BadNumber));
        }
        for text in ["1e309", "-1e400", "1e99999999999", "1e-99999999999", "0e99999999999999999999"] {
            check(text, Err(JsonErrorKind::NumberRange));
        }
    }
}
