//! What do a database, a schema or two versions say of themselves?

use super::error::wrong;
use super::identify;
use super::run::Session;
use super::schema;
use crate::ctl::error::CtlError;
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_server::storage::log::Magic;
use std::cmp::Ordering;

/// The exit status of a question that is answered with no.
pub(super) const STATUS_NO: u8 = 2;

/// One of the three things that a schema says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Name,
    Version,
    Cksum,
}

fn part(schema: &DatabaseSchema, part: Part) -> String {
    let text = match part {
        Part::Name => &*schema.name,
        Part::Version => &*schema.version,
        Part::Cksum => schema.cksum.as_deref().unwrap_or_default(),
    };
    format!("{text}\n")
}

/// `db-name`, `db-version`, `db-cksum`
pub(super) fn database(path: &str, which: Part) -> Result<String, CtlError> {
    let mut log = identify::open(path, false)?;
    if log.magic == Magic::Cluster && which == Part::Name {
        return Ok(log.member(path, "name")?.unwrap_or_default() + "\n");
    }
    Ok(part(&identify::standalone(path, false)?.schema(path)?, which))
}

/// `schema-name`, `schema-version`, `schema-cksum`
pub(super) fn schema(path: &str, which: Part) -> Result<String, CtlError> {
    Ok(part(&schema::read(path)?, which))
}

/// `needs-conversion`
pub(super) fn needs_conversion(path: &str, schema: &str) -> Result<String, CtlError> {
    let here = identify::standalone(path, false)?.schema(path)?;
    let there = schema::read(schema)?;
    Ok(if here == there { "no\n" } else { "yes\n" }.to_owned())
}

/// `db-is-clustered`, `db-is-standalone`
pub(super) fn is(path: &str, magic: Magic) -> Result<String, CtlError> {
    let yes = identify::open(path, false)?.magic == magic;
    if yes { Ok(String::new()) } else { Err(CtlError::silent(STATUS_NO)) }
}

/// `db-cid`, `db-sid`, `db-local-address`: a member of the first record of a cluster's file.
pub(super) fn member(session: &Session, path: &str, name: &str) -> Result<String, CtlError> {
    let mut log = identify::open(path, false)?;
    if log.magic != Magic::Cluster {
        return Err(CtlError::command(format!("{path}: not a clustered database")));
    }
    match log.member(path, name)? {
        Some(value) => Ok(value + "\n"),
        None if name == "cluster_id" => {
            session.tell(&format!("{path}: cluster ID not yet known\n"));
            Err(CtlError::silent(STATUS_NO))
        }
        None => Err(wrong(path, &format!("the first record has no {name}"))),
    }
}

/// `compare-versions`
pub(super) fn compare_versions(a: &str, operator: &str, b: &str) -> Result<String, CtlError> {
    let order = version(a)?.cmp(&version(b)?);
    let holds = match operator {
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        "==" => order == Ordering::Equal,
        ">=" => order != Ordering::Less,
        ">" => order == Ordering::Greater,
        "!=" => order != Ordering::Equal,
        _ => return Err(CtlError::usage(format!("{operator}: not a relational operator"))),
    };
    if holds { Ok(String::new()) } else { Err(CtlError::silent(STATUS_NO)) }
}

fn version(text: &str) -> Result<[u128; 3], CtlError> {
    let wrong = || CtlError::usage(format!("{text}: not an OVSDB version number in format x.y.z"));
    let mut parts = text.split('.').map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        // no version has that many digits, but it is one
        digits.then(|| part.parse().unwrap_or(u128::MAX))
    });
    let mut next = || parts.next().flatten().ok_or_else(wrong);
    let version = [next()?, next()?, next()?];
    if parts.next().is_some() { Err(wrong()) } else { Ok(version) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let check = |words: &str, expect: Result<(), (&str, u8)>| {
            let words: Vec<&str> = words.split(' ').collect();
            let found = compare_versions(words[0], words[1], words[2]).map(|_| ());
            assert_eq!(found.map_err(|e| (e.message, e.status)), expect.map_err(|(t, s)| (t.to_owned(), s)));
        };
        check("1.2.3 < 1.2.4", Ok(()));
        check("1.10.0 > 1.9.0", Ok(()));
        check("01.2.3 == 1.2.3", Ok(()));
        check("1.2.3 >= 1.2.4", Err(("", 2)));
        check("1.2.3 = 1.2.3", Err(("=: not a relational operator", 1)));
        for text in ["1.2", "1.2.3.4", "1.2.x", "1..3", "", "+1.2.3"] {
            let expect = format!("{text}: not an OVSDB version number in format x.y.z");
            check(&format!("{text} < 1.2.3"), Err((&expect, 1)));
        }
    }
}
