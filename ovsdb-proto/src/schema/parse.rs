//! How a schema is read from JSON, and which constraints it must meet (RFC 7047 section 3.2).

use super::{
    BaseType, ColumnId, ColumnSchema, ColumnType, Constraint, DatabaseSchema, RefKind, Reference,
    SchemaError, SchemaErrorKind as Kind, TableSchema, read_datum,
};
use crate::json::{JsonError, Kind as Json, Number, Reader};
use crate::limits::{COLUMNS_MAX, TABLES_MAX};
use crate::value::{Atom, AtomType};
use std::borrow::Cow;

impl DatabaseSchema {
    /// Reads a schema that a server answered to `get_schema`, or a file. Members that RFC 7047 does not know are skipped, so that
    /// a newer server breaks nothing.
    ///
    /// # Errors
    /// It is not JSON, or breaks a rule of RFC 7047 section 3.2; the error names table and column.
    pub fn parse(json: &str) -> Result<DatabaseSchema, SchemaError> {
        Parser { r: Reader::new(json.as_bytes()), strict: false }.database()
    }

    /// Reads a schema as ovsdb-server does: members that RFC 7047 does not know are errors.
    ///
    /// # Errors
    /// As [`DatabaseSchema::parse`].
    pub fn parse_strict(json: &str) -> Result<DatabaseSchema, SchemaError> {
        Parser { r: Reader::new(json.as_bytes()), strict: true }.database()
    }
}

struct Parser<'a> {
    r: Reader<'a>,
    strict: bool,
}

/// Members whose meaning depends on the type beside them.
#[derive(Default)]
struct Bounds<'a> {
    integers: [Option<i64>; 2],
    reals: [Option<f64>; 2],
    lengths: [Option<u32>; 2],
    table: Option<Cow<'a, str>>,
    kind: Option<RefKind>,
}

impl From<JsonError> for Kind {
    fn from(error: JsonError) -> Kind {
        Kind::Json(error.offset)
    }
}

impl<'a> Parser<'a> {
    fn database(mut self) -> Result<DatabaseSchema, SchemaError> {
        let (mut name, mut version, mut cksum, mut tables) = (None, None, None, None);
        self.object("schema")?;
        while let Some(key) = self.key()? {
            match &*key {
                "name" => once(&mut name, "name", self.identifier("name")?)?,
                "version" => once(&mut version, "version", self.version()?)?,
                "cksum" => once(&mut cksum, "cksum", self.string("cksum")?)?,
                "tables" => {
                    let all = self.tables()?;
                    once(&mut tables, "tables", all)?;
                }
                _ => self.unknown(&key)?,
            }
        }
        self.r.end().map_err(Kind::from)?;
        let name = name.ok_or(Kind::Missing("name"))?;
        let tables = tables.ok_or(Kind::Missing("tables"))?;
        // ovsdb-server takes a schema without version, which RFC 7047 does not allow
        let mut schema =
            DatabaseSchema::new(&name, version.as_deref().unwrap_or(""), cksum.as_deref(), tables);
        finish(&mut schema.tables)?;
        Ok(schema)
    }

    fn tables(&mut self) -> Result<Vec<TableSchema>, SchemaError> {
        let mut tables = Vec::new();
        self.object("tables")?;
        while let Some(name) = self.key()? {
            if tables.len() == TABLES_MAX {
                return Err(Kind::TooMany(TABLES_MAX).into());
            }
            tables.push(self.table(&name).map_err(|e| e.at(&name, None))?);
        }
        Ok(tables)
    }

    fn table(&mut self, name: &str) -> Result<TableSchema, SchemaError> {
        own_name(name)?;
        let (mut columns, mut indexes, mut max_rows, mut is_root) = (None, None, None, None);
        self.object("tables")?;
        while let Some(key) = self.key()? {
            match &*key {
                "columns" => {
                    let all = self.columns(name)?;
                    once(&mut columns, "columns", all)?;
                }
                // an index may stand before the columns that it names
                "indexes" => once(&mut indexes, "indexes", self.r.check().map_err(Kind::from)?)?,
                "maxRows" => once(&mut max_rows, "maxRows", self.max_rows()?)?,
                "isRoot" => once(&mut is_root, "isRoot", self.boolean("isRoot")?)?,
                _ => self.unknown(&key)?,
            }
        }
        let columns = columns.ok_or(Kind::Missing("columns"))?;
        let mut table = TableSchema::new(name, columns, max_rows.flatten(), is_root.unwrap_or(false));
        if let Some([a, _]) = table.columns.array_windows().find(|[a, b]| a.name == b.name) {
            return Err(Kind::Name(a.name.clone()).into());
        }
        if let Some(text) = indexes {
            table.indexes =
                Parser { r: Reader::new(text.as_bytes()), strict: self.strict }.indexes(&table)?;
        }
        Ok(table)
    }

    /// The most rows; `None` from 4294967295 on, which Open vSwitch stores for "no limit".
    fn max_rows(&mut self) -> Result<Option<u32>, Kind> {
        match self.integer("maxRows")? {
            ..1 => Err(invalid("maxRows", "an integer of at least 1")),
            n => Ok(u32::try_from(n).ok().filter(|n| *n < u32::MAX)),
        }
    }

    fn indexes(&mut self, table: &TableSchema) -> Result<Vec<Vec<ColumnId>>, Kind> {
        const EXPECTED: &str = "an array of arrays of column names";
        let mut indexes = Vec::new();
        self.array("indexes", EXPECTED)?;
        while self.r.next_element()? {
            let mut columns = Vec::new();
            self.array("indexes", EXPECTED)?;
            while self.r.next_element()? {
                self.expect(Json::String, "indexes", EXPECTED)?;
                let name = self.r.string()?;
                let id = table.column_id(&name).filter(|id| {
                    let stored = table.column(*id).is_some_and(|c| !c.ephemeral);
                    stored && id.0 > ColumnId::VERSION.0 && !columns.contains(id)
                });
                columns.push(id.ok_or_else(|| Kind::Index(name.into()))?);
            }
            if columns.is_empty() {
                return Err(Kind::NoColumns);
            }
            indexes.push(columns);
        }
        Ok(indexes)
    }

    fn columns(&mut self, table: &str) -> Result<Vec<ColumnSchema>, SchemaError> {
        let mut columns = Vec::new();
        self.object("columns")?;
        while let Some(name) = self.key()? {
            if columns.len() + 2 == COLUMNS_MAX {
                return Err(Kind::TooMany(COLUMNS_MAX).into());
            }
            let column = self.column(&name);
            columns.push(column.map_err(|k| SchemaError::from(k).at(table, Some(&name)))?);
        }
        if columns.is_empty() { Err(Kind::NoColumns.into()) } else { Ok(columns) }
    }

    fn column(&mut self, name: &str) -> Result<ColumnSchema, Kind> {
        own_name(name)?;
        let (mut type_, mut ephemeral, mut mutable) = (None, None, None);
        self.object("columns")?;
        while let Some(key) = self.key()? {
            match &*key {
                "type" => once(&mut type_, "type", self.column_type()?)?,
                "ephemeral" => once(&mut ephemeral, "ephemeral", self.boolean("ephemeral")?)?,
                "mutable" => once(&mut mutable, "mutable", self.boolean("mutable")?)?,
                _ => self.unknown(&key)?,
            }
        }
        let type_ = type_.ok_or(Kind::Missing("type"))?;
        Ok(ColumnSchema {
            ephemeral: ephemeral.unwrap_or(false),
            // the server itself must be able to remove a weak reference
            mutable: mutable.unwrap_or(true) || type_.has_weak_reference(),
            ..ColumnSchema::new(name, type_)
        })
    }

    fn column_type(&mut self) -> Result<ColumnType, Kind> {
        if self.r.peek()? != Json::Object {
            return Ok(ColumnType::scalar(self.atom_type("type")?));
        }
        let (mut key_type, mut value, mut min, mut max) = (None, None, None, None);
        self.object("type")?;
        while let Some(key) = self.key()? {
            match &*key {
                "key" => once(&mut key_type, "key", self.base_type("key")?)?,
                "value" => once(&mut value, "value", self.base_type("value")?)?,
                "min" => {
                    let n = self.unsigned("min", 0, "0 or 1")?;
                    once(&mut min, "min", if n > 1 { return Err(invalid("min", "0 or 1")) } else { n })?;
                }
                "max" => once(&mut max, "max", self.max()?)?,
                _ => self.unknown(&key)?,
            }
        }
        let key = key_type.ok_or(Kind::Missing("key"))?;
        Ok(ColumnType { key, value, min: min.unwrap_or(1), max: max.unwrap_or(1) })
    }

    fn max(&mut self) -> Result<u32, Kind> {
        const EXPECTED: &str = "an integer from 1 to 4294967294 or \"unlimited\"";
        if self.r.peek()? != Json::String {
            let max = self.unsigned("max", 1, EXPECTED)?;
            return if max == u32::MAX { Err(invalid("max", EXPECTED)) } else { Ok(max) };
        }
        if self.r.string()? == "unlimited" { Ok(u32::MAX) } else { Err(invalid("max", EXPECTED)) }
    }

    fn base_type(&mut self, member: &'static str) -> Result<BaseType, Kind> {
        if self.r.peek()? != Json::Object {
            return Ok(BaseType::any(self.atom_type(member)?));
        }
        let (mut atom, mut list) = (None, None);
        let mut bounds = Bounds::default();
        self.object(member)?;
        while let Some(key) = self.key()? {
            match &*key {
                "type" => once(&mut atom, "type", self.atom_type("type")?)?,
                // the values can only be read when their type is known
                "enum" => once(&mut list, "enum", self.r.check()?)?,
                _ => {
                    if !self.bound(&key, &mut bounds)? {
                        self.unknown(&key)?;
                    }
                }
            }
        }
        let atom = atom.ok_or(Kind::Missing("type"))?;
        let mut base = BaseType::any(atom);
        if let Some(list) = list {
            base.allowed = Some(allowed(list, atom)?);
        } else {
            match atom {
                AtomType::Integer => base.constraint = bounds.integers()?,
                AtomType::Real => base.constraint = bounds.reals()?,
                AtomType::String => base.constraint = bounds.lengths()?,
                AtomType::Uuid => base.reference = bounds.reference()?,
                AtomType::Boolean => {}
            }
        }
        bounds.none_left()?;
        Ok(base)
    }

    /// Reads a member that bounds or refers; answers whether it was one.
    fn bound(&mut self, key: &str, bounds: &mut Bounds<'a>) -> Result<bool, Kind> {
        const LENGTH: &str = "an integer from 0 to 4294967295";
        let Bounds { integers: [min, max], reals: [low, high], lengths: [short, long], table, kind } = bounds;
        match key {
            "minInteger" => once(min, "minInteger", self.integer("minInteger")?)?,
            "maxInteger" => once(max, "maxInteger", self.integer("maxInteger")?)?,
            "minReal" => once(low, "minReal", self.real("minReal")?)?,
            "maxReal" => once(high, "maxReal", self.real("maxReal")?)?,
            "minLength" => once(short, "minLength", self.unsigned("minLength", 0, LENGTH)?)?,
            "maxLength" => once(long, "maxLength", self.unsigned("maxLength", 0, LENGTH)?)?,
            "refTable" => once(table, "refTable", self.identifier("refTable")?)?,
            "refType" => {
                let named = match &*self.string("refType")? {
                    "strong" => RefKind::Strong,
                    "weak" => RefKind::Weak,
                    _ => return Err(invalid("refType", "\"strong\" or \"weak\"")),
                };
                once(kind, "refType", named)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn atom_type(&mut self, member: &'static str) -> Result<AtomType, Kind> {
        const EXPECTED: &str = "the name of an atomic type";
        self.expect(Json::String, member, EXPECTED)?;
        AtomType::from_name(&self.r.string()?).ok_or(invalid(member, EXPECTED))
    }

    fn version(&mut self) -> Result<Cow<'a, str>, Kind> {
        let version = self.string("version")?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match version.split('.').filter(|part| digits(part)).count() == 3 && version.split('.').count() == 3 {
            true => Ok(version),
            false => Err(invalid("version", "of the form x.y.z")),
        }
    }

    fn identifier(&mut self, member: &'static str) -> Result<Cow<'a, str>, Kind> {
        let name = self.string(member)?;
        if is_identifier(&name) { Ok(name) } else { Err(invalid(member, "an identifier")) }
    }

    fn string(&mut self, member: &'static str) -> Result<Cow<'a, str>, Kind> {
        self.expect(Json::String, member, "a string")?;
        Ok(self.r.string()?)
    }

    fn boolean(&mut self, member: &'static str) -> Result<bool, Kind> {
        self.expect(Json::Boolean, member, "true or false")?;
        Ok(self.r.boolean()?)
    }

    fn integer(&mut self, member: &'static str) -> Result<i64, Kind> {
        const EXPECTED: &str = "an integer of 64 bits";
        self.expect(Json::Number, member, EXPECTED)?;
        if let Number::Integer(n) = self.r.number()? { Ok(n) } else { Err(invalid(member, EXPECTED)) }
    }

    fn real(&mut self, member: &'static str) -> Result<f64, Kind> {
        self.expect(Json::Number, member, "a number")?;
        Ok(self.r.number()?.as_real())
    }

    fn unsigned(&mut self, member: &'static str, min: u32, expected: &'static str) -> Result<u32, Kind> {
        self.expect(Json::Number, member, expected)?;
        let Number::Integer(n) = self.r.number()? else { return Err(invalid(member, expected)) };
        u32::try_from(n).ok().filter(|n| *n >= min).ok_or(invalid(member, expected))
    }

    fn object(&mut self, member: &'static str) -> Result<(), Kind> {
        self.expect(Json::Object, member, "an object")?;
        Ok(self.r.begin_object()?)
    }

    fn array(&mut self, member: &'static str, expected: &'static str) -> Result<(), Kind> {
        self.expect(Json::Array, member, expected)?;
        Ok(self.r.begin_array()?)
    }

    fn expect(&mut self, kind: Json, member: &'static str, expected: &'static str) -> Result<(), Kind> {
        if self.r.peek()? == kind { Ok(()) } else { Err(invalid(member, expected)) }
    }

    fn key(&mut self) -> Result<Option<Cow<'a, str>>, Kind> {
        Ok(self.r.next_key()?)
    }

    fn unknown(&mut self, key: &str) -> Result<(), Kind> {
        if self.strict {
            return Err(Kind::Unexpected(key.into()));
        }
        self.r.check()?;
        Ok(())
    }
}

impl Bounds<'_> {
    fn integers(&mut self) -> Result<Constraint, Kind> {
        match std::mem::take(&mut self.integers) {
            [Some(min), Some(max)] if min > max => Err(Kind::Range("minInteger", "maxInteger")),
            [min, max] => {
                Ok(Constraint::Integer(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX)).normalized())
            }
        }
    }

    fn reals(&mut self) -> Result<Constraint, Kind> {
        match std::mem::take(&mut self.reals) {
            [Some(min), Some(max)] if min > max => Err(Kind::Range("minReal", "maxReal")),
            [min, max] => Ok(Constraint::Real(min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX)).normalized()),
        }
    }

    fn lengths(&mut self) -> Result<Constraint, Kind> {
        match std::mem::take(&mut self.lengths) {
            [Some(min), Some(max)] if min > max => Err(Kind::Range("minLength", "maxLength")),
            [min, max] => Ok(Constraint::Length(min.unwrap_or(0), max.unwrap_or(u32::MAX)).normalized()),
        }
    }

    fn reference(&mut self) -> Result<Option<Reference>, Kind> {
        let Some(table) = self.table.take() else { return Ok(None) };
        let kind = self.kind.take().unwrap_or(RefKind::Strong);
        Ok(Some(Reference { table: table.into(), kind }))
    }

    /// A bound that does not apply to the type, or stands beside an enum, is an error in ovsdb-server too.
    fn none_left(&self) -> Result<(), Kind> {
        let [min, max] = self.integers.map(|n| n.is_some());
        let [low, high] = self.reals.map(|n| n.is_some());
        let [short, long] = self.lengths.map(|n| n.is_some());
        let left = [
            (min, "minInteger"),
            (max, "maxInteger"),
            (low, "minReal"),
            (high, "maxReal"),
            (short, "minLength"),
            (long, "maxLength"),
            (self.table.is_some(), "refTable"),
            (self.kind.is_some(), "refType"),
        ];
        match left.into_iter().find(|(there, _)| *there) {
            Some((_, name)) => Err(Kind::Unexpected(name.into())),
            None => Ok(()),
        }
    }
}

/// The values of an enum: one, or `["set", [...]]`.
fn allowed(list: &str, atom: AtomType) -> Result<Box<[Atom]>, Kind> {
    let any = ColumnType { key: BaseType::any(atom), value: None, min: 1, max: u32::MAX };
    let datum = read_datum(&mut Reader::new(list.as_bytes()), &any, &mut |_| None);
    match datum {
        Ok(datum) if !datum.is_empty() => Ok(datum.atoms().into()),
        _ => Err(invalid("enum", "a value or set of values of its type")),
    }
}

fn once<T>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), Kind> {
    if slot.replace(value).is_some() { Err(Kind::Unexpected(name.into())) } else { Ok(()) }
}

fn invalid(member: &'static str, expected: &'static str) -> Kind {
    Kind::Invalid { member, expected }
}

fn is_identifier(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn own_name(name: &str) -> Result<(), Kind> {
    if is_identifier(name) && !name.starts_with('_') { Ok(()) } else { Err(Kind::Name(name.into())) }
}

/// What must hold between tables, which are sorted: names are unique, references point to tables, and a schema from before `isRoot`
/// has only root tables.
fn finish(tables: &mut [TableSchema]) -> Result<(), SchemaError> {
    if let Some([a, _]) = tables.array_windows().find(|[a, b]| a.name == b.name) {
        return Err(Kind::Name(a.name.clone()).into());
    }
    if tables.iter().all(|t| !t.is_root) {
        tables.iter_mut().for_each(|t| t.is_root = true);
    }
    let mut stored = Vec::new();
    for (t, table) in tables.iter().enumerate() {
        for (c, column) in table.columns.iter().enumerate() {
            let bases = [Some(&column.type_.key), column.type_.value.as_ref()];
            for reference in bases.into_iter().flatten().filter_map(|base| base.reference.as_ref()) {
                let found = tables.binary_search_by(|t| t.name.cmp(&reference.table));
                let Some(target) = found.ok().and_then(|i| tables.get(i)) else {
                    let error = SchemaError::from(Kind::UndefinedTable(reference.table.clone()));
                    return Err(error.at(&table.name, Some(&column.name)));
                };
                // a row that only this column keeps alive would vanish from the log with it, so ovsdb-server stores the column
                if column.ephemeral && reference.kind == RefKind::Strong && !target.is_root {
                    stored.push((t, c));
                }
            }
        }
    }
    for (t, c) in stored {
        if let Some(column) = tables.get_mut(t).and_then(|t| t.columns.get_mut(c)) {
            column.ephemeral = false;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
