//! How values are printed for people and scripts: the formats `string`, `bare` and `json` of the ctl tools.

use super::wire::write_datum;
use super::{Atom, Datum, Uuid};
use crate::json::Writer;

/// How cells and values are printed (`--data` of the ctl tools).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// What the tools read again: strings quoted where needed, sets in `[]`, maps in `{}`.
    #[default]
    String,
    /// Strings as they are, elements separated by one space.
    Bare,
    /// The JSON of the wire.
    Json,
}

/// Appends an atom in the `string` format.
pub fn print_atom(out: &mut String, atom: &Atom) {
    match atom {
        Atom::String(text) if needs_quotes(text) => print_json(out, |w| w.string(text)),
        _ => print_bare_atom(out, atom),
    }
}

/// Appends an atom in the `bare` format.
pub fn print_bare_atom(out: &mut String, atom: &Atom) {
    match atom {
        Atom::Integer(n) => out.push_str(&n.to_string()),
        Atom::Real(n) => print_real(out, *n),
        Atom::Boolean(b) => out.push_str(if *b { "true" } else { "false" }),
        Atom::String(text) => out.push_str(text),
        Atom::Uuid(uuid) => out.push_str(uuid.encode(&mut [0; 36])),
    }
}

/// Appends a value. `max` is how many elements its column may have: only where it is 1 the `string` format does without brackets.
pub fn print_datum(out: &mut String, datum: &Datum, max: u32, format: Format) {
    match format {
        Format::String => {
            let brackets =
                (max > 1 || datum.is_empty()).then_some(if datum.is_map() { ('{', '}') } else { ('[', ']') });
            out.extend(brackets.map(|b| b.0));
            print_elements(out, datum, ", ", print_atom);
            out.extend(brackets.map(|b| b.1));
        }
        Format::Bare => print_elements(out, datum, " ", print_bare_atom),
        Format::Json => print_json(out, |w| write_datum(w, datum, &|_| false)),
    }
}

fn print_elements(out: &mut String, datum: &Datum, separator: &str, print: fn(&mut String, &Atom)) {
    for (i, atom) in datum.atoms().iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        print(out, atom);
    }
    for (i, (key, value)) in datum.pairs().iter().enumerate() {
        if i > 0 {
            out.push_str(separator);
        }
        print(out, key);
        out.push('=');
        print(out, value);
    }
}

fn print_json(out: &mut String, write: impl FnOnce(&mut Writer<'_>)) {
    let mut json = Vec::new();
    write(&mut Writer::new(&mut json));
    // what the writer writes is UTF-8 because what it is given is
    out.push_str(&String::from_utf8_lossy(&json));
}

/// Whether the `string` format quotes this text: unless it is an identifier that cannot be taken for a boolean or a UUID.
fn needs_quotes(text: &str) -> bool {
    let mut bytes = text.bytes();
    let identifier = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    !identifier || matches!(text, "true" | "false") || Uuid::parse_bytes(text.as_bytes()).is_some()
}

/// Appends a real as C's `%.15g`: 15 digits, without zeros at the end, with an exponent below 1e-4 and from 1e15 on.
pub fn print_real(out: &mut String, n: f64) {
    const DIGITS: i32 = 15;
    if !n.is_finite() {
        out.push_str(if n.is_nan() {
            "nan"
        } else if n > 0.0 {
            "inf"
        } else {
            "-inf"
        });
        return;
    }
    let scientific = format!("{n:.14e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let decimals = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
        out.push_str(without_zeros(&format!("{n:.decimals$}")));
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(without_zeros(mantissa));
        out.push_str(&format!("e{sign}{:02}", exponent.abs()));
    }
}

fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        print_atom(&mut out, &Atom::from(text));
        out
    }

    fn datum(datum: &Datum, max: u32) -> [String; 3] {
        [Format::String, Format::Bare, Format::Json].map(|format| {
            let mut out = String::new();
            print_datum(&mut out, datum, max, format);
            out
        })
    }

    #[test]
    fn strings_are_quoted_where_they_could_be_something_else() {
        for bare in ["a", "_", "a.b-c", "sw0", "True", "a1b2"] {
            assert_eq!(string(bare), bare);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("1", r#""1""#),
            ("10.0.0.1", r#""10.0.0.1""#),
            ("-a", r#""-a""#),
            ("true", r#""true""#),
            ("false", r#""false""#),
            ("a b", r#""a b""#),
            ("a:b", r#""a:b""#),
            ("é", r#""é""#),
            ("a\"\\\n\t\u{1}/", r#""a\"\\\n\t\u0001/""#),
            ("abcdef01-2345-6789-abcd-ef0123456789", r#""abcdef01-2345-6789-abcd-ef0123456789""#),
        ] {
            assert_eq!(string(text), quoted);
        }
    }

    #[test]
    fn reals_as_c_prints_them() {
        for (n, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.333333333333333"),
            (100_000.0, "100000"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e15, "1e+15"),
            (999_999_999_999_999.9, "1e+15"),
            (1e100, "1e+100"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (f64::MAX, "1.79769313486232e+308"),
            (5e-324, "4.94065645841247e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            let mut out = String::new();
            print_real(&mut out, n);
            assert_eq!(out, text, "{n:e}");
        }
    }

    #[test]
    fn brackets_depend_on_the_column() {
        assert_eq!(datum(&Datum::one("a"), 1), ["a", "a", r#""a""#]);
        assert_eq!(datum(&Datum::one("1"), 2), [r#"["1"]"#, "1", r#""1""#]);
        assert_eq!(datum(&Datum::empty_set(), 1), ["[]", "", r#"["set",[]]"#]);
        assert_eq!(datum(&Datum::set([2.into(), 1.into()]), 2), ["[1, 2]", "1 2", r#"["set",[1,2]]"#]);
        assert_eq!(datum(&Datum::empty_map(), 1), ["{}", "", r#"["map",[]]"#]);
        let map = Datum::map([("b".into(), "".into()), ("a".into(), "true".into())]);
        assert_eq!(
            datum(&map, 9),
            [r#"{a="true", b=""}"#, "a=true b=", r#"["map",[["a","true"],["b",""]]]"#]
        );
        let uuid = "00112233-4455-6677-8899-aabbccddeeff";
        let row = Datum::one(uuid.parse::<Uuid>().unwrap());
        assert_eq!(datum(&row, 1), [uuid.to_owned(), uuid.to_owned(), format!(r#"["uuid","{uuid}"]"#)]);
    }
}
