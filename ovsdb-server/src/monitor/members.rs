//! Which members an object of a request may have: taken one by one, and none may be left.

use super::MonitorError;
use super::canonical::{Member, members};
use ovsdb_proto::json::{Kind, Reader};

/// The members of an object that were not taken yet.
pub(super) struct Members<'a> {
    what: &'a str,
    json: &'a [u8],
    rest: Vec<Member<'a>>,
}

impl<'a> Members<'a> {
    /// Of an object; `what` it is stands in errors.
    ///
    /// # Errors
    /// It is no object.
    pub(super) fn read(json: &'a [u8], what: &'a str) -> Result<Members<'a>, MonitorError> {
        if Reader::new(json).peek()? != Kind::Object {
            return Err(MonitorError::syntax(format!("Parsing {what} failed: Object expected."), None));
        }
        Ok(Members { what, json, rest: members(&mut Reader::new(json))? })
    }

    /// The value of a member, `None` if it is absent.
    ///
    /// # Errors
    /// It is not of this kind.
    pub(super) fn take(&mut self, name: &str, kind: Kind) -> Result<Option<&'a [u8]>, MonitorError> {
        let Some(at) = self.rest.iter().position(|member| member.0 == name) else { return Ok(None) };
        let (_, value) = self.rest.remove(at);
        if Reader::new(value).peek()? == kind {
            return Ok(Some(value));
        }
        Err(self.failed(&format!("Type mismatch for member '{name}'.")))
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// There is a member that does not belong there.
    pub(super) fn finish(self) -> Result<(), MonitorError> {
        let Some((name, _)) = self.rest.first() else { return Ok(()) };
        let others = match self.rest.len() {
            1 => "' is".to_owned(),
            2 => "' and 1 other member are".to_owned(),
            n => format!("' and {} other members are", n - 1),
        };
        Err(self.failed(&format!("Member '{name}{others} present but not allowed here.")))
    }

    fn failed(&self, problem: &str) -> MonitorError {
        MonitorError::syntax(format!("Parsing {} failed: {problem}", self.what), Some(self.json))
    }
}
