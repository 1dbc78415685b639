//! How a schema is written as JSON: one normalised form, so that equal schemas are equal files.

use super::{BaseType, ColumnSchema, ColumnType, Constraint, DatabaseSchema, RefKind, TableSchema};
use crate::value::Atom;
use serde_json::{Value, json};
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

fn write_database(out: &mut String, schema: &DatabaseSchema) -> std::fmt::Result {
    write!(out, "{{\n  \"name\": {},\n  \"version\": {}", quoted(&schema.name), quoted(&schema.version))?;
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
        let name = |id: &_| table.column(*id).map_or("", |c| &*c.name);
        let indexes: Vec<Vec<&str>> = table.indexes.iter().map(|i| i.iter().map(name).collect()).collect();
        write!(out, ",\n      \"indexes\": {}", json!(indexes))?;
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
    base.allowed.is_none() && base.reference.is_none() && base.constraint == Constraint::None
}

fn write_base(out: &mut String, base: &BaseType) -> std::fmt::Result {
    if is_plain(base) {
        return write!(out, "\"{}\"", base.atom);
    }
    write!(out, "{{\"type\": \"{}\"", base.atom)?;
    match base.allowed.as_deref() {
        None => {}
        Some([one]) => write!(out, ", \"enum\": {}", atom(one))?,
        Some(atoms) => {
            let atoms: Vec<Value> = atoms.iter().map(atom).collect();
            write!(out, ", \"enum\": {}", json!(["set", atoms]))?;
        }
    }
    match base.constraint {
        Constraint::None => {}
        Constraint::Integer(min, max) => {
            bounds(out, ["minInteger", "maxInteger"], [min, max], [i64::MIN, i64::MAX])?
        }
        Constraint::Real(min, max) => bounds(out, ["minReal", "maxReal"], [min, max], [f64::MIN, f64::MAX])?,
        Constraint::Length(min, max) => bounds(out, ["minLength", "maxLength"], [min, max], [0, u32::MAX])?,
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

// a bound that is the type's own is left out, unless both are: then one stays, so that reading gives the same constraint
fn bounds<N: PartialEq + Into<Value> + Copy>(
    out: &mut String,
    names: [&str; 2],
    values: [N; 2],
    own: [N; 2],
) -> std::fmt::Result {
    let [min, max] = values;
    if min != own[0] || max == own[1] {
        write!(out, ", \"{}\": {}", names[0], min.into())?;
    }
    if max != own[1] {
        write!(out, ", \"{}\": {}", names[1], max.into())?;
    }
    Ok(())
}

fn atom(atom: &Atom) -> Value {
    match atom {
        Atom::Integer(n) => json!(n),
        Atom::Real(n) => json!(n),
        Atom::Boolean(b) => json!(b),
        Atom::String(s) => json!(s),
        Atom::Uuid(u) => json!(["uuid", u.to_string()]),
    }
}

fn quoted(text: &str) -> Value {
    Value::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) {
        let schema = DatabaseSchema::parse(json).unwrap();
        let written = schema.to_json();
        assert_eq!(DatabaseSchema::parse(&written).unwrap(), schema, "{written}");
        assert_eq!(DatabaseSchema::parse(&written).unwrap().to_json(), written);
    }

    #[test]
    fn what_is_written_reads_as_the_same_schema() {
        let types = [
            r#""string""#,
            r#"{"key": {"type": "uuid", "refTable": "T", "refType": "weak"}, "min": 0, "max": 1}"#,
            r#"{"key": {"type": "integer", "maxInteger": 9223372036854775807}}"#,
            r#"{"key": {"type": "integer", "minInteger": -9223372036854775808, "maxInteger": 5}}"#,
            r#"{"key": {"type": "real", "minReal": 0.1, "maxReal": 1e300}}"#,
            r#"{"key": {"type": "string", "minLength": 0}, "max": 3}"#,
            r#"{"key": {"type": "string", "enum": ["set", ["\u00e9\"", "b"]]}, "value": {"type": "real", "enum": 0.5}}"#,
            r#"{"key": {"type": "uuid", "enum": ["uuid", "00112233-4455-6677-8899-aabbccddeeff"]}, "max": "unlimited"}"#,
        ];
        for type_ in types {
            check(&format!(
                r#"{{"name": "D", "version": "1.2.3", "tables": {{"T": {{"isRoot": true, "columns":
                    {{"c": {{"type": {type_}, "mutable": false, "ephemeral": true}}}}}}}}}}"#
            ));
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
