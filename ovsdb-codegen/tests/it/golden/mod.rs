//! Is the output for a tricky schema as committed, and does it work?

#[expect(unreachable_pub, dead_code, reason = "a crate for others would export it all")]
mod tables;

use ovsdb_codegen::Options;
use ovsdb_proto::row::{AtomValue, ReadError};
use ovsdb_proto::row::{Ref, Source, Table};
use ovsdb_proto::schema::DatabaseSchema;
use ovsdb_proto::value::{Atom, Datum, Uuid};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use tables::{Enums, EnumsOfIntegers, EnumsOfStrings, EnumsView, Maps, Names};

/// To write the files anew: `cargo run -p ovsdb-codegen -- ovsdb-codegen/tests/it/golden/tricky.ovsschema \
/// --out ovsdb-codegen/tests/it/golden/tables --width 110`.
#[test]
fn output_is_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/tables");
    let schema = DatabaseSchema::parse_strict(include_str!("tricky.ovsschema")).unwrap();
    let mut options = Options::default();
    options.width = 110;
    ovsdb_codegen::compare(&folder, &ovsdb_codegen::generate(&schema, &options)).unwrap();
    assert_eq!(**tables::schema(), schema);
}

/// A row whose columns all hold the same.
struct Same(Datum);

impl Source for Same {
    fn read(&self, _: &'static str, _: Uuid, _: &'static str) -> Result<Cow<'_, Datum>, ReadError> {
        Ok(Cow::Borrowed(&self.0))
    }
}

fn enums(source: &Same) -> EnumsView<'_> {
    Enums::view(source, Ref::new(Uuid::NIL))
}

#[test]
fn views_read_listed_values() {
    let check =
        |datum: Datum, expect: EnumsOfStrings| assert_eq!(enums(&Same(datum)).of_strings(), Ok(expect));
    check(Datum::one("a-b"), EnumsOfStrings::AB2);
    check(Datum::one(""), EnumsOfStrings::Empty);
    check(Datum::one("newer"), EnumsOfStrings::Unknown("newer".into()));
    let integer = Same(Datum::one(-1));
    assert_eq!(enums(&integer).of_integers(), Ok(EnumsOfIntegers::Minus1));
    let wrong = ReadError::Value { table: "Enums", column: "of_strings" };
    assert_eq!(enums(&integer).of_strings(), Err(wrong));
}

#[test]
fn listed_values_round_trip() {
    let schema = tables::schema();
    let table = schema.table(schema.table_id("Enums").unwrap()).unwrap();
    let column = table.column(table.column_id("of_strings").unwrap()).unwrap();
    for atom in &column.type_.key.allowed.as_ref().unwrap()[..] {
        let value = EnumsOfStrings::from_atom(atom).unwrap();
        assert!(!matches!(value, EnumsOfStrings::Unknown(_)), "{atom:?}");
        assert_eq!(value.to_atom(), *atom);
    }
    assert_eq!(EnumsOfIntegers::from(7).as_integer(), 7);
    assert_eq!(EnumsOfIntegers::Value10.to_atom(), Atom::Integer(10));
}

#[test]
fn names_that_rust_has_are_told_apart() {
    assert_eq!(<Names as Table>::NAME, "Names");
    let named = [Names::NAME, Names::NAME_2, Names::NAME_3, Names::NAME_2_2];
    let mut columns = named.map(|c| c.name());
    columns.sort_unstable();
    assert_eq!(columns, ["NAME", "Name", "name", "name_2"]);
    let text = Same(Datum::one("x"));
    let names = Names::view(&text, Ref::new(Uuid::NIL));
    assert_eq!(
        (names.type_(), names.self_(), names.clone_()),
        (Ok("x".into()), Ok("x".into()), Ok("x".into()))
    );
    assert_eq!(names.row().uuid(), Uuid::NIL);
}

#[test]
fn maps_read() {
    let map = Same(Datum::map([("k".into(), Uuid::NIL.into())]));
    let view = Maps::view(&map, Ref::new(Uuid::NIL));
    assert_eq!(view.references(), Ok(BTreeMap::from([("k".to_owned(), Ref::new(Uuid::NIL))])));
    // real keys have no order in Rust, so this column is read as it is
    assert_eq!(view.real_references(), Ok(map.0.clone()));
}
