//! How is a moment written in UTC, by a `strftime` format in which `#` stands for digits of the second's fraction?

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment, taken apart.
struct Civil {
    secs: u64,
    nanos: u32,
    year: u64,
    month: u64,
    day: u64,
    day_of_year: u64,
    weekday: u64,
}

impl Civil {
    fn new(time: SystemTime) -> Civil {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let days = since.as_secs() / 86_400;
        // Years that begin in March: the leap day is the last of its year, and months have a regular pattern.
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * from_march + 2) / 153;
        let day = from_march - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let day_of_year = if month > 2 { from_march + 60 + u64::from(leap) } else { from_march - 305 };
        Civil {
            secs: since.as_secs(),
            nanos: since.subsec_nanos(),
            year,
            month,
            day,
            day_of_year,
            weekday: (days + 4) % 7,
        }
    }
}

/// Writes `time` in UTC. Letters of `strftime` that have no meaning in UTC without a locale are left as they stand.
pub(crate) fn format(time: SystemTime, pattern: &str) -> String {
    let civil = Civil::new(time);
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' => {
                let mut digits = 1;
                while chars.next_if_eq(&'#').is_some() {
                    digits += 1;
                }
                out.extend(format!("{:09}", civil.nanos).chars().take(digits));
            }
            '%' => match chars.next() {
                Some(letter) => field(&civil, letter, &mut out),
                None => out.push('%'),
            },
            _ => out.push(c),
        }
    }
    out
}

fn field(civil: &Civil, letter: char, out: &mut String) {
    let name = |names: &[&'static str], index: u64| {
        usize::try_from(index).ok().and_then(|i| names.get(i).copied()).unwrap_or_default()
    };
    let &Civil { secs, year, month, day, day_of_year, weekday, .. } = civil;
    let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
    // Writing to a String cannot fail.
    let _ = match letter {
        'Y' => write!(out, "{year}"),
        'C' => write!(out, "{:02}", year / 100),
        'y' => write!(out, "{:02}", year % 100),
        'm' => write!(out, "{month:02}"),
        'd' => write!(out, "{day:02}"),
        'e' => write!(out, "{day:2}"),
        'j' => write!(out, "{day_of_year:03}"),
        'H' => write!(out, "{hour:02}"),
        'I' => write!(out, "{:02}", (hour + 11) % 12 + 1),
        'M' => write!(out, "{minute:02}"),
        'S' => write!(out, "{second:02}"),
        'p' => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
        's' => write!(out, "{secs}"),
        'u' => write!(out, "{}", (weekday + 6) % 7 + 1),
        'w' => write!(out, "{weekday}"),
        'A' => write!(out, "{}", name(&DAYS, weekday)),
        'a' => write!(out, "{:.3}", name(&DAYS, weekday)),
        'B' => write!(out, "{}", name(&MONTHS, month - 1)),
        'b' | 'h' => write!(out, "{:.3}", name(&MONTHS, month - 1)),
        'F' => write!(out, "{year}-{month:02}-{day:02}"),
        'D' => write!(out, "{month:02}/{day:02}/{:02}", year % 100),
        'T' => write!(out, "{hour:02}:{minute:02}:{second:02}"),
        'R' => write!(out, "{hour:02}:{minute:02}"),
        'z' => write!(out, "+0000"),
        'Z' => write!(out, "UTC"),
        'n' => writeln!(out),
        't' => write!(out, "\t"),
        '%' => write!(out, "%"),
        other => write!(out, "%{other}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let check = |secs: u64, millis: u64, pattern: &str, expect: &str| {
            let time = UNIX_EPOCH + Duration::from_millis(secs * 1000 + millis);
            assert_eq!(format(time, pattern), expect, "{secs} {pattern}");
        };
        check(0, 0, "%Y-%m-%dT%H:%M:%SZ %A %j %u%w", "1970-01-01T00:00:00Z Thursday 001 44");
        // `date -u -d @N` gives the same.
        check(1_795_369_922, 478, "%Y-%m-%d %H:%M:%S.###", "2026-11-22 17:52:02.478");
        check(1_795_369_922, 478, "%e %h %b %A %j %s", "22 Nov Nov Sunday 326 1795369922");
        check(1_795_369_922, 680, "%T ##:##", "17:52:02 68:68");
        check(951_827_696, 5, "%F %a %j ####", "2000-02-29 Tue 060 0050");
        check(951_868_800, 0, "%F %a %j", "2000-03-01 Wed 061");
        check(4_107_542_399, 0, "%F %T %p %I %B %y", "2100-02-28 23:59:59 PM 11 February 00");
        check(4_107_542_400, 0, "%F %j %e%n%t%%%q%", "2100-03-01 060  1\n\t%%q%");
        check(1_703_980_800, 0, "%F %j %C %D %R %z %Z", "2023-12-31 365 20 12/31/23 00:00 +0000 UTC");
    }
}
