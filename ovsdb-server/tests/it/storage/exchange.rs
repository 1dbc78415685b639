//! Are files of the C programs read here, and ours there?

use super::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

/// What the C tool is told to do with a northbound database: everything that a record can hold.
const TRANSACTIONS: &[&str] = &[
    r#"{"op":"insert","table":"Logical_Switch","row":{"name":"a","external_ids":["map",[["k","v"],["k2","\u00e9\n\"\\"]]]}},
       {"op":"comment","comment":"first"},{"op":"comment","comment":"second"}"#,
    r#"{"op":"mutate","table":"Logical_Switch","where":[["name","==","a"]],"mutations":[
       ["external_ids","insert",["map",[["k3","v3"]]]],["external_ids","delete","k"]]}"#,
    r#"{"op":"update","table":"Logical_Switch","where":[],"row":{"external_ids":["map",[["k2","x"],["k3","v3"]]]}}"#,
    r#"{"op":"insert","table":"Logical_Switch_Port","uuid-name":"p","row":{"name":"p","up":true,"tag":3}},
       {"op":"mutate","table":"Logical_Switch","where":[],"mutations":[["ports","insert",["named-uuid","p"]]]}"#,
    r#"{"op":"insert","table":"Logical_Switch_Port","uuid-name":"p","row":{"name":"p2","addresses":["set",["x","y"]]}},
       {"op":"mutate","table":"Logical_Switch","where":[],"mutations":[["ports","insert",["named-uuid","p"]]]},
       {"op":"update","table":"Logical_Switch_Port","where":[["name","==","p"]],"row":{"tag":["set",[]],"up":false}}"#,
    r#"{"op":"mutate","table":"Logical_Switch_Port","where":[["name","==","p2"]],"mutations":[
       ["addresses","insert",["set",["z"]]],["addresses","delete","x"]]}"#,
    r#"{"op":"insert","table":"ACL","uuid-name":"acl","row":{"action":"drop","direction":"to-lport","match":"1","priority":7}},
       {"op":"update","table":"Logical_Switch","where":[],"row":{"acls":["named-uuid","acl"]}}"#,
    r#"{"op":"insert","table":"NB_Global","row":{"options":["map",[["a","b"]]],"nb_cfg":-5}}"#,
    r#"{"op":"insert","table":"Logical_Router","row":{"name":"r"}},{"op":"comment","comment":"a router"}"#,
    r#"{"op":"delete","table":"Logical_Router","where":[]}"#,
];

fn theirs(release: &Release, path: &Path, transactions: &[&str]) {
    release.tool_says(&["create".as_ref(), path.as_ref(), release.northbound_schema().as_ref()]);
    for transaction in transactions {
        let params = format!(r#"["OVN_Northbound",{transaction}]"#);
        let said = release.tool_says(&["transact".as_ref(), path.as_ref(), params.as_ref()]);
        assert!(!said.contains("error"), "{transaction}: {said}");
    }
}

#[test]
fn files_of_the_c_tool_are_read_and_written_on() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("nb.db");
        // after each transaction, and after some of ours
        for count in 0..=TRANSACTIONS.len() {
            let _ = std::fs::remove_file(&path);
            theirs(&release, &path, &TRANSACTIONS[..count]);
            let mut opened = reopen(&path);
            let schema = Arc::clone(opened.database.schema());
            let expect = their_dump(&release, &path, &schema);
            assert_eq!(dump(&opened.database), expect);
            assert_eq!(opened.notices.len(), 0);

            // each row with the other set or map that it has
            let changes = all_changes(&opened.database);
            let done =
                Commit { id: Uuid::default(), changes, comment: Some("ours\n\"".to_owned()), durable: true };
            commit(&mut opened, &done);
            assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema));
            drop(opened);
            assert_eq!(dump(&reopen(&path).database), their_dump(&release, &path, &schema));
        }
    }
}

/// The external_ids of every row become something else.
fn all_changes(database: &Database) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, table) in (0..).map(TableId).zip(database.schema().tables()) {
        let Some(column) = table.column_id("external_ids") else { continue };
        let pair = |key: &str, value: &str| (Atom::from(key), Atom::from(value));
        let map = Datum::map([pair("k2", "other"), pair("new", "\u{1}\u{7f}\u{10348}/")]);
        for old in database.rows(id) {
            let values = old.cells().map(|(id, value)| (id, value.to_datum())).chain([(column, map.clone())]);
            let new = Row::new(table, old.uuid(), Uuid::from_u128(1), values);
            changes.push(Change { table: id, uuid: old.uuid(), old: Some(old.clone()), new: Some(new) });
        }
    }
    changes
}

#[test]
fn compacted_files_are_the_same_database_to_everybody() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("nb.db");
        theirs(&release, &path, TRANSACTIONS);
        let mut opened = reopen(&path);
        let schema = Arc::clone(opened.database.schema());
        let expect = their_dump(&release, &path, &schema);
        opened.journal.compact(&opened.database).unwrap();
        assert_eq!(opened.journal.size(), path.metadata().unwrap().len());
        assert_eq!(their_dump(&release, &path, &schema), expect);
        assert_eq!(dump(&reopen_after(opened, &path).database), expect);
        let log = release.tool_says(&["show-log".as_ref(), path.as_ref()]);
        assert!(log.contains("\"compacting database online\""), "{log}");

        release.tool_says(&["compact".as_ref(), path.as_ref()]);
        assert_eq!(dump(&reopen(&path).database), expect);
        // what the tool wrote and what we write of the schema is the same schema
        assert_eq!(**reopen(&path).database.schema(), *schema);
    }
}

fn reopen_after(opened: Opened, path: &Path) -> Opened {
    drop(opened);
    reopen(path)
}

#[test]
fn what_happens_here_is_read_there() {
    for release in Release::both() {
        for differences in [true, false] {
            let scratch = Scratch::new();
            let path = scratch.join("zoo.db");
            create(&path, &schema()).unwrap();
            let mut options = OpenOptions::default();
            options.differences = differences;
            let mut opened = open(&path, options).unwrap();
            let map =
                |pairs: &[(&str, &str)]| Datum::map(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())));
            let steps: [Option<&[(&str, Datum)]>; 6] = [
                Some(&[("name", text("ant")), ("friends", texts(&["bee", "cow"]))]),
                Some(&[
                    ("friends", texts(&["cow", "dog", "elk"])),
                    ("notes", map(&[("a", "1"), ("b", "2")])),
                ]),
                Some(&[
                    ("name", text("x")),
                    ("friends", texts(&["dog"])),
                    ("notes", map(&[("a", "3"), ("c", "2")])),
                ]),
                Some(&[]),
                None,
                Some(&[("name", text("eel"))]),
            ];
            for values in steps {
                let done = animal(&opened.database, 7, values);
                commit(&mut opened, &done);
                assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema()));
            }
            let opened = reopen_after(opened, &path);
            assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema()));
        }
    }
}

#[test]
fn a_symbolic_link_is_followed_and_stays() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.join("there")).unwrap();
    let (path, link) = (scratch.join("there/zoo.db"), scratch.join("link.db"));
    create(&path, &schema()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();
    std::os::unix::fs::symlink("there/zoo.db", &link).unwrap();
    let mut opened = reopen(&link);
    assert!(scratch.join("there/.zoo.db.~lock~").exists());
    let done = named(&opened.database, 1, "ant");
    commit(&mut opened, &done);
    let before = path.metadata().unwrap();
    opened.journal.compact(&opened.database).unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let after = path.metadata().unwrap();
    assert_ne!(before.ino(), after.ino());
    assert_eq!(before.mode(), after.mode());
    let done = named(&opened.database, 2, "bee");
    commit(&mut opened, &done);
    drop(opened);
    assert_eq!(reopen(&path).database.len(ANIMAL), 2);
    let files: Vec<_> =
        std::fs::read_dir(scratch.join("there")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
}

#[test]
fn a_converted_database_takes_the_place_of_the_old_one() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let mut opened = zoo(&path);
    let done = animal(&opened.database, 1, Some(&[("name", text("ant")), ("friends", texts(&["bee"]))]));
    commit(&mut opened, &done);
    drop(opened);

    let smaller = r#"{"name":"Zoo","version":"2.0.0","tables":{"Animal":{"isRoot":true,"columns":{"name":{"type":"string"},
        "legs":{"type":"integer"}}},"Plant":{"columns":{"name":{"type":"string"}}}}}"#;
    let smaller = Arc::new(DatabaseSchema::parse_strict(smaller).unwrap());
    let mut options = OpenOptions::default();
    options.schema = Some(Arc::clone(&smaller));
    let mut converted = open(&path, options).unwrap();
    converted.journal.convert(&converted.database).unwrap();
    drop(converted);
    let opened = reopen(&path);
    assert_eq!(**opened.database.schema(), *smaller);
    for release in Release::both() {
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &smaller));
        let log = release.tool_says(&["show-log".as_ref(), path.as_ref()]);
        assert!(log.contains("\"converted by ovsdb-server\""), "{log}");
    }
}

#[test]
fn compaction_is_due_by_the_rules_of_the_c_server() {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, SystemTime};
    static SECONDS: AtomicU64 = AtomicU64::new(1_800_000_000);

    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    create(&path, &schema()).unwrap();
    let mut options = OpenOptions::default();
    options.clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(SECONDS.load(Ordering::Relaxed));
    let mut opened = open(&path, options).unwrap();
    // 100 large transactions, halfway through which the ten minutes are over
    for n in 0..100_u32 {
        assert!(!opened.journal.is_compaction_due(), "{n}");
        let name = format!("{n}{}", "x".repeat(120_000));
        let done = named(&opened.database, 1, &name);
        commit(&mut opened, &done);
        SECONDS.fetch_add(if n == 50 { 600 } else { 0 }, Ordering::Relaxed);
    }
    assert!(opened.journal.is_compaction_due());
    opened.journal.compact(&opened.database).unwrap();
    assert!(!opened.journal.is_compaction_due());
    // it did not grow, but a day has passed
    for n in 0..100_u32 {
        let done = named(&opened.database, 1, &n.to_string());
        commit(&mut opened, &done);
    }
    SECONDS.fetch_add(601, Ordering::Relaxed);
    assert!(!opened.journal.is_compaction_due());
    SECONDS.fetch_add(86_400, Ordering::Relaxed);
    assert!(opened.journal.is_compaction_due());
    drop(opened);
    let log = std::fs::read_to_string(&path).unwrap();
    assert!(log.contains(r#""_date":1800000600000"#), "the clock given dates the records");
}

#[test]
fn comments_of_the_c_tool_that_are_not_utf8_are_no_damage() {
    for release in Release::both() {
        let scratch = Scratch::new();
        let path = scratch.join("nb.db");
        theirs(&release, &path, &TRANSACTIONS[..1]);
        let params =
            b"[\"OVN_Northbound\",{\"op\":\"insert\",\"table\":\"Logical_Router\",\"row\":{\"name\":\"r\"}},\
            {\"op\":\"comment\",\"comment\":\"a\xff\xc3\"}]";
        release.tool_says(&["transact".as_ref(), path.as_ref(), OsStr::from_bytes(params)]);
        assert!(std::fs::read(&path).unwrap().windows(3).any(|bytes| bytes == b"a\xff\xc3"));
        let mut opened = reopen(&path);
        let schema = Arc::clone(opened.database.schema());
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema));
        assert_eq!(opened.notices.len(), 0);
        let recovered = ovsdb_server::storage::recover(&path, None).unwrap();
        assert_eq!((dump(&recovered.database), recovered.losses.len()), (dump(&opened.database), 0));
        let changes = all_changes(&opened.database);
        commit(&mut opened, &Commit { id: Uuid::default(), changes, comment: None, durable: true });
        assert_eq!(dump(&opened.database), their_dump(&release, &path, &schema));
    }
}
