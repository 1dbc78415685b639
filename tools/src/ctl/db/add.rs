//! What does `add` write: more elements in a set, more pairs in a map?

use super::value::some_of;
use super::{check_mutable, record};
use crate::ctl::command::{ANY, Command, IF_EXISTS, Mode};
use crate::ctl::context::{Context, CtlCommand, Halt};

pub(super) const COMMAND: CtlCommand = Command {
    name: "add",
    args: "TABLE RECORD COLUMN [KEY=]VALUE...",
    min: 4,
    max: ANY,
    options: &[IF_EXISTS],
    mode: Mode::ReadWrite,
    group: super::GROUP,
    help: "add elements to a set, or pairs to a map where their keys are free",
    run,
};

fn run(cx: &mut Context<'_, '_>) -> Result<(), Halt> {
    let table = cx.table()?;
    let id = table.column(cx.arg(2))?;
    let columns = [id].into_iter().collect();
    let Some(row) = record::find(cx, table, cx.arg(1), columns, !cx.has("if-exists"))? else {
        return Ok(());
    };
    let column = table.column_schema(id)?;
    check_mutable(cx, table, row, column)?;
    let type_ = &column.type_;
    let mut value = cx.txn.cell(row, id)?.into_owned();
    for arg in cx.args_from(3) {
        value = value.union(&cx.datum(arg, &some_of(type_))?);
    }
    if type_.check_count(value.len()).is_err() {
        return Err(Halt::failed(format!(
            "\"add\" operation would put {} {} in column {} of table {} but the maximum number is {}",
            value.len(),
            if type_.is_map() { "pairs" } else { "values" },
            column.name,
            table.name(),
            type_.max
        )));
    }
    cx.txn.verify_cell(row, id);
    cx.txn.set_cell(row, id, value);
    Ok(())
}
