//! How are the words of `OVN_NBCTL_OPTIONS` told apart?

/// What was wrong with the text; the words found are used all the same, as the C tools do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordsFault {
    /// A quotation mark has no partner.
    OpenQuote,
    /// The last character is a backslash.
    TrailingBackslash,
}

impl WordsFault {
    /// The warning of the C tools, to be logged by module `svec`.
    pub(super) fn message(self, text: &str) -> String {
        match self {
            WordsFault::OpenQuote => format!("{text}: word ends inside quoted string"),
            WordsFault::TrailingBackslash => format!("{text}: ends in trailing backslash"),
        }
    }
}

/// Splits `text` as a shell would, without expanding anything: words are separated by white space; single and double
/// quotes take what they enclose; a backslash outside single quotes takes the next character as it is.
pub(super) fn split(text: &str) -> (Vec<String>, Option<WordsFault>) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => match chars.next() {
                Some(next) => word.get_or_insert_default().push(next),
                None => {
                    words.extend(word);
                    return (words, Some(WordsFault::TrailingBackslash));
                }
            },
            (None, _) if c.is_ascii_whitespace() || c == '\u{b}' => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (words, quote.map(|_| WordsFault::OpenQuote))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with ovn-nbctl 26.03.
    #[test]
    fn words() {
        let check = |text: &str, expect: &[&str], fault: Option<WordsFault>| {
            assert_eq!(split(text), (expect.iter().map(|w| w.to_string()).collect(), fault), "{text}");
        };
        check("", &[], None);
        check(" \t\n", &[], None);
        check("--foo  -t 5 ", &["--foo", "-t", "5"], None);
        check("-t 'a b' c", &["-t", "a b", "c"], None);
        check("\"a\\\"b\" c\\ d", &["a\"b", "c d"], None);
        check("a'b'c\"d\"", &["abcd"], None);
        check("'a\\b' \"a\\n\\x\"", &["a\\b", "anx"], None);
        check("'' \"\"", &["", ""], None);
        check("$HOME `id` #z", &["$HOME", "`id`", "#z"], None);
        check("x 'a", &["x", "a"], Some(WordsFault::OpenQuote));
        check("a\\", &["a"], Some(WordsFault::TrailingBackslash));
    }
}
