//! What is wrong with JSON that somebody typed or wrote into a file: the place, and the words of Open vSwitch?

/// How deep arrays and objects may nest, as in Open vSwitch.
const DEPTH_MAX: usize = 1000;

/// A text that is no JSON array or object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}, byte {byte}: {what}")]
pub struct JsonTextError {
    /// The line, counted from 0.
    pub line: usize,
    /// How many bytes of the line precede what is wrong.
    pub column: usize,
    /// How many bytes of the text do.
    pub byte: usize,
    /// What is wrong.
    pub what: String,
}

/// Makes sure that `text` is one JSON array or object.
///
/// # Errors
/// At the first byte at which it cannot become one.
pub fn check(text: &str) -> Result<(), JsonTextError> {
    let mut parser = Parser { bytes: text.as_bytes(), at: 0, next: Next::Start, open: Vec::new() };
    parser.run().map_err(|(at, what)| place(text.as_bytes(), at, what))
}

fn place(bytes: &[u8], at: usize, what: String) -> JsonTextError {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|b| **b == b'\n').count();
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    // a word at the very end is ended by a blank that is not there
    JsonTextError { line, column: at - line_start, byte: at, what }
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Start,
    FirstMember,
    Member,
    Colon,
    MemberValue,
    AfterMember,
    FirstElement,
    Element,
    AfterElement,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Mark(u8),
    String,
    /// A number or a word.
    Scalar,
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    next: Next,
    /// The brackets that are open.
    open: Vec<u8>,
}

/// A place and what is wrong there.
type Wrong = (usize, String);

impl Parser<'_> {
    fn run(&mut self) -> Result<(), Wrong> {
        let mut flushed = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                b'[' | b']' | b'{' | b'}' | b':' | b',' => {
                    self.token(Token::Mark(byte), self.at)?;
                    self.at += 1;
                }
                b'"' => {
                    let end = self.string()?;
                    self.token(Token::String, end)?;
                    self.at = end + 1;
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                    self.token(Token::Scalar, self.at)?;
                    flushed = self.at == self.bytes.len();
                }
                b'a'..=b'z' => {
                    self.word()?;
                    self.token(Token::Scalar, self.at)?;
                    flushed = self.at == self.bytes.len();
                }
                b'!'..=b'~' => return Err((self.at, format!("invalid character '{}'", char::from(byte)))),
                _ => return Err((self.at, format!("invalid character U+{byte:04x}"))),
            }
        }
        match self.next {
            Next::End => Ok(()),
            Next::Start => Err((self.at, "empty input stream".to_owned())),
            _ => Err((self.at + usize::from(flushed), "unexpected end of input".to_owned())),
        }
    }

    fn token(&mut self, token: Token, at: usize) -> Result<(), Wrong> {
        let wrong = |what: &str| Err((at, what.to_owned()));
        match (self.next, token) {
            (Next::Start, Token::Mark(b'[' | b'{'))
            | (Next::MemberValue | Next::FirstElement | Next::Element, Token::Mark(b'[' | b'{')) => {
                self.begin(token, at)
            }
            (Next::Start, _) => wrong("syntax error at beginning of input"),
            (Next::FirstMember, Token::Mark(b'}')) | (Next::AfterMember, Token::Mark(b'}')) => self.leave(),
            (Next::FirstElement, Token::Mark(b']')) | (Next::AfterElement, Token::Mark(b']')) => self.leave(),
            (Next::FirstMember | Next::Member, Token::String) => self.go(Next::Colon),
            (Next::FirstMember | Next::Member, _) => wrong("syntax error parsing object expecting string"),
            (Next::Colon, Token::Mark(b':')) => self.go(Next::MemberValue),
            (Next::Colon, _) => wrong("syntax error parsing object expecting ':'"),
            (Next::MemberValue, Token::String | Token::Scalar) => self.go(Next::AfterMember),
            (Next::FirstElement | Next::Element, Token::String | Token::Scalar) => {
                self.go(Next::AfterElement)
            }
            (Next::MemberValue | Next::FirstElement | Next::Element, _) => {
                wrong("syntax error expecting value")
            }
            (Next::AfterMember, Token::Mark(b',')) => self.go(Next::Member),
            (Next::AfterMember, _) => wrong("syntax error expecting '}' or ','"),
            (Next::AfterElement, Token::Mark(b',')) => self.go(Next::Element),
            (Next::AfterElement, _) => wrong("syntax error expecting ']' or ','"),
            (Next::End, _) => wrong("trailing garbage at end of input"),
        }
    }

    fn go(&mut self, next: Next) -> Result<(), Wrong> {
        self.next = next;
        Ok(())
    }

    fn begin(&mut self, token: Token, at: usize) -> Result<(), Wrong> {
        if self.open.len() >= DEPTH_MAX {
            return Err((at, format!("input exceeds maximum nesting depth {DEPTH_MAX}")));
        }
        let object = token == Token::Mark(b'{');
        self.open.push(if object { b'{' } else { b'[' });
        self.go(if object { Next::FirstMember } else { Next::FirstElement })
    }

    fn leave(&mut self) -> Result<(), Wrong> {
        self.open.pop();
        self.go(match self.open.last() {
            None => Next::End,
            Some(b'{') => Next::AfterMember,
            Some(_) => Next::AfterElement,
        })
    }

    fn word(&mut self) -> Result<(), Wrong> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        let word = rest.get(..len).unwrap_or_default();
        self.at += len;
        if matches!(word, b"true" | b"false" | b"null") {
            return Ok(());
        }
        Err((self.at, format!("invalid keyword '{}'", String::from_utf8_lossy(word))))
    }

    /// A number ends where no byte of a number follows; only then is it looked at.
    fn number(&mut self) -> Result<(), Wrong> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let of_number = |b: &u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+');
        let len = rest.iter().take_while(|b| of_number(b)).count();
        let text = rest.get(..len).unwrap_or_default();
        self.at += len;
        match number_fault(text) {
            None => Ok(()),
            Some(fault) => Err((self.at, fault.to_owned())),
        }
    }

    /// The place of the closing quote.
    fn string(&self) -> Result<usize, Wrong> {
        let mut at = self.at + 1;
        let start = at;
        loop {
            match self.bytes.get(at) {
                None => {
                    return Err((
                        at.min(self.bytes.len()),
                        "unexpected end of input in quoted string".to_owned(),
                    ));
                }
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(&byte) if byte < 0x20 => {
                    return Err((at, format!("U+{byte:04X} must be escaped in quoted string")));
                }
                Some(_) => at += 1,
            }
        }
        match string_fault(self.bytes.get(start..at).unwrap_or_default()) {
            None => Ok(at),
            Some(fault) => Err((at, fault)),
        }
    }
}

fn number_fault(text: &[u8]) -> Option<&'static str> {
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let after = |text: &'_ [u8], count: usize| text.get(count..).unwrap_or_default().to_vec();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text).to_vec();
    let whole = digits(&rest);
    if whole == 0 {
        return Some("'-' must be followed by digit");
    }
    if whole > 1 && rest.first() == Some(&b'0') {
        return Some("leading zeros not allowed");
    }
    rest = after(&rest, whole);
    if rest.first() == Some(&b'.') {
        rest = after(&rest, 1);
        let fraction = digits(&rest);
        if fraction == 0 {
            return Some("decimal point must be followed by digit");
        }
        rest = after(&rest, fraction);
    }
    if matches!(rest.first(), Some(b'e' | b'E')) {
        rest = after(&rest, 1);
        rest = after(&rest, usize::from(matches!(rest.first(), Some(b'+' | b'-'))));
        let exponent = digits(&rest);
        if exponent == 0 {
            return Some("exponent must contain at least one digit");
        }
        rest = after(&rest, exponent);
    }
    if !rest.is_empty() {
        return Some("syntax error in number");
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!number.is_finite()).then_some("number outside valid range")
}

fn string_fault(text: &[u8]) -> Option<String> {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            continue;
        }
        let Some((escape, after)) = rest.split_first() else {
            return Some("quoted string may not end with backslash".to_owned());
        };
        rest = after;
        match escape {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
            b'u' => {
                let first = match four_digits(&mut rest) {
                    Ok(code) => code,
                    Err(fault) => return Some(fault.to_owned()),
                };
                if (0xd800..0xdc00).contains(&first) {
                    let low = rest.strip_prefix(b"\\u").map(|after| {
                        rest = after;
                        four_digits(&mut rest)
                    });
                    match low {
                        Some(Ok(0xdc00..0xe000)) => {}
                        Some(Err(fault)) => return Some(fault.to_owned()),
                        Some(Ok(_)) => {
                            let fault = "second half of escaped surrogate pair is not trailing surrogate";
                            return Some(fault.to_owned());
                        }
                        None => return Some("malformed escaped surrogate pair".to_owned()),
                    }
                } else if (0xdc00..0xe000).contains(&first) {
                    return Some("malformed escaped surrogate pair".to_owned());
                } else if first == 0 {
                    return Some("null bytes not supported in quoted strings".to_owned());
                }
            }
            other => return Some(format!("bad escape \\{}", char::from(*other))),
        }
    }
    None
}

fn four_digits(rest: &mut &[u8]) -> Result<u32, &'static str> {
    let (digits, after) = rest.split_at_checked(4).ok_or("quoted string ends within \\u escape")?;
    let text = std::str::from_utf8(digits).map_err(|_| "malformed \\u escape")?;
    if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("malformed \\u escape");
    }
    *rest = after;
    u32::from_str_radix(text, 16).map_err(|_| "malformed \\u escape")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with ovsdb-client 4.0.
    #[test]
    fn what_open_vswitch_says() {
        let wrong =
            |text: &str, expect: &str| assert_eq!(check(text).unwrap_err().to_string(), expect, "{text}");
        for good in ["[]", " {\"a\":[1,-2.5e3,\"\\u00e9\\ud83d\\ude00\",null,true,{}]}\n"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        wrong(" ", "line 0, column 1, byte 1: empty input stream");
        wrong("[", "line 0, column 1, byte 1: unexpected end of input");
        wrong("[1", "line 0, column 3, byte 3: unexpected end of input");
        wrong("\"a", "line 0, column 2, byte 2: unexpected end of input in quoted string");
        wrong("{a:1}", "line 0, column 2, byte 2: invalid keyword 'a'");
        wrong("01", "line 0, column 2, byte 2: leading zeros not allowed");
        wrong("1e400", "line 0, column 5, byte 5: number outside valid range");
        wrong("[1 2]", "line 0, column 4, byte 4: syntax error expecting ']' or ','");
        wrong("[1]]", "line 0, column 3, byte 3: trailing garbage at end of input");
        wrong("\n\n [é]", "line 2, column 2, byte 4: invalid character U+00c3");
        wrong("[\"\\x\"]", "line 0, column 4, byte 4: bad escape \\x");
        wrong("[\"\\u0000\"]", "line 0, column 8, byte 8: null bytes not supported in quoted strings");
        wrong("\"abc\"", "line 0, column 4, byte 4: syntax error at beginning of input");
    }
}
