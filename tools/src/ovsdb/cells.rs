//! How does a value become the cell of a table?

use super::canonical;
use crate::ctl::table::CellForm;
use ovsdb_proto::json::{JsonError, Reader, Writer};
use ovsdb_proto::schema::{ColumnType, read_datum};
use ovsdb_proto::value::{Datum, Format, print_datum};

/// Appends a value that was read.
pub fn print(cell: &mut String, datum: &Datum, type_: &ColumnType, form: CellForm) {
    let format = match form {
        CellForm::String => Format::String,
        CellForm::Bare => Format::Bare,
        CellForm::Json => Format::Json,
    };
    print_datum(cell, datum, type_.max, format);
}

/// Appends a value as it came. What does not fit the column's type is printed as JSON, and so is everything where JSON is asked for.
///
/// # Errors
/// It is not well-formed JSON.
pub fn print_raw(cell: &mut String, raw: &[u8], type_: &ColumnType, form: CellForm) -> Result<(), JsonError> {
    if form != CellForm::Json
        && let Ok(datum) = read_datum(&mut Reader::new(raw), type_, &mut |_| None)
        && fits(&datum, type_)
    {
        print(cell, &datum, type_, form);
        return Ok(());
    }
    let mut out = Vec::new();
    canonical::write(&mut Reader::new(raw), &mut Writer::new(&mut out))?;
    cell.push_str(&String::from_utf8_lossy(&out));
    Ok(())
}

/// Whether there are as many elements as the column may have. A difference (`modify` of a conditional monitor) may have more.
fn fits(datum: &Datum, type_: &ColumnType) -> bool {
    let len = u32::try_from(datum.len()).unwrap_or(u32::MAX);
    (type_.min..=type_.max).contains(&len)
}
