//! What a database may hold: tables, columns, types and their constraints (RFC 7047 section 3.2).

mod check;
mod column_set;
mod column_type;
mod error;
mod parse;
pub mod text;
mod wire;
mod write;

pub use check::{ConstraintError, Shape};
pub use column_set::ColumnSet;
pub use column_type::{BaseType, ColumnType, Constraint, RefKind, Reference};
pub use error::{SchemaError, SchemaErrorKind};
pub use wire::{pack_datum, read_datum, read_datum_or_keys};

use crate::value::{Datum, DatumView, Packed};

/// Which table of a database: its place in [`DatabaseSchema::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

/// Which column of a table: its place in [`TableSchema::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u16);

impl ColumnId {
    /// `_uuid`, the first column of every table.
    pub const UUID: ColumnId = ColumnId(0);
    /// `_version`, the second column of every table.
    pub const VERSION: ColumnId = ColumnId(1);
}

/// A database schema. Tables are sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub struct DatabaseSchema {
    /// The database's name, such as `OVN_Northbound`.
    pub name: Box<str>,
    /// Its version, `x.y.z`.
    pub version: Box<str>,
    /// The checksum that the file carries, if any; not interpreted.
    pub cksum: Option<Box<str>>,
    tables: Vec<TableSchema>,
}

/// A table. Columns: `_uuid`, `_version`, then those of the schema sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSchema {
    /// The table's name, such as `Logical_Switch_Port`.
    pub name: Box<str>,
    /// How many rows it may have; no bound if `None`.
    pub max_rows: Option<u32>,
    /// Whether rows live without a strong reference to them.
    pub is_root: bool,
    /// Sets of columns whose values together are unique among the rows.
    pub indexes: Vec<Vec<ColumnId>>,
    columns: Vec<ColumnSchema>,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSchema {
    /// The column's name, such as `ports`.
    pub name: Box<str>,
    /// What it holds.
    pub type_: ColumnType,
    /// What it holds when nothing was written.
    pub default: Datum,
    /// Whether the value may be lost when the server stops.
    pub ephemeral: bool,
    /// Whether it may change after the row's insertion.
    pub mutable: bool,
    // `default`, packed
    packed_default: Packed,
}

impl DatabaseSchema {
    /// A schema of these tables, which it sorts by name.
    pub fn new(
        name: &str,
        version: &str,
        cksum: Option<&str>,
        mut tables: Vec<TableSchema>,
    ) -> DatabaseSchema {
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        DatabaseSchema { name: name.into(), version: version.into(), cksum: cksum.map(Into::into), tables }
    }

    /// The tables, sorted by name.
    pub fn tables(&self) -> &[TableSchema] {
        &self.tables
    }

    /// The table called exactly `name`.
    pub fn table_id(&self, name: &str) -> Option<TableId> {
        let i = self.tables.binary_search_by(|t| (*t.name).cmp(name)).ok()?;
        u16::try_from(i).ok().map(TableId)
    }

    /// The table at `id`.
    pub fn table(&self, id: TableId) -> Option<&TableSchema> {
        self.tables.get(usize::from(id.0))
    }
}

impl TableSchema {
    /// A table of these columns, to which it adds `_uuid` and `_version`, and which it sorts by name.
    pub fn new(
        name: &str,
        mut columns: Vec<ColumnSchema>,
        max_rows: Option<u32>,
        is_root: bool,
    ) -> TableSchema {
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        let all = ["_uuid", "_version"].map(ColumnSchema::identity).into_iter().chain(columns).collect();
        TableSchema { name: name.into(), max_rows, is_root, indexes: Vec::new(), columns: all }
    }

    /// All columns, `_uuid` and `_version` first.
    pub fn columns(&self) -> &[ColumnSchema] {
        &self.columns
    }

    /// The column called exactly `name`.
    pub fn column_id(&self, name: &str) -> Option<ColumnId> {
        match name {
            "_uuid" => return Some(ColumnId::UUID),
            "_version" => return Some(ColumnId::VERSION),
            _ => {}
        }
        let own = self.columns.get(2..)?;
        let i = own.binary_search_by(|c| (*c.name).cmp(name)).ok()?;
        u16::try_from(i + 2).ok().map(ColumnId)
    }

    /// The column at `id`.
    pub fn column(&self, id: ColumnId) -> Option<&ColumnSchema> {
        self.columns.get(usize::from(id.0))
    }

    /// Whether the schema makes values of this one column unique.
    pub fn is_unique(&self, column: ColumnId) -> bool {
        column == ColumnId::UUID || self.indexes.iter().any(|i| i.as_slice() == [column])
    }

    /// Every column of the schema, without `_uuid` and `_version`.
    pub fn own_columns(&self) -> ColumnSet {
        (2..self.columns.len()).filter_map(|i| u16::try_from(i).ok()).map(ColumnId).collect()
    }
}

impl ColumnSchema {
    /// A mutable, persistent column of this type.
    pub fn new(name: &str, type_: ColumnType) -> ColumnSchema {
        let default = type_.default_datum();
        let packed_default = Packed::new(&default);
        ColumnSchema { name: name.into(), type_, default, ephemeral: false, mutable: true, packed_default }
    }

    /// What the column holds when nothing was written, packed.
    pub fn packed_default(&self) -> DatumView<'_> {
        self.packed_default.view()
    }

    fn identity(name: &str) -> ColumnSchema {
        ColumnSchema {
            mutable: false,
            ..ColumnSchema::new(name, ColumnType::scalar(crate::value::AtomType::Uuid))
        }
    }
}
