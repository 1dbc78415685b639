//! How a column becomes a Rust value: typed tables, columns, references and views.

mod convert;
mod query;

pub use convert::{AtomValue, ColumnValue, ValueError};
pub use query::{Missing, Query, ReadError};

use crate::value::{Atom, Datum, Uuid};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// A table known when the program is compiled; generated code implements it on one marker type a table.
pub trait Table: Copy + 'static {
    /// The table's name in the schema, such as `Logical_Switch_Port`.
    const NAME: &'static str;
}

/// A column known when the program is compiled: of table `T`, holding a `V`.
pub struct Column<T, V> {
    name: &'static str,
    marker: PhantomData<fn() -> (T, V)>,
}

impl<T: Table, V: ColumnValue> Column<T, V> {
    /// The column called `name` in the schema.
    pub const fn new(name: &'static str) -> Column<T, V> {
        Column { name, marker: PhantomData }
    }

    /// The column's name in the schema.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T: Table, V: ColumnValue> Column<T, V> {
    /// The column without the type of its value, for lists of columns to read.
    pub const fn any(self) -> AnyColumn<T> {
        AnyColumn { name: self.name, marker: PhantomData }
    }
}

/// A column of table `T`, whatever it holds.
pub struct AnyColumn<T> {
    name: &'static str,
    marker: PhantomData<fn() -> T>,
}

impl<T> AnyColumn<T> {
    /// The column `_version`, which changes with every change to its row (RFC 7047 section 3.2).
    pub const VERSION: AnyColumn<T> = AnyColumn { name: "_version", marker: PhantomData };

    /// The column's name in the schema.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T> Clone for AnyColumn<T> {
    fn clone(&self) -> AnyColumn<T> {
        *self
    }
}

impl<T> Copy for AnyColumn<T> {}

impl<T, V> Clone for Column<T, V> {
    fn clone(&self) -> Column<T, V> {
        *self
    }
}

impl<T, V> Copy for Column<T, V> {}

impl<T: Table, V> fmt::Debug for Column<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", T::NAME, self.name)
    }
}

/// The identity of a row of table `T`.
pub struct Ref<T> {
    uuid: Uuid,
    marker: PhantomData<fn() -> T>,
}

impl<T: Table> Ref<T> {
    /// The row of table `T` with this UUID; whether there is one, only reading tells.
    pub const fn new(uuid: Uuid) -> Ref<T> {
        Ref { uuid, marker: PhantomData }
    }

    /// The row's UUID.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Ref<T> {
        *self
    }
}

impl<T> Copy for Ref<T> {}

impl<T> PartialEq for Ref<T> {
    fn eq(&self, other: &Ref<T>) -> bool {
        self.uuid == other.uuid
    }
}

impl<T> Eq for Ref<T> {}

impl<T> PartialOrd for Ref<T> {
    fn partial_cmp(&self, other: &Ref<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Ref<T> {
    fn cmp(&self, other: &Ref<T>) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<T> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<T: Table> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", T::NAME, self.uuid)
    }
}

impl<T: Table> AtomValue for Ref<T> {
    const TYPE: crate::value::AtomType = crate::value::AtomType::Uuid;

    fn from_atom(atom: &Atom) -> Option<Ref<T>> {
        atom.as_uuid().map(Ref::new)
    }

    fn to_atom(&self) -> Atom {
        Atom::Uuid(self.uuid)
    }
}

/// Where rows are read: a snapshot, or a transaction with its edits on top.
pub trait Source {
    /// The value of one column of one row; a column that the server's schema lacks reads as its default.
    ///
    /// # Errors
    /// The row or column is not known here ([`ReadError::Missing`]), or there is no such row, table or column.
    fn read(&self, table: &'static str, row: Uuid, column: &'static str)
    -> Result<Cow<'_, Datum>, ReadError>;
}

/// One row of table `T`, read column by column.
pub struct View<'a, T> {
    source: &'a dyn Source,
    row: Ref<T>,
}

impl<'a, T: Table> View<'a, T> {
    /// The row as `source` has it.
    pub fn new(source: &'a dyn Source, row: Ref<T>) -> View<'a, T> {
        View { source, row }
    }

    /// Which row this is.
    pub fn row(&self) -> Ref<T> {
        self.row
    }

    /// The value of a column.
    ///
    /// # Errors
    /// As [`Source::read`]; and [`ReadError::Value`] if the value does not fit the column's Rust type.
    pub fn get<V: ColumnValue>(&self, column: Column<T, V>) -> Result<V, ReadError> {
        let datum = self.source.read(T::NAME, self.row.uuid, column.name)?;
        V::from_datum(&datum).map_err(|_| ReadError::Value { table: T::NAME, column: column.name })
    }
}
