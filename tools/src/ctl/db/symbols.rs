//! Which rows do the names `@x` of a line stand for?

use crate::ctl::context::{LineState, Symbol};
use crate::ctl::error::CtlError;
use ovsdb_proto::schema::{ColumnType, RefKind};
use ovsdb_proto::txn::Txn;
use ovsdb_proto::value::{AtomType, Uuid};

/// Makes `id`, the value of `--id`, the name of a row, and answers what it stands for and whether it is new to the line.
///
/// # Errors
/// It is no name, or already that of a row.
pub(super) fn define(line: &mut LineState, txn: &mut Txn<'_>, id: &str) -> Result<(Uuid, bool), CtlError> {
    if !id.starts_with('@') {
        return Err(CtlError::command(format!("row id \"{id}\" does not begin with \"@\"")));
    }
    let new = !line.symbols.contains_key(id);
    let symbol = symbol(line, txn, id);
    if std::mem::replace(&mut symbol.created, true) {
        let text = format!("row id \"{id}\" may only be specified on one --id option");
        return Err(CtlError::command(text));
    }
    Ok((symbol.uuid, new))
}

/// What `id` stands for, which occurs as a value of a column of this type.
pub(super) fn refer(line: &mut LineState, txn: &mut Txn<'_>, id: &str, type_: &ColumnType) -> Uuid {
    let symbol = symbol(line, txn, id);
    let base = type_.value.as_ref().filter(|v| v.atom == AtomType::Uuid).unwrap_or(&type_.key);
    match base.reference.as_ref().map(|r| r.kind) {
        Some(RefKind::Strong) => symbol.strong = true,
        Some(RefKind::Weak) => symbol.weak = true,
        None => {}
    }
    symbol.uuid
}

/// Gives `id` to a row that lives anyhow.
pub(super) fn keep(line: &mut LineState, id: &str, row: Uuid) {
    if let Some(symbol) = line.symbols.get_mut(id) {
        symbol.uuid = row;
        symbol.strong = true;
    }
}

fn symbol<'l>(line: &'l mut LineState, txn: &mut Txn<'_>, id: &str) -> &'l mut Symbol {
    line.symbols.entry(id.to_owned()).or_insert_with(|| Symbol {
        uuid: txn.fresh_uuid(),
        created: false,
        strong: false,
        weak: false,
    })
}

/// Looks at the names once all commands have run: each must stand for a row, and one that nothing refers to will not live (a warning, logged by `module`).
///
/// # Errors
/// A name occurs that stands for no row.
pub fn finish(line: &mut LineState, module: &'static str) -> Result<(), CtlError> {
    for (id, symbol) in &line.symbols {
        if !symbol.created {
            return Err(CtlError::command(format!(
                "row id \"{id}\" is referenced but never created (e.g. with \"-- --id={id} create ...\")"
            )));
        }
        if !symbol.strong {
            let reference = if symbol.weak { "only a weak reference" } else { "no reference" };
            let text = format!(
                "row id \"{id}\" was created but {reference} to it was inserted, so it will not actually appear in the database"
            );
            line.warnings.push((module, text));
        }
    }
    Ok(())
}
