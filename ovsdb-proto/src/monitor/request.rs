//! What a monitor is asked for, and what the reply to `monitor_cond_since` holds.

use crate::json::{JsonErrorKind, Kind, Reader, Writer};
use crate::value::{DatumError, Uuid};

/// What to monitor of one table (RFC 7047 section 4.1.5 and ovsdb-server(7) section 4.1.12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonitorRequest<'a> {
    /// The columns; `None` means all.
    pub columns: Option<&'a [&'a str]>,
    /// Which changes.
    pub select: Select,
    /// The rows: a JSON array of conditions of which one must hold, and `true` and `false`. `None`, which plain `monitor` needs,
    /// means all.
    pub where_: Option<&'a [u8]>,
}

/// Which changes a monitor reports. All, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select {
    /// The rows that are there when it begins.
    pub initial: bool,
    /// Rows that come.
    pub insert: bool,
    /// Rows that go.
    pub delete: bool,
    /// Rows that change.
    pub modify: bool,
}

impl Default for Select {
    fn default() -> Select {
        Select { initial: true, insert: true, delete: true, modify: true }
    }
}

impl MonitorRequest<'_> {
    /// Writes the member of the object of requests that stands for this table.
    pub fn write(&self, writer: &mut Writer<'_>, table: &str) {
        writer.key(table);
        writer.begin_array();
        writer.begin_object();
        if let Some(columns) = self.columns {
            writer.key("columns");
            writer.begin_array();
            columns.iter().for_each(|column| writer.string(column));
            writer.end_array();
        }
        if let Some(condition) = self.where_ {
            writer.key("where");
            writer.raw(condition);
        }
        self.select.write(writer);
        writer.end_object();
        writer.end_array();
    }
}

impl Select {
    /// Writes the member `select` unless everything is selected, which is what its absence means.
    fn write(self, writer: &mut Writer<'_>) {
        if self == Select::default() {
            return;
        }
        writer.key("select");
        writer.begin_object();
        let parts = [
            ("initial", self.initial),
            ("insert", self.insert),
            ("delete", self.delete),
            ("modify", self.modify),
        ];
        for (name, wanted) in parts {
            if !wanted {
                writer.key(name);
                writer.boolean(false);
            }
        }
        writer.end_object();
    }
}

/// Writes the member of the object of a `monitor_cond_change` that stands for this table (ovsdb-server(7) section 4.1.13).
/// `conditions` writes the elements of the array.
pub fn write_condition(writer: &mut Writer<'_>, table: &str, conditions: impl FnOnce(&mut Writer<'_>)) {
    writer.key(table);
    writer.begin_array();
    writer.begin_object();
    writer.key("where");
    writer.begin_array();
    conditions(writer);
    writer.end_array();
    writer.end_object();
    writer.end_array();
}

/// The result of `monitor_cond_since` (ovsdb-server(7) section 4.1.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinceReply<'a> {
    /// Whether the server knew the transaction asked for: the updates are only what changed since.
    pub found: bool,
    /// The transaction that leads to this state; nil if the server has none.
    pub last_txn_id: Uuid,
    /// Table updates in the format [`UpdateFormat::Update2`](super::UpdateFormat::Update2): one JSON object.
    pub updates: &'a [u8],
}

impl<'a> SinceReply<'a> {
    /// Takes the result apart, without looking into the updates.
    ///
    /// # Errors
    /// It is not an array of a boolean, a UUID and an object.
    pub fn decode(result: &'a [u8]) -> Result<SinceReply<'a>, DatumError> {
        let mut reader = Reader::new(result);
        reader.begin_array()?;
        element(&mut reader)?;
        let found = reader.boolean()?;
        element(&mut reader)?;
        let offset = reader.offset();
        let last_txn_id =
            Uuid::parse_bytes(reader.string()?.as_bytes()).ok_or(DatumError::Uuid { offset })?;
        element(&mut reader)?;
        if reader.peek()? != Kind::Object {
            return Err(JsonErrorKind::Expected("an object").at(reader.offset()).into());
        }
        let updates = reader.skip()?;
        let end = reader.offset();
        if reader.next_element()? {
            return Err(JsonErrorKind::Expected("three elements").at(end).into());
        }
        reader.end()?;
        Ok(SinceReply { found, last_txn_id, updates })
    }
}

fn element(reader: &mut Reader<'_>) -> Result<(), DatumError> {
    let offset = reader.offset();
    if reader.next_element()? {
        Ok(())
    } else {
        Err(JsonErrorKind::Expected("three elements").at(offset).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: MonitorRequest<'_>, expected: &str) {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.begin_object();
        request.write(&mut writer, "T");
        request.write(&mut writer, "U");
        writer.end_object();
        assert_eq!(String::from_utf8(out).unwrap(), format!(r#"{{"T":[{expected}],"U":[{expected}]}}"#));
    }

    #[test]
    fn requests_are_written() {
        check(MonitorRequest::default(), "{}");
        check(MonitorRequest { columns: Some(&[]), ..Default::default() }, r#"{"columns":[]}"#);
        check(
            MonitorRequest {
                columns: Some(&["a", "b"]),
                select: Select { initial: false, modify: false, ..Select::default() },
                where_: Some(b"[false]"),
            },
            r#"{"columns":["a","b"],"where":[false],"select":{"initial":false,"modify":false}}"#,
        );
    }

    #[test]
    fn conditions_are_written() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.begin_object();
        write_condition(&mut writer, "T", |w| w.boolean(true));
        writer.end_object();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"T":[{"where":[true]}]}"#);
    }

    #[test]
    fn the_reply_to_monitor_cond_since_is_taken_apart() {
        let text = br#"[true,"00112233-4455-6677-8899-aabbccddeeff",{"T":{}}]"#;
        let uuid = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        let expected = SinceReply { found: true, last_txn_id: uuid, updates: br#"{"T":{}}"# };
        assert_eq!(SinceReply::decode(text), Ok(expected));
        let json = |what, offset| Err(JsonErrorKind::Expected(what).at(offset).into());
        assert_eq!(SinceReply::decode(b"{}"), json("an array", 0));
        assert_eq!(SinceReply::decode(b"[]"), json("three elements", 1));
        assert_eq!(SinceReply::decode(b"[false,\"x\"]"), Err(DatumError::Uuid { offset: 7 }));
        let with = |rest| format!(r#"[true,"00112233-4455-6677-8899-aabbccddeeff",{rest}]"#);
        assert_eq!(SinceReply::decode(with("[]").as_bytes()), json("an object", 45));
        assert_eq!(SinceReply::decode(with("{},1").as_bytes()), json("three elements", 47));
    }
}
