//! Which rows an operation is about (RFC 7047 section 5.1, `<condition>`).

use crate::json::{Reader, Writer};
use crate::op::OpReadError;
use crate::schema::{ColumnId, ColumnType, TableSchema, read_datum};
use crate::value::{AtomType, Datum, Uuid, write_datum};
use std::cmp::Ordering;
use std::fmt;

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>=`
    Ge,
    /// `>`
    Gt,
    /// `includes`
    Includes,
    /// `excludes`
    Excludes,
}

impl Function {
    const ALL: [Function; 8] = [
        Function::Lt,
        Function::Le,
        Function::Eq,
        Function::Ne,
        Function::Ge,
        Function::Gt,
        Function::Includes,
        Function::Excludes,
    ];

    /// The name on the wire (RFC 7047 section 5.1, `<function>`).
    pub const fn name(self) -> &'static str {
        match self {
            Function::Lt => "<",
            Function::Le => "<=",
            Function::Eq => "==",
            Function::Ne => "!=",
            Function::Ge => ">=",
            Function::Gt => ">",
            Function::Includes => "includes",
            Function::Excludes => "excludes",
        }
    }

    /// The function that the wire calls `name`.
    pub fn from_name(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|f| f.name() == name)
    }

    /// Whether it asks for an order, and so is for columns of one number, or of one or none, only.
    pub const fn is_order(self) -> bool {
        matches!(self, Function::Lt | Function::Le | Function::Ge | Function::Gt)
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A test of one column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    /// The column tested.
    pub column: ColumnId,
    /// How it is compared.
    pub function: Function,
    /// What it is compared with.
    pub arg: Datum,
}

impl Condition {
    /// `column == value`.
    pub const fn eq(column: ColumnId, value: Datum) -> Condition {
        Condition { column, function: Function::Eq, arg: value }
    }

    /// `column != value`. Not called `ne`, which is what `==` between conditions is made of.
    pub const fn differs(column: ColumnId, value: Datum) -> Condition {
        Condition { column, function: Function::Ne, arg: value }
    }

    /// `_uuid == uuid`.
    pub fn uuid(uuid: Uuid) -> Condition {
        Condition::eq(ColumnId::UUID, Datum::one(uuid))
    }

    /// Whether a column of this type that holds `value` meets the condition (RFC 7047 section 5.1).
    ///
    /// An optional column is a set of at most one for `==`, `!=`, `includes` and `excludes`. An order is false for a column without
    /// a value and for a column whose type has none (ovsdb-server refuses to test that; see [`Condition::read`]).
    pub fn matches(&self, value: &Datum, type_: &ColumnType) -> bool {
        match self.function {
            Function::Eq => *value == self.arg,
            Function::Ne => *value != self.arg,
            Function::Includes => value.includes(&self.arg),
            Function::Excludes => value.excludes(&self.arg),
            Function::Lt => order_of(value, &self.arg, type_) == Some(Ordering::Less),
            Function::Gt => order_of(value, &self.arg, type_) == Some(Ordering::Greater),
            Function::Le => order_of(value, &self.arg, type_).is_some_and(Ordering::is_le),
            Function::Ge => order_of(value, &self.arg, type_).is_some_and(Ordering::is_ge),
        }
    }

    /// Writes `[column, function, value]`; `named` tells which rows the transaction knows by name.
    pub fn write(&self, w: &mut Writer<'_>, table: &TableSchema, named: &dyn Fn(Uuid) -> bool) {
        w.begin_array();
        w.string(table.column(self.column).map_or("", |c| &c.name));
        w.string(self.function.name());
        write_datum(w, &self.arg, named);
        w.end_array();
    }

    /// Reads `[column, function, value]`, with the checks of ovsdb-server.
    ///
    /// # Errors
    /// The JSON has another form, column or function are unknown, the column has no order, or the value does not fit the column.
    pub fn read(
        r: &mut Reader<'_>,
        table: &TableSchema,
        named: &mut dyn FnMut(&str) -> Option<Uuid>,
    ) -> Result<Condition, OpReadError> {
        let offset = r.offset();
        r.begin_array()?;
        let (column, schema) = super::read_column(r, table)?;
        if !r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        let offset_function = r.offset();
        let function =
            Function::from_name(&r.string()?).ok_or(OpReadError::Function { offset: offset_function })?;
        let type_ = &schema.type_;
        if function.is_order() && !has_order(type_) {
            return Err(OpReadError::TypeMismatch { column, offset });
        }
        if !r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        let arg = read_datum(r, type_, named)?;
        check_count(&arg, type_, function).map_err(|()| OpReadError::Count {
            column,
            count: arg.len(),
            offset,
        })?;
        if r.next_element()? {
            return Err(OpReadError::Form { offset });
        }
        Ok(Condition { column, function, arg })
    }
}

pub(super) fn has_order(type_: &ColumnType) -> bool {
    (type_.is_scalar() || type_.is_optional()) && matches!(type_.key.atom, AtomType::Integer | AtomType::Real)
}

fn order_of(value: &Datum, arg: &Datum, type_: &ColumnType) -> Option<Ordering> {
    if has_order(type_) { Some(value.scalar()?.cmp(arg.scalar()?)) } else { None }
}

fn check_count(arg: &Datum, type_: &ColumnType, function: Function) -> Result<(), ()> {
    // ovsdb-server relaxes the bounds of the column where a part of its value is asked for
    let (min, max) = match function {
        _ if type_.is_scalar() || function.is_order() => (1, 1),
        Function::Excludes => (0, u32::MAX),
        Function::Includes => (0, type_.max),
        _ => (type_.min, type_.max),
    };
    let count = u32::try_from(arg.len()).unwrap_or(u32::MAX);
    if (min..=max).contains(&count) { Ok(()) } else { Err(()) }
}

/// One element of the condition of a monitor (ovsdb-server(7), `monitor_cond`): a row is monitored if any of the clauses holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clause {
    /// Every row.
    True,
    /// No row.
    False,
    /// The rows that meet the condition.
    Condition(Condition),
}

impl Clause {
    /// Whether a row meets the clause; `column` answers with a column's value and type, or `None` if the row lacks it.
    pub fn matches<'a>(&self, column: impl Fn(ColumnId) -> Option<(&'a Datum, &'a ColumnType)>) -> bool {
        match self {
            Clause::True => true,
            Clause::False => false,
            Clause::Condition(c) => column(c.column).is_some_and(|(value, type_)| c.matches(value, type_)),
        }
    }

    /// Writes `true`, `false` or `[column, function, value]`.
    pub fn write(&self, w: &mut Writer<'_>, table: &TableSchema) {
        match self {
            Clause::True => w.boolean(true),
            Clause::False => w.boolean(false),
            Clause::Condition(c) => c.write(w, table, &|_| false),
        }
    }

    /// Reads `true`, `false` or `[column, function, value]`.
    ///
    /// # Errors
    /// As [`Condition::read`].
    pub fn read(r: &mut Reader<'_>, table: &TableSchema) -> Result<Clause, OpReadError> {
        if r.peek()? == crate::json::Kind::Boolean {
            return Ok(if r.boolean()? { Clause::True } else { Clause::False });
        }
        Condition::read(r, table, &mut |_| None).map(Clause::Condition)
    }
}
