//! Which table or column does a name on the command line mean?

use crate::ctl::error::CtlError;
use ovsdb_proto::schema::{ColumnId, ColumnSchema, DatabaseSchema, TableId, TableSchema};

/// A table that the command line named.
#[derive(Clone, Copy, Debug)]
pub struct DbTable<'a> {
    /// Its place in the schema.
    pub id: TableId,
    /// What it is.
    pub schema: &'a TableSchema,
}

/// How well a name fits a text, best last. What does not fit at all is no match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The text is how the name begins, but for case and `-` in place of `_`.
    Prefix,
    /// It is the name, but for case and `-` in place of `_`.
    Loose,
    /// It is the name.
    Exact,
}

fn fit(name: &str, text: &str) -> Option<Fit> {
    if name == text {
        return Some(Fit::Exact);
    }
    let plain = |b: u8| if b == b'-' { b'_' } else { b.to_ascii_lowercase() };
    let begins = name.bytes().zip(text.bytes()).all(|(n, t)| plain(n) == plain(t));
    match name.len().cmp(&text.len()) {
        _ if !begins || text.is_empty() => None,
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(Fit::Loose),
        std::cmp::Ordering::Greater => Some(Fit::Prefix),
    }
}

/// The names that fit best, sorted as the C tools list them.
fn best<'n>(names: impl Iterator<Item = &'n str>, text: &str) -> Vec<&'n str> {
    let mut best: (Option<Fit>, Vec<&str>) = (None, Vec::new());
    for name in names {
        let Some(fit) = fit(name, text) else { continue };
        if Some(fit) > best.0 {
            best = (Some(fit), Vec::new());
        }
        if Some(fit) == best.0 {
            best.1.push(name);
        }
    }
    best.1
}

impl<'a> DbTable<'a> {
    /// The table that `text` means: its name, its name but for case and `-` in place of `_`, or how only its name begins.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn named(schema: &'a DatabaseSchema, text: &str) -> Result<DbTable<'a>, CtlError> {
        let best = best(schema.tables().iter().map(|t| &*t.name), text);
        let [name] = best.as_slice() else {
            return Err(CtlError::command(if best.is_empty() {
                format!("unknown table \"{text}\"")
            } else {
                format!("\"{text}\" matches multiple table names: {}", best.join(", "))
            }));
        };
        let found = schema.table_id(name).and_then(|id| Some(DbTable { id, schema: schema.table(id)? }));
        found.ok_or_else(|| CtlError::command(format!("unknown table \"{text}\"")))
    }

    /// The table's name.
    pub fn name(&self) -> &'a str {
        &self.schema.name
    }

    /// The column that `text` means, by the same rules. `_uuid` and `_version` are not among them.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn column(&self, text: &str) -> Result<ColumnId, CtlError> {
        let own = self.schema.columns().iter().skip(2);
        let best = best(own.map(|c| &*c.name), text);
        let table = self.name();
        let none =
            || CtlError::command(format!("{table} does not contain a column whose name matches \"{text}\""));
        match best.as_slice() {
            [] => Err(none()),
            [name] => self.schema.column_id(name).ok_or_else(none),
            _ => Err(CtlError::command(format!(
                "{table} contains more than one column whose name matches \"{text}\": {}",
                best.join(", ")
            ))),
        }
    }

    /// What the schema says about a column of this table.
    ///
    /// # Errors
    /// It has no such column, which cannot be of one that [`DbTable::column`] answered.
    pub fn column_schema(&self, column: ColumnId) -> Result<&'a ColumnSchema, CtlError> {
        let table = self.name();
        let none = || CtlError::command(format!("no column {} in table {table}", column.0));
        self.schema.column(column).ok_or_else(none)
    }
}

/// Whether an argument of `get` asks for the row's UUID.
pub fn is_uuid_column(text: &str) -> bool {
    text.eq_ignore_ascii_case("_uuid") || text.eq_ignore_ascii_case("-uuid")
}

#[cfg(test)]
mod tests {
    use super::*;

    // all pinned against ovn-nbctl 26.03
    #[test]
    fn tables() {
        let schema = ovn_nb::tables::schema();
        let check = |text: &str, expect: Result<&str, &str>| {
            let found = DbTable::named(schema, text).map(|t| t.name()).map_err(|e| e.message);
            assert_eq!(found, expect.map_err(str::to_owned), "{text}");
        };
        check("Logical_Switch", Ok("Logical_Switch"));
        check("logical-switch", Ok("Logical_Switch"));
        check("LOGICAL_SWITCH_PORT", Ok("Logical_Switch_Port"));
        check("nb", Ok("NB_Global"));
        check("ACL", Ok("ACL"));
        check("Logical_S_", Err("unknown table \"Logical_S_\""));
        check("", Err("unknown table \"\""));
        check("Mirror", Ok("Mirror"));
        check("mirro", Err("\"mirro\" matches multiple table names: Mirror, Mirror_Rule"));
        check(
            "logical-switch-",
            Err(
                "\"logical-switch-\" matches multiple table names: Logical_Switch_Port, Logical_Switch_Port_Health_Check",
            ),
        );
    }

    #[test]
    fn columns() {
        let schema = ovn_nb::tables::schema();
        let table = DbTable::named(schema, "Logical_Switch_Port").unwrap();
        let check = |text: &str, expect: Result<&str, &str>| {
            let found = table.column(text).and_then(|c| table.column_schema(c)).map(|c| &*c.name);
            assert_eq!(found.map_err(|e| e.message), expect.map_err(str::to_owned), "{text}");
        };
        check("name", Ok("name"));
        check("Port-Sec", Ok("port_security"));
        check("tag", Ok("tag"));
        check("TAG", Ok("tag"));
        check("dhcpv4", Ok("dhcpv4_options"));
        check("_uuid", Err("Logical_Switch_Port does not contain a column whose name matches \"_uuid\""));
        check(
            "dhcp",
            Err(
                "Logical_Switch_Port contains more than one column whose name matches \"dhcp\": dhcpv4_options, dhcpv6_options",
            ),
        );
    }
}
