//! How does a log line look: the directives of `-vPATTERN:` (ovs-appctl(8), `vlog/set PATTERN`)?

use super::clock;
use super::config::Level;
use std::time::SystemTime;

/// What does not change from line to line.
#[derive(Clone, Debug)]
pub(super) struct Process {
    /// Base name of the program.
    pub program: String,
    /// Its process id.
    pub pid: u32,
    /// The host's name.
    pub host: String,
    /// When it started.
    pub started: SystemTime,
    /// The facility's number for `%B`.
    pub facility: u8,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// Counted from 1 within the process.
    pub number: u32,
    /// When.
    pub time: SystemTime,
    /// Which module.
    pub module: &'a str,
    /// How grave.
    pub level: Level,
    /// What.
    pub text: &'a str,
}

/// A directive for local time, which we do not write: it would need the time zone's rules.
pub(super) fn has_local_time(pattern: &str) -> bool {
    directives(pattern).any(|piece| matches!(piece, Piece::Directive { letter: 'd', .. }))
}

/// Fills in `pattern`.
pub(super) fn format(pattern: &str, process: &Process, record: &Record<'_>) -> String {
    let mut out = String::new();
    for piece in directives(pattern) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Directive { letter, detail, left, pad, width } => {
                let text = expand(letter, detail, process, record);
                let padding = width.saturating_sub(text.len());
                let fill = std::iter::repeat_n(pad, padding);
                if left {
                    out.push_str(&text);
                    out.extend(fill);
                } else {
                    out.extend(fill);
                    out.push_str(&text);
                }
            }
        }
    }
    out
}

fn expand(letter: char, detail: Option<&str>, process: &Process, record: &Record<'_>) -> String {
    match letter {
        'A' => process.program.clone(),
        'B' => (u32::from(process.facility) * 8 + u32::from(record.level.severity())).to_string(),
        'c' => record.module.to_owned(),
        'D' => clock::format(record.time, detail.unwrap_or("%Y-%m-%d %H:%M:%S.###")),
        'E' => process.host.clone(),
        'm' => record.text.to_owned(),
        'n' => "\n".to_owned(),
        'N' => record.number.to_string(),
        'p' => record.level.name().to_owned(),
        'P' => process.pid.to_string(),
        'r' => record.time.duration_since(process.started).unwrap_or_default().as_millis().to_string(),
        // There is one thread that logs by name, and `%T` names only the others.
        't' => "main".to_owned(),
        'T' => String::new(),
        other => other.to_string(),
    }
}

/// A part of a pattern.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Directive { letter: char, detail: Option<&'a str>, left: bool, pad: char, width: usize },
}

/// No line is padded beyond this, whatever the pattern says.
const WIDTH_MAX: usize = 1024;

fn directives(pattern: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let Some(text) = rest.strip_prefix('%') else {
            let (text, tail) = rest.split_at(rest.find('%').unwrap_or(rest.len()));
            rest = tail;
            return (!text.is_empty()).then_some(Piece::Text(text));
        };
        let (left, text) = flag(text, '-');
        let (zero, text) = flag(text, '0');
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, text) = text.split_at(digits);
        let width = number.parse().unwrap_or(if number.is_empty() { 0 } else { WIDTH_MAX }).min(WIDTH_MAX);
        let mut letters = text.chars();
        // A directive that the pattern's end cuts off is nothing.
        let letter = letters.next();
        let mut tail = letters.as_str();
        let mut detail = None;
        if let Some(inner) = tail.strip_prefix('{') {
            let (inside, behind) = inner.split_once('}').unwrap_or((inner, ""));
            (detail, tail) = (Some(inside), behind);
        }
        rest = tail;
        let pad = if zero { '0' } else { ' ' };
        letter.map(|letter| Piece::Directive { letter, detail, left, pad, width })
    })
}

fn flag(text: &str, flag: char) -> (bool, &str) {
    text.strip_prefix(flag).map_or((false, text), |rest| (true, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// Compared with what ovn-nbctl 26.03 wrote.
    #[test]
    fn lines() {
        let started = UNIX_EPOCH + Duration::from_millis(1_795_369_922_478);
        let process =
            Process { program: "ovn-nbctl".into(), pid: 17839, host: "vm".into(), started, facility: 16 };
        let time = started + Duration::from_millis(12);
        let text = "unix:/nonexist: entering BACKOFF";
        let record = Record { number: 1, time, module: "reconnect", level: Level::Dbg, text };
        let check =
            |pattern: &str, expect: &str| assert_eq!(format(pattern, &process, &record), expect, "{pattern}");
        check("%m", text);
        check(
            "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m",
            "2026-11-22T17:52:02Z|00001|reconnect|DBG|unix:/nonexist: entering BACKOFF",
        );
        check("[%A][%P][%E][%B][%r][%t][%T]", "[ovn-nbctl][17839][vm][135][12][main][]");
        check("[%-12c][%12c][%012c][%3c]", "[reconnect   ][   reconnect][000reconnect][reconnect]");
        check("%N %5N %05N %-5N|%-05N|", "1     1 00001 1    |10000|");
        check("%D", "2026-11-22 17:52:02.490");
        check("%D{%Y", "2026");
        check("a:b,c d\\n%n%c{foo}%%%3%%z%-z", "a:b,c d\\n\nreconnect%  %zz");
        check("%-m|%40m|", "unix:/nonexist: entering BACKOFF|        unix:/nonexist: entering BACKOFF|");
        check("a%", "a");
        check("%05", "");
        check("%0-5N|", "-5N|");
        assert_eq!(format("%99999999999999999999999n", &process, &record).len(), WIDTH_MAX);
    }

    #[test]
    fn local_time() {
        assert!(has_local_time("%5d{%H}|%m"));
        assert!(!has_local_time("%D{%d}|%%d|%m"));
    }
}
