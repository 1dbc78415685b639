//! What the folder's `mod.rs` and its test say.

use crate::names::Names;
use crate::{MARK, Options, SCHEMA_FILE, layout};
use ovsdb_proto::schema::DatabaseSchema;

/// `mod.rs`: the tables and the schema.
pub(crate) fn module(schema: &DatabaseSchema, names: &Names, options: &Options) -> String {
    let (name, version) = (&schema.name, &schema.version);
    let origin = options.origin.as_ref().map_or(String::new(), |o| format!(" of {o}"));
    let mut out = format!(
        "//! The tables of {name}, schema {version}{origin}\n\
         //! {MARK} from {SCHEMA_FILE}; do not edit).\n\n\
         use ovsdb_proto::schema::DatabaseSchema;\nuse std::sync::{{Arc, OnceLock}};\n\n"
    );
    for table in &names.tables {
        let module = &table.module;
        out.push_str(&format!("mod {module};\npub use {module}::*;\n"));
    }
    out.push_str(&format!(
        "
/// The name of the database.
pub const DATABASE: &str = \"{name}\";

/// The version of the schema that this module was generated from.
pub const VERSION: &str = \"{version}\";

"
    ));
    let about = format!(
        "The schema that this module was generated from: {name} {version}{origin}. Parsed at the first call."
    );
    layout::doc(&mut out, 0, options.width, &about);
    out.push_str(&format!(
        "pub fn schema() -> &'static Arc<DatabaseSchema> {{
    static SCHEMA: OnceLock<Arc<DatabaseSchema>> = OnceLock::new();
    SCHEMA.get_or_init(|| {{
        #[expect(clippy::expect_used, reason = \"a test beside it parses the text compiled in\")]
        let schema = DatabaseSchema::parse(include_str!(\"{SCHEMA_FILE}\")).expect(\"a valid schema\");
        Arc::new(schema)
    }})
}}

#[cfg(test)]
mod check;
"
    ));
    out
}

/// `check.rs`: a test that every column has its handle.
pub(crate) fn check(schema: &DatabaseSchema, names: &Names, options: &Options) -> String {
    let mut out = format!(
        "//! Has every column of {} {} a handle of the right type?
//! {MARK}; do not edit).

use super::*;
use ovsdb_proto::row::{{Column, ColumnValue, Table}};
use ovsdb_proto::schema::{{ColumnSchema, TableSchema}};

type Columns = Vec<(&'static TableSchema, &'static ColumnSchema)>;

fn check<T: Table, V: ColumnValue>(columns: &mut Columns, handle: Column<T, V>) {{
    let (table, column) = columns.pop().expect(\"a column of the schema\");
    assert_eq!((T::NAME, handle.name()), (&*table.name, &*column.name));
    assert!(V::accepts(&column.type_), \"{{handle:?}}\");
}}

#[test]
fn every_column_has_a_handle_of_the_right_type() {{
    let own = |table: &'static TableSchema| table.columns().iter().skip(2).map(move |c| (table, c));
    let mut left: Columns = schema().tables().iter().flat_map(own).collect();
    left.reverse();
",
        schema.name, schema.version
    );
    for table in &names.tables {
        for column in &table.columns {
            let handle = format!("{}::{}", table.type_, column.handle);
            let line = format!("    check(&mut left, {handle});\n");
            if line.len() <= options.width + 1 {
                out.push_str(&line);
            } else {
                out.push_str(&format!("    check(\n        &mut left,\n        {handle},\n    );\n"));
            }
        }
    }
    out.push_str("    assert!(left.is_empty(), \"{left:?}\");\n}\n");
    out
}
