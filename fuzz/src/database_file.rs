//! Is a database file opened or refused with its place, whatever its bytes are, and does what was opened outlive being written again?

use crate::transactions::{check, tables};
use ovsdb_proto::schema::{ColumnId, DatabaseSchema, TableId};
use ovsdb_proto::value::{Datum, Uuid};
use ovsdb_server::engine::{Context, Database, Execution, Ids};
use ovsdb_server::storage::{Journal, OpenOptions, Opened, StorageError, log, open, recover};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder that goes with what is done in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ovn-fuzz-{}-{count}", std::process::id()));
        let made = std::fs::create_dir(&folder);
        assert!(made.is_ok(), "{}: {made:?}", folder.display());
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The first byte chooses the form: the bytes of the file, or its records, one a line, which are given the first lines that belong to them.
pub fn check_database_file(data: &[u8]) {
    let Some((&form, rest)) = data.split_first() else { return };
    let mut file = Vec::new();
    if form % 2 == 0 {
        file.extend_from_slice(rest);
    } else {
        let mut buffer = Vec::new();
        for record in rest.split(|byte| *byte == b'\n') {
            file.extend_from_slice(log::frame(&mut buffer, |out| out.extend_from_slice(record)));
        }
    }
    let folder = Folder::new();
    let path = folder.0.join("db");
    assert!(std::fs::write(&path, &file).is_ok());
    let length = file.len() as u64;
    let mut options = options();
    options.read_only = true;
    let first = open(&path, options);
    // what can be opened can be recovered, and the attempt harms no file
    let recovered = recover(&path, None);
    assert!(recovered.is_ok() || first.is_err(), "{recovered:?}");
    // who only reads changes nothing
    assert_eq!(std::fs::read(&path).ok(), Some(file));
    let first = match first {
        Ok(opened) => opened.database,
        Err(error) => {
            refused(&error, length);
            assert!(open(&path, self::options()).is_err());
            return;
        }
    };
    let Some(mut opened) = reopen(&path) else { return };
    let whole = rows(&opened.database, true);
    assert_eq!(whole, rows(&first, true));
    assert!(opened.journal.size() <= length);
    check(&first);

    // what can be deleted is deleted, in the file as well
    for (_, table) in tables(first.schema()) {
        let params = format!(r#"["",{{"op":"delete","table":"{}","where":[]}}]"#, table.name);
        let mut ids = Ids::new(2);
        let mut cx = Context::new(&mut ids);
        if let Execution::Done { commit: Some(commit) } =
            opened.database.execute(params.as_bytes(), &mut cx, &mut Vec::new())
        {
            let appended = opened.journal.append(&opened.database, &commit);
            assert!(appended.is_ok(), "{appended:?}");
            opened.database.apply(&commit);
        }
    }
    let left = rows(&opened.database, false);
    drop(opened);
    let Some(mut opened) = reopen(&path) else { return };
    assert_eq!(rows(&opened.database, false), left);

    // written anew, it is the same
    let compacted = opened.journal.compact(&first);
    assert!(compacted.is_ok(), "{compacted:?}");
    drop(opened);
    let Some(opened) = reopen(&path) else { return };
    assert!(opened.notices.is_empty());
    assert_eq!(opened.database.schema(), first.schema());
    assert_eq!(rows(&opened.database, false), rows(&first, false));
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::default();
    options.seed = 1;
    options
}

/// Opens a file that was opened before.
fn reopen(path: &Path) -> Option<Opened> {
    let opened = open(path, options());
    assert!(opened.is_ok(), "{opened:?}");
    opened.ok()
}

/// Looks at what is said of a file that was not opened.
fn refused(error: &StorageError, length: u64) {
    assert!(!error.to_string().is_empty());
    match error {
        StorageError::Damaged { good, .. } => assert!(*good <= length),
        StorageError::Record { offset, .. } => assert!(*offset < length),
        // too many false records to look behind them
        StorageError::Io { action: "read", .. } => {}
        StorageError::Io { .. } | StorageError::Locked { .. } => assert_eq!(error.to_string(), ""),
        _ => {}
    }
}

type Rows = BTreeMap<(TableId, Uuid), Vec<Datum>>;

/// All rows, with or without the ephemeral columns, which a journal does not keep.
fn rows(database: &Database, ephemeral: bool) -> Rows {
    let schema: &DatabaseSchema = database.schema();
    let mut all = Rows::new();
    for (id, table) in tables(schema) {
        for row in database.rows(id) {
            let columns = (0..).map(ColumnId).zip(table.columns());
            let kept = columns.filter(|(id, c)| *id > ColumnId::VERSION && (ephemeral || !c.ephemeral));
            let values = kept.filter_map(|(id, _)| Some(row.read(table, id)?.to_datum()));
            all.insert((id, row.uuid()), values.collect());
        }
    }
    all
}
