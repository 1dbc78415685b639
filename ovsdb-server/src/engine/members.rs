//! What stands in the object of an operation, its members being in any order.

use super::failure::Failure;
use super::names::is_id;
use ovsdb_proto::json::{JsonError, Kind, Number, Reader};
use std::borrow::Cow;

/// How many members are looked at one by one, and told from each other. No operation has more than 7.
const MEMBERS_MAX: usize = 32;

/// What a member must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Id,
    Text,
    Integer,
    Boolean,
    Array,
    Object,
}

/// The members of one operation, still to be read.
#[derive(Debug)]
pub(super) struct Members<'a> {
    json: &'a [u8],
    // which operation of how many, counted from 1
    place: (usize, usize),
    list: Vec<Member<'a>>,
    // how many there are beyond those
    more: usize,
    // the first thing that is wrong: ovsdb-server tells of no other
    wrong: Option<Failure>,
}

#[derive(Debug)]
struct Member<'a> {
    name: Cow<'a, str>,
    json: &'a [u8],
    used: bool,
}

impl<'a> Members<'a> {
    /// Of the operation that is number `place.0` of `place.1`.
    pub(super) fn new(json: &'a [u8], place: (usize, usize)) -> Result<Members<'a>, Failure> {
        let mut members = Members { json, place, list: Vec::with_capacity(6), more: 0, wrong: None };
        let mut r = Reader::new(json);
        if r.peek()? != Kind::Object {
            return Err(Failure::new("syntax error", members.text("Object expected.")));
        }
        r.begin_object()?;
        while let Some(name) = r.next_key()? {
            let member = Member { name, json: r.skip()?, used: false };
            // of two members of one name the last counts, as in Open vSwitch
            if let Some(other) = members.list.iter_mut().find(|m| m.name == member.name) {
                *other = member;
            } else if members.list.len() < MEMBERS_MAX {
                members.list.push(member);
            } else {
                members.more += 1;
            }
        }
        r.end()?;
        Ok(members)
    }

    /// The JSON of a member that must be there. If it is not, that is noted, and nothing is answered.
    pub(super) fn need(&mut self, name: &str, form: Form) -> Option<&'a [u8]> {
        let found = self.find(name, form);
        if found.is_none() {
            self.fail(|| format!("Required '{name}' member is missing."));
        }
        found
    }

    /// The JSON of a member that may be there.
    pub(super) fn find(&mut self, name: &str, form: Form) -> Option<&'a [u8]> {
        let member = self.list.iter_mut().find(|m| m.name == name)?;
        member.used = true;
        let json = member.json;
        if !fits(json, form).unwrap_or(false) {
            self.fail(|| format!("Type mismatch for member '{name}'."));
        }
        Some(json)
    }

    /// The text of a member that must be there.
    pub(super) fn need_text(&mut self, name: &str, form: Form) -> Option<Cow<'a, str>> {
        self.need(name, form).and_then(|json| Reader::new(json).string().ok())
    }

    /// Notes what is wrong, unless something was wrong before.
    pub(super) fn fail(&mut self, details: impl FnOnce() -> String) {
        if self.wrong.is_none() {
            self.wrong = Some(Failure::syntax(self.json, self.text(&details())));
        }
    }

    /// What was needed, unless something is wrong; at last, that there is more than was asked for.
    pub(super) fn finish<T>(mut self, needed: Option<T>) -> Result<T, Failure> {
        let mut unused = self.list.iter().filter(|m| !m.used).map(|m| &m.name);
        if self.wrong.is_none()
            && let Some(name) = unused.next()
        {
            let details = match unused.count() + self.more {
                0 => format!("Member '{name}' is present but not allowed here."),
                1 => format!("Member '{name}' and 1 other member are present but not allowed here."),
                n => format!("Member '{name}' and {n} other members are present but not allowed here."),
            };
            self.wrong = Some(Failure::syntax(self.json, self.text(&details)));
        }
        if self.wrong.is_none() && needed.is_none() {
            self.fail(|| "Malformed member.".to_owned());
        }
        match (self.wrong, needed) {
            (None, Some(needed)) => Ok(needed),
            (wrong, _) => Err(wrong.unwrap_or_else(|| Failure::new("syntax error", ""))),
        }
    }

    fn text(&self, details: &str) -> String {
        let (number, count) = self.place;
        format!("Parsing ovsdb operation {number} of {count} failed: {details}")
    }
}

fn fits(json: &[u8], form: Form) -> Result<bool, JsonError> {
    let mut r = Reader::new(json);
    Ok(match (form, r.peek()?) {
        (Form::Id, Kind::String) => is_id(&r.string()?),
        (Form::Integer, Kind::Number) => matches!(r.number()?, Number::Integer(_)),
        (Form::Text, Kind::String)
        | (Form::Boolean, Kind::Boolean)
        | (Form::Array, Kind::Array)
        | (Form::Object, Kind::Object) => true,
        _ => false,
    })
}
