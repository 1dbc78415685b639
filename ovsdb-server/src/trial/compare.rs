//! Does an operation come to the same whether it reads round by round or knows all rows, and to what?

use super::{Carried, End, Rows, TrialError, at_once, changes, round_by_round};
use crate::engine::Database;
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use std::collections::HashMap;
use std::fmt::{self, Debug, Display};

/// What an operation came to. Wherever it names a row, that is `#1`, `#2` ... for those of [`Rows`] and `new1`, `new2` ... for new ones, in the
/// order of their tables and contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What it answered, as `Debug` has it, or the text of its error.
    pub answer: String,
    /// The operations of the commit, a line each, without quotes and the outer braces: `insert,table:T,uuid-name:new1,row:{name:a}`.
    pub sent: Vec<String>,
    /// What the commit changed in the database: see [`changes`].
    pub changes: Vec<String>,
    /// How many transactions were sent before the commit, when it read round by round: queries, and commits that were refused because a name was
    /// taken.
    pub rounds: usize,
}

impl Trial {
    /// That it came to this answer, changed these rows and took so many rounds. Answers with itself, for whatever else is to be looked at.
    ///
    /// # Panics
    /// It did not: that is how a test fails.
    #[track_caller]
    pub fn assert(self, answer: &str, changes: &[&str], rounds: usize) -> Trial {
        let changed: Vec<&str> = self.changes.iter().map(String::as_str).collect();
        assert_eq!((&*self.answer, changed.as_slice(), self.rounds), (answer, changes, rounds), "{self}");
        self
    }

    /// The operations that were sent, but for guards.
    pub fn writes(&self) -> Vec<&str> {
        self.sent.iter().map(String::as_str).filter(|line| !line.starts_with("wait,")).collect()
    }
}

impl Rows {
    /// Carries out an operation on a database with these rows, both as [`round_by_round`] and [`at_once`] do, which must come to the same.
    ///
    /// # Errors
    /// The rows cannot be in a database, the messages make no sense, or the two ways do not come to the same. That the operation fails is none.
    pub fn run<T: Debug, E: Display>(
        &self,
        op: impl Fn(&mut Txn<'_>) -> Result<T, E>,
    ) -> Result<Trial, TrialError> {
        let line = |txn: &mut Txn<'_>| match op(txn) {
            Ok(value) => Verdict::Done(value),
            Err(error) => Verdict::Failed(error),
        };
        let before = self.database()?;
        let by_rounds = round_by_round(&before, line)?;
        let at_once = at_once(&before, by_rounds.seed, line)?;
        let trial = trial(&before, &by_rounds);
        let rounds = trial.rounds;
        let other = Trial { rounds, ..self::trial(&before, &at_once) };
        if trial != other {
            return Err(TrialError::Differ(Box::new((trial, other))));
        }
        Ok(trial)
    }
}

fn trial<T: Debug, E: Display>(before: &Database, carried: &Carried<T, E>) -> Trial {
    let answer = match &carried.end {
        End::Done(value) => format!("{value:?}"),
        End::Waits => "waits".to_owned(),
        End::Failed(error) => error.to_string(),
    };
    let committed = carried.committed.as_ref();
    let request = committed.and(carried.requests.last()).map_or("", String::as_str);
    let new = provisional(request);
    let number = |i: usize| format!("new{}", i + 1);
    let real: HashMap<Uuid, String> = new
        .iter()
        .enumerate()
        .filter_map(|(i, uuid)| Some((*committed?.rows.get(uuid)?, number(i))))
        .collect();
    let readable = |text: &str| self::readable(text, &new, &number);
    let name = |uuid: Uuid| real.get(&uuid).cloned().unwrap_or_else(|| readable(&uuid.to_string()));
    Trial {
        answer: readable(&answer),
        sent: operations(request).map(|operation| readable(operation).replace('"', "")).collect(),
        changes: changes(before, &carried.after, &name),
        rounds: carried.requests.len() - usize::from(committed.is_some()),
    }
}

/// The operations of the parameters of `transact`, without their outer braces and `"op":`.
fn operations(params: &str) -> impl Iterator<Item = &str> {
    let operations = params.split(r#"{"op":"#).skip(1);
    operations.map(|text| text.trim_end_matches([',', ']']).strip_suffix('}').unwrap_or(text))
}

/// The provisional UUIDs of the rows that are inserted, sorted by what is inserted where: the order in which they are sent follows from the UUIDs.
fn provisional(params: &str) -> Vec<Uuid> {
    let name = |operation: &str| {
        let (_, after) = operation.split_once(r#""uuid-name":"row"#)?;
        after.get(..36)?.replace('_', "-").parse().ok()
    };
    let inserts: Vec<(&str, Uuid)> = operations(params).filter_map(|op| Some((op, name(op)?))).collect();
    let all: Vec<Uuid> = inserts.iter().map(|(_, uuid)| *uuid).collect();
    let mut sorted: Vec<(String, Uuid)> =
        inserts.into_iter().map(|(text, uuid)| (readable(text, &all, &|_| "new".to_owned()), uuid)).collect();
    sorted.sort();
    sorted.into_iter().map(|(_, uuid)| uuid).collect()
}

/// A text in which rows are called by names: those of `new` by their `number`, and UUIDs as small as those of [`Rows`] `#1` ....
fn readable(text: &str, new: &[Uuid], number: &dyn Fn(usize) -> String) -> String {
    const LEN: usize = 36;
    let mut readable = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let parsed = rest.get(..LEN).and_then(|start| start.replace('_', "-").parse::<Uuid>().ok());
        let named = parsed.and_then(|uuid| match new.iter().position(|new| *new == uuid) {
            Some(i) => Some(number(i)),
            None if uuid.as_u128() <= SEEDED_MAX => Some(format!("#{}", uuid.as_u128())),
            None => None,
        });
        match named {
            Some(name) => {
                if name.starts_with("new") && readable.ends_with("\"row") {
                    readable.truncate(readable.len() - 3);
                }
                readable.push_str(&name);
                rest = rest.get(LEN..).unwrap_or_default();
            }
            None => {
                let mut chars = rest.chars();
                readable.extend(chars.next());
                rest = chars.as_str();
            }
        }
    }
    readable
}

/// The greatest UUID that is taken for one of [`Rows`].
const SEEDED_MAX: u128 = 0xffff;

impl Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        self.sent.iter().chain(&self.changes).try_for_each(|line| write!(f, "\n  {line}"))
    }
}
