//! Is a schema that was taken consistent and written back as the same schema, and is any other refused in one line?

use ovsdb_proto::json::{Reader, Writer};
use ovsdb_proto::schema::text::parse_datum;
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, SchemaErrorKind, TableSchema, read_datum};
use ovsdb_proto::value::{Format, Uuid, print_datum, write_datum};

/// The input is the text of a schema.
pub fn check_schema(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    let strict = DatabaseSchema::parse_strict(json);
    let schema = match DatabaseSchema::parse(json) {
        Ok(schema) => schema,
        Err(error) => {
            assert!(strict.is_err());
            assert!(!matches!(error.kind, SchemaErrorKind::Json(at) if at > json.len()));
            return;
        }
    };
    // being strict changes what is taken, never what it means
    assert!(strict.is_err() || strict.as_ref() == Ok(&schema));
    let written = schema.to_json();
    assert_eq!(DatabaseSchema::parse_strict(&written).as_ref(), Ok(&schema), "{written}");
    assert_eq!(DatabaseSchema::parse_strict(&written).map(|s| s.to_json()), Ok(written));

    for (i, table) in schema.tables().iter().enumerate() {
        let id = schema.table_id(&table.name);
        assert_eq!(id.map(|id| usize::from(id.0)), Some(i));
        check_table(table);
    }
}

fn check_table(table: &TableSchema) {
    for (i, column) in table.columns().iter().enumerate() {
        let id = table.column_id(&column.name);
        assert_eq!(id.map(|id| usize::from(id.0)), Some(i));
        assert_eq!(id <= Some(ColumnId::VERSION), column.name.starts_with('_'));

        // what a column holds without being written is what a server would send and a user could write
        let type_ = &column.type_;
        assert!(type_.check_count(column.default.len()).is_ok());
        let mut json = Vec::new();
        write_datum(&mut Writer::new(&mut json), &column.default, &|_| false);
        assert_eq!(read_datum(&mut Reader::new(&json), type_, &mut |_| None).as_ref(), Ok(&column.default));
        let mut text = String::new();
        print_datum(&mut text, &column.default, type_.max, Format::String);
        match parse_datum(&text, type_, &mut |_: &str| Uuid::from_u128(0)) {
            Ok(read) => assert_eq!(read, column.default, "{text}"),
            // a default need not meet the constraints: "" where no empty string is allowed
            Err(error) => assert_ne!(error.to_string(), ""),
        }
    }
    for index in &table.indexes {
        assert!(!index.is_empty() && index.iter().all(|id| table.column(*id).is_some_and(|c| !c.ephemeral)));
    }
}
