//! What no real server can be asked to show: bounds, journals that fail, time. What real servers do as well is tested beside them, in `tests/it/service`.

use super::limits::{LOCKS_MAX, NOT_UTF8_BYTES_MAX, WAITING_MAX, WAITING_WORK_PER_TURN};
use super::*;
use crate::engine::{Commit, Database};
use crate::storage::{Journal, JournalError};
use ovsdb_proto::frame::Framer;
use ovsdb_proto::rpc::Message;
use ovsdb_proto::schema::{DatabaseSchema, TableId};
use proptest::prelude::*;
use std::io;
use std::sync::{Arc, Mutex};

const SCHEMA: &str = r#"{"name":"D","version":"1.0.0","tables":{"T":{"columns":{"name":{"type":"string"},
    "n":{"type":"integer"},"set":{"type":{"key":"string","min":0,"max":"unlimited"}}},"isRoot":true}}}"#;

const WAIT: &str =
    r#"{"op":"wait","table":"T","where":[["name","==","q"]],"columns":["n"],"until":"==","rows":[{"n":1}]}"#;

struct Talk {
    service: Service,
    now_ms: u64,
}

impl Talk {
    fn with(journal: Option<Box<dyn Journal>>) -> Talk {
        let mut service = Service::new(1);
        let database = Database::new(DatabaseSchema::parse(SCHEMA).unwrap().into());
        service.add_database(database, journal).unwrap();
        Talk { service, now_ms: 0 }
    }

    fn new() -> Talk {
        Talk::with(None)
    }

    fn connect(&mut self) -> ClientId {
        self.service.connect(self.now_ms, ClientOptions::default())
    }

    /// What the client is told when it asks for this.
    fn ask(&mut self, client: ClientId, method: &str, params: &str) -> String {
        let message = format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#);
        self.service.receive(self.now_ms, client, message.as_bytes());
        self.told(client)
    }

    fn told(&mut self, client: ClientId) -> String {
        String::from_utf8(std::mem::take(self.service.output(client).unwrap())).unwrap()
    }

    /// Lets time pass until the next deadline.
    fn pass(&mut self) {
        self.now_ms = self.service.next_deadline_ms().unwrap().max(self.now_ms);
        self.service.tick(self.now_ms);
    }

    fn rows(&self) -> usize {
        self.service.database("D").unwrap().len(TableId(0))
    }
}

fn insert(name: &str) -> String {
    format!(r#"["D",{{"op":"insert","table":"T","row":{{"name":"{name}","n":1}}}}]"#)
}

#[test]
fn a_comment_that_is_not_utf8_is_stored_as_text() {
    #[derive(Debug, Default)]
    struct Comments(Arc<Mutex<Vec<Option<String>>>>);
    impl Journal for Comments {
        fn append(&mut self, _: &Database, commit: &Commit) -> Result<(), JournalError> {
            self.0.lock().unwrap().push(commit.comment.clone());
            Ok(())
        }
        fn sync(&mut self) -> Result<(), JournalError> {
            Ok(())
        }
        fn is_compaction_due(&self) -> bool {
            false
        }
        fn compact(&mut self, _: &Database) -> Result<(), JournalError> {
            Ok(())
        }
        fn convert(&mut self, _: &Database) -> Result<(), JournalError> {
            Ok(())
        }
    }
    let comments = Comments::default();
    let stored = Arc::clone(&comments.0);
    let mut talk = Talk::with(Some(Box::new(comments)));
    let client = talk.connect();
    let message =
        b"{\"id\":1,\"method\":\"transact\",\"params\":[\"D\",{\"op\":\"comment\",\"comment\":\"a\xff\"},\
        {\"op\":\"insert\",\"table\":\"T\",\"row\":{}}]}";
    talk.service.receive(0, client, message);
    assert_eq!(*stored.lock().unwrap(), [Some("a\u{fffd}".to_owned())]);
}

#[test]
fn a_message_that_is_not_utf8_has_a_limit_and_a_text_has_not() {
    let message = |first: &[u8], len: usize| {
        let mut message = b"{\"id\":1,\"method\":\"echo\",\"params\":[\"".to_vec();
        message.extend_from_slice(first);
        message.resize(len - 3, b'x');
        message.extend_from_slice(b"\"]}");
        message
    };
    for (first, len, served) in [
        (&b"\xff"[..], NOT_UTF8_BYTES_MAX, true),
        (b"\xff", NOT_UTF8_BYTES_MAX + 1, false),
        (b"a", NOT_UTF8_BYTES_MAX + 1, true),
    ] {
        let mut talk = Talk::new();
        let client = talk.connect();
        talk.service.receive(0, client, &message(first, len));
        assert_eq!(talk.service.closing(client), !served);
        assert_eq!(talk.service.output_len(client) > len / 2, served);
    }
}

/// A journal that writes down what it is asked for, and fails when it is told to.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<(Vec<&'static str>, bool, bool)>>);

impl Notes {
    fn note(&self, what: &'static str) -> Result<(), JournalError> {
        let mut notes = self.0.lock().unwrap();
        notes.0.push(what);
        notes.2 = notes.1;
        if !notes.1 {
            return Ok(());
        }
        let source = io::Error::from_raw_os_error(28);
        Err(JournalError::Append { path: "db".into(), offset: 7, length: 8, source })
    }

    fn fail(&self, fails: bool) {
        self.0.lock().unwrap().1 = fails;
    }

    fn taken(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap().0)
    }
}

impl Journal for Notes {
    fn append(&mut self, _: &Database, commit: &Commit) -> Result<(), JournalError> {
        self.note(if commit.durable { "append durably" } else { "append" })
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        self.note("sync")
    }

    fn is_compaction_due(&self) -> bool {
        self.0.lock().unwrap().0.contains(&"append durably")
    }

    fn compact(&mut self, _: &Database) -> Result<(), JournalError> {
        self.note("compact")
    }

    fn convert(&mut self, _: &Database) -> Result<(), JournalError> {
        self.note("convert")
    }

    fn trouble(&self) -> Option<&str> {
        self.0.lock().unwrap().2.then_some("trouble")
    }
}

#[test]
fn what_cannot_be_written_does_not_happen() {
    let notes = Notes::default();
    let mut t = Talk::with(Some(Box::new(notes.clone())));
    let [writer, reader] = [t.connect(), t.connect()];
    t.ask(reader, "monitor", r#"["D",null,{"T":{}}]"#);
    notes.fail(true);
    let error = r#"{"details":"db: cannot append 8 bytes at offset 7","io-error":"No space left on device","error":"I/O error"}"#;
    let reply = t.ask(writer, "transact", &insert("a"));
    assert!(reply.ends_with(&format!(r#"]}},{error}],"error":null}}"#)), "{reply}");
    assert_eq!((t.rows(), t.told(reader)), (0, String::new()));
    let reply = t.service.transact(0, "D", br#"[{"op":"insert","table":"T","row":{}}]"#).unwrap();
    assert!(reply.ends_with(format!(",{error}]").as_bytes()));
    let converted = t.ask(writer, "convert", &format!(r#"["D",{SCHEMA}]"#));
    assert_eq!(converted, format!(r#"{{"id":1,"error":{error}}}"#));
    assert!(!t.service.closing(writer));

    notes.fail(false);
    notes.taken();
    t.ask(writer, "transact", &insert("a"));
    assert_eq!((t.rows(), notes.taken()), (1, vec!["append"]));
    assert_ne!(t.told(reader), "");
}

#[test]
fn journals_are_compacted_when_they_ask_for_it_and_not_all_the_time_if_they_cannot() {
    let notes = Notes::default();
    let mut t = Talk::with(Some(Box::new(notes.clone())));
    let client = t.connect();
    t.ask(client, "transact", &insert("a"));
    assert_eq!(t.service.next_deadline_ms(), None);
    t.ask(client, "transact", &insert("b").replace("[\"D\",", r#"["D",{"op":"commit","durable":true},"#));
    notes.fail(true);
    t.pass();
    assert_eq!(notes.taken(), ["append", "append durably", "compact"]);
    notes.fail(false);
    t.ask(client, "transact", &insert("c").replace("[\"D\",", r#"["D",{"op":"commit","durable":true},"#));
    t.pass();
    assert_eq!((t.now_ms, notes.taken()), (60_000, vec!["append durably", "compact"]));
    t.service.compact("D").unwrap();
    assert_eq!(notes.taken(), ["compact"]);
    t.service.compact("none").unwrap_err();
    t.service.compact("_Server").unwrap();
}

#[test]
fn each_failure_of_a_journal_is_an_event_and_its_end_too() {
    let notes = Notes::default();
    let mut t = Talk::with(Some(Box::new(notes.clone())));
    let client = t.connect();
    let failed = |what| StorageEvent::Failed {
        database: "D".into(),
        what,
        why: "I/O error: db: cannot append 8 bytes at offset 7 (No space left on device)".to_owned(),
    };
    t.ask(client, "transact", &insert("a"));
    assert_eq!((t.service.take_storage_events(), t.service.storage_trouble("D")), (Vec::new(), None));
    notes.fail(true);
    t.ask(client, "transact", &insert("b"));
    t.ask(client, "transact", &insert("c"));
    t.service.transact(0, "D", insert("d").replace("[\"D\",", "[").as_bytes()).unwrap();
    t.service.compact("D").unwrap_err();
    let schema = SCHEMA.replace("1.0.0", "1.0.1");
    t.ask(client, "convert", &format!(r#"["D",{schema}]"#));
    let whats = [Keeping::Commit, Keeping::Commit, Keeping::Commit, Keeping::Compaction, Keeping::Conversion];
    assert_eq!(t.service.take_storage_events(), whats.map(failed));
    assert_eq!(t.service.storage_trouble("D"), Some("trouble"));
    notes.fail(false);
    t.ask(client, "transact", &insert("e"));
    assert_eq!(t.service.take_storage_events(), [StorageEvent::Works { database: "D".into() }]);
    assert_eq!(t.service.storage_trouble("D"), None);
    t.ask(client, "transact", &insert("f"));
    assert_eq!(t.service.take_storage_events(), []);
    // who never asks is not kept everything for
    notes.fail(true);
    for _ in 0..1000 {
        t.ask(client, "transact", &insert("g"));
    }
    assert_eq!(t.service.take_storage_events().len(), 256);
}

#[test]
fn a_silent_client_is_probed_and_cut_off() {
    let mut t = Talk::new();
    let [silent, answers] = [(); 2].map(|()| {
        t.service.connect(0, ClientOptions { probe_ms: limits::PROBE_MS_DEFAULT, read_only: false })
    });
    t.ask(silent, "lock", r#"["l"]"#);
    t.ask(answers, "lock", r#"["l"]"#);
    t.pass();
    assert_eq!(t.now_ms, 5000);
    for client in [silent, answers] {
        assert_eq!(t.told(client), r#"{"id":"echo","method":"echo","params":[]}"#);
    }
    t.service.receive(5001, answers, br#"{"id":"echo","result":[],"error":null}"#);
    t.pass();
    assert_eq!((t.now_ms, t.service.closing(silent)), (10_000, true));
    assert!(!t.service.closing(answers));
    assert_eq!(t.told(answers), r#"{"id":null,"method":"locked","params":["l"]}"#);
    t.service.disconnect(silent);
    t.pass();
    assert_eq!(t.now_ms, 10_001);
}

#[test]
fn a_client_has_bounds() {
    let mut t = Talk::new();
    let client = t.connect();
    for i in 0..LOCKS_MAX {
        assert!(t.ask(client, "lock", &format!(r#"["l{i}"]"#)).contains(r#""locked":true"#));
    }
    assert!(t.ask(client, "lock", r#"["l"]"#).contains("resources exhausted"));
    t.ask(client, "unlock", r#"["l0"]"#);
    assert!(t.ask(client, "steal", r#"["l"]"#).contains(r#""locked":true"#));
    let other = t.connect();
    assert!(t.ask(other, "lock", &format!(r#"["{}"]"#, "x".repeat(2000))).contains("resources exhausted"));

    let wait = |t: &mut Talk, id: usize| {
        let message = format!(r#"{{"id":{id},"method":"transact","params":["D",{WAIT}]}}"#);
        t.service.receive(0, client, message.as_bytes());
        t.told(client)
    };
    (0..WAITING_MAX).for_each(|id| assert_eq!(wait(&mut t, id), ""));
    assert!(wait(&mut t, WAITING_MAX).contains("resources exhausted"));
    let done = t.ask(other, "transact", &insert("q"));
    assert!(done.contains("uuid"));
    assert_eq!(t.told(client).matches(r#""result":[{}]"#).count(), WAITING_MAX);
    assert!(wait(&mut t, 0).contains(r#""result":[{}]"#));
}

#[test]
fn who_may_only_read_cannot_write_lock_or_convert() {
    let mut t = Talk::new();
    let client = t.service.connect(0, ClientOptions { probe_ms: 0, read_only: true });
    let not_allowed = |t: &mut Talk, method: &str, params: &str, expected: &str| {
        let reply = t.ask(client, method, params);
        assert!(reply.contains(expected), "{reply}");
    };
    let read_only = "operation not allowed when database server is in read only mode";
    not_allowed(&mut t, "transact", &insert("a"), &format!("insert {read_only}"));
    let no_table = r#"["D",{"op":"insert","table":"Q","row":{}}]"#;
    not_allowed(&mut t, "transact", no_table, "No table named Q.");
    not_allowed(&mut t, "transact", r#"["D",{"op":"select","table":"T","where":[]}]"#, r#"[{"rows":[]}]"#);
    for method in ["lock", "steal", "unlock"] {
        let said = r#"{"id":1,"error":"lock and unlock methods not allowed, DB server is read only."}"#;
        not_allowed(&mut t, method, r#"["l"]"#, said);
    }
    let said = "conversion is not allowed for read-only database D";
    not_allowed(&mut t, "convert", &format!(r#"["D",{SCHEMA}]"#), said);
    assert_eq!(t.rows(), 0);
}

#[test]
fn values_that_do_not_fit_a_new_schema_leave_everything_as_it_was() {
    let mut t = Talk::new();
    let client = t.connect();
    let row = r#"["D",{"op":"insert","table":"T","row":{"name":"long","n":7,"set":["set",["a","b"]]}}]"#;
    t.ask(client, "transact", row);
    for (old, new, error) in [
        (r#""n":{"type":"integer"}"#, r#""n":{"type":"string"}"#, "syntax error"),
        (
            r#""name":{"type":"string"}"#,
            r#""name":{"type":{"key":{"type":"string","maxLength":3}}}"#,
            "constraint",
        ),
        (
            r#""n":{"type":"integer"}"#,
            r#""n":{"type":{"key":{"type":"integer","enum":["set",[1,2]]}}}"#,
            "constraint",
        ),
        (r#""max":"unlimited""#, r#""max":1"#, "syntax error"),
        (r#""version""#, r#""what""#, "syntax error"),
    ] {
        let schema = SCHEMA.replace(old, new);
        assert_ne!(schema, SCHEMA);
        let reply = t.ask(client, "convert", &format!(r#"["D",{schema}]"#));
        assert!(reply.starts_with(r#"{"id":1,"error":{"#) && reply.contains(error), "{reply}");
        assert!(!t.service.closing(client));
    }
    assert_eq!(t.rows(), 1);
    let schema = SCHEMA.replace(r#""n":{"type":"integer"}"#, r#""n":{"type":"real"}"#);
    assert_eq!(
        t.ask(client, "convert", &format!(r#"["D",{schema}]"#)),
        r#"{"id":1,"result":{},"error":null}"#
    );
    assert!(t.service.closing(client));
    let select = br#"[{"op":"select","table":"T","where":[["n","==",7.0]],"columns":["name","n","set"]}]"#;
    let rows = t.service.transact(0, "D", select).unwrap();
    assert_eq!(rows, br#"[{"rows":[{"n":7,"name":"long","set":["set",["a","b"]]}]}]"#);
}

#[test]
fn a_conversion_is_seen_in_the_database_of_databases() {
    let mut t = Talk::new();
    let client = t.connect();
    t.ask(client, "set_db_change_aware", "[true]");
    t.ask(client, "monitor_cond", r#"["_Server",1,{"Database":{"columns":["schema"]}}]"#);
    let schema = SCHEMA.replace("1.0.0", "2.0.0");
    let told = t.ask(client, "convert", &format!(r#"["D",{schema}]"#));
    assert!(
        told.starts_with(r#"{"id":1,"result":{},"error":null}{"id":null,"method":"update2","params":[1,"#)
    );
    assert!(told.contains(r#"\"version\":\"2.0.0\""#), "{told}");
}

#[test]
fn the_embedding_program_transacts_and_manages_databases() {
    let mut t = Talk::new();
    let client = t.connect();
    t.ask(client, "monitor", r#"["D","m",{"T":{"columns":["name"]}}]"#);
    t.ask(client, "transact", &format!(r#"["D",{WAIT}]"#));
    let operations = br#" [ {"op":"insert","table":"T","row":{"name":"q","n":1}} ] "#;
    let reply = t.service.transact(0, "D", operations).unwrap();
    assert!(reply.starts_with(br#"[{"uuid":["uuid","#));
    let told = t.told(client);
    assert!(
        told.contains(r#""update""#) && told.ends_with(r#"{"id":1,"result":[{}],"error":null}"#),
        "{told}"
    );
    assert_eq!(t.service.transact(0, "D", b"[]").unwrap(), b"[]");
    assert_eq!(t.service.transact(0, "E", b"[]"), Err(TransactError::Unknown));
    assert_eq!(t.service.transact(0, "D", b"{}"), Err(TransactError::Malformed));
    assert_eq!(t.service.transact(0, "D", b"[}"), Err(TransactError::Malformed));
    let wait = WAIT.replace("\"q\"", "\"r\"");
    assert_eq!(t.service.transact(0, "D", format!("[{wait}]").as_bytes()), Err(TransactError::Waits));

    let again = || Database::new(DatabaseSchema::parse(SCHEMA).unwrap().into());
    assert_eq!(t.service.add_database(again(), None), Err(AddError::Exists));
    let reserved = DatabaseSchema::new("_D", "1.0.0", None, Vec::new());
    assert_eq!(t.service.add_database(Database::new(reserved.into()), None), Err(AddError::Reserved));
    assert!(!t.service.closing(client));
    assert!(t.service.remove_database("E").is_none() && t.service.remove_database("_Server").is_none());
    assert!(!t.service.closing(client));
    let (database, _) = t.service.remove_database("D").unwrap();
    assert_eq!(database.len(TableId(0)), 1);
    assert!(t.service.closing(client));
    t.service.add_database(database, None).unwrap();
    assert!(t.service.databases().eq(["D", "_Server"]));
}

#[test]
fn idle_time_counts_from_the_last_request_other_than_echo() {
    let mut talk = Talk::new();
    let client = talk.connect();
    assert_eq!(talk.service.idle_since_ms(client), Some(0));
    talk.now_ms = 10;
    talk.ask(client, "echo", "[]");
    talk.service.receive(10, client, br#"{"id":"echo","result":[],"error":null}"#);
    assert_eq!(talk.service.idle_since_ms(client), Some(0));
    talk.ask(client, "list_dbs", "[]");
    assert_eq!(talk.service.idle_since_ms(client), Some(10));
    talk.now_ms = 20;
    let busy = [
        ("lock", r#"["l"]"#.to_owned(), "unlock", r#"["l"]"#),
        ("monitor", r#"["D",1,{"T":{}}]"#.to_owned(), "monitor_cancel", "[1]"),
        ("transact", format!(r#"["D",{WAIT}]"#), "cancel", "[1]"),
    ];
    for (begin, params, end, id) in busy {
        talk.ask(client, begin, &params);
        assert_eq!(talk.service.idle_since_ms(client), None, "{begin}");
        if end == "cancel" {
            talk.service.receive(20, client, br#"{"id":null,"method":"cancel","params":[1]}"#);
        } else {
            talk.ask(client, end, id);
        }
        assert_eq!(talk.service.idle_since_ms(client), Some(20), "{end}");
    }
    talk.service.disconnect(client);
    assert_eq!(talk.service.idle_since_ms(client), None);
}

#[test]
fn whoever_is_being_closed_is_not_heard_and_told_nothing() {
    let mut t = Talk::new();
    let [gone, other] = [t.connect(), t.connect()];
    t.ask(gone, "monitor", r#"["D","m",{"T":{}}]"#);
    t.ask(gone, "lock", r#"["l"]"#);
    t.service.receive(0, gone, b"{}");
    assert!(t.service.closing(gone));
    assert!(t.service.take_ready().any(|id| id == gone));
    t.ask(other, "transact", &insert("a"));
    assert!(t.ask(other, "lock", r#"["l"]"#).contains(r#""locked":true"#));
    assert_eq!(t.ask(gone, "list_dbs", "[]"), "");
    assert!(!t.service.take_ready().any(|id| id == gone));
    t.service.disconnect(gone);
    assert!(t.service.closing(gone) && t.service.output(gone).is_none());
}

/// What clients say, roughly.
const SAYINGS: [&str; 18] = [
    r#"{"id":1,"method":"transact","params":["D",{"op":"insert","table":"T","row":{"name":"a","n":1}}]}"#,
    r#"{"id":2,"method":"transact","params":["D",{"op":"delete","table":"T","where":[["n",">",0]]}]}"#,
    r#"{"id":3,"method":"transact","params":["D",{"op":"wait","timeout":9,"table":"T","where":[],"columns":["n"],"until":"!=","rows":[{"n":1}]}]}"#,
    r#"{"id":3,"method":"transact","params":["D",{"op":"wait","table":"T","where":[],"columns":["n"],"until":"==","rows":[{"n":1}]}]}"#,
    r#"{"id":null,"method":"cancel","params":[3]}"#,
    r#"{"id":4,"method":"monitor","params":["D",null,{"T":{}}]}"#,
    r#"{"id":4,"method":"monitor_cond_since","params":["D",1,{"T":[{"where":[["n","<",5]]}]},"00000000-0000-0000-0000-000000000000"]}"#,
    r#"{"id":4,"method":"monitor_cond_change","params":[1,1,{"T":[{"where":[true]}]}]}"#,
    r#"{"id":4,"method":"monitor_cancel","params":[1]}"#,
    r#"{"id":4,"method":"monitor_cond","params":["_Server","s",{"Database":{}}]}"#,
    r#"{"id":5,"method":"lock","params":["l"]}"#,
    r#"{"id":5,"method":"steal","params":["l"]}"#,
    r#"{"id":5,"method":"unlock","params":["l"]}"#,
    r#"{"id":6,"method":"set_db_change_aware","params":[true]}"#,
    r#"{"id":7,"method":"get_schema","params":["D"]}"#,
    r#"{"id":8,"method":"echo","params":[{"a":[1,null,"\u00e9"]}]}"#,
    r#"{"id":"echo","result":[],"error":null}"#,
    r#"{"id":9,"method":"convert","params":["D",{"name":"D","version":"1.0.0","tables":{"T":{"columns":{"name":{"type":"string"},"n":{"type":"integer"}}}}}]}"#,
];

/// A service with a table of 1,500 rows, and 8 clients of which each has 8 transactions that wait
/// for a row of it, after 20 scans.
fn crowded() -> (Talk, Vec<ClientId>) {
    let mut t = Talk::new();
    let writer = t.connect();
    let rows: Vec<String> =
        (0..1500).map(|n| format!(r#"{{"op":"insert","table":"T","row":{{"n":{n}}}}}"#)).collect();
    t.ask(writer, "transact", &format!(r#"["D",{}]"#, rows.join(",")));
    let scan = r#"{"op":"select","table":"T","where":[["n","<",0]],"columns":["n"]}"#;
    let clients: Vec<ClientId> = (0..8).map(|_| t.connect()).collect();
    for client in &clients {
        for id in 0..8 {
            let message = format!(
                r#"{{"id":{id},"method":"transact","params":["D",{},{WAIT}]}}"#,
                [scan; 20].join(",")
            );
            t.service.receive(t.now_ms, *client, message.as_bytes());
            assert_eq!(t.told(*client), "");
        }
    }
    (t, clients)
}

/// What trying one of them costs at most.
const TRY: u64 = 20 * 1600 + 500;

#[test]
fn transactions_that_wait_cost_a_commit_little() {
    let (mut t, clients) = crowded();
    let writer = t.connect();
    t.service.tick(t.now_ms);
    for n in 0..10 {
        t.service.work = 0;
        let insert = format!(r#"["D",{{"op":"insert","table":"T","row":{{"n":{n}}}}}]"#);
        assert!(t.ask(writer, "transact", &insert).contains("uuid"));
        // one try at most, whatever waits; and as much until the clients are served again
        assert!(t.service.work <= WAITING_WORK_PER_TURN + TRY, "{}", t.service.work);
        assert_eq!(t.service.next_deadline_ms(), Some(0));
        t.service.work = 0;
        t.service.tick(t.now_ms);
        assert!(t.service.work <= WAITING_WORK_PER_TURN + TRY, "{}", t.service.work);
    }
    // in the end, all of them are tried
    t.ask(writer, "transact", r#"["D",{"op":"insert","table":"T","row":{"name":"q","n":1}}]"#);
    let mut turns = 0;
    while t.service.next_deadline_ms() == Some(0) {
        t.service.tick(t.now_ms);
        turns += 1;
    }
    assert!(turns <= 64, "{turns}");
    for client in clients {
        assert_eq!(t.told(client).matches(r#""result":["#).count(), 8);
    }
}

#[test]
fn transactions_that_wait_are_tried_in_turn() {
    let (mut t, _) = crowded();
    let writer = t.connect();
    // commits never let all of them be tried
    for n in 0..40 {
        t.ask(writer, "transact", &format!(r#"["D",{{"op":"insert","table":"T","row":{{"n":{n}}}}}]"#));
        t.service.tick(t.now_ms);
    }
    let hosted = &t.service.databases["D"];
    let front = hosted.waiting.front().unwrap();
    let first = (front.client, front.id.clone());
    t.ask(writer, "transact", r#"["D",{"op":"insert","table":"T","row":{}}]"#);
    t.service.tick(t.now_ms);
    let hosted = &t.service.databases["D"];
    let place = hosted.waiting.iter().position(|waiting| (waiting.client, waiting.id.clone()) == first);
    assert!(place.unwrap() > 48, "{place:?}");
}

#[test]
fn a_transaction_that_waits_is_tried_again_only_if_its_tables_change() {
    let schema = SCHEMA
        .replace(r#""tables":{"#, r#""tables":{"U":{"columns":{"n":{"type":"integer"}},"isRoot":true},"#);
    let mut t = Talk::new();
    t.service = Service::new(1);
    t.service.add_database(Database::new(DatabaseSchema::parse(&schema).unwrap().into()), None).unwrap();
    let [waiter, writer] = [(); 2].map(|()| t.connect());
    assert_eq!(t.ask(waiter, "transact", &format!(r#"["D",{WAIT}]"#)), "");
    for (table, tries) in [("U", 0), ("T", 1)] {
        let commit = format!(r#"["D",{{"op":"insert","table":"{table}","row":{{"n":1}}}}]"#);
        t.service.work = 0;
        t.ask(writer, "transact", &commit);
        let with_try = t.service.work;
        // what the commit alone costs
        t.service.databases.get_mut("D").unwrap().waiting_work = 0;
        t.service.work = 0;
        t.ask(writer, "transact", &commit);
        assert_eq!(with_try > t.service.work, tries == 1, "{table}");
        t.service.tick(t.now_ms);
    }
}

#[test]
fn a_transaction_that_is_costly_to_try_may_not_wait() {
    let (mut t, clients) = crowded();
    let scan = r#"{"op":"select","table":"T","where":[["n","<",0]],"columns":["n"]}"#;
    let client = t.connect();
    let told = t.ask(client, "transact", &format!(r#"["D",{},{WAIT}]"#, [scan; 700].join(",")));
    assert!(
        told.contains("resources exhausted") && told.contains("a transaction that waits may look at"),
        "{told}"
    );
    drop(clients);
}

#[test]
fn a_client_that_makes_much_work_loses_its_turn() {
    let (mut t, _) = crowded();
    assert!(t.service.take_turn_over());
    let client = t.connect();
    t.ask(client, "transact", r#"["D",{"op":"select","table":"T","where":[["n","==",5]]}]"#);
    assert!(!t.service.take_turn_over());
    let scan = r#"{"op":"select","table":"T","where":[["n","<",0]],"columns":["n"]}"#;
    t.ask(client, "transact", &format!(r#"["D",{}]"#, [scan; 40].join(",")));
    assert!(t.service.take_turn_over());
    assert!(!t.service.take_turn_over());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_every_client_is_told_whole_messages(
        said in prop::collection::vec((0..3usize, 0..SAYINGS.len(), prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>()))), 1..60)
    ) {
        let mut t = Talk::new();
        let mut clients = [(); 3].map(|()| t.service.connect(0, ClientOptions { probe_ms: 1000, read_only: false }));
        for (who, what, damage) in said {
            let mut message = SAYINGS[what].as_bytes().to_vec();
            if let Some((at, byte)) = damage {
                let at = at.index(message.len());
                message[at] = byte;
            }
            t.now_ms += 7;
            t.service.receive(t.now_ms, clients[who], &message);
            t.service.tick(t.now_ms);
            for client in &mut clients {
                let output = std::mem::take(t.service.output(*client).unwrap());
                let mut rest = &output[..];
                while let Some(place) = Framer::new(1 << 20).find(rest).unwrap() {
                    // what is not UTF-8 is returned as it came
                    let message = String::from_utf8_lossy(&rest[place.clone()]);
                    prop_assert!(Message::decode(message.as_bytes()).is_ok());
                    rest = &rest[place.end..];
                }
                prop_assert!(rest.is_empty());
                if t.service.closing(*client) {
                    t.service.disconnect(*client);
                    *client = t.service.connect(t.now_ms, ClientOptions { probe_ms: 1000, read_only: false });
                }
            }
        }
        for client in clients {
            t.service.disconnect(client);
        }
        // nothing is left of anybody
        prop_assert_eq!(t.service.locks.count(ClientId(0)), 0);
        prop_assert!(t.service.monitors.is_empty());
        prop_assert!(t.service.databases.values().all(|hosted| hosted.waiting.is_empty()));
    }
}
