//! Does an operation come to the same whether it reads round by round or knows all rows, and to what?

use super::{Carried, End, Rows, TrialError, at_once, changes, round_by_round};
use crate::engine::Database;
use ovsdb_proto::session::Verdict;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::Uuid;
use std::collections::HashMap;
use std::fmt::{self, Debug, Display};

/// What an operation came to. Wherever it names a row, that is `#1`, `#2` ... for those of [`Rows`] and `new1`, `new2` ... for new ones, in the
/// order of their inserts.
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
    let new: Vec<Uuid> = provisional(request).collect();
    let number = |i: usize| format!("new{}", i + 1);
    let real: HashMap<Uuid, String> = new
        .iter()
        .enumerate()
        .filter_map(|(i, uuid)| Some((*committed?.rows.get(uuid)?, number(i))))
        .collect();
    let name = |uuid: Uuid| real.get(&uuid).cloned().unwrap_or_else(|| readable(&uuid.to_string(), &new));
    Trial {
        answer: readable(&answer, &new),
        sent: operations(request).map(|operation| readable(operation, &new).replace('"', "")).collect(),
        changes: changes(before, &carried.after, &name),
        rounds: carried.requests.len() - usize::from(committed.is_some()),
    }
}

/// The operations of the parameters of `transact`, without their outer braces and `"op":`.
fn operations(params: &str) -> impl Iterator<Item = &str> {
    let operations = params.split(r#"{"op":"#).skip(1);
    operations.map(|text| text.trim_end_matches([',', ']']).strip_suffix('}').unwrap_or(text))
}

/// The provisional UUIDs of the rows that are inserted, in order.
fn provisional(params: &str) -> impl Iterator<Item = Uuid> {
    let names = params.split(r#""uuid-name":"row"#).skip(1);
    names.filter_map(|text| text.get(..36)?.replace('_', "-").parse().ok())
}

/// How rows are called in a text: `new1` ... for those of `new`, `#1` ... for UUIDs as small as those of [`Rows`].
fn readable(text: &str, new: &[Uuid]) -> String {
    const LEN: usize = 36;
    let mut readable = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let parsed = rest.get(..LEN).and_then(|start| start.replace('_', "-").parse::<Uuid>().ok());
        let named = parsed.and_then(|uuid| match new.iter().position(|new| *new == uuid) {
            Some(i) => Some(format!("new{}", i + 1)),
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
