//! Which tables and columns that we know does the server's schema lack?

use crate::op::Condition;
use crate::schema::{ColumnId, ColumnSet, DatabaseSchema, TableId, TableSchema};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The tables and columns of a schema that the server's schema lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    tables: HashSet<TableId>,
    columns: HashMap<TableId, ColumnSet>,
    version: Box<str>,
}

impl Absent {
    /// What `ours` has and `theirs` has not.
    pub fn between(ours: &DatabaseSchema, theirs: &DatabaseSchema) -> Absent {
        let mut absent = Absent { version: theirs.version.clone(), ..Absent::default() };
        for (id, table) in ours.tables().iter().filter_map(|t| Some((ours.table_id(&t.name)?, t))) {
            let Some(their) = theirs.table_id(&table.name).and_then(|id| theirs.table(id)) else {
                absent.tables.insert(id);
                continue;
            };
            let lacks: ColumnSet = (table.own_columns().iter())
                .filter(|c| table.column(*c).is_none_or(|c| their.column_id(&c.name).is_none()))
                .collect();
            if !lacks.is_empty() {
                absent.columns.insert(id, lacks);
            }
        }
        absent
    }

    /// Whether the server lacks nothing, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
    }

    /// Whether the server has the table.
    pub fn has_table(&self, table: TableId) -> bool {
        !self.tables.contains(&table)
    }

    /// Whether the server has the column.
    pub fn has_column(&self, table: TableId, column: ColumnId) -> bool {
        self.has_table(table) && !self.columns.get(&table).is_some_and(|c| c.contains(column))
    }

    /// The version of the server's schema, if it was read.
    pub fn version(&self) -> Option<&str> {
        (!self.version.is_empty()).then_some(&*self.version)
    }

    /// What is left of `conditions` when columns that the server lacks hold their defaults. `None`: no row can meet them.
    pub fn reduce<'c>(
        &self,
        table: TableId,
        schema: &TableSchema,
        conditions: &'c [Condition],
    ) -> Option<Cow<'c, [Condition]>> {
        if !self.has_table(table) {
            return None;
        }
        if conditions.iter().all(|c| self.has_column(table, c.column)) {
            return Some(Cow::Borrowed(conditions));
        }
        let mut left = Vec::new();
        for condition in conditions {
            if self.has_column(table, condition.column) {
                left.push(condition.clone());
            } else if !schema
                .column(condition.column)
                .is_some_and(|c| condition.matches(&c.default, &c.type_))
            {
                return None;
            }
        }
        Some(Cow::Owned(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Datum;

    const OURS: &str = r#"{"name":"D","version":"2.0.0","tables":{
        "T":{"columns":{"a":{"type":"string"},"b":{"type":"string"}}},"U":{"columns":{"c":{"type":"integer"}}}}}"#;
    const THEIRS: &str = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{"a":{"type":"string"},"z":{"type":"string"}}}}}"#;

    #[test]
    fn tables_and_columns_that_only_we_have() {
        let (ours, theirs) = (DatabaseSchema::parse(OURS).unwrap(), DatabaseSchema::parse(THEIRS).unwrap());
        let absent = Absent::between(&ours, &theirs);
        let (t, u) = (ours.table_id("T").unwrap(), ours.table_id("U").unwrap());
        let column = |name| ours.table(t).unwrap().column_id(name).unwrap();
        assert!(absent.has_table(t) && !absent.has_table(u) && !absent.is_empty());
        assert!(absent.has_column(t, column("a")) && !absent.has_column(t, column("b")));
        assert!(!absent.has_column(u, ColumnId(2)) && absent.has_column(t, ColumnId::UUID));
        assert_eq!(absent.version(), Some("1.0.0"));
        assert!(Absent::between(&ours, &ours).is_empty());
        assert_eq!(Absent::default().version(), None);
    }

    #[test]
    fn conditions_on_what_is_absent_test_its_default() {
        let (ours, theirs) = (DatabaseSchema::parse(OURS).unwrap(), DatabaseSchema::parse(THEIRS).unwrap());
        let absent = Absent::between(&ours, &theirs);
        let t = ours.table_id("T").unwrap();
        let schema = ours.table(t).unwrap();
        let is = |name, value: &str| Condition::eq(schema.column_id(name).unwrap(), Datum::one(value));
        let reduce = |conditions: &[Condition]| absent.reduce(t, schema, conditions).map(Cow::into_owned);
        assert_eq!(reduce(&[is("a", "x")]), Some(vec![is("a", "x")]));
        assert_eq!(reduce(&[is("a", "x"), is("b", "")]), Some(vec![is("a", "x")]));
        assert_eq!(reduce(&[is("b", "x")]), None);
        assert_eq!(absent.reduce(ours.table_id("U").unwrap(), schema, &[]), None);
    }
}
