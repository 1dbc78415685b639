//! Which Rust names tables, columns and listed values get, none twice and none reserved.

use ovsdb_proto::schema::{BaseType, DatabaseSchema, TableSchema};
use ovsdb_proto::value::Atom;
use std::collections::HashSet;

/// The names of all tables, in the order of the schema.
pub(crate) struct Names {
    pub(crate) tables: Vec<TableNames>,
}

/// The names of one table.
pub(crate) struct TableNames {
    /// The marker type, such as `LogicalRouterPort`.
    pub(crate) type_: String,
    /// The view, such as `LogicalRouterPortView`.
    pub(crate) view: String,
    /// The module and its file, such as `logical_router_port`, which a keyword needs an underscore for.
    pub(crate) module: String,
    /// The columns, in the order of the schema, without `_uuid` and `_version`.
    pub(crate) columns: Vec<ColumnNames>,
}

/// The names of one column.
pub(crate) struct ColumnNames {
    /// The handle, such as `TYPE`.
    pub(crate) handle: String,
    /// The view's method, such as `type_`.
    pub(crate) method: String,
    /// The enum of the elements or keys, if the schema lists them.
    pub(crate) key: Option<String>,
    /// The enum of the values of a map, if the schema lists them.
    pub(crate) value: Option<String>,
}

impl Names {
    pub(crate) fn of(schema: &DatabaseSchema) -> Names {
        // types of all tables share one module; tables come first, so that no enum takes a table's name
        let mut types: HashSet<String> = RESERVED_TYPES.iter().map(|s| (*s).to_owned()).collect();
        let mut modules: HashSet<String> = RESERVED_MODULES.iter().map(|s| (*s).to_owned()).collect();
        let mut tables: Vec<TableNames> = schema
            .tables()
            .iter()
            .map(|table| {
                let module = claim_snake(&mut modules, &not_keyword(&snake(&table.name)));
                let type_ = claim(&mut types, &camel(&table.name));
                TableNames { type_, view: String::new(), module, columns: Vec::new() }
            })
            .collect();
        for names in &mut tables {
            names.view = claim(&mut types, &format!("{}View", names.type_));
        }
        for (names, table) in tables.iter_mut().zip(schema.tables()) {
            names.columns = columns(table, &names.type_, &mut types);
        }
        Names { tables }
    }

    /// The marker type of the table called `name` in the schema.
    pub(crate) fn type_of(&self, schema: &DatabaseSchema, name: &str) -> Option<&str> {
        let id = schema.table_id(name)?;
        self.tables.get(usize::from(id.0)).map(|t| t.type_.as_str())
    }
}

fn columns(table: &TableSchema, type_: &str, types: &mut HashSet<String>) -> Vec<ColumnNames> {
    let mut handles = HashSet::new();
    let mut methods = HashSet::new();
    let column = |column: &ovsdb_proto::schema::ColumnSchema| {
        let name = snake(&column.name);
        let wanted = format!("{type_}{}", camel(&column.name));
        let (key, value) = (&column.type_.key, column.type_.value.as_ref());
        ColumnNames {
            handle: claim_snake(&mut handles, &name.to_ascii_uppercase()),
            method: claim_snake(&mut methods, &method(&name)),
            key: is_enum(key).then(|| {
                claim(types, &if value.is_some() { format!("{wanted}Key") } else { wanted.clone() })
            }),
            value: value.filter(|v| is_enum(v)).map(|_| claim(types, &format!("{wanted}Value"))),
        }
    };
    table.columns().iter().skip(2).map(column).collect()
}

/// Whether listed values become an enum: those of strings and integers do.
fn is_enum(base: &BaseType) -> bool {
    let named = |a: &Atom| matches!(a, Atom::String(_) | Atom::Integer(_));
    base.allowed.as_ref().is_some_and(|atoms| atoms.iter().all(named))
}

/// The variants of an enum, in the order of its values.
pub(crate) fn variants(atoms: &[Atom]) -> Vec<String> {
    let mut taken = HashSet::from(["Unknown".to_owned(), "Self".to_owned()]);
    let variant = |atom: &Atom| {
        let wanted = match atom {
            Atom::Integer(n) if *n < 0 => format!("Minus{}", n.unsigned_abs()),
            Atom::Integer(n) => format!("Value{n}"),
            Atom::String(text) => camel(text),
            _ => String::new(),
        };
        let wanted = match wanted.as_bytes().first() {
            None if atom.as_str().is_some_and(str::is_empty) => "Empty".to_owned(),
            None => "Value".to_owned(),
            Some(b) if b.is_ascii_digit() => format!("Value{wanted}"),
            Some(_) => wanted,
        };
        claim(&mut taken, &wanted)
    };
    atoms.iter().map(variant).collect()
}

/// `Logical_Router_Port` -> `LogicalRouterPort`, `ACL` -> `Acl`, `DHCPv6_Options` -> `Dhcpv6Options`, `sFlow` -> `SFlow`.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut before = None;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            match before {
                None => out.push(c.to_ascii_uppercase()),
                // of a run of capitals the first stays
                Some(b) if char::is_ascii_uppercase(&b) => out.push(c.to_ascii_lowercase()),
                Some(_) => out.push(c),
            }
            before = Some(c);
        } else {
            before = None;
        }
    }
    out
}

/// A name for a type or variant: `wanted`, or that with the first free number.
fn claim(taken: &mut HashSet<String>, wanted: &str) -> String {
    numbered(taken, wanted, "")
}

/// A name for a module, method or constant: `wanted`, or that with the first free number set off.
fn claim_snake(taken: &mut HashSet<String>, wanted: &str) -> String {
    numbered(taken, wanted, "_")
}

fn numbered(taken: &mut HashSet<String>, wanted: &str, separator: &str) -> String {
    let mut name = wanted.to_owned();
    let mut n = 2;
    while !taken.insert(name.clone()) {
        name = format!("{}{separator}{n}", wanted.trim_end_matches('_'));
        n += 1;
    }
    name
}

/// Lower case, and no two underscores together.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c != '_' || !out.ends_with('_') {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

fn not_keyword(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

fn method(name: &str) -> String {
    if VIEW_METHODS.contains(&name) { format!("{name}_") } else { not_keyword(name) }
}

const KEYWORDS: [&str; 53] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "raw",
];

/// What generated files import or have from the prelude.
const RESERVED_TYPES: [&str; 46] = [
    "Arc",
    "AsMut",
    "AsRef",
    "Atom",
    "AtomType",
    "AtomValue",
    "BTreeMap",
    "Box",
    "Clone",
    "Column",
    "ColumnType",
    "ColumnValue",
    "Copy",
    "DatabaseSchema",
    "Datum",
    "Debug",
    "Default",
    "Deref",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "From",
    "Hash",
    "Into",
    "Iterator",
    "None",
    "Ok",
    "OnceLock",
    "Option",
    "Ord",
    "PartialEq",
    "ReadError",
    "Ref",
    "Result",
    "Self",
    "Some",
    "Source",
    "String",
    "Table",
    "Vec",
    "ColumnSchema",
    "Columns",
    "TableSchema",
    "Uuid",
    "View",
];

/// The folder's own module, and what its `use` items begin with.
const RESERVED_MODULES: [&str; 6] = ["alloc", "check", "core", "ovsdb_proto", "schema", "std"];

/// What a view has already, and what would look like a method of a well-known trait.
const VIEW_METHODS: [&str; 8] = ["as_ref", "borrow", "clone", "deref", "get", "new", "row", "to_string"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn camel_case() {
        let check = |name: &str, expect: &str| assert_eq!(camel(name), expect);
        check("Logical_Router_Port", "LogicalRouterPort");
        check("ACL", "Acl");
        check("QoS", "QoS");
        check("DHCPv6_Options", "Dhcpv6Options");
        check("sFlow", "SFlow");
        check("Open_vSwitch", "OpenVSwitch");
        check("IC_NB_Global", "IcNbGlobal");
        check("allow-related", "AllowRelated");
        check("dnat_and_snat", "DnatAndSnat");
    }

    #[test]
    fn variants_are_distinct_identifiers() {
        let atoms: Vec<Atom> = ["", "+", "5g", "a-b", "a_b", "unknown"].map(Atom::from).into();
        assert_eq!(variants(&atoms), ["Empty", "Value", "Value5g", "AB", "AB2", "Unknown2"]);
        assert_eq!(variants(&[Atom::Integer(-3), Atom::Integer(3)]), ["Minus3", "Value3"]);
    }

    #[test]
    fn names_are_claimed_once() {
        let mut taken = HashSet::from(["Table".to_owned(), "clone".to_owned()]);
        assert_eq!(claim(&mut taken, "Table"), "Table2");
        assert_eq!(claim(&mut taken, "Table"), "Table3");
        assert_eq!(claim_snake(&mut taken, "clone"), "clone_2");
        assert_eq!(claim_snake(&mut taken, "type_"), "type_");
        assert_eq!(claim_snake(&mut taken, "type_"), "type_2");
    }
}
