//! How C reads a real: `strtod` in the C locale, over the whole text.

use super::text::is_space;

/// A real as C's `strtod` takes it, without anything behind it: decimal or hexadecimal, with white space and a sign before it, or
/// `inf`, `infinity`, `nan`. What is too large for a double, or below the smallest that has all its bits, is refused; what rounds to
/// zero is zero.
pub fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match digits.get(..2) {
        Some("0x" | "0X") => hexadecimal(digits.get(2..)?)?,
        _ if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') => decimal(digits)?,
        _ => return word(digits).map(|n| if negative { -n } else { n }),
    };
    if !magnitude.is_finite() || magnitude.is_subnormal() {
        return None;
    }
    // a negative zero is not passed on, as when reading JSON
    Some(if negative && magnitude != 0.0 { -magnitude } else { magnitude })
}

fn word(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    if matches!(&*lower, "inf" | "infinity") {
        return Some(f64::INFINITY);
    }
    let tail = lower.strip_prefix("nan")?;
    let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let named = tail.strip_prefix('(').and_then(|t| t.strip_suffix(')')).is_some_and(is_name);
    (tail.is_empty() || named).then_some(f64::NAN)
}

fn decimal(text: &str) -> Option<f64> {
    // Rust's syntax is a superset but for `inf` and `nan`, which were ruled out, and for what makes neither digit nor point
    let known = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if known { text.parse().ok() } else { None }
}

fn hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits = 0u64;
    let mut power = exponent;
    for (digit, is_fraction) in whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true))) {
        let digit = u64::from(digit.to_digit(16)?);
        if bits >> 59 == 0 {
            bits = bits << 4 | digit;
            power -= if is_fraction { 4 } else { 0 };
        } else {
            // beyond what a double holds only whether anything is there matters, for rounding
            bits |= u64::from(digit != 0);
            power += if is_fraction { 0 } else { 4 };
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "this is the rounding to a double")]
    let mut value = bits as f64;
    // by steps that are exact, until the double is too large or too small
    while power != 0 && value != 0.0 && value.is_finite() {
        let step = power.clamp(-1000, 1000);
        value *= 2f64.powi(step);
        power -= step;
    }
    Some(value)
}

fn exponent_of(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // a number of this many digits only needs to be far beyond the doubles
    let magnitude = digits.parse::<i32>().unwrap_or(i32::MAX).min(1_000_000);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_c_takes() {
        for (text, n) in [
            ("1", 1.0),
            (" \t-1.5", -1.5),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1E-3", 0.001),
            ("0x1.8p1", 3.0),
            ("0XA", 10.0),
            ("0x.8", 0.5),
            ("-0x1p-1", -0.5),
            ("0x1fffffffffffff8p0", 144_115_188_075_855_870.0),
            ("1e-999", 0.0),
            ("inf", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("1.7976931348623157e308", f64::MAX),
        ] {
            assert_eq!(parse_real(text), Some(n), "{text}");
        }
        assert!(parse_real("-nan").is_some_and(f64::is_nan));
        assert!(parse_real("NaN(abc)").is_some_and(f64::is_nan));
        assert_eq!(parse_real("-0").map(f64::to_bits), Some(0));
    }

    #[test]
    fn what_c_refuses() {
        let bad = [
            "", " ", "-", ".", "e5", "1e", "1 ", "1x", "0x", "0x.", "0xg", "0x1p", "infi", "nan(", "--1",
            "1e999", "1e-310",
        ];
        for text in bad.into_iter().chain(["0x1p9999999999", "1_0"]) {
            assert_eq!(parse_real(text), None, "{text}");
        }
    }
}
