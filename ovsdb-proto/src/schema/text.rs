//! How people write the value of a column: what the ctl tools' `set`, `add`, `find` and `create` take.

use super::{BaseType, ColumnType, ConstraintError, Shape};
use crate::value::text::{
    AtomTextError, TokenError, is_delimiter, is_space, parse_boolean, parse_integer, parse_range,
    parse_string, parse_uuid, token,
};
use crate::value::{Atom, AtomType, Datum, DuplicateError, Uuid, parse_real};

/// How many integers a range may stand for.
pub const RANGE_MAX: u64 = 4096;

/// Gives a row a UUID for a text such as `@row`, the same one each time.
pub type Symbols<'s> = &'s mut dyn FnMut(&str) -> Uuid;

/// A text that is no value of the column's type. The texts are those of Open vSwitch.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TextError {
    /// An element does not end.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An element is not of the type.
    #[error(transparent)]
    Atom(#[from] AtomTextError),
    /// The schema does not allow an element.
    #[error("constraint violation: {0}")]
    Constraint(#[from] ConstraintError),
    /// A range stands for too many integers.
    #[error(
        "constraint violation: Range \"{first}-{last}\" is too big. Maximum allowed size is {RANGE_MAX}."
    )]
    RangeSize {
        /// Its first integer.
        first: i64,
        /// Its last integer.
        last: i64,
    },
    /// There is no text at all, which does not mean the empty set or map.
    #[error("{}", if *.map { "use \"{}\" to specify the empty map" } else { "use \"[]\" to specify the empty set" })]
    Empty {
        /// Whether a map was wanted.
        map: bool,
    },
    /// A delimiter stands where an element should.
    #[error("{text}: unexpected \"{found}\" parsing {shape}")]
    Unexpected {
        /// The whole text.
        text: Box<str>,
        /// The delimiter.
        found: char,
        /// What the column holds.
        shape: Shape,
    },
    /// A key of a map is not followed by `=`.
    // at the end of the text C prints a null character, and with it the message ends
    #[error("{text}: syntax error at \"{}", .found.map_or_else(String::new, |c| format!("{c}\" expecting \"=\"")))]
    NoEquals {
        /// The text from the key on.
        text: Box<str>,
        /// What follows the key, if anything.
        found: Option<char>,
    },
    /// The closing bracket is missing, or is not the end.
    #[error("{text}: {} \"{end}\"{}", if *.missing { "missing" } else { "trailing garbage after" }, if *.missing { " at end of data" } else { "" })]
    Bracket {
        /// The whole text.
        text: Box<str>,
        /// The closing bracket.
        end: char,
        /// Whether it is missing.
        missing: bool,
    },
    /// There are too few or too many elements.
    #[error(
        "{text}: {count} {} specified but the {} number is {bound}",
        if *.map { "pair(s)" } else { "value(s)" },
        if .count < &(*.bound as usize) { "minimum" } else { "maximum" }
    )]
    Count {
        /// The whole text.
        text: Box<str>,
        /// How many there are.
        count: usize,
        /// How many there must be at least or at most.
        bound: u32,
        /// Whether they are pairs.
        map: bool,
    },
    /// Two elements or two keys are equal.
    #[error("{text}: {duplicate}")]
    Duplicate {
        /// The whole text.
        text: Box<str>,
        /// Which.
        duplicate: DuplicateError,
    },
}

/// Reads one atom, such as a key or the value under a key, where delimiters mean nothing.
///
/// Ranges and listed values are checked. Lengths are not, as in the ctl tools: the server refuses them on commit.
///
/// # Errors
/// It is not of the type, or not allowed.
pub fn parse_atom(text: &str, base: &BaseType, symbols: Symbols<'_>) -> Result<Atom, TextError> {
    let atom = match base.atom {
        AtomType::Integer => {
            Atom::Integer(parse_integer(text).ok_or_else(|| AtomTextError::Integer(text.into()))?)
        }
        AtomType::Real => Atom::Real(parse_real(text).ok_or_else(|| AtomTextError::Real(text.into()))?),
        AtomType::Boolean => {
            Atom::Boolean(parse_boolean(text).ok_or_else(|| AtomTextError::Boolean(text.into()))?)
        }
        AtomType::String => Atom::from(parse_string(text)?),
        AtomType::Uuid if text.starts_with('@') => Atom::Uuid(symbols(text)),
        AtomType::Uuid => Atom::Uuid(parse_uuid(text)?),
    };
    base.check_but_length(&atom)?;
    Ok(atom)
}

/// Reads a set or a map: elements separated by white space or a comma, or both, with brackets or braces if wished.
///
/// # Errors
/// An element is not of the type or not allowed, their number is not allowed, two are equal, or brackets do not match.
pub fn parse_datum(text: &str, type_: &ColumnType, symbols: Symbols<'_>) -> Result<Datum, TextError> {
    let map = type_.is_map();
    let (open, close) = if map { ('{', '}') } else { ('[', ']') };
    let mut rest = text.trim_start_matches(is_space);
    if rest.is_empty() {
        return Err(TextError::Empty { map });
    }
    let end = rest.strip_prefix(open).map(|inner| {
        rest = inner.trim_start_matches(is_space);
        close
    });
    let mut elements = Elements { type_, symbols, atoms: Vec::new(), pairs: Vec::new() };
    while let Some(c) = rest.chars().next().filter(|c| Some(*c) != end) {
        if is_delimiter(c) {
            return Err(TextError::Unexpected { text: text.into(), found: c, shape: type_.shape() });
        }
        rest = elements.take(rest)?.trim_start_matches(is_space);
        rest = rest.strip_prefix(',').map_or(rest, |more| more.trim_start_matches(is_space));
    }
    if let Some(end) = end {
        let bracket = |missing| TextError::Bracket { text: text.into(), end, missing };
        let tail = rest.strip_prefix(end).ok_or_else(|| bracket(true))?;
        if !tail.trim_start_matches(is_space).is_empty() {
            return Err(bracket(false));
        }
    }
    let Elements { atoms, pairs, .. } = elements;
    check_count(text, atoms.len() + pairs.len(), type_)?;
    let datum = if map { Datum::try_map(pairs) } else { Datum::try_set(atoms) };
    datum.map_err(|duplicate| TextError::Duplicate { text: text.into(), duplicate })
}

fn check_count(text: &str, count: usize, type_: &ColumnType) -> Result<(), TextError> {
    if type_.check_count(count).is_ok() {
        return Ok(());
    }
    let bound = if count < usize::try_from(type_.min).unwrap_or(usize::MAX) { type_.min } else { type_.max };
    Err(TextError::Count { text: text.into(), count, bound, map: type_.is_map() })
}

struct Elements<'t, 's> {
    type_: &'t ColumnType,
    symbols: Symbols<'s>,
    atoms: Vec<Atom>,
    pairs: Vec<(Atom, Atom)>,
}

impl Elements<'_, '_> {
    // an element or a pair, or as many of them as a range has integers
    fn take<'a>(&mut self, text: &'a str) -> Result<&'a str, TextError> {
        let (key, rest) = token(text)?;
        let (first, last) = self.parse_key(&key)?;
        let Some(value_type) = &self.type_.value else {
            self.atoms.extend(expand(first, last));
            return Ok(rest);
        };
        let rest = rest.trim_start_matches(is_space);
        let Some(rest) = rest.strip_prefix('=') else {
            return Err(TextError::NoEquals { text: text.into(), found: rest.chars().next() });
        };
        let (value, rest) = token(rest.trim_start_matches(is_space))?;
        let value = parse_atom(&value, value_type, self.symbols)?;
        self.pairs.extend(expand(first, last).map(|key| (key, value.clone())));
        Ok(rest)
    }

    fn parse_key(&mut self, text: &str) -> Result<(Atom, Option<i64>), TextError> {
        let base = &self.type_.key;
        let range = if base.atom == AtomType::Integer { parse_range(text) } else { None };
        let Some((first, last)) = range else { return Ok((parse_atom(text, base, self.symbols)?, None)) };
        if last < first {
            return Err(AtomTextError::RangeOrder(text.into()).into());
        }
        base.check(&Atom::Integer(first))?;
        let size = last.abs_diff(first);
        if base.allowed.is_some() {
            // each must be listed; one past the size limit is enough to know
            let until = first.saturating_add(i64::try_from(RANGE_MAX).unwrap_or(i64::MAX)).min(last);
            (first..=until).try_for_each(|n| base.check(&Atom::Integer(n)))?;
        } else {
            base.check(&Atom::Integer(last))?;
        }
        if size >= RANGE_MAX {
            return Err(TextError::RangeSize { first, last });
        }
        Ok((Atom::Integer(first), Some(last)))
    }
}

fn expand(first: Atom, last: Option<i64>) -> impl Iterator<Item = Atom> {
    let more = match (first.as_integer(), last) {
        // bounded: a range was checked to have at most RANGE_MAX integers
        (Some(first), Some(last)) if last > first => Some(first + 1..=last),
        _ => None,
    };
    std::iter::once(first).chain(more.into_iter().flatten().map(Atom::Integer))
}

#[cfg(test)]
mod tests;
