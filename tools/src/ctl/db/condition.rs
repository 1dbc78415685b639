//! Does a row meet `COLUMN[:KEY]OPERATOR VALUE`, as `find` and `wait-until` ask?

use super::column_argument;
use super::names::DbTable;
use crate::ctl::context::{Context, Halt};
use crate::ctl::error::CtlError;
use ovsdb_proto::op::{self, Function};
use ovsdb_proto::schema::text::{parse_atom, parse_datum};
use ovsdb_proto::schema::{BaseType, ColumnId, ColumnType, Constraint};
use ovsdb_proto::txn::RowId;
use ovsdb_proto::value::{Atom, Datum, Operator, Uuid};

/// A condition, read once the first row comes to it: what is wrong with one that no row comes to goes unnoticed, as in the C tools.
pub(super) struct Condition<'a> {
    text: &'a str,
    test: Option<Test>,
}

struct Test {
    column: ColumnId,
    key: Option<Atom>,
    operator: Operator,
    want: Datum,
}

impl<'a> Condition<'a> {
    pub(super) fn new(text: &'a str) -> Condition<'a> {
        Condition { text, test: None }
    }

    /// Whether `row` meets it.
    ///
    /// # Errors
    /// The text is no condition on columns of `table`; or what a read lacks.
    pub(super) fn holds(
        &mut self,
        cx: &mut Context<'_, '_>,
        table: DbTable<'_>,
        row: RowId,
    ) -> Result<bool, Halt> {
        let test = match self.test.take() {
            Some(test) => test,
            None => {
                let form = Form::read(table, self.text)?;
                let key =
                    form.key.as_ref().map(|(text, base)| cx.atom(text, base, form.type_)).transpose()?;
                let want = cx.datum(form.value, &form.want_type)?;
                Test { column: form.column, key, operator: form.operator, want }
            }
        };
        let test = self.test.insert(test);
        let have = cx.txn.cell(row, test.column)?;
        Ok(match &test.key {
            Some(key) => test.operator.holds_for_key(&have, key, &test.want),
            None => test.operator.holds(&have, &test.want),
        })
    }

    /// The same as a condition of the wire, if there is one that any server answers with just the rows that meet it.
    pub(super) fn on_the_wire(&self, table: DbTable<'_>) -> Wire {
        let Ok(form) = Form::read(table, self.text) else { return Wire::Wrong };
        let mut names_rows = false;
        let mut symbol = |_: &str| {
            names_rows = true;
            Uuid::NIL
        };
        let key = form.key.as_ref().map(|(text, base)| parse_atom(text, base, &mut symbol)).transpose();
        let want = parse_datum(form.value, &form.want_type, &mut symbol);
        let (Ok(key), Ok(want)) = (key, want) else { return Wire::Wrong };
        if names_rows || !matches!(form.operator, Operator::Eq) {
            return Wire::Local;
        }
        let type_ = form.type_;
        let any = is_any(&type_.key) && type_.value.as_ref().is_none_or(is_any);
        match (key, want.scalar()) {
            (None, Some(_)) if any && !type_.is_map() && type_.max == 1 => {
                Wire::Condition(op::Condition::eq(form.column, want))
            }
            (Some(key), Some(value)) if any => Wire::Condition(op::Condition {
                column: form.column,
                function: Function::Includes,
                arg: Datum::map([(key, value.clone())]),
            }),
            _ => Wire::Local,
        }
    }
}

/// Whether all atoms of the type are allowed. A server refuses to test for one that its schema does not allow, and its schema may be older than ours.
fn is_any(base: &BaseType) -> bool {
    base.allowed.is_none() && base.constraint == Constraint::None
}

/// What a condition is to the server.
pub(super) enum Wire {
    /// This.
    Condition(op::Condition),
    /// Nothing that it can test.
    Local,
    /// Not even a condition: which is an error if a row comes to it.
    Wrong,
}

/// A condition taken apart.
struct Form<'a> {
    column: ColumnId,
    type_: &'a ColumnType,
    key: Option<(String, BaseType)>,
    operator: Operator,
    value: &'a str,
    want_type: ColumnType,
}

impl<'a> Form<'a> {
    fn read(table: DbTable<'a>, text: &'a str) -> Result<Form<'a>, CtlError> {
        let (column, argument) = column_argument(table, text)?;
        let schema = table.column_schema(column)?;
        let tail = argument.tail(Operator::ALL).map_err(|e| CtlError::command(e.to_string()))?;
        let type_ = &schema.type_;
        let (key, want_type) = match (tail.key, &type_.value) {
            (None, _) => (None, type_.clone()),
            (Some(_), None) => {
                let text = format!("cannot specify key to check for non-map column {}", schema.name);
                return Err(CtlError::command(text));
            }
            (Some(key), Some(value)) => {
                let values = ColumnType { key: value.clone(), value: None, min: type_.min, max: u32::MAX };
                (Some((key, type_.key.clone())), values)
            }
        };
        Ok(Form { column, type_, key, operator: tail.operator, value: tail.value, want_type })
    }
}
