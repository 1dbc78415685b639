//! How people write values: the tokens and atoms of the ctl tools' command lines.

use super::Uuid;

/// A token that does not end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The last character is a backslash, which has nothing to escape.
    #[error("{0}: backslash at end of argument")]
    Backslash(Box<str>),
    /// A double quote has no partner.
    #[error("{0}: quoted string extends past end of argument")]
    Quote(Box<str>),
}

/// A text that is no atom of the type wanted. The texts are those of Open vSwitch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtomTextError {
    /// It is no integer of 64 bits.
    #[error("\"{0}\" is not a valid integer or range")]
    Integer(Box<str>),
    /// It is a range that goes backwards.
    #[error("\"{0}\" is not a valid range. Range end cannot be before start.")]
    RangeOrder(Box<str>),
    /// It is no real.
    #[error("\"{0}\" is not a valid real number")]
    Real(Box<str>),
    /// It is no boolean.
    #[error("\"{0}\" is not a valid boolean (use \"true\" or \"false\")")]
    Boolean(Box<str>),
    /// It is no UUID.
    #[error("\"{0}\" is not a valid UUID")]
    Uuid(Box<str>),
    /// It is nothing, which does not mean the empty string.
    #[error("An empty string is not valid as input; use \"\" to represent the empty string")]
    Empty,
    /// It begins with a quote but is no quoted string.
    #[error("{text}: {problem}")]
    Quoted {
        /// The text.
        text: Box<str>,
        /// What is wrong with it.
        problem: QuotedProblem,
    },
    /// An escape stands for half of a surrogate pair, the second.
    #[error("constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0xed {0:#04x}")]
    Surrogate(u8),
}

/// What is wrong with a quoted string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotedProblem {
    /// It does not end in a quote.
    #[error("missing quote at end of quoted string")]
    NoEnd,
    /// There is a quote inside.
    #[error("quoted string may not include unescaped \"")]
    Quote,
    /// A backslash stands before the quote at the end.
    #[error("quoted string may not end with backslash")]
    Backslash,
    /// There is no escape of this letter.
    #[error("bad escape \\{0}")]
    Escape(char),
    /// There are not four digits behind `\u`.
    #[error("quoted string ends within \\u escape")]
    ShortUnicode,
    /// What is behind `\u` is not four hexadecimal digits.
    #[error("malformed \\u escape")]
    BadUnicode,
    /// `\u0000`, or the character itself, quoted or not.
    #[error("null bytes not supported in quoted strings")]
    Null,
    /// The first half of a surrogate pair is not followed by another escape.
    #[error("malformed escaped surrogate pair")]
    LonePair,
    /// The first half of a surrogate pair is followed by something else than the second.
    #[error("second half of escaped surrogate pair is not trailing surrogate")]
    BadPair,
}

/// Whether a character ends a token.
pub const fn is_delimiter(c: char) -> bool {
    matches!(c, ':' | '=' | ',' | ' ' | '[' | ']' | '{' | '}' | '!' | '<' | '>')
}

/// Takes a token from the start of `text`: its characters, and what follows it.
///
/// It ends before the first delimiter. A backslash takes the next character as it is; double quotes switch delimiters off and stay,
/// as do backslashes between them.
///
/// # Errors
/// A quote is not closed, or nothing follows a backslash.
pub fn token(text: &str) -> Result<(String, &str), TokenError> {
    let mut token = String::new();
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                if quoted {
                    token.push('\\');
                }
                let (_, next) = chars.next().ok_or_else(|| TokenError::Backslash(text.into()))?;
                token.push(next);
            }
            _ if !quoted && is_delimiter(c) => return Ok((token, text.get(at..).unwrap_or_default())),
            _ => {
                token.push(c);
                quoted ^= c == '"';
            }
        }
    }
    if quoted { Err(TokenError::Quote(text.into())) } else { Ok((token, "")) }
}

/// An integer in decimal, as C's `strtoll` takes it: white space and a sign may come first.
pub fn parse_integer(text: &str) -> Option<i64> {
    integer_prefix(text).and_then(|(n, rest)| rest.is_empty().then_some(n))
}

/// Two integers with `-` between them, the first and the last of a range.
pub fn parse_range(text: &str) -> Option<(i64, i64)> {
    let (first, rest) = integer_prefix(text)?;
    Some((first, parse_integer(rest.strip_prefix('-')?)?))
}

fn integer_prefix(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_start_matches(is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.get(..text.len() - rest.len())?;
    Some((number.parse().ok()?, rest))
}

/// White space as C's `isspace` has it.
pub const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// `true`, `yes`, `on` or `1`; `false`, `no`, `off` or `0`.
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// A string: as it is, or quoted as in JSON if it begins with a double quote.
///
/// # Errors
/// It is empty, or the quoting is wrong.
pub fn parse_string(text: &str) -> Result<String, AtomTextError> {
    if text.is_empty() {
        return Err(AtomTextError::Empty);
    }
    let wrong = |problem| AtomTextError::Quoted { text: text.into(), problem };
    // a command line cannot hold one, but a library's caller can
    if text.contains('\0') {
        return Err(wrong(QuotedProblem::Null));
    }
    let Some(inner) = text.strip_prefix('"') else { return Ok(text.to_owned()) };
    let inner = inner.strip_suffix('"').ok_or_else(|| wrong(QuotedProblem::NoEnd))?;
    unescape(inner).map_err(|problem| match problem {
        Unescape::Problem(problem) => wrong(problem),
        Unescape::Surrogate(byte) => AtomTextError::Surrogate(byte),
    })
}

enum Unescape {
    Problem(QuotedProblem),
    Surrogate(u8),
}

impl From<QuotedProblem> for Unescape {
    fn from(problem: QuotedProblem) -> Unescape {
        Unescape::Problem(problem)
    }
}

// not the JSON reader: here control characters may stand unescaped, and the texts of the errors are fixed
fn unescape(inner: &str) -> Result<String, Unescape> {
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Err(QuotedProblem::Quote.into()),
            '\\' => match chars.next().ok_or(QuotedProblem::Backslash)? {
                c @ ('"' | '\\' | '/') => out.push(c),
                'b' => out.push('\u{8}'),
                'f' => out.push('\u{c}'),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                'u' => {
                    let (c, rest) = unicode(chars.as_str())?;
                    out.push(c);
                    chars = rest.chars();
                }
                c => return Err(QuotedProblem::Escape(c).into()),
            },
            _ => out.push(c),
        }
    }
    Ok(out)
}

fn unicode(text: &str) -> Result<(char, &str), Unescape> {
    let (first, rest) = hex4(text)?;
    let (code, rest) = if (0xd800..0xdc00).contains(&first) {
        let rest = rest.strip_prefix("\\u").ok_or(QuotedProblem::LonePair)?;
        let (second, rest) = hex4(rest)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(QuotedProblem::BadPair.into());
        }
        (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), rest)
    } else {
        (first, rest)
    };
    // what is no character is the second half of a pair; of its three bytes the second is the first that UTF-8 forbids
    let second_byte = 0x80 | u8::try_from((code >> 6) & 0x3f).unwrap_or(0);
    char::from_u32(code).map(|c| (c, rest)).ok_or(Unescape::Surrogate(second_byte))
}

fn hex4(text: &str) -> Result<(u32, &str), QuotedProblem> {
    if text.len() < 4 {
        return Err(QuotedProblem::ShortUnicode);
    }
    let (digits, rest) = text.split_at_checked(4).ok_or(QuotedProblem::BadUnicode)?;
    let mut code = 0;
    for digit in digits.chars() {
        code = code << 4 | digit.to_digit(16).ok_or(QuotedProblem::BadUnicode)?;
    }
    if code == 0 { Err(QuotedProblem::Null) } else { Ok((code, rest)) }
}

/// A UUID, all 36 characters.
///
/// # Errors
/// It is something else.
pub fn parse_uuid(text: &str) -> Result<Uuid, AtomTextError> {
    text.parse().map_err(|_| AtomTextError::Uuid(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // all texts pinned against ovn-nbctl 26.03
    #[test]
    fn tokens() {
        for (text, expected, rest) in [
            ("name=x", "name", "=x"),
            ("options:a=x", "options", ":a=x"),
            ("=x", "", "=x"),
            ("", "", ""),
            ("a\\:b\\\\c:", "a:b\\c", ":"),
            ("\"a=\\\"b\"c=", "\"a=\\\"b\"c", "="),
            ("é!", "é", "!"),
        ] {
            assert_eq!(token(text), Ok((expected.to_owned(), rest)), "{text}");
        }
        let error = |text| token(text).unwrap_err().to_string();
        assert_eq!(error("a\\"), "a\\: backslash at end of argument");
        assert_eq!(error("\"a\\\""), "\"a\\\": quoted string extends past end of argument");
    }

    #[test]
    fn integers_and_ranges() {
        for (text, n) in
            [("7", 7), ("-7", -7), ("+7", 7), (" \t\n7", 7), ("-9223372036854775808", i64::MIN), ("007", 7)]
        {
            assert_eq!(parse_integer(text), Some(n), "{text}");
        }
        for bad in ["", "a", "7 ", "0x7", "1.0", "+", "- 7", "--7", "9223372036854775808", "1-2", "\u{a0}7"] {
            assert_eq!(parse_integer(bad), None, "{bad}");
        }
        for (text, range) in [("1-2", (1, 2)), ("-5--3", (-5, -3)), ("2-1", (2, 1)), ("1- 2", (1, 2))] {
            assert_eq!(parse_range(text), Some(range), "{text}");
        }
        for bad in ["1", "1-", "-", "1 -2", "1-2-3", "1-9223372036854775808"] {
            assert_eq!(parse_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn strings() {
        for (text, string) in [
            ("a b:c", "a b:c"),
            ("a\"b\\", "a\"b\\"),
            ("\"\"", ""),
            ("\"a\tb\"", "a\tb"),
            (r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "\"\\/\u{8}\u{c}\n\r\té😀"),
            (r#""a\\""#, "a\\"),
        ] {
            assert_eq!(parse_string(text), Ok(string.to_owned()), "{text}");
        }
        for (text, error) in [
            ("", r#"An empty string is not valid as input; use "" to represent the empty string"#),
            ("a\0b", "a\0b: null bytes not supported in quoted strings"),
            ("\"", r#"": missing quote at end of quoted string"#),
            ("\"\\u", r#""\u: missing quote at end of quoted string"#),
            (r#""a"b""#, r#""a"b": quoted string may not include unescaped ""#),
            (r#""a\""#, r#""a\": quoted string may not end with backslash"#),
            (r#""a\\\""#, r#""a\\\": quoted string may not end with backslash"#),
            (r#""a\q""#, r#""a\q": bad escape \q"#),
            (r#""\u00e""#, r#""\u00e": quoted string ends within \u escape"#),
            (r#""\u00eé""#, r#""\u00eé": malformed \u escape"#),
            (r#""\u+123""#, r#""\u+123": malformed \u escape"#),
            (r#""\u0000""#, r#""\u0000": null bytes not supported in quoted strings"#),
            (r#""\ud83d""#, r#""\ud83d": malformed escaped surrogate pair"#),
            (r#""\ud83d\""#, r#""\ud83d\": malformed escaped surrogate pair"#),
            (r#""\ud83d\u""#, r#""\ud83d\u": quoted string ends within \u escape"#),
            (
                r#""\ud83d\u0041""#,
                r#""\ud83d\u0041": second half of escaped surrogate pair is not trailing surrogate"#,
            ),
            (
                r#""\udc00""#,
                "constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0xed 0xb0",
            ),
            (
                r#""\udfff""#,
                "constraint violation: not a valid UTF-8 string: invalid UTF-8 sequence 0xed 0xbf",
            ),
        ] {
            assert_eq!(parse_string(text).map_err(|e| e.to_string()), Err(error.to_owned()), "{text}");
        }
    }
}
