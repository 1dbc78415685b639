//! How are the options at the front of a command line found, and what is said about a wrong one?
//!
//! The rules are those of GNU `getopt_long` in POSIX order: options end at the first word that is not one, or behind
//! `--`; a long name may be shortened as far as it stays unambiguous; short ones may be joined. One rule is ours: two
//! command options that share the beginning given are ambiguous, where getopt takes whichever the C tool's hash
//! table happens to have first.

use super::command::Argument;
use super::persona::OptionStyle;
use super::raw;
use std::ffi::OsString;

/// The words of a command line as text; see [`raw`].
pub fn decode(words: impl Iterator<Item = OsString>) -> Vec<String> {
    words.map(|word| raw::decode(&word)).collect()
}

/// One option that a tool knows, and what the caller calls it.
#[derive(Clone, Copy, Debug)]
pub struct Known<T> {
    /// The long name without dashes.
    pub name: &'static str,
    /// The letter, if it has one.
    pub short: Option<char>,
    /// Whether it takes a value.
    pub argument: Argument,
    /// What the caller knows it by.
    pub tag: T,
}

/// One option as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a, T> {
    /// What the caller knows it by.
    pub tag: T,
    /// Its value, if it has one.
    pub value: Option<&'a str>,
}

/// A word that is no option the tool knows, or one with too little or too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(OptionStyle::Libc))]
pub enum OptionError {
    /// No option has this name.
    UnknownLong {
        /// The word of the command line.
        word: String,
    },
    /// No option has this letter.
    UnknownShort {
        /// The letter.
        letter: char,
    },
    /// Several options begin like this.
    Ambiguous {
        /// The word of the command line.
        word: String,
        /// The names that it could be, without dashes.
        candidates: Vec<&'static str>,
    },
    /// A long option that takes no value got one.
    UnexpectedValue {
        /// The word of the command line.
        word: String,
        /// The full name, without dashes.
        name: &'static str,
    },
    /// A long option that needs a value is the last word.
    MissingValue {
        /// The word of the command line.
        word: String,
        /// The full name, without dashes.
        name: &'static str,
    },
    /// A short option that needs a value ends the last word.
    MissingShortValue {
        /// The letter.
        letter: char,
    },
}

impl OptionError {
    /// What the tool says, after its name.
    pub fn message(&self, style: OptionStyle) -> String {
        let libc = style == OptionStyle::Libc;
        match self {
            OptionError::UnknownLong { word } => format!("unrecognized option '{word}'"),
            OptionError::UnknownShort { letter } if libc => format!("invalid option -- '{letter}'"),
            OptionError::UnknownShort { letter } => format!("unrecognized option '{letter}'"),
            OptionError::Ambiguous { word, candidates } if libc => {
                format!("option '{word}' is ambiguous; possibilities:{}", quoted(candidates))
            }
            OptionError::Ambiguous { word, .. } => format!("unrecognized option '{word}'"),
            OptionError::UnexpectedValue { name, .. } if libc => {
                format!("option '--{name}' doesn't allow an argument")
            }
            OptionError::UnexpectedValue { word, .. } => format!("option '{word}' doesn't allow an argument"),
            OptionError::MissingValue { name, .. } if libc => {
                format!("option '--{name}' requires an argument")
            }
            OptionError::MissingValue { word, .. } => format!("option '{word}' requires an argument"),
            OptionError::MissingShortValue { letter } if libc => {
                format!("option requires an argument -- '{letter}'")
            }
            OptionError::MissingShortValue { letter } => format!("option '-{letter}' requires an argument"),
        }
    }
}

/// ` '--a' '--b'`
fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!(" '--{name}'")).collect()
}

/// Walks the options at the front of a command line.
#[derive(Debug)]
pub struct Scanner<'a, T> {
    known: &'a [Known<T>],
    words: &'a [String],
    /// What is left of a word of joined short options.
    joined: &'a str,
    /// Whether `--` was met.
    ended: bool,
}

impl<'a, T: Copy> Scanner<'a, T> {
    /// Over `words`, which do not include the program's name.
    pub fn new(known: &'a [Known<T>], words: &'a [String]) -> Scanner<'a, T> {
        Scanner { known, words, joined: "", ended: false }
    }

    /// The next option, or nothing behind the last.
    ///
    /// # Errors
    /// On the first word that starts with `-` and is not an option with what it needs.
    pub fn next_option(&mut self) -> Result<Option<Found<'a, T>>, OptionError> {
        if !self.joined.is_empty() {
            return self.short().map(Some);
        }
        let Some((word, rest)) = self.words.split_first() else { return Ok(None) };
        if word == "--" {
            (self.words, self.ended) = (rest, true);
            return Ok(None);
        }
        match word.strip_prefix('-') {
            None | Some("") => Ok(None),
            Some(text) => {
                self.words = rest;
                match text.strip_prefix('-') {
                    Some(text) => self.long(word, text).map(Some),
                    None => {
                        self.joined = text;
                        self.short().map(Some)
                    }
                }
            }
        }
    }

    /// The words behind the options; meaningful after [`Scanner::next_option`] has answered nothing.
    pub fn rest(&self) -> &'a [String] {
        self.words
    }

    /// Whether the options ended at `--`, behind which no word is one.
    pub fn ended(&self) -> bool {
        self.ended
    }

    fn next_word(&mut self) -> Option<&'a str> {
        let (word, rest) = self.words.split_first()?;
        self.words = rest;
        Some(word)
    }

    fn long(&mut self, word: &str, text: &'a str) -> Result<Found<'a, T>, OptionError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let option = self.find_long(word, name)?;
        let word = || word.to_owned();
        let value = match (option.argument, value) {
            (Argument::None, Some(_)) => {
                return Err(OptionError::UnexpectedValue { word: word(), name: option.name });
            }
            (Argument::Required, None) => match self.next_word() {
                Some(value) => Some(value),
                None => return Err(OptionError::MissingValue { word: word(), name: option.name }),
            },
            (_, value) => value,
        };
        Ok(Found { tag: option.tag, value })
    }

    fn find_long(&self, word: &str, name: &str) -> Result<&'a Known<T>, OptionError> {
        if let Some(exact) = self.known.iter().find(|o| o.name == name) {
            return Ok(exact);
        }
        let mut candidates = self.known.iter().filter(|o| o.name.starts_with(name));
        match (candidates.next(), candidates.next()) {
            (None, _) => Err(OptionError::UnknownLong { word: word.to_owned() }),
            (Some(only), None) => Ok(only),
            _ => Err(OptionError::Ambiguous {
                word: word.to_owned(),
                candidates: self.known.iter().map(|o| o.name).filter(|n| n.starts_with(name)).collect(),
            }),
        }
    }

    fn short(&mut self) -> Result<Found<'a, T>, OptionError> {
        let mut letters = self.joined.chars();
        let letter = letters.next().unwrap_or('-');
        let rest = letters.as_str();
        let Some(option) = self.known.iter().find(|o| o.short == Some(letter)) else {
            return Err(OptionError::UnknownShort { letter });
        };
        self.joined = "";
        let value = match option.argument {
            Argument::None => {
                self.joined = rest;
                None
            }
            Argument::Optional => Some(rest).filter(|v| !v.is_empty()),
            Argument::Required if !rest.is_empty() => Some(rest),
            Argument::Required => match self.next_word() {
                Some(value) => Some(value),
                None => return Err(OptionError::MissingShortValue { letter }),
            },
        };
        Ok(Found { tag: option.tag, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn known(name: &'static str, short: Option<char>, argument: Argument) -> Known<&'static str> {
        Known { name, short, argument, tag: name }
    }

    const KNOWN: &[Known<&str>] = &[
        known("db", None, Argument::Required),
        known("no-syslog", None, Argument::None),
        known("dry-run", None, Argument::None),
        known("timeout", Some('t'), Argument::Required),
        known("help", Some('h'), Argument::None),
        known("verbose", Some('v'), Argument::Optional),
        known("no-headings", None, Argument::None),
        known("may-exist", None, Argument::None),
        known("fake", None, Argument::None),
        known("fake-iface", None, Argument::None),
    ];

    /// `a b=1 | c d`: the options, and behind the bar the rest; or the two styles' messages.
    fn scan(line: &str) -> Result<String, String> {
        let words: Vec<String> = line.split_whitespace().map(|w| w.replace('_', "")).collect();
        let mut scanner = Scanner::new(KNOWN, &words);
        let mut out = String::new();
        loop {
            match scanner.next_option() {
                Ok(Some(Found { tag, value: None })) => out += &format!("{tag} "),
                Ok(Some(Found { tag, value: Some(value) })) => out += &format!("{tag}={value} "),
                Ok(None) => return Ok(format!("{out}| {}", scanner.rest().join(" "))),
                Err(e) => {
                    return Err(format!(
                        "{}; {}",
                        e.message(OptionStyle::Dbctl),
                        e.message(OptionStyle::Libc)
                    ));
                }
            }
        }
    }

    #[test]
    fn options() {
        let check = |line: &str, expect: &str| assert_eq!(scan(line).as_deref(), Ok(expect), "{line}");
        check("", "| ");
        check("show --dry-run", "| show --dry-run");
        check("--dry-run -t5 show", "dry-run timeout=5 | show");
        check(
            "-t 5 --timeout 6 --timeout=7 --time=8 --t 9",
            "timeout=5 timeout=6 timeout=7 timeout=8 timeout=9 | ",
        );
        check("-t -5 x", "timeout=-5 | x");
        check("--db -- x", "db=-- | x");
        check("--db= x", "db= | x");
        check("-- --x y", "| --x y");
        check("--dry -- -- z", "dry-run | -- z");
        check("- x", "| - x");
        check("_ x", "|  x");
        check("-vfoo -v foo", "verbose=foo verbose | foo");
        check(
            "-hv -hvdbg -ht 3 -hht4",
            "help verbose help verbose=dbg help timeout=3 help help timeout=4 | ",
        );
        check("--verbose x", "verbose | x");
        check("--verbose=x", "verbose=x | ");
        check("--no-h --may --db=x", "no-headings may-exist db=x | ");
        check("--fake", "fake | ");
    }

    #[test]
    fn errors() {
        let check = |line: &str, dbctl: &str, libc: &str| {
            assert_eq!(scan(line), Err(format!("{dbctl}; {libc}")), "{line}");
        };
        let same = |line: &str, text: &str| check(line, text, text);
        same("--xyz", "unrecognized option '--xyz'");
        same("--xyz=3", "unrecognized option '--xyz=3'");
        check("-Qxy", "unrecognized option 'Q'", "invalid option -- 'Q'");
        check("-hQ", "unrecognized option 'Q'", "invalid option -- 'Q'");
        check(
            "--no",
            "unrecognized option '--no'",
            "option '--no' is ambiguous; possibilities: '--no-syslog' '--no-headings'",
        );
        check(
            "--no=1",
            "unrecognized option '--no=1'",
            "option '--no=1' is ambiguous; possibilities: '--no-syslog' '--no-headings'",
        );
        check(
            "--fa",
            "unrecognized option '--fa'",
            "option '--fa' is ambiguous; possibilities: '--fake' '--fake-iface'",
        );
        check(
            "--dry=3",
            "option '--dry=3' doesn't allow an argument",
            "option '--dry-run' doesn't allow an argument",
        );
        check("--t", "option '--t' requires an argument", "option '--timeout' requires an argument");
        check("--db", "option '--db' requires an argument", "option '--db' requires an argument");
        check("-t", "option '-t' requires an argument", "option requires an argument -- 't'");
        check("-ht", "option '-t' requires an argument", "option requires an argument -- 't'");
    }
}
