//! Which commands does ovn-nb (ovn-nbctl) have, and what else makes it that tool?

mod connection;
mod gateway_chassis;
mod lr;
mod lrp;
mod ls;
mod lsp;
mod names;
mod route;
mod show;
mod ssl;

use crate::ctl::command::CommandTable;
use crate::ctl::context::{Context, Piece, Progress, ToolDef};
use crate::ctl::db;
use crate::ctl::persona::Tool;
use ovsdb_proto::row::{ReadError, Ref, Table};
use ovsdb_proto::txn::RowId;
use std::collections::BTreeMap;

/// Which log module the warnings of these commands come from.
const LOG_MODULE: &str = "nbctl";

/// ovn-nb (ovn-nbctl), the tool.
pub static TOOL: ToolDef = ToolDef {
    tool: Tool::Nb,
    commands: CommandTable::new(&[
        &crate::ctl::init::COMMANDS,
        &crate::ctl::sync::COMMANDS,
        &show::COMMANDS,
        &ls::COMMANDS,
        &lsp::COMMANDS,
        &lr::COMMANDS,
        &lrp::COMMANDS,
        &gateway_chassis::COMMANDS,
        &route::COMMANDS,
        &connection::COMMANDS,
        &ssl::COMMANDS,
        &db::COMMANDS,
    ]),
    schema: ovn_nb::tables::schema,
    names: names::RULES,
    show: &[],
    progress: Some(Progress { counter: "nb_cfg", near: "sb_cfg", far: Some("hv_cfg") }),
    after: None,
};

/// Prints a line `UUID (NAME)` for each row. A row that this very line makes is printed with the UUID that the server gives it.
fn print_named<T: Table>(ctx: &mut Context<'_, '_>, rows: Vec<(Ref<T>, String)>) -> Result<(), ReadError> {
    for (row, name) in rows {
        let id = ctx.txn.row_id(row)?;
        print_row(ctx, id, &name);
    }
    Ok(())
}

/// As [`print_named`], for all rows of a table, of which several may have one name.
fn print_all_named<T: Table>(
    ctx: &mut Context<'_, '_>,
    rows: Vec<(Ref<T>, String)>,
) -> Result<(), ReadError> {
    let rows = rows.into_iter().map(|(row, name)| Ok((ctx.txn.row_id(row)?, name)));
    for (row, name) in db::order::by_name(rows.collect::<Result<_, ReadError>>()?) {
        print_row(ctx, row, &name);
    }
    Ok(())
}

fn print_row(ctx: &mut Context<'_, '_>, row: RowId, name: &str) {
    print_uuid(ctx, row);
    ctx.out.line(format!(" ({name})"));
}

/// Prints the UUID of a row, of one that this very line makes the one that the server gives it.
fn print_uuid(ctx: &mut Context<'_, '_>, row: RowId) {
    if ctx.txn.is_new(row) {
        ctx.out.pieces.push(Piece::NewRow(row));
    } else {
        ctx.out.text(row.uuid.to_string());
    }
}

/// The options that words `KEY=VALUE` give, for the commands that replace all options. A word without `=` gives none; of several values of one key the
/// least counts, for the C tool sorts them before it drops all but one.
fn options(words: &[String]) -> BTreeMap<String, String> {
    let mut options: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in words.iter().filter_map(|word| word.split_once('=')) {
        match options.get_mut(key) {
            Some(least) if value < least.as_str() => *least = value.to_owned(),
            Some(_) => {}
            None => {
                options.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    options
}

/// The state that a word of `lsp-set-enabled` and `lrp-set-enabled` means.
fn enabled(state: &str) -> Option<bool> {
    let is = |word: &str| state.eq_ignore_ascii_case(word);
    if is("enabled") { Some(true) } else { is("disabled").then_some(false) }
}

/// What is wrong with a word that is no state.
fn bad_state(state: &str) -> String {
    format!("{state}: state must be \"enabled\" or \"disabled\"")
}

/// The word for a state.
fn state_of(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_words() {
        let check = |line: &str, expect: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let pairs: Vec<String> = options(&words).iter().map(|(k, v)| format!("{k}={v}")).collect();
            assert_eq!(pairs.join(" "), expect, "{line}");
        };
        check("b=2 a=1", "a=1 b=2");
        check("k=c=d none =x e=", "=x e= k=c=d");
        check("k=b k=c k=a", "k=a");
        check("none", "");
    }
}
