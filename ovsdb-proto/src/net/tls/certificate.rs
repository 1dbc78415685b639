//! Who issued a certificate, to whom, and for which time: what rustls checks but does not tell.

/// The parts of a certificate that trust in it rests on (RFC 5280 section 4.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Certificate<'a> {
    version: u8,
    issuer: &'a [u8],
    subject: &'a [u8],
    not_before: u64,
    not_after: u64,
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl<'a> Certificate<'a> {
    /// Reads a certificate in DER; `None` if it is malformed.
    pub(super) fn parse(der: &'a [u8]) -> Option<Certificate<'a>> {
        let (mut certificate, rest) = element(der, SEQUENCE)?;
        if !rest.is_empty() {
            return None;
        }
        let mut body = take(&mut certificate, SEQUENCE)?;
        let mut version = 1;
        if body.first() == Some(&VERSION) {
            let mut number = take(&mut body, VERSION)?;
            // 0 is version 1
            let &[number] = take(&mut number, INTEGER)? else { return None };
            version = number.checked_add(1)?;
        }
        take(&mut body, INTEGER)?;
        take(&mut body, SEQUENCE)?;
        let issuer = take(&mut body, SEQUENCE)?;
        let mut validity = take(&mut body, SEQUENCE)?;
        let subject = take(&mut body, SEQUENCE)?;
        let (not_before, not_after) = (take_time(&mut validity)?, take_time(&mut validity)?);
        Some(Certificate { version, issuer, subject, not_before, not_after })
    }

    /// The version of X.509, from 1 to 3.
    pub(super) fn version(&self) -> u8 {
        self.version
    }

    /// Whether it names itself as its issuer, as the certificate of a root CA does.
    pub(super) fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Whether it is good at `now`, in seconds since 1970.
    pub(super) fn is_good_at(&self, now: u64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// The contents of the element at the beginning, which must have this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    let (len, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // No certificate comes near the 16 MB that three bytes can say.
        0x81..=0x83 => {
            let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (len.iter().fold(0, |len, &byte| len << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(len)
}

fn take<'a>(der: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (contents, rest) = element(der, tag)?;
    *der = rest;
    Some(contents)
}

/// A time as seconds since 1970; years before that are at 0.
fn take_time(der: &mut &[u8]) -> Option<u64> {
    let (year, rest) = if der.first() == Some(&UTC_TIME) {
        let (year, rest) = decimal(take(der, UTC_TIME)?, 2)?;
        (if year < 50 { 2000 + year } else { 1900 + year }, rest)
    } else {
        decimal(take(der, GENERALIZED_TIME)?, 4)?
    };
    let (month, rest) = decimal(rest, 2)?;
    let (day, rest) = decimal(rest, 2)?;
    let (hour, rest) = decimal(rest, 2)?;
    let (minute, rest) = decimal(rest, 2)?;
    let (second, rest) = decimal(rest, 2)?;
    let sensible =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    if !sensible || rest != b"Z" {
        return None;
    }
    let days = days_to(year, month) + day - 1;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

fn decimal(text: &[u8], digits: usize) -> Option<(u64, &[u8])> {
    let (number, rest) = text.split_at_checked(digits)?;
    let number = std::str::from_utf8(number).ok().filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?;
    Some((number.parse().ok()?, rest))
}

/// Days from 1970 to the first of a month.
fn days_to(year: u64, month: u64) -> u64 {
    let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    let years: u64 = (1970..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let of_month = |m| match m {
        2 if leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    years + (1..month).map(of_month).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate cut down to what is read here.
    fn der(issuer: &[u8], subject: &[u8], from: &str, to: &str) -> Vec<u8> {
        let wrap = |tag: u8, inside: &[u8]| [&[tag, u8::try_from(inside.len()).unwrap()], inside].concat();
        let time =
            |text: &str| wrap(if text.len() == 13 { UTC_TIME } else { GENERALIZED_TIME }, text.as_bytes());
        let body = [
            wrap(VERSION, &wrap(INTEGER, &[2])),
            wrap(INTEGER, &[1]),
            wrap(SEQUENCE, &[]),
            wrap(SEQUENCE, issuer),
            wrap(SEQUENCE, &[time(from), time(to)].concat()),
            wrap(SEQUENCE, subject),
        ];
        wrap(SEQUENCE, &wrap(SEQUENCE, &body.concat()))
    }

    #[test]
    fn names_and_times() {
        let bytes = der(b"a", b"a", "700101000000Z", "20380119031408Z");
        let found = Certificate::parse(&bytes).unwrap();
        assert!(found.is_self_issued());
        assert_eq!(found.version(), 3);
        assert_eq!((found.not_before, found.not_after), (0, 1 << 31));
        assert!(found.is_good_at(0) && found.is_good_at(1 << 31) && !found.is_good_at((1 << 31) + 1));
        assert!(
            !Certificate::parse(&der(b"a", b"b", "700101000000Z", "700101000000Z")).unwrap().is_self_issued()
        );
    }

    #[test]
    fn without_a_version_it_is_1() {
        let bytes = der(b"a", b"a", "700101000000Z", "700101000000Z");
        let version = [VERSION, 3, INTEGER, 1, 2];
        let at = bytes.windows(version.len()).position(|window| window == version).unwrap();
        let mut old = bytes.clone();
        old.drain(at..at + version.len());
        // the two lengths around it
        old[1] -= 5;
        old[3] -= 5;
        assert_eq!(Certificate::parse(&old).unwrap().version(), 1);
        let mut unknown = bytes;
        unknown[at + 4] = 0xff;
        assert_eq!(Certificate::parse(&unknown), None);
    }

    #[test]
    fn leap_years() {
        for (text, seconds) in [
            ("000229000000Z", 951_782_400),
            ("21000301000000Z", 4_107_542_400),
            ("491231235959Z", 2_524_607_999),
        ] {
            let bytes = der(b"a", b"a", "700101000000Z", text);
            assert_eq!(Certificate::parse(&bytes).unwrap().not_after, seconds, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_or_senseless_is_refused() {
        let good = der(b"a", b"a", "700101000000Z", "380119031408Z");
        for end in 0..good.len() {
            assert_eq!(Certificate::parse(&good[..end]), None, "{end}");
        }
        for time in ["701301000000Z", "700100000000Z", "700101000000+", "70010100000Z", "7001010000xxZ"] {
            assert_eq!(Certificate::parse(&der(b"a", b"a", "700101000000Z", time)), None, "{time}");
        }
        assert_eq!(Certificate::parse(&[SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
