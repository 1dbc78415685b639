//! Tests of what is read of files that are damaged in the middle.

use super::*;
use ovsdb_server::storage::{Loss, Recovered, log, recover};

/// Two animals with friends; then what the tests damage: one who comes, and what becomes of it.
const RECORDS: &[&str] = &[
    SCHEMA,
    r#"{"_date":1800000000000,"Animal":{"00000000-0000-0000-0000-000000000001":{"name":"ant","friends":["set",["x","y"]]}}}"#,
    r#"{"_date":1800000001000,"Animal":{"00000000-0000-0000-0000-000000000002":{"name":"bee"}}}"#,
    r#"{"_date":1800000002000,"_is_diff":true,"Animal":{"00000000-0000-0000-0000-000000000001":{"friends":["set",["x","z"]]}}}"#,
    r#"{"_date":1800000003000,"Animal":{"00000000-0000-0000-0000-000000000002":{"name":"wasp"}}}"#,
    r#"{"_date":1800000004000,"_comment":"the last of it","Animal":{"00000000-0000-0000-0000-000000000002":null}}"#,
];

/// A file of these records, with the first byte of the text of some changed; and where each starts.
fn file(path: &Path, records: &[&str], damaged: &[usize]) -> Vec<u64> {
    let (mut bytes, mut starts, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
    for (n, record) in records.iter().enumerate() {
        let framed = log::frame(&mut buffer, |out| out.extend(record.bytes()));
        starts.push(bytes.len() as u64);
        bytes.extend_from_slice(framed);
        if damaged.contains(&n) {
            let text = bytes.len() - record.len() - 1;
            bytes[text] = b'!';
        }
    }
    std::fs::write(path, bytes).unwrap();
    starts
}

/// The names of the animals, by number, with their friends.
fn animals(database: &Database) -> Vec<String> {
    let table = &database.schema().tables()[0];
    let [name, friends] = ["name", "friends"].map(|name| table.column_id(name).unwrap());
    let texts = |row: &Row, column| {
        let texts = row.read(table, column).unwrap().atoms().map(|atom| atom.as_str().unwrap());
        texts.collect::<Vec<_>>().join("")
    };
    let all: BTreeMap<u128, String> = database
        .rows(ANIMAL)
        .map(|row| {
            let text = format!("{} {}", texts(row, name), texts(row, friends));
            (row.uuid().as_u128(), text.trim().to_owned())
        })
        .collect();
    all.into_iter().map(|(n, text)| format!("{n} {text}")).collect()
}

/// What becomes of a file of `RECORDS` in which these are damaged: the animals, the numbers of the
/// records that are lost, of those left out, and the animals that are uncertain.
fn check(damaged: &[usize], expect: (&[&str], &[usize], &[usize], &[u128])) {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let starts = file(&path, RECORDS, damaged);
    let before = std::fs::read(&path).unwrap();
    let recovered = recover(&path, None).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let number = |offset: &u64| starts.iter().position(|start| start == offset).unwrap();
    let (mut lost, mut left_out) = (Vec::new(), Vec::new());
    for loss in &recovered.losses {
        match loss {
            Loss::Unreadable { offset, .. } => lost.push(number(offset)),
            Loss::LeftOut { offset, .. } => left_out.push(number(offset)),
            other => panic!("{other:?}"),
        }
    }
    let uncertain: Vec<u128> = recovered.uncertain.iter().map(|(_, uuid)| uuid.as_u128()).collect();
    assert_eq!(
        (animals(&recovered.database), &*lost, &*left_out, &*uncertain),
        (expect.0.iter().map(|text| (*text).to_owned()).collect(), expect.1, expect.2, expect.3),
        "{damaged:?}"
    );
    assert_eq!(usize::try_from(recovered.kept).unwrap(), RECORDS.len() - 1 - damaged.len() - left_out.len());
}

#[test]
fn every_good_record_that_still_applies_is_kept() {
    check(&[], (&["1 ant yz"], &[], &[], &[]));
    check(&[4], (&["1 ant yz"], &[4], &[], &[]));
    check(&[3], (&["1 ant xy"], &[3], &[], &[]));
    check(&[5], (&["1 ant yz", "2 wasp"], &[5], &[], &[]));
    // a change looks like an insertion once the insertion is lost
    check(&[2], (&["1 ant yz"], &[2], &[], &[]));
    check(&[2, 5], (&["1 ant yz", "2 wasp"], &[2, 5], &[], &[2]));
    check(&[1], (&["1 xz"], &[1], &[], &[1]));
    // the deletion of what is not there is left out
    check(&[2, 4], (&["1 ant yz"], &[2, 4], &[5], &[]));
}

#[test]
fn what_is_lost_is_located_and_what_is_left_out_says_what_it_was() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let starts = file(&path, RECORDS, &[2, 4]);
    let recovered = recover(&path, None).unwrap();
    let [
        Loss::Unreadable { offset: first, length, .. },
        Loss::Unreadable { .. },
        Loss::LeftOut { offset: last, date_ms, comment, why },
    ] = &recovered.losses[..]
    else {
        panic!("{:?}", recovered.losses)
    };
    assert_eq!((*first, *length), (starts[2], starts[3] - starts[2]));
    assert_eq!((*last, *date_ms), (starts[5], Some(1_800_000_004_000)));
    assert_eq!(comment.as_deref(), Some("the last of it"));
    let text =
        "transaction deletes row 00000000-0000-0000-0000-000000000002 of table Animal that does not exist";
    assert_eq!(why.to_string(), text);
}

#[test]
fn a_record_that_would_break_a_rule_of_the_schema_is_left_out() {
    let schema = r#"{"name":"Zoo","version":"1.0.0","tables":{
        "Cage":{"isRoot":true,"columns":{"number":{"type":"integer"},
            "animals":{"type":{"key":{"type":"uuid","refTable":"Animal"},"min":0,"max":9}}},"indexes":[["number"]]},
        "Animal":{"columns":{"legs":{"type":{"key":{"type":"integer","minInteger":0}}}}}}}"#;
    let uuid = |n: u32| format!("00000000-0000-0000-0000-{n:012}");
    let cage = |n: u32, rest: &str| format!(r#"{{"Cage":{{"{}":{rest}}}}}"#, uuid(n));
    let records = [
        schema.replace('\n', " "),
        cage(1, r#"{"number":1}"#),
        // lost: the animal comes into the cage
        format!(
            r#"{{"Animal":{{"{}":{{"legs":4}}}},"Cage":{{"{}":{{"animals":["uuid","{0}"]}}}}}}"#,
            uuid(9),
            uuid(1)
        ),
        // a reference to it
        cage(2, &format!(r#"{{"number":2,"animals":["uuid","{}"]}}"#, uuid(9))),
        // a second cage of that number
        cage(3, r#"{"number":1}"#),
        cage(4, r#"{"number":4}"#),
        // the animal changes, but nobody has it
        format!(r#"{{"Animal":{{"{}":{{"legs":3}}}}}}"#, uuid(9)),
        r#"{"Plant":{}}"#.to_owned(),
    ];
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let starts = file(&path, &records, &[2]);
    let recovered = recover(&path, None).unwrap();
    let left_out: Vec<usize> = recovered
        .losses
        .iter()
        .filter_map(|loss| match loss {
            Loss::LeftOut { offset, .. } => starts.iter().position(|start| start == offset),
            _ => None,
        })
        .collect();
    assert_eq!(left_out, [3, 4, 7]);
    let [cages, animals] = ["Cage", "Animal"].map(|name| recovered.database.schema().table_id(name).unwrap());
    assert_eq!((recovered.database.len(cages), recovered.database.len(animals)), (2, 0));
}

#[test]
fn a_schema_that_is_damaged_can_be_given() {
    let scratch = Scratch::new();
    let path = scratch.join("zoo.db");
    file(&path, RECORDS, &[0]);
    let said = recover(&path, None).unwrap_err();
    assert!(matches!(said, StorageError::Damaged { good: 0, .. }), "{said}");
    let recovered = recover(&path, Some(schema())).unwrap();
    assert_eq!((animals(&recovered.database), recovered.kept), (vec!["1 ant yz".to_owned()], 5));
    assert!(matches!(&recovered.losses[..], [Loss::Unreadable { offset: 0, .. }]));
    // what is no database at all is not taken for one
    std::fs::write(&path, "hello\nworld\n").unwrap();
    assert!(matches!(recover(&path, Some(schema())), Err(StorageError::NotDatabase { .. })));
}

#[test]
fn whatever_byte_is_changed_the_rest_is_read_and_can_be_written_for_the_c_tool() {
    let scratch = Scratch::new();
    let (path, new) = (scratch.join("zoo.db"), scratch.join("new.db"));
    let starts = file(&path, RECORDS, &[]);
    let whole = std::fs::read(&path).unwrap();
    let release = &Release::both()[1];
    for at in usize::try_from(starts[1]).unwrap()..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();
        let Recovered { database, kept, losses, .. } = recover(&path, None).unwrap();
        assert_eq!(usize::try_from(kept).unwrap() + losses.len(), RECORDS.len() - 1, "byte {at}");
        if at % 100 == 0 {
            create(&new, &schema()).unwrap();
            reopen(&new).journal.replace(&database, "recovered").unwrap();
            assert_eq!(their_dump(release, &new, &schema()), dump(&database), "byte {at}");
            std::fs::remove_file(&new).unwrap();
        }
    }
}
