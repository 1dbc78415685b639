//! What becomes of a file that was cut, changed, filled or taken away?

use super::*;
use ovsdb_server::engine::{Context, Execution, Ids};
use ovsdb_server::storage::log::RecordProblem;
use ovsdb_server::storage::{JournalError, Notice};
use std::fs::OpenOptions as File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// A file with three transactions, and where each record ends.
fn three(path: &Path) -> (Vec<u8>, Vec<usize>) {
    let mut opened = zoo(path);
    let size = |opened: &Opened| usize::try_from(opened.journal.size()).unwrap();
    let mut ends = vec![size(&opened)];
    for (n, name) in [(1, "ant"), (2, "bee"), (3, "cow")] {
        let done = named(&opened.database, n, name);
        commit(&mut opened, &done);
        ends.push(size(&opened));
    }
    (std::fs::read(path).unwrap(), ends)
}

#[test]
fn a_last_record_cut_off_at_any_byte_is_left_out() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    for cut in ends[2] + 1..ends[3] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        // who only reads leaves the file as it is, and who wants to know is told
        let mut options = OpenOptions::default();
        options.read_only = true;
        assert_eq!(open(&path, options.clone()).unwrap().notices.len(), 1);
        options.refuse_torn = true;
        assert!(matches!(open(&path, options), Err(StorageError::Damaged { .. })));
        assert_eq!(path.metadata().unwrap().len(), cut as u64);

        let mut opened = reopen(&path);
        let [Notice::Torn { offset, length, .. }] = &opened.notices[..] else {
            panic!("{:?}", opened.notices)
        };
        assert_eq!((*offset, *length), (ends[2] as u64, (cut - ends[2]) as u64));
        let text = format!(
            "{}: the last record, {length} bytes at offset {offset}, was not written to its end and is left out",
            path.display()
        );
        assert_eq!(opened.notices[0].to_string(), text);
        assert_eq!(opened.database.len(ANIMAL), 2);
        // the next goes where it was
        let done = named(&opened.database, 4, "dog");
        commit(&mut opened, &done);
        drop(opened);
        let opened = reopen(&path);
        assert_eq!((opened.database.len(ANIMAL), opened.notices), (3, Vec::new()));
    }
}

#[test]
fn the_c_server_finds_the_same_rows_in_a_file_that_was_cut_off() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    for release in Release::both() {
        std::fs::write(&path, &whole[..ends[3] - 10]).unwrap();
        let opened = reopen(&path);
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema()));
    }
}

#[test]
fn a_changed_byte_is_refused_and_located() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();
        let error = refused(&path);
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "a file that is refused stays as it is");
        let record = ends.iter().rev().find(|end| **end <= at).copied().unwrap_or(0) as u64;
        match error {
            StorageError::NotDatabase { .. } => assert_eq!(record, 0),
            StorageError::Damaged { good, .. } => assert_eq!(good, record, "byte {at}"),
            other => panic!("byte {at}: {other}"),
        }
    }
    // what it says
    let mut bytes = whole;
    bytes[ends[1] + 70] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let StorageError::Damaged { problem: RecordProblem::Checksum { offset, .. }, .. } = refused(&path) else {
        panic!("not a wrong checksum")
    };
    let said = refused(&path).to_string();
    let expect = format!(
        "{}: {} bytes starting at offset {offset} have SHA-1 hash ",
        path.display(),
        ends[2] as u64 - offset
    );
    assert!(said.starts_with(&expect), "{said}");
}

#[test]
fn what_is_no_standalone_database_is_refused_by_name() {
    let scratch = Scratch::new();
    let path = scratch.join("x.db");
    let check = |expect: &str| {
        let error = refused(&path);
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        assert_eq!(format!("{error}{cause}"), format!("{}: {expect}", path.display()));
    };
    check("open failed: No such file or directory (os error 2)");
    std::fs::create_dir(&path).unwrap();
    check("open failed: not a regular file");
    std::fs::remove_dir(&path).unwrap();
    for text in ["", "garbage\n", "{}", "OVSDB JSON x"] {
        std::fs::write(&path, text).unwrap();
        check("not a database file");
    }
    let mut buffer = Vec::new();
    let mut write = |texts: &[&str]| {
        let mut file = std::fs::File::create(&path).unwrap();
        for text in texts {
            let record = ovsdb_server::storage::log::frame(&mut buffer, |out| out.extend(text.bytes()));
            file.write_all(record).unwrap();
        }
    };
    write(&["[]"]);
    assert!(matches!(refused(&path), StorageError::Schema { .. }));
    write(&[SCHEMA, r#"{"Plant":{}}"#]);
    assert!(matches!(refused(&path), StorageError::Record { .. }));
    assert!(refused(&path).to_string().contains(": transaction at offset 3"), "{}", refused(&path));

    let release = &Release::both()[1];
    std::fs::remove_file(&path).unwrap();
    let schema = release.northbound_schema();
    let args =
        ["create-cluster".as_ref(), path.as_os_str(), schema.as_os_str(), "tcp:127.0.0.1:6644".as_ref()];
    release.tool_says(&args);
    let said = refused(&path).to_string();
    assert!(said.contains("a member of a cluster") && said.contains("cluster-to-standalone"), "{said}");
}

#[test]
fn a_file_that_may_not_be_written_is_refused_unless_it_is_only_read() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    drop(zoo(&path));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    if File::new().write(true).open(&path).is_ok() {
        // root may write anything; a file that nobody may write is one that is being executed
        return in_use_as_a_program(&scratch);
    }
    assert!(matches!(refused(&path), StorageError::Io { action: "open", .. }));
    let mut options = OpenOptions::default();
    options.read_only = true;
    open(&path, options).unwrap();
}

fn in_use_as_a_program(scratch: &Scratch) {
    let path = scratch.join("program");
    std::fs::copy("/bin/sleep", &path).unwrap();
    let mut child = Command::new(&path).arg("60").spawn().unwrap();
    let error = refused(&path);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        matches!(&error, StorageError::Io { action: "open", source, .. }
        if source.kind() == std::io::ErrorKind::ExecutableFileBusy),
        "{error:?}"
    );
}

/// Whether this process is the child of a test: the file that it is to work on.
pub(super) fn task(name: &str) -> Option<std::path::PathBuf> {
    std::env::var_os(name).map(Into::into)
}

/// Runs one test of this program in a process of its own.
pub(super) fn child(test: &str, variable: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(variable, path);
    command
}

#[test]
fn a_full_disk_refuses_the_transaction_and_leaves_the_file_whole() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    drop(zoo(&path));
    // a file that may not grow beyond 64 KB fails as a full disk does: some of the bytes are written, then there is an error
    let child = child("storage::damage::fill", "FILL_FILE", &path);
    let mut limited = Command::new("sh");
    limited.arg("-c").arg(r#"trap "" XFSZ; ulimit -f 128; exec "$@""#).arg("sh");
    limited.arg(child.get_program()).args(child.get_args());
    let output = limited.env("FILL_FILE", &path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let opened = reopen(&path);
    assert_eq!(opened.notices, []);
    assert_eq!(opened.database.len(ANIMAL), 2);
    for release in Release::both() {
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema()));
    }
}

#[test]
fn fill() {
    let Some(path) = task("FILL_FILE") else { return };
    let mut opened = reopen(&path);
    let done = named(&opened.database, 1, &"x".repeat(60_000));
    commit(&mut opened, &done);
    let size = opened.journal.size();
    for _ in 0..3 {
        let too_much = named(&opened.database, 2, &"y".repeat(60_000));
        let error = opened.journal.append(&opened.database, &too_much).unwrap_err();
        assert!(matches!(error, JournalError::Append { offset, .. } if offset == size), "{error:?}");
        assert_eq!(path.metadata().unwrap().len(), size);
    }
    // compaction needs room as well; that it fails harms nothing
    let mut large = opened.database.clone();
    large.apply(&named(&opened.database, 2, &"y".repeat(60_000)));
    let error = opened.journal.compact(&large).unwrap_err();
    assert!(matches!(error, JournalError::Replace { .. }), "{error:?}");
    // there is room for a small one
    let small = named(&opened.database, 2, "z");
    commit(&mut opened, &small);
}

#[test]
fn a_file_that_holds_what_no_database_may_hold_is_written_anew_before_it_is_written_on() {
    let text = r#"{"name":"Zoo","version":"1.0.0","tables":{
        "Cage":{"isRoot":true,"columns":{
            "animal":{"type":{"key":{"type":"uuid","refTable":"Animal"},"min":0,"max":1}},
            "seen":{"type":{"key":{"type":"uuid","refTable":"Animal","refType":"weak"},"min":0,"max":2}}}},
        "Animal":{"columns":{"mother":{"type":{"key":{"type":"uuid","refTable":"Animal"},"min":0,"max":1}}}}}}"#;
    let schema = DatabaseSchema::parse_strict(text).unwrap();
    let uuid = |n: u32| format!("00000000-0000-4000-8000-{n:012}");
    // nobody refers to animal 2, which refers to 1; animals 3 and 4 were never there
    let record = format!(
        r#"{{"Cage":{{"{}":{{"animal":["uuid","{}"],"seen":["set",[["uuid","{}"],["uuid","{}"]]]}}}},
            "Animal":{{"{}":{{}},"{}":{{"mother":["uuid","{}"]}}}}}}"#,
        uuid(9),
        uuid(1),
        uuid(3),
        uuid(4),
        uuid(1),
        uuid(2),
        uuid(1)
    );
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    create(&path, &schema).unwrap();
    let mut framed = Vec::new();
    let framed =
        ovsdb_server::storage::log::frame(&mut framed, |out| out.extend_from_slice(record.as_bytes()));
    File::new().append(true).open(&path).unwrap().write_all(framed).unwrap();

    let mut opened = reopen(&path);
    let (cages, animals) = (schema.table_id("Cage").unwrap(), schema.table_id("Animal").unwrap());
    assert_eq!((opened.database.len(cages), opened.database.len(animals)), (1, 1));
    let mut ids = Ids::new(1);
    let mut cx = Context { elapsed_ms: 0, holds_lock: &|_| false, ids: &mut ids, read_only: false };
    let update = br#"["Zoo",{"op":"insert","table":"Animal","uuid-name":"a","row":{}},
        {"op":"update","table":"Cage","where":[],"row":{"animal":["named-uuid","a"],"seen":["named-uuid","a"]}}]"#;
    let done = opened.database.execute(update, &mut cx, &mut Vec::new());
    let Execution::Done { commit: Some(done) } = done else { panic!("{done:?}") };
    commit(&mut opened, &done);
    let left = dump(&opened.database);
    drop(opened);
    assert_eq!(dump(&reopen(&path).database), left);
}
