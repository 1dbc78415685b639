//! How an argument `COLUMN[:KEY][OPERATOR VALUE]` of the database commands is taken apart.

use super::Operator;
use super::text::{TokenError, token};

/// An argument whose column was read. The rest is read in a second step, because a column that does not exist is reported before
/// anything that is wrong behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument<'a> {
    /// The column, as written.
    pub column: String,
    text: &'a str,
    rest: &'a str,
}

/// What stands behind the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentTail<'a> {
    /// The key, as written.
    pub key: Option<String>,
    /// The operator.
    pub operator: Operator,
    /// The value: all the rest, never empty.
    pub value: &'a str,
}

/// An argument that is not of this form. The texts are those of Open vSwitch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// The column or the key does not end.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no column.
    #[error("{0}: missing column name")]
    NoColumn(Box<str>),
    /// There is no operator, or no value behind it.
    #[error("{text}: argument does not end in {} followed by a value.", Alternatives(.operators))]
    NoOperator {
        /// The argument.
        text: Box<str>,
        /// The operators allowed.
        operators: &'static [Operator],
    },
    /// Something stands behind the column and the key, where nothing may.
    #[error("{text}: trailing garbage \"{rest}\" in argument")]
    Trailing {
        /// The argument.
        text: Box<str>,
        /// What is too much.
        rest: Box<str>,
    },
}

struct Alternatives<'a>(&'a [Operator]);

impl std::fmt::Display for Alternatives<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let last = self.0.len().saturating_sub(1);
        for (i, operator) in self.0.iter().enumerate() {
            let separator = match (i, last) {
                (0, _) => "",
                (1, 1) => " or ",
                _ if i == last => ", or ",
                _ => ", ",
            };
            write!(f, "{separator}\"{operator}\"")?;
        }
        Ok(())
    }
}

impl<'a> Argument<'a> {
    /// Reads the column.
    ///
    /// # Errors
    /// It does not end, or is empty.
    pub fn new(text: &'a str) -> Result<Argument<'a>, ArgumentError> {
        let (column, rest) = token(text)?;
        if column.is_empty() {
            return Err(ArgumentError::NoColumn(text.into()));
        }
        Ok(Argument { column, text, rest })
    }

    /// Reads the key, if there is one, behind which nothing may stand.
    ///
    /// # Errors
    /// The key does not end, or something stands behind it.
    pub fn key(&self) -> Result<Option<String>, ArgumentError> {
        let (key, rest) = self.split_key()?;
        if rest.is_empty() {
            return Ok(key);
        }
        Err(ArgumentError::Trailing { text: self.text.into(), rest: rest.into() })
    }

    /// Reads the key, if there is one, the longest of the operators that has anything behind it, and the value.
    ///
    /// # Errors
    /// The key does not end, or there is no operator with a value.
    pub fn tail(&self, operators: &'static [Operator]) -> Result<ArgumentTail<'a>, ArgumentError> {
        let (key, rest) = self.split_key()?;
        let value_of = |o: &Operator| rest.strip_prefix(o.text()).filter(|value| !value.is_empty());
        operators
            .iter()
            .filter_map(|o| Some((*o, value_of(o)?)))
            .max_by_key(|(o, _)| o.text().len())
            .map(|(operator, value)| ArgumentTail { key, operator, value })
            .ok_or_else(|| ArgumentError::NoOperator { text: self.text.into(), operators })
    }

    fn split_key(&self) -> Result<(Option<String>, &'a str), ArgumentError> {
        let Some(rest) = self.rest.strip_prefix(':') else { return Ok((None, self.rest)) };
        let (key, rest) = token(rest)?;
        Ok((Some(key), rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assign(text: &str) -> Result<(String, Option<String>, &str), String> {
        let argument = Argument::new(text).map_err(|e| e.to_string())?;
        let operation = argument.tail(Operator::ASSIGN).map_err(|e| e.to_string())?;
        Ok((argument.column, operation.key, operation.value))
    }

    #[test]
    fn assignments() {
        let check = |text, column: &str, key: Option<&str>, value| {
            assert_eq!(assign(text), Ok((column.to_owned(), key.map(str::to_owned), value)), "{text}");
        };
        check("name=x", "name", None, "x");
        check("options:a=x=1, y", "options", Some("a"), "x=1, y");
        check("options:\"a=b\"=c", "options", Some("\"a=b\""), "c");
        check("options:=b", "options", Some(""), "b");
        check("name==", "name", None, "=");
    }

    // pinned against ovn-nbctl 26.03
    #[test]
    fn malformed_assignments() {
        let check = |text, error: &str| assert_eq!(assign(text), Err(error.to_owned()), "{text}");
        check("name=", "name=: argument does not end in \"=\" followed by a value.");
        check("options:=", "options:=: argument does not end in \"=\" followed by a value.");
        check("options:a b=c", "options:a b=c: argument does not end in \"=\" followed by a value.");
        check("=1", "=1: missing column name");
        check("", ": missing column name");
        check("na\"me=1", "na\"me=1: quoted string extends past end of argument");
        check("options:\"x", "\"x: quoted string extends past end of argument");
    }

    #[test]
    fn conditions() {
        let check = |text, operator, value| {
            let operation = Argument::new(text).unwrap().tail(Operator::ALL).unwrap();
            assert_eq!((operation.operator, operation.value), (operator, value), "{text}");
        };
        check("name<=a", Operator::Le, "a");
        check("name<=", Operator::Lt, "=");
        check("name<>x", Operator::Lt, ">x");
        check("name{in}=", Operator::SetIn, "=");
        check("options:a{not-in}b c", Operator::SetNotIn, "b c");
        assert_eq!(
            Argument::new("name!a").unwrap().tail(Operator::ALL).unwrap_err().to_string(),
            concat!(
                r#"name!a: argument does not end in "=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "#,
                r#""{<=}", "{>=}", "{in}", or "{not-in}" followed by a value."#
            )
        );
    }

    #[test]
    fn columns_with_keys() {
        let key = |text| Argument::new(text).unwrap().key().map_err(|e| e.to_string());
        assert_eq!(key("name"), Ok(None));
        assert_eq!(key("options:\"a\""), Ok(Some("\"a\"".to_owned())));
        assert_eq!(key("options:a=b"), Err("options:a=b: trailing garbage \"=b\" in argument".to_owned()));
        assert_eq!(key("options b"), Err("options b: trailing garbage \" b\" in argument".to_owned()));
    }
}
