//! How a schema is written as JSON: one normalised form, so that equal schemas are equal files.

use super::{BaseType, ColumnId, ColumnSchema, ColumnType, Constraint, DatabaseSchema, RefKind, TableSchema};
use crate::json::Writer;
use crate::value::{Datum, write_datum};
use std::fmt::Write;

impl DatabaseSchema {
    /// The schema as JSON: tables and columns sorted by name and one column a line, members in the order of RFC 7047, what is default
    /// left out. [`DatabaseSchema::parse`] makes an equal schema of it.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(1 << 16);
        // writing to a String does not fail
        let _ = write_database(&mut out, self);
        out
    }
}

impl ColumnType {
    /// The type as JSON (RFC 7047 section 3.2, `<type>`), what is default left out.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        // writing to a String does not fail
        let _ = write_type(&mut out, self);
        out
    }
}

fn write_database(out: &mut String, schema: &DatabaseSchema) -> std::fmt::Result {
    write!(out, "{{\n  \"name\": {}", quoted(&schema.name))?;
    // a schema may be without version, but not have an empty one
    if !schema.version.is_empty() {
        write!(out, ",\n  \"version\": {}", quoted(&schema.version))?;
    }
    if let Some(cksum) = &schema.cksum {
        write!(out, ",\n  \"cksum\": {}", quoted(cksum))?;
    }
    out.push_str(",\n  \"tables\": {");
    for (i, table) in schema.tables().iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        write_table(out, table)?;
    }
    out.push_str("\n  }\n}\n");
    Ok(())
}

fn write_table(out: &mut String, table: &TableSchema) -> std::fmt::Result {
    write!(out, "    {}: {{\n      \"columns\": {{", quoted(&table.name))?;
    for (i, column) in table.columns().iter().skip(2).enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        write!(out, "        {}: ", quoted(&column.name))?;
        write_column(out, column)?;
    }
    out.push_str("\n      }");
    if let Some(max) = table.max_rows {
        write!(out, ",\n      \"maxRows\": {max}")?;
    }
    if table.is_root {
        out.push_str(",\n      \"isRoot\": true");
    }
    if !table.indexes.is_empty() {
        let names = |w: &mut Writer<'_>, index: &[ColumnId]| {
            w.begin_array();
            index.iter().filter_map(|id| table.column(*id)).for_each(|c| w.string(&c.name));
            w.end_array();
        };
        let indexes = json(|w| {
            w.begin_array();
            table.indexes.iter().for_each(|index| names(w, index));
            w.end_array();
        });
        write!(out, ",\n      \"indexes\": {indexes}")?;
    }
    out.push_str("\n    }");
    Ok(())
}

fn write_column(out: &mut String, column: &ColumnSchema) -> std::fmt::Result {
    out.push_str("{\"type\": ");
    write_type(out, &column.type_)?;
    if column.ephemeral {
        out.push_str(", \"ephemeral\": true");
    }
    if !column.mutable {
        out.push_str(", \"mutable\": false");
    }
    out.push('}');
    Ok(())
}

fn write_type(out: &mut String, type_: &ColumnType) -> std::fmt::Result {
    if type_.is_scalar() {
        if is_plain(&type_.key) {
            return write_base(out, &type_.key);
        }
        out.push_str("{\"key\": ");
        write_base(out, &type_.key)?;
        out.push('}');
        return Ok(());
    }
    out.push_str("{\"key\": ");
    write_base(out, &type_.key)?;
    if let Some(value) = &type_.value {
        out.push_str(", \"value\": ");
        write_base(out, value)?;
    }
    if type_.min != 1 {
        write!(out, ", \"min\": {}", type_.min)?;
    }
    match type_.max {
        1 => {}
        u32::MAX => out.push_str(", \"max\": \"unlimited\""),
        max => write!(out, ", \"max\": {max}")?,
    }
    out.push('}');
    Ok(())
}

fn is_plain(base: &BaseType) -> bool {
    base.allowed.is_none() && base.reference.is_none() && base.constraint.normalized() == Constraint::None
}

fn write_base(out: &mut String, base: &BaseType) -> std::fmt::Result {
    if is_plain(base) {
        return write!(out, "\"{}\"", base.atom);
    }
    write!(out, "{{\"type\": \"{}\"", base.atom)?;
    if let Some(atoms) = &base.allowed {
        let set = Datum::set(atoms.iter().cloned());
        write!(out, ", \"enum\": {}", json(|w| write_datum(w, &set, &|_| false)))?;
    }
    match base.constraint.normalized() {
        Constraint::None => {}
        Constraint::Integer(min, max) => {
            let names = ["minInteger", "maxInteger"];
            bounds(out, names, [min, max], [i64::MIN, i64::MAX], |w, n| w.integer(n))?;
        }
        Constraint::Real(min, max) => {
            bounds(out, ["minReal", "maxReal"], [min, max], [f64::MIN, f64::MAX], |w, n| w.real(n))?;
        }
        Constraint::Length(min, max) => {
            let names = ["minLength", "maxLength"];
            bounds(out, names, [min, max], [0, u32::MAX], |w, n| w.integer(i64::from(n)))?;
        }
    }
    if let Some(reference) = &base.reference {
        write!(out, ", \"refTable\": {}", quoted(&reference.table))?;
        if reference.kind == RefKind::Weak {
            out.push_str(", \"refType\": \"weak\"");
        }
    }
    out.push('}');
    Ok(())
}

// a bound that is the type's own is left out
fn bounds<N: PartialEq + Copy>(
    out: &mut String,
    names: [&str; 2],
    [min, max]: [N; 2],
    [lowest, highest]: [N; 2],
    write: fn(&mut Writer<'_>, N),
) -> std::fmt::Result {
    let [min_name, max_name] = names;
    if min != lowest {
        write!(out, ", \"{min_name}\": {}", json(|w| write(w, min)))?;
    }
    if max != highest {
        write!(out, ", \"{max_name}\": {}", json(|w| write(w, max)))?;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    json(|w| w.string(text))
}

fn json(write: impl FnOnce(&mut Writer<'_>)) -> String {
    let mut out = Vec::new();
    write(&mut Writer::new(&mut out));
    // what a writer writes is UTF-8
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Reference;
    use crate::value::{Atom, AtomType, Uuid};
    use proptest::prelude::*;

    fn atoms() -> impl Strategy<Value = Vec<Atom>> {
        let one = |atom: BoxedStrategy<Atom>| prop::collection::vec(atom, 1..4);
        prop_oneof![
            one(any::<i64>().prop_map(Atom::Integer).boxed()),
            one((-1e300..1e300).prop_map(Atom::Real).boxed()),
            one(any::<bool>().prop_map(Atom::Boolean).boxed()),
            one(any::<String>().prop_map(Atom::from).boxed()),
            one(any::<u128>().prop_map(|n| Atom::Uuid(Uuid::from_u128(n))).boxed()),
        ]
    }

    fn bases() -> impl Strategy<Value = BaseType> {
        let integers =
            (any::<i64>(), any::<i64>()).prop_map(|(a, b)| Constraint::Integer(a.min(b), a.max(b)));
        let reals = (any::<f64>(), any::<f64>())
            .prop_filter("a NaN or infinity is not JSON", |(a, b)| a.is_finite() && b.is_finite())
            .prop_map(|(a, b)| Constraint::Real(a.min(b), a.max(b)));
        let lengths = (any::<u32>(), any::<u32>()).prop_map(|(a, b)| Constraint::Length(a.min(b), a.max(b)));
        let bound = |type_, bounds: BoxedStrategy<Constraint>| {
            bounds
                .prop_map(move |bounds| BaseType { constraint: bounds.normalized(), ..BaseType::any(type_) })
        };
        let kinds = prop_oneof![Just(RefKind::Strong), Just(RefKind::Weak)];
        prop_oneof![
            atoms().prop_map(|atoms| BaseType {
                allowed: Some(Datum::set(atoms.clone()).atoms().into()),
                ..BaseType::any(atoms[0].atom_type())
            }),
            bound(AtomType::Integer, integers.boxed()),
            bound(AtomType::Real, reals.boxed()),
            bound(AtomType::String, lengths.boxed()),
            Just(BaseType::any(AtomType::Boolean)),
            kinds.prop_map(|kind| BaseType {
                reference: Some(Reference { table: "T".into(), kind }),
                ..BaseType::any(AtomType::Uuid)
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_same_schema(
            key in bases(),
            value in prop::option::of(bases()),
            (min, max) in (0..=1u32, prop_oneof![Just(1), Just(u32::MAX), 1..=9u32]),
            (ephemeral, mutable) in any::<(bool, bool)>(),
        ) {
            let column = ColumnSchema::new("c", ColumnType { key, value, min, max });
            let mutable = mutable || column.type_.has_weak_reference();
            let table = TableSchema::new("T", vec![ColumnSchema { ephemeral, mutable, ..column }], (max < 9).then_some(max), true);
            let schema = DatabaseSchema::new("D", "1.2.3", None, vec![table]);
            let written = schema.to_json();
            prop_assert_eq!(DatabaseSchema::parse_strict(&written), Ok(schema), "{}", written);
        }
    }

    #[test]
    fn the_layout_is_fixed() {
        let json = r#"{"tables": {"T": {"indexes": [["b", "a"]], "columns": {"b": {"type": {"key": "integer"}}, "a": {"type":
            {"max": "unlimited", "min": 0, "key": {"enum": ["set", ["y", "x"]], "type": "string"}}}}}}, "version": "1.2.3", "name": "D"}"#;
        let expect = r#"{
  "name": "D",
  "version": "1.2.3",
  "tables": {
    "T": {
      "columns": {
        "a": {"type": {"key": {"type": "string", "enum": ["set",["x","y"]]}, "min": 0, "max": "unlimited"}},
        "b": {"type": "integer"}
      },
      "isRoot": true,
      "indexes": [["b","a"]]
    }
  }
}
"#;
        assert_eq!(DatabaseSchema::parse(json).unwrap().to_json(), expect);
    }
}
