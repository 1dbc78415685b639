//! What is said in which order, step by step?

use super::*;
use crate::session::{Conclusion, Lacking, Unfit};
use crate::value::Uuid;

fn count_switches(t: &mut Txn<'_>) -> Verdict<usize, String> {
    verdict(all(t, SWITCH, &[NAME]).map(|rows| rows.len()))
}

fn add_port(t: &mut Txn<'_>) -> Verdict<Option<RowId>, String> {
    let add = |t: &mut Txn<'_>| {
        let taken = t.holder(PORT, NAME, &Datum::one("p"), ColumnSet::EMPTY)?;
        let switches = lookup(t, SWITCH, "sw", &[]);
        let port = t.insert_row(PORT);
        t.set_cell(port, NAME, Datum::one("p"));
        if let Some(switch) = switches?.first() {
            t.insert_into(*switch, PORTS, &Datum::one(port.uuid));
        }
        Ok((taken, port))
    };
    match add(t) {
        Ok((Some(_), _)) => Verdict::Failed("p is taken".to_owned()),
        Ok((None, port)) => Verdict::Done(Some(port)),
        Err::<_, ReadError>(error) => Verdict::Failed(error.to_string()),
    }
}

fn finished<T: std::fmt::Debug>(step: Outcome<T>) -> Conclusion<T> {
    match step {
        Ok(Step::Finished(conclusion)) => conclusion,
        other => panic!("not finished: {other:?}"),
    }
}

const SWITCHES: &str =
    r#"transact["D",{"columns":["_uuid","name"],"op":"select","table":"Switch","where":[]}]"#;

#[test]
fn a_line_that_reads_takes_one_round_trip() {
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    let said = talk.said();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["params"][0], "_Server");
    assert_eq!(said[1]["params"][0], "D");
    goes_on(talk.answer(1, LEADER));
    let done = finished(talk.answer(2, &format!(r#"[{{"rows":[{},{}]}}]"#, named(1, "a"), named(2, "b"))));
    assert_eq!((done.value, done.committed.is_none()), (2, true));
    assert_eq!(done.snapshot.unwrap().row_count(SWITCH), 2);
    assert!(talk.said().is_empty());
    assert_eq!(talk.run.next_id(), 3);
}

#[test]
fn a_line_that_writes_takes_two() {
    let mut line = add_port;
    let mut talk = Talk::with(RunOptions { first_id: 70, ..RunOptions::default() }, &mut line);
    goes_on(talk.start());
    let (id, asked) = talk.asked();
    assert_eq!(
        asked,
        r#"transact["D",{"columns":["_uuid"],"op":"select","table":"Switch","where":[["name","==","sw"]]}]"#
    );
    assert_eq!(id, 71);
    goes_on(talk.answer(70, LEADER));
    assert!(!talk.run.commit_pending());
    goes_on(talk.answer(71, &format!(r#"[{{"rows":[{{"_uuid":["uuid","{}"]}}]}}]"#, uuid(1))));
    assert!(talk.run.commit_pending());
    let (id, asked) = talk.asked();
    assert!(asked.contains(r#""op":"wait""#) && asked.contains(r#""op":"insert""#), "{asked}");
    let done =
        finished(talk.answer(id, &format!(r#"[{{}},{{"uuid":["uuid","{}"]}},{{"count":1}}]"#, uuid(9))));
    assert_eq!(done.real(done.value.unwrap().uuid).to_string(), uuid(9));
    assert_eq!(done.real(Uuid::NIL), Uuid::NIL);
    assert!(done.committed.is_some() && done.snapshot.is_none() && !talk.run.commit_pending());
}

#[test]
fn nothing_counts_before_the_server_is_found_fit() {
    // a line that reads nothing commits at once, but not to anybody
    let insert = |t: &mut Txn<'_>| {
        t.insert_row(SWITCH);
        Verdict::Done(())
    };
    let mut line = insert;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    assert_eq!(talk.said().len(), 1);
    assert!(!talk.run.commit_pending());
    let follower = LEADER.replace("standalone", "clustered").replace(r#""leader":true"#, r#""leader":false"#);
    assert!(matches!(talk.answer(1, &follower), Err(RunError::Unfit(Unfit::NotLeader))));
    let mut line = insert;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    assert!(talk.run.commit_pending());
    // nor is its failure told on the word of an unfit server
    let mut line = |_: &mut Txn<'_>| Verdict::<(), _>::Failed("no".to_owned());
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    assert_eq!(talk.answer(1, LEADER).unwrap_err(), RunError::Line("no".to_owned()));
    // even if answers come in another order than questions
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(2, r#"[{"rows":[]}]"#));
    talk.said();
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    assert_eq!(finished(talk.answer(id, r#"[{"rows":[]}]"#)).value, 0);
}

#[test]
fn which_servers_are_fit() {
    let row = |rest: &str| format!(r#"[{{"rows":[{{{rest}}}]}}]"#);
    let leader = r#""model":"clustered","connected":true,"leader":true"#;
    let follower = r#""model":"clustered","connected":true,"leader":false"#;
    let relay = r#""model":"relay","connected":true,"leader":false"#;
    let cid = format!(r#"{leader},"cid":["uuid","{}"]"#, uuid(7));
    let any = RunOptions::default();
    let follows = RunOptions { leader_only: false, ..RunOptions::default() };
    let of_7 = RunOptions { cluster: Some(uuid(7).parse().unwrap()), ..RunOptions::default() };
    let of_8 = RunOptions { cluster: Some(uuid(8).parse().unwrap()), ..RunOptions::default() };
    let cases = [
        (&any, row(&leader.replace("\"connected\":true", "\"connected\":false")), Err(Unfit::NotConnected)),
        (&any, row(leader), Ok(())),
        (&any, row(follower), Err(Unfit::NotLeader)),
        (&any, row(relay), Err(Unfit::NotLeader)),
        (&follows, row(follower), Ok(())),
        (&follows, row(relay), Ok(())),
        (&any, row(r#""model":"standalone","connected":true,"leader":false"#), Ok(())),
        (&any, row(&cid), Ok(())),
        (&of_7, row(&cid), Ok(())),
        (&of_8, row(&cid), Err(Unfit::OtherCluster)),
        (&of_8, row(leader), Err(Unfit::OtherCluster)),
    ];
    for (options, reply, expect) in cases {
        let mut line = count_switches;
        let mut talk = Talk::with(options.clone(), &mut line);
        goes_on(talk.start());
        let got = talk.answer(1, &reply);
        match (&got, &expect) {
            (Ok(Step::Continue), Ok(())) => {}
            (Err(RunError::Unfit(unfit)), Err(expect)) if unfit == expect => {}
            _ => panic!("{reply}: {got:?}, not {expect:?}"),
        }
    }
    // one that has just started does not know at once
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    talk.said();
    goes_on(talk.answer(1, r#"[{"rows":[]}]"#));
    goes_on(talk.answer(2, r#"[{"rows":[]}]"#));
    assert_eq!(talk.said()[0]["params"][0], "_Server");
    goes_on(talk.answer(3, LEADER));
    finished(talk.answer(4, r#"[{"rows":[]}]"#));
    // but not for ever, or when it does not know the database
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    for id in [1, 3, 4] {
        goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    }
    assert_eq!(talk.answer(5, r#"[{"rows":[]}]"#).unwrap_err(), RunError::Unfit(Unfit::NoDatabase));
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, r#"[{"rows":[]}]"#));
    let error = talk.refuse(2, r#"{"error":"unknown database"}"#).unwrap_err();
    assert_eq!(error, RunError::Unfit(Unfit::NoDatabase));
    // a server of before 2018 has no such table
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.refuse(1, r#"{"error":"unknown database"}"#));
    finished(talk.answer(2, r#"[{"rows":[]}]"#));
}

#[test]
fn what_has_nothing_to_do_with_the_line_is_ignored_or_answered() {
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    talk.said();
    for noise in [
        r#"{"id":null,"method":"update","params":[null,{}]}"#,
        r#"{"id":null,"method":"monitor_canceled","params":[1]}"#,
        r#"{"id":null,"method":"locked","params":["x"]}"#,
        r#"{"id":"x","method":"unheard-of","params":[]}"#,
        r#"{"id":99,"result":[],"error":null}"#,
        r#"{"id":0,"result":[],"error":null}"#,
        r#"{"id":"2","result":[{"rows":[]}],"error":null}"#,
        r#"{"id":-2,"result":[],"error":null}"#,
        r#"{"id":99,"result":null,"error":"canceled"}"#,
    ] {
        goes_on(talk.hear(noise));
        assert!(talk.said().is_empty(), "{noise}");
    }
    goes_on(talk.hear(r#"{"id":"echo","method":"echo","params":[1,"a"]}"#));
    let said = talk.said();
    assert_eq!((&said[0]["id"], &said[0]["result"]), (&Value::from("echo"), &serde_json::json!([1, "a"])));
    goes_on(talk.answer(1, LEADER));
    finished(talk.answer(2, r#"[{"rows":[]}]"#));
}

#[test]
fn a_failed_guard_starts_the_line_over_and_then_with_pauses() {
    let mut runs = 0;
    let mut line = |t: &mut Txn<'_>| {
        runs += 1;
        add_port(t)
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let mut pauses = Vec::new();
    for _ in 0..200 {
        let (id, asked) = talk.asked();
        assert!(asked.contains("select") && !asked.contains("insert"), "{asked}");
        goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
        let (id, _) = talk.asked();
        let reply = match pauses.len() % 3 {
            0 => talk.answer(id, r#"[{"error":"timed out"},null]"#),
            1 => talk.refuse(id, r#""canceled""#),
            _ => talk.answer(id, "[{},null]"),
        };
        match reply {
            Ok(Step::Continue) => {}
            Ok(Step::Pause { ms }) => {
                pauses.push(ms);
                talk.run.resume(&mut talk.out);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(pauses.len(), 195);
    assert!(pauses.is_sorted() && pauses[0] == 10 && pauses.last() == Some(&1000), "{pauses:?}");
    assert!(runs >= 200);
}

#[test]
fn a_refusal_is_looked_into_once_before_it_is_passed_on() {
    let violation = r#"[{},null,{"error":"constraint violation","details":"identical"}]"#;
    let mut line = add_port;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    let (id, asked) = talk.asked();
    assert!(asked.contains("insert") && !asked.contains(r#""table":"Port","where""#), "{asked}");
    goes_on(talk.answer(id, violation));
    // everything is read anew, and only then does the line look for the name
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    let (id, asked) = talk.asked();
    assert!(asked.contains(r#"[["name","==","p"]]"#), "{asked}");
    let taken =
        talk.answer(id, &format!(r#"[{{"rows":[]}},{{"rows":[{{"_uuid":["uuid","{}"]}}]}}]"#, uuid(3)));
    assert_eq!(taken.unwrap_err(), RunError::Line("p is taken".to_owned()));

    // if it is not taken when looked for, it may have been taken since; but that does not go on for ever
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let mut refused = 0;
    let error = loop {
        let (id, asked) = talk.asked();
        let count = asked.matches("select").count();
        if count > 0 {
            let rows = vec![r#"{"rows":[]}"#; count].join(",");
            goes_on(talk.answer(id, &format!("[{rows}]")));
            continue;
        }
        refused += 1;
        match talk.answer(id, violation) {
            Ok(Step::Continue) => {}
            other => break other.unwrap_err(),
        }
    };
    assert!(matches!(error, RunError::Refused(refusal) if &*refusal.error == "constraint violation"));
    assert_eq!(refused, 9);

    // what has nothing to do with names is passed on after one look
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let mut refused = 0;
    let error = loop {
        let (id, asked) = talk.asked();
        let count = asked.matches("select").count();
        let step = if count > 0 {
            talk.answer(id, &format!("[{}]", vec![r#"{"rows":[]}"#; count].join(",")))
        } else {
            refused += 1;
            talk.answer(id, r#"[{},null,{"error":"resources exhausted"}]"#)
        };
        if let Err(error) = step {
            break error;
        }
    };
    assert!(matches!(error, RunError::Refused(refusal) if &*refusal.error == "resources exhausted"));
    assert_eq!(refused, 2);
}

#[test]
fn an_error_is_told_of_names_first() {
    // the line goes past the name, which it trusts to be free, and fails later: then it looks
    let mut line = |t: &mut Txn<'_>| match t.holder(PORT, NAME, &Datum::one("p"), ColumnSet::EMPTY) {
        Ok(Some(_)) => Verdict::<(), _>::Failed("p is taken".to_owned()),
        _ => Verdict::Failed("something else".to_owned()),
    };
    for (rows, expect) in [("", "something else"), (&*named(1, "p"), "p is taken")] {
        let mut talk = Talk::new(&mut line);
        goes_on(talk.start());
        assert_eq!(talk.said().len(), 1);
        goes_on(talk.answer(1, LEADER));
        let (id, _) = talk.asked();
        let error = talk.answer(id, &format!(r#"[{{"rows":[{rows}]}}]"#)).unwrap_err();
        assert_eq!(error, RunError::Line(expect.to_owned()));
    }
}

#[test]
fn rows_found_by_a_unique_name_are_asked_for_by_identity() {
    let mut line = |t: &mut Txn<'_>| {
        let read = |t: &Txn<'_>| {
            let mut tags = Vec::new();
            for port in lookup(t, PORT, "p", &[])? {
                tags.push(t.cell(port, TAG)?.scalar().and_then(crate::value::Atom::as_integer).unwrap());
            }
            Ok(tags)
        };
        verdict(read(t))
    };
    let by_name =
        r#"transact["D",{"columns":["_uuid"],"op":"select","table":"Port","where":[["name","==","p"]]}]"#;
    let by_both = format!(
        r#"transact["D",{{"columns":["_uuid","name"],"op":"select","table":"Port","where":[["_uuid","==",["uuid","{0}"]]]}},{{"columns":["_uuid","tag"],"op":"select","table":"Port","where":[["_uuid","==",["uuid","{0}"]]]}}]"#,
        uuid(1)
    );
    let tag = |tag: u32| format!(r#"{{"rows":[{{"_uuid":["uuid","{}"],"tag":{tag}}}]}}"#, uuid(1));
    let start = |talk: &mut Talk<'_, Vec<i64>>| {
        goes_on(talk.start());
        goes_on(talk.answer(1, LEADER));
        let (id, asked) = talk.asked();
        assert_eq!(asked, by_name);
        goes_on(talk.answer(id, &format!(r#"[{{"rows":[{}]}}]"#, named(1, "p"))));
        let (id, asked) = talk.asked();
        assert_eq!(asked, by_both);
        id
    };
    let mut talk = Talk::new(&mut line);
    let id = start(&mut talk);
    let done = finished(talk.answer(id, &format!(r#"[{{"rows":[{}]}},{}]"#, named(1, "p"), tag(5))));
    assert_eq!(done.value, [5]);

    // another name has come, or the row has gone: the name is looked for anew, together with what was asked
    for rows in [named(1, "q"), String::new(), named(2, "p"), named(1, "p") + "," + &named(2, "p")] {
        let mut talk = Talk::new(&mut line);
        let id = start(&mut talk);
        goes_on(talk.answer(id, &format!(r#"[{{"rows":[{rows}]}},{}]"#, tag(5))));
        let (id, asked) = talk.asked();
        assert!(asked.starts_with(&by_name[..by_name.len() - 1]), "{asked}");
        let done = finished(talk.answer(id, &format!(r#"[{{"rows":[]}},{}]"#, tag(5))));
        assert_eq!(done.value, [0i64; 0], "{rows}");
    }
}

#[test]
fn an_older_server_is_asked_for_its_schema() {
    let mut line = |t: &mut Txn<'_>| {
        let set = |t: &mut Txn<'_>| {
            for port in lookup(t, PORT, "p", &[TAG])? {
                if t.cell(port, TAG)?.into_owned() == Datum::one(0) {
                    t.set_cell(port, TAG, Datum::one(3));
                }
            }
            Ok(())
        };
        verdict(set(t))
    };
    let unknown = r#"{"details":"No column tag in table Port.","error":"unknown column"}"#;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, asked) = talk.asked();
    assert!(asked.contains("tag"), "{asked}");
    goes_on(talk.answer(id, &format!("[{unknown}]")));
    let (id, asked) = talk.asked();
    assert_eq!(asked, r#"get_schema["D"]"#);
    goes_on(talk.answer(id, OLDER));
    assert!(!talk.run.absent().is_empty());
    let (id, asked) = talk.asked();
    assert!(asked.contains("select") && !asked.contains("tag"), "{asked}");
    goes_on(talk.answer(id, &format!(r#"[{{"rows":[{}]}}]"#, named(1, "p"))));
    // what it writes is sent, so that the error has the server's words
    let (id, asked) = talk.asked();
    assert!(asked.contains(r#""row":{"tag":3}"#), "{asked}");
    let error = talk.answer(id, &format!("[{{}},{unknown}]")).unwrap_err();
    let lacks = Lacking { table: "Port".into(), column: Some("tag".into()), version: "1.2.3".into() };
    match &error {
        RunError::Lacking { lacking, refusal } => {
            assert_eq!((lacking, &*refusal.json), (&lacks, unknown));
        }
        other => panic!("{other:?}"),
    }
    let text =
        "transaction error: the database has no column tag in table Port (its schema has version 1.2.3)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_commit_may_be_the_first_to_meet_an_older_schema() {
    let mut line = |t: &mut Txn<'_>| {
        let port = t.insert_row(PORT);
        t.set_cell(port, TAG, Datum::one(3));
        Verdict::Done(())
    };
    let unknown = r#"[{"error":"unknown column"}]"#;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, unknown));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, OLDER));
    let (id, asked) = talk.asked();
    assert!(asked.contains("insert"), "{asked}");
    assert!(matches!(talk.answer(id, unknown), Err(RunError::Lacking { .. })));

    // if the schema is ours after all, it was something else
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, r#"[{"error":"syntax error"}]"#));
    let (id, _) = talk.asked();
    let error = talk.answer(id, SCHEMA).unwrap_err();
    assert!(matches!(error, RunError::Refused(refusal) if &*refusal.error == "syntax error"));

    // and a schema that cannot be read is said to be that
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, unknown));
    let (id, _) = talk.asked();
    assert!(matches!(talk.answer(id, r#"{"name":5}"#), Err(RunError::Schema(_))));
}

#[test]
fn a_refused_query_is_told_in_the_servers_words() {
    let mut line = count_switches;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    talk.said();
    goes_on(talk.answer(2, r#"[{"error":"permission error","details":"x"}]"#));
    let (id, _) = talk.asked();
    let error = talk.answer(id, SCHEMA).unwrap_err();
    assert_eq!(error, RunError::Request(r#"{"details":"x","error":"permission error"}"#.into()));

    for (error, expect) in [
        (r#"{"error":"unknown database"}"#, RunError::Unfit(Unfit::NoDatabase)),
        (r#"{"error":"x"}"#, RunError::Request(r#"{"error":"x"}"#.into())),
        (r#""unknown method""#, RunError::Request(r#""unknown method""#.into())),
    ] {
        let mut talk = Talk::new(&mut line);
        goes_on(talk.start());
        goes_on(talk.answer(1, LEADER));
        assert_eq!(talk.refuse(2, error).unwrap_err(), expect);
    }
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    talk.said();
    goes_on(talk.refuse(2, r#""canceled""#));
    let (id, asked) = talk.asked();
    assert_eq!(asked, SWITCHES);
    finished(talk.answer(id, r#"[{"rows":[]}]"#));
}

#[test]
fn a_commit_to_a_database_that_is_gone_was_not_carried_out() {
    let mut line = |t: &mut Txn<'_>| {
        t.insert_row(SWITCH);
        Verdict::Done(())
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    let error = talk.refuse(id, r#"{"error":"unknown database"}"#).unwrap_err();
    assert_eq!(error, RunError::Unfit(Unfit::NoDatabase));
    // another server gets what the first did not do
    goes_on(talk.start());
    let said = talk.said();
    goes_on(talk.answer(said[0]["id"].as_u64().unwrap(), LEADER));
    assert!(talk.asked().1.contains("insert"));
}

/// Waits until there is a switch called `go` with at least one port.
fn wait_for_go(t: &mut Txn<'_>) -> Verdict<u32, String> {
    let ready = |t: &Txn<'_>| {
        for switch in lookup(t, SWITCH, "go", &[])? {
            if !t.cell(switch, PORTS)?.is_empty() {
                return Ok(true);
            }
        }
        Ok::<_, ReadError>(false)
    };
    match ready(t) {
        Ok(true) => Verdict::Done(1),
        Ok(false) => Verdict::NotYet,
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

const UPDATE: &str = r#"{"id":null,"method":"update","params":[3,{}]}"#;

#[test]
fn a_line_that_waits_is_woken_by_a_monitor() {
    let mut line = wait_for_go;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    talk.said();
    goes_on(talk.answer(2, r#"[{"rows":[]}]"#));
    let (id, asked) = talk.asked();
    assert_eq!(asked, r#"monitor["D",3,{"Switch":[{"columns":["name"],"select":{"initial":false}}]}]"#);
    // what came between the look and the monitor
    goes_on(talk.answer(id, "{}"));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    assert!(talk.said().is_empty());
    goes_on(talk.hear(UPDATE));
    let (id, _) = talk.asked();
    // a change while it looks makes it look again, if what it sees is not enough
    goes_on(talk.hear(UPDATE));
    goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    let (id, _) = talk.asked();
    // the row has come: the ports are asked for, and must be watched as well
    let found = format!(r#"{{"rows":[{{"_uuid":["uuid","{}"]}}]}}"#, uuid(1));
    goes_on(talk.answer(id, &format!("[{found}]")));
    let (id, _) = talk.asked();
    let ports =
        |set: &str| format!(r#"{{"rows":[{{"_uuid":["uuid","{}"],"ports":["set",[{set}]]}}]}}"#, uuid(1));
    goes_on(talk.answer(id, &format!("[{found},{}]", ports(""))));
    let said = talk.said();
    assert_eq!(
        (&said[0]["method"], &said[0]["params"]),
        (&Value::from("monitor_cancel"), &serde_json::json!([3]))
    );
    assert_eq!(said[1]["params"][2]["Switch"][0]["columns"], serde_json::json!(["name", "ports"]));
    goes_on(talk.answer(said[1]["id"].as_u64().unwrap(), "{}"));
    let (id, _) = talk.asked();
    let there = ports(&format!(r#"["uuid","{}"]"#, uuid(2)));
    let done = finished(talk.answer(id, &format!("[{found},{there}]")));
    assert_eq!(done.value, 1);
    // and the monitor is not left behind
    assert_eq!(talk.asked().1.split('[').next(), Some("monitor_cancel"));
}

#[test]
fn a_monitor_that_the_server_gave_up_is_made_anew() {
    let mut line = wait_for_go;
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    goes_on(talk.answer(2, r#"[{"rows":[]}]"#));
    goes_on(talk.answer(3, "{}"));
    goes_on(talk.answer(4, r#"[{"rows":[]}]"#));
    talk.said();
    goes_on(talk.hear(r#"{"id":null,"method":"monitor_canceled","params":[3]}"#));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, r#"[{"rows":[]}]"#));
    assert!(talk.asked().1.starts_with("monitor["));
    let error = talk.refuse(6, r#""no""#).unwrap_err();
    assert_eq!(error, RunError::Request("\"no\"".into()));
}

#[test]
fn a_line_that_waits_for_long_forgets_what_it_only_came_upon() {
    // each time another switch is the one to look at
    let mut line = |t: &mut Txn<'_>| {
        let look = |t: &Txn<'_>| {
            for switch in lookup(t, SWITCH, "go", &[])? {
                t.cell(switch, PORTS)?;
            }
            Ok::<_, ReadError>(())
        };
        match look(t) {
            Ok(()) => Verdict::<(), String>::NotYet,
            Err(error) => Verdict::Failed(error.to_string()),
        }
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let mut most = 0;
    let mut switch = 1;
    for _ in 0..1000 {
        for message in talk.said().iter().filter(|m| m["params"][0] != "_Server") {
            let id = message["id"].as_u64().unwrap();
            if message["method"] == "monitor" {
                goes_on(talk.answer(id, "{}"));
            } else if message["method"] == "transact" {
                let operations = message["params"].as_array().unwrap();
                most = most.max(operations.len());
                let answer = |op: &Value| {
                    let by_name = op["where"][0][0] == "name";
                    let row = if by_name {
                        uuid(switch)
                    } else {
                        op["where"][0][2][1].as_str().unwrap().to_owned()
                    };
                    format!(r#"{{"rows":[{{"_uuid":["uuid","{row}"],"ports":["set",[]]}}]}}"#)
                };
                let rows: Vec<String> = operations.iter().skip(1).map(answer).collect();
                goes_on(talk.answer(id, &format!("[{}]", rows.join(","))));
            }
        }
        if talk.out.is_empty() {
            switch += 1;
            goes_on(talk.hear(UPDATE));
        }
    }
    assert!(switch > 200 && most <= 5, "{switch} {most}");
}

#[test]
fn a_line_that_keeps_asking_is_given_up() {
    let mut n = 0;
    let mut line = |t: &mut Txn<'_>| {
        n += 1;
        verdict(lookup(t, SWITCH, &format!("{n}"), &[]).map(drop))
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let mut rounds = 1;
    let error = loop {
        let (id, asked) = talk.asked();
        let rows = vec![r#"{"rows":[]}"#; asked.matches("select").count()].join(",");
        match talk.answer(id, &format!("[{rows}]")) {
            Ok(Step::Continue) => rounds += 1,
            other => break other.unwrap_err(),
        }
    };
    assert_eq!((error, rounds), (RunError::Rounds, crate::limits::ROUNDS_MAX));
}

#[test]
fn another_server_is_asked_for_all_that_is_needed_at_once() {
    let mut line = |t: &mut Txn<'_>| {
        let count = |t: &Txn<'_>| {
            let mut count = 0;
            for switch in lookup(t, SWITCH, "go", &[])? {
                count += t.cell(switch, PORTS)?.len();
            }
            Ok::<_, ReadError>(count)
        };
        verdict(count(t))
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    goes_on(talk.answer(1, LEADER));
    let (id, _) = talk.asked();
    goes_on(talk.answer(id, &format!(r#"[{{"rows":[{{"_uuid":["uuid","{}"]}}]}}]"#, uuid(1))));
    talk.said();
    // the connection breaks
    goes_on(talk.start());
    let (_, asked) = talk.asked();
    assert_eq!(asked.matches("select").count(), 2, "{asked}");
}

#[test]
fn a_transaction_that_cannot_be_written_is_an_error_of_the_line() {
    let mut line = |t: &mut Txn<'_>| {
        let row = t.insert_row(SWITCH);
        t.increment_cell(row, ColumnId(99), true);
        Verdict::Done(())
    };
    let mut talk = Talk::new(&mut line);
    goes_on(talk.start());
    talk.said();
    assert!(matches!(talk.answer(1, LEADER), Err(RunError::Read(ReadError::Id(_)))));
    assert!(talk.said().is_empty() && !talk.run.commit_pending());
}
