//! Tests of files that were cut, changed, filled or taken away.

use super::*;
use ovsdb_server::engine::{Context, Execution, Ids};
use ovsdb_server::storage::log::RecordProblem;
use ovsdb_server::storage::{JournalError, Kept, Notice};
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

/// What was cut off when the file was opened: the offset, how much, and where it was kept.
fn cut(opened: &Opened) -> (usize, usize, std::path::PathBuf) {
    let [Notice::Tail { offset, length, kept: Kept::Beside(path), .. }] = &opened.notices[..] else {
        panic!("{:?}", opened.notices)
    };
    let number = |n: u64| usize::try_from(n).unwrap();
    (number(*offset), number(*length), path.clone())
}

#[test]
fn a_last_record_cut_off_at_any_byte_is_left_out() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    for end in ends[2] + 1..ends[3] {
        std::fs::write(&path, &whole[..end]).unwrap();
        // who only reads leaves the file as it is, and who wants to know is told
        let mut options = OpenOptions::default();
        options.read_only = true;
        let opened = open(&path, options.clone()).unwrap();
        assert!(matches!(&opened.notices[..], [Notice::Tail { kept: Kept::InPlace(None), .. }]));
        options.refuse_torn = true;
        assert!(matches!(open(&path, options), Err(StorageError::Damaged { next: None, .. })));
        assert_eq!(path.metadata().unwrap().len(), end as u64);

        let mut opened = reopen(&path);
        let (offset, length, kept) = cut(&opened);
        assert_eq!((offset, length), (ends[2], end - ends[2]));
        assert_eq!(std::fs::read(&kept).unwrap(), &whole[offset..end]);
        std::fs::remove_file(kept).unwrap();
        assert_eq!(opened.database.len(ANIMAL), 2);
        // the next goes where it was
        let done = named(&opened.database, 4, "dog");
        commit(&mut opened, &done);
        drop(opened);
        let opened = reopen(&path);
        assert_eq!((opened.database.len(ANIMAL), opened.notices.len()), (3, 0));
    }
}

/// Files whose end is damaged: what was done to them, their bytes, and where the last good record
/// ends.
fn damaged_ends(whole: &[u8], ends: &[usize]) -> Vec<(&'static str, Vec<u8>, usize)> {
    let with = |more: &[u8]| [whole, more].concat();
    let mut changed = whole.to_vec();
    changed[ends[3] - 10] ^= 1;
    let mut header = whole.to_vec();
    header[ends[2] + 3] ^= 1;
    let mut zeroed = whole.to_vec();
    zeroed[ends[2] + 70..].fill(0);
    vec![
        ("a changed byte in the last record", changed, ends[2]),
        ("a changed byte in its first line", header, ends[2]),
        ("zeros in the last record", zeroed, ends[2]),
        ("a line feed behind it", with(b"\n"), ends[3]),
        ("text behind it", with(b"hello\nworld\n"), ends[3]),
        ("sectors of zeros behind it", with(&[0; 4096]), ends[3]),
    ]
}

#[test]
fn a_damaged_end_is_cut_off_and_kept_and_the_rest_is_served() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    let link = scratch.join("link.db");
    std::os::unix::fs::symlink("zoo.db", &link).unwrap();
    for (what, bytes, good) in damaged_ends(&whole, &ends) {
        std::fs::write(&path, &bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
        let mut opened = reopen(&link);
        let (offset, length, kept) = cut(&opened);
        assert_eq!((offset, length), (good, bytes.len() - good), "{what}");
        assert_eq!(kept, path.canonicalize().unwrap().with_file_name(format!("zoo.db.damaged-{good}")));
        assert_eq!(std::fs::read(&kept).unwrap(), &bytes[good..], "{what}");
        assert_eq!(kept.metadata().unwrap().permissions().mode() & 0o777, 0o604);
        let text = opened.notices[0].to_string();
        let expect = format!(
            ", and no good record follows: cut off {length} bytes from offset {good} on, and kept them in {}",
            kept.display()
        );
        assert!(text.starts_with(&format!("{}: ", link.display())) && text.ends_with(&expect), "{text}");
        assert_eq!(std::fs::read(&path).unwrap(), &whole[..good], "{what}");
        let rows = ends.iter().position(|end| *end == good).unwrap();
        assert_eq!(opened.database.len(ANIMAL), rows, "{what}");
        let done = named(&opened.database, 4, "dog");
        commit(&mut opened, &done);
        drop(opened);
        let opened = reopen(&path);
        assert_eq!((opened.database.len(ANIMAL), opened.notices.len()), (rows + 1, 0), "{what}");
        std::fs::remove_file(kept).unwrap();
    }
}

#[test]
fn the_c_tool_finds_the_same_rows_in_a_file_whose_end_is_damaged() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("zoo.db");
        let (whole, ends) = three(&path);
        for (what, bytes, good) in damaged_ends(&whole, &ends) {
            std::fs::write(&path, &whole[..good]).unwrap();
            let expect = their_dump(&release, &path, &schema());
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(dump(&reopen(&path).database), expect, "{what}");
            assert_eq!(their_dump(&release, &path, &schema()), expect, "{what}");
        }
    }
}

#[test]
fn an_end_that_was_kept_is_not_kept_twice_nor_overwritten() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, _) = three(&path);
    let open_with = |end: &str| {
        std::fs::write(&path, [&whole, end.as_bytes()].concat()).unwrap();
        let (_, _, kept) = cut(&reopen(&path));
        kept.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let name = format!("zoo.db.damaged-{}", whole.len());
    assert_eq!(open_with("first"), name);
    assert_eq!(open_with("first"), name);
    assert_eq!(open_with("other"), format!("{name}.2"));
    assert_eq!(open_with("first"), name);
    assert_eq!(open_with("longer"), format!("{name}.3"));
    assert_eq!(std::fs::read(scratch.join(&name)).unwrap(), b"first");
}

#[test]
fn an_end_that_cannot_be_kept_is_left_in_place_until_it_can() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, _) = three(&path);
    std::fs::write(&path, [&whole, "garbage".as_bytes()].concat()).unwrap();
    // all names that the copy could have are taken
    let kept = scratch.join(&format!("zoo.db.damaged-{}", whole.len()));
    std::fs::write(&kept, "another").unwrap();
    for n in 2..=100 {
        std::fs::write(scratch.join(&format!("zoo.db.damaged-{}.{n}", whole.len())), "another").unwrap();
    }
    let mut opened = reopen(&path);
    let [notice @ Notice::Tail { kept: Kept::InPlace(Some(_)), .. }] = &opened.notices[..] else {
        panic!("{:?}", opened.notices)
    };
    let text = notice.to_string();
    let expect = format!("left out 7 bytes from offset {} on, which could not be cut off", whole.len());
    assert!(text.contains(&expect), "{text}");
    assert_eq!(opened.database.len(ANIMAL), 3);
    let done = named(&opened.database, 4, "dog");
    for _ in 0..2 {
        let error = opened.journal.append(&opened.database, &done).unwrap_err();
        assert!(matches!(error, JournalError::Tail { .. }), "{error:?}");
        assert!(matches!(opened.journal.compact(&opened.database), Err(JournalError::Tail { .. })));
    }
    assert!(std::fs::read(&path).unwrap().ends_with(b"garbage"));
    std::fs::remove_file(&kept).unwrap();
    commit(&mut opened, &done);
    assert_eq!(std::fs::read(&kept).unwrap(), b"garbage");
    drop(opened);
    assert_eq!(reopen(&path).database.len(ANIMAL), 4);
}

#[test]
fn damage_in_the_middle_is_refused_located_and_its_remedy_named() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let (whole, ends) = three(&path);
    for at in 0..ends[2] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();
        let error = refused(&path);
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "a file that is refused stays as it is");
        let record = ends.iter().rposition(|end| *end <= at);
        let start = record.map_or(0, |record| ends[record] as u64);
        let following = record.map_or(ends[0], |record| ends[record + 1]) as u64;
        let StorageError::Damaged { good, next, .. } = error else { panic!("byte {at}: {error}") };
        assert_eq!((good, next), (start, Some(following)), "byte {at}");
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
    let remedy = format!(
        ", and good records follow from offset {} on: `ovsdb-tool recover {} NEW` writes all that can be read to a new file",
        ends[2],
        path.display()
    );
    assert!(said.ends_with(&remedy), "{said}");
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
    let said = refused(&path).to_string();
    assert!(said.contains(": transaction at offset 3"), "{said}");
    let remedy =
        format!("`ovsdb-tool recover {} NEW` writes all that can be read to a new file", path.display());
    assert!(said.ends_with(&remedy), "{said}");

    let release = &Release::both()[1];
    std::fs::remove_file(&path).unwrap();
    let schema = release.northbound_schema();
    let args =
        ["create-cluster".as_ref(), path.as_os_str(), schema.as_os_str(), "tcp:127.0.0.1:6644".as_ref()];
    release.tool_says(&args);
    let said = refused(&path).to_string();
    let expect = format!(
        "{}: clustered databases are not supported: serve this one with the ovsdb-server of Open vSwitch, \
         or convert it with `ovsdb-tool cluster-to-standalone` of Open vSwitch",
        path.display()
    );
    assert_eq!(said, expect);
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
    assert_eq!(opened.notices.len(), 0);
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
    let trouble = |opened: &Opened, expect: &str| {
        let said = opened.journal.trouble().unwrap_or_default();
        assert!(said.starts_with("I/O error: ") && said.contains(expect), "{said}");
        assert!(said.ends_with(" (File too large)"), "{said}");
    };
    trouble(&opened, "cannot append");
    // a commit of which nothing is kept proves nothing
    let nothing = Commit { changes: Vec::new(), ..named(&opened.database, 2, "z") };
    commit(&mut opened, &nothing);
    trouble(&opened, "cannot append");
    // there is room for a small one
    let small = named(&opened.database, 2, "z");
    commit(&mut opened, &small);
    trouble(&opened, "cannot replace the file");
    opened.journal.compact(&opened.database).unwrap();
    assert_eq!(opened.journal.trouble(), None);
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
    let mut cx = Context::new(&mut ids);
    let update = br#"["Zoo",{"op":"insert","table":"Animal","uuid-name":"a","row":{}},
        {"op":"update","table":"Cage","where":[],"row":{"animal":["named-uuid","a"],"seen":["named-uuid","a"]}}]"#;
    let done = opened.database.execute(update, &mut cx, &mut Vec::new());
    let Execution::Done { commit: Some(done) } = done else { panic!("{done:?}") };
    commit(&mut opened, &done);
    let left = dump(&opened.database);
    drop(opened);
    assert_eq!(dump(&reopen(&path).database), left);
}

#[test]
fn a_file_that_was_removed_while_it_is_open_is_written_anew() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let mut opened = zoo(&path);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
    let done = named(&opened.database, 1, "ant");
    commit(&mut opened, &done);
    std::fs::remove_file(&path).unwrap();
    opened.journal.compact(&opened.database).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o604);
    let done = named(&opened.database, 2, "bee");
    commit(&mut opened, &done);
    for release in Release::both() {
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema()));
    }
    drop(opened);
    assert_eq!(reopen(&path).database.len(ANIMAL), 2);
}
