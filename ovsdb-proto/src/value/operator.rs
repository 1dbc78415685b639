//! How `find` and `wait-until` compare columns: the fourteen operators of the ctl tools.

use super::{Atom, Datum};
use std::cmp::Ordering;
use std::fmt;

/// An operator between a column and a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `>`
    Gt,
    /// `<=`
    Le,
    /// `>=`
    Ge,
    /// `{=}`
    SetEq,
    /// `{!=}`
    SetNe,
    /// `{<}`: a proper subset
    SetLt,
    /// `{>}`: a proper superset
    SetGt,
    /// `{<=}`: a subset
    SetLe,
    /// `{>=}`: a superset
    SetGe,
    /// `{in}`: a subset
    SetIn,
    /// `{not-in}`: no element in common
    SetNotIn,
}

impl Operator {
    /// The only operator of `set` and `create`.
    pub const ASSIGN: &'static [Operator] = &[Operator::Eq];

    /// All of them, in the order in which the tools list them.
    pub const ALL: &'static [Operator] = &[
        Operator::Eq,
        Operator::Ne,
        Operator::Lt,
        Operator::Gt,
        Operator::Le,
        Operator::Ge,
        Operator::SetEq,
        Operator::SetNe,
        Operator::SetLt,
        Operator::SetGt,
        Operator::SetLe,
        Operator::SetGe,
        Operator::SetIn,
        Operator::SetNotIn,
    ];

    /// How it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Operator::Eq => "=",
            Operator::Ne => "!=",
            Operator::Lt => "<",
            Operator::Gt => ">",
            Operator::Le => "<=",
            Operator::Ge => ">=",
            Operator::SetEq => "{=}",
            Operator::SetNe => "{!=}",
            Operator::SetLt => "{<}",
            Operator::SetGt => "{>}",
            Operator::SetLe => "{<=}",
            Operator::SetGe => "{>=}",
            Operator::SetIn => "{in}",
            Operator::SetNotIn => "{not-in}",
        }
    }

    /// Whether it is one of those in braces, to which a missing key is the empty set.
    pub const fn is_set(self) -> bool {
        !matches!(
            self,
            Operator::Eq | Operator::Ne | Operator::Lt | Operator::Gt | Operator::Le | Operator::Ge
        )
    }

    /// Whether `have OPERATOR want` holds for whole values of one type.
    pub fn holds(self, have: &Datum, want: &Datum) -> bool {
        match self {
            Operator::Eq | Operator::SetEq => have == want,
            Operator::Ne | Operator::SetNe => have != want,
            Operator::Lt => have.compare(want).is_lt(),
            Operator::Gt => have.compare(want).is_gt(),
            Operator::Le => have.compare(want).is_le(),
            Operator::Ge => have.compare(want).is_ge(),
            Operator::SetLt => have.len() < want.len() && want.includes(have),
            Operator::SetGt => have.len() > want.len() && have.includes(want),
            Operator::SetLe | Operator::SetIn => want.includes(have),
            Operator::SetGe => have.includes(want),
            Operator::SetNotIn => have.excludes(want),
        }
    }

    /// Whether `have:key OPERATOR want` holds, where `have` is a map and `want` a set of its values.
    ///
    /// Without the key the operators in braces see an empty set, and all others, even `!=`, are false.
    pub fn holds_for_key(self, have: &Datum, key: &Atom, want: &Datum) -> bool {
        match have.get(key) {
            Some(value) => self.holds(&Datum::one(value.clone()), want),
            None => self.is_set() && self.holds(&Datum::empty_set(), want),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Datum {
    /// The order of Open vSwitch between values of one type: the smaller number of elements first, then by the elements or keys, then
    /// by the values of a map.
    pub fn compare(&self, other: &Datum) -> Ordering {
        let (own, others) = (self.pairs(), other.pairs());
        self.len()
            .cmp(&other.len())
            .then_with(|| self.atoms().cmp(other.atoms()))
            .then_with(|| own.iter().map(|p| &p.0).cmp(others.iter().map(|p| &p.0)))
            .then_with(|| own.iter().map(|p| &p.1).cmp(others.iter().map(|p| &p.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(items: &[&str]) -> Datum {
        Datum::set(items.iter().map(|s| Atom::from(*s)))
    }

    fn map(items: &[(&str, &str)]) -> Datum {
        Datum::map(items.iter().map(|(k, v)| (Atom::from(*k), Atom::from(*v))))
    }

    /// Which operators hold between the two.
    fn check(have: &Datum, want: &Datum, expected: &str) {
        let holding: Vec<_> =
            Operator::ALL.iter().filter(|o| o.holds(have, want)).map(|o| o.text()).collect();
        assert_eq!(holding.join(" "), expected, "{have:?} {want:?}");
    }

    #[test]
    fn whole_values() {
        check(&set(&["a"]), &set(&["a"]), "= <= >= {=} {<=} {>=} {in}");
        check(&set(&["a"]), &set(&["b"]), "!= < <= {!=} {not-in}");
        check(&set(&["b"]), &set(&["a", "b"]), "!= < <= {!=} {<} {<=} {in}");
        check(&set(&["a", "b"]), &set(&["b"]), "!= > >= {!=} {>} {>=}");
        check(&set(&[]), &set(&[]), "= <= >= {=} {<=} {>=} {in} {not-in}");
        check(&map(&[("a", "1")]), &map(&[("a", "2")]), "!= < <= {!=} {not-in}");
        check(&map(&[("a", "1"), ("b", "2")]), &map(&[("a", "1")]), "!= > >= {!=} {>} {>=}");
        // keys come before all values
        check(&map(&[("a", "9"), ("b", "1")]), &map(&[("a", "1"), ("c", "1")]), "!= < <= {!=} {not-in}");
    }

    #[test]
    fn keys() {
        let have = map(&[("a", "b")]);
        let check = |key: &str, want: &[&str], expected: &str| {
            let holding: Vec<_> = Operator::ALL
                .iter()
                .filter(|o| o.holds_for_key(&have, &Atom::from(key), &set(want)))
                .map(|o| o.text())
                .collect();
            assert_eq!(holding.join(" "), expected, "{key} {want:?}");
        };
        check("a", &["b"], "= <= >= {=} {<=} {>=} {in}");
        check("a", &["b", "c"], "!= < <= {!=} {<} {<=} {in}");
        check("a", &[], "!= > >= {!=} {>} {>=} {not-in}");
        check("z", &["b"], "{!=} {<} {<=} {in} {not-in}");
        check("z", &[], "{=} {<=} {>=} {in} {not-in}");
    }
}
