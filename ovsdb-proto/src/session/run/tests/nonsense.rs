//! Is there any answer that makes a line panic, grow or go on without end?

use super::*;
use proptest::prelude::*;

/// Reads, waits and writes, in ways that depend on what it reads.
fn line(t: &mut Txn<'_>) -> Verdict<usize, String> {
    let work = |t: &mut Txn<'_>| {
        let switches = lookup(t, SWITCH, "sw", &[PORTS]);
        let port = lookup(t, PORT, "p", &[TAG]);
        if t.holder(PORT, NAME, &Datum::one("new"), ColumnSet::EMPTY)?.is_some() {
            return Ok(None);
        }
        let mut ports = 0;
        for switch in switches? {
            let refs: Vec<_> = t.cell(switch, PORTS)?.atoms().to_vec();
            let rows: Vec<RowId> = refs
                .iter()
                .filter_map(crate::value::Atom::as_uuid)
                .map(|uuid| RowId { table: PORT, uuid })
                .collect();
            t.fetch_rows(&rows, [TAG].into_iter().collect())?;
            for row in rows {
                ports += 1;
                t.cell(row, TAG)?;
                t.set_cell(row, TAG, Datum::one(4));
            }
        }
        for port in port? {
            if t.cell(port, TAG)?.into_owned() == Datum::one(1) {
                return Ok(None);
            }
            t.verify_cell(port, TAG);
        }
        if ports == 2 {
            let new = t.insert_row(PORT);
            t.set_cell(new, NAME, Datum::one("new"));
        }
        Ok::<_, ReadError>(Some(ports))
    };
    match work(t) {
        Ok(Some(ports)) => Verdict::Done(ports),
        Ok(None) => Verdict::NotYet,
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

/// What a server may do next.
#[derive(Clone, Debug)]
enum Act {
    /// Answer a request that is open, the first or the last, with this.
    Answer { last: bool, body: String },
    /// Answer each operation with what it might be answered, rows being taken from these in turn; or the last one with an error.
    Sense { last: bool, rows: Vec<String>, error: Option<String> },
    /// Answer with as many results as there were operations, taken from these in turn.
    Results { last: bool, results: Vec<String> },
    /// Send this.
    Say(String),
}

fn row() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("sw"), Just("p"), Just("new"), Just("other")];
    (0..4u32, name, 0..3i64, proptest::collection::vec(0..4u32, 0..3)).prop_map(|(id, name, tag, ports)| {
        let ports: Vec<String> = ports.iter().map(|p| format!(r#"["uuid","{}"]"#, uuid(*p))).collect();
        let ports = ports.join(",");
        format!(
            r#"{{"_uuid":["uuid","{}"],"name":"{name}","tag":{tag},"ports":["set",[{ports}]]}}"#,
            uuid(id)
        )
    })
}

fn result() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::collection::vec(row(), 0..3).prop_map(|rows| format!(r#"{{"rows":[{}]}}"#, rows.join(","))),
        2 => Just("{}".to_owned()),
        2 => Just(r#"{"count":1}"#.to_owned()),
        1 => Just(format!(r#"{{"uuid":["uuid","{}"]}}"#, uuid(8))),
        1 => Just("null".to_owned()),
        1 => prop_oneof![Just("timed out"), Just("constraint violation"), Just("unknown column"), Just("canceled"), Just("x")]
            .prop_map(|error| format!(r#"{{"error":"{error}","details":"d"}}"#)),
        1 => Just(r#"{"rows":[{"_uuid":["uuid","x"]}]}"#.to_owned()),
        1 => Just(r#"{"rows":[{"name":5}]}"#.to_owned()),
        1 => Just(r#"{"rows":{}}"#.to_owned()),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let body = prop_oneof![
        4 => Just(LEADER.to_owned()),
        2 => Just(SCHEMA.to_owned()),
        2 => Just(OLDER.to_owned()),
        2 => Just("{}".to_owned()),
        1 => Just("[]".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("[{}]".to_owned()),
    ];
    let say = prop_oneof![
        2 => Just(r#"{"id":null,"method":"update","params":[3,{}]}"#.to_owned()),
        1 => Just(r#"{"id":null,"method":"monitor_canceled","params":[3]}"#.to_owned()),
        1 => Just(r#"{"id":"e","method":"echo","params":["x"]}"#.to_owned()),
        1 => (0..20u64).prop_map(|id| format!(r#"{{"id":{id},"result":[],"error":null}}"#)),
        1 => (0..20u64).prop_map(|id| format!(r#"{{"id":{id},"result":null,"error":"canceled"}}"#)),
        1 => "[ -~]{0,40}",
    ];
    let error = proptest::option::weighted(
        0.1,
        prop_oneof![Just("timed out"), Just("constraint violation"), Just("x")],
    );
    prop_oneof![
        40 => (proptest::bool::weighted(0.1), proptest::collection::vec(row(), 1..4), error)
            .prop_map(|(last, rows, error)| Act::Sense { last, rows, error: error.map(str::to_owned) }),
        1 => (any::<bool>(), body).prop_map(|(last, body)| Act::Answer { last, body }),
        2 => (any::<bool>(), proptest::collection::vec(result(), 1..4))
            .prop_map(|(last, results)| Act::Results { last, results }),
        2 => say.prop_map(Act::Say),
    ]
}

/// How a line ended, if it did.
#[derive(Debug)]
enum End {
    Done,
    Failed,
    UnderWay,
}

/// A request that waits for its answer.
struct Open {
    id: u64,
    method: String,
    params: Vec<Value>,
}

impl Open {
    fn sense(&self, rows: &[String], error: Option<&str>) -> String {
        match (self.method.as_str(), self.params.first().and_then(Value::as_str)) {
            ("transact", Some("_Server")) => LEADER.to_owned(),
            ("transact", _) => {
                let operations = self.params.get(1..).unwrap_or_default();
                let mut rows = rows.iter().cycle();
                let mut results: Vec<String> = operations
                    .iter()
                    .map(|op| match op["op"].as_str() {
                        Some("select") => format!(r#"{{"rows":[{}]}}"#, rows.next().unwrap()),
                        Some("insert") => format!(r#"{{"uuid":["uuid","{}"]}}"#, uuid(8)),
                        Some("update" | "mutate" | "delete") => r#"{"count":1}"#.to_owned(),
                        _ => "{}".to_owned(),
                    })
                    .collect();
                if let (Some(error), Some(last)) = (error, results.last_mut()) {
                    *last = format!(r#"{{"error":"{error}"}}"#);
                }
                format!("[{}]", results.join(","))
            }
            ("get_schema", _) => OLDER.to_owned(),
            _ => "{}".to_owned(),
        }
    }
}

fn play(acts: &[Act]) -> End {
    let mut line = line;
    let mut talk = Talk::new(&mut line);
    let mut step = talk.start();
    let mut open: Vec<Open> = Vec::new();
    for act in acts {
        match step {
            Ok(Step::Continue) => {}
            Ok(Step::Pause { ms }) => {
                assert!((1..=1000).contains(&ms));
                talk.run.resume(&mut talk.out);
            }
            Ok(Step::Finished(_)) => return End::Done,
            Err(_) => return End::Failed,
        }
        // a line under way asks no more than a few requests at a time, each no larger than what it was told makes it
        assert!(talk.out.len() < 20_000, "{}", talk.out.len());
        let said = talk.said();
        assert!(said.len() <= 3, "{said:?}");
        for message in said.iter().filter(|m| m["method"].is_string() && m["id"].is_u64()) {
            open.push(Open {
                id: message["id"].as_u64().unwrap(),
                method: message["method"].as_str().unwrap().to_owned(),
                params: message["params"].as_array().unwrap().clone(),
            });
        }
        let mut take = |last: bool| {
            let none = Open { id: 99, method: String::new(), params: Vec::new() };
            if open.is_empty() { none } else { open.remove(if last { open.len() - 1 } else { 0 }) }
        };
        step = match act {
            Act::Sense { last, rows, error } => {
                let open = take(*last);
                talk.answer(open.id, &open.sense(rows, error.as_deref()))
            }
            Act::Answer { last, body } => talk.answer(take(*last).id, body),
            Act::Results { last, results } => {
                let open = take(*last);
                let count = open.params.len().saturating_sub(1);
                let results: Vec<&str> = results.iter().cycle().take(count).map(String::as_str).collect();
                talk.answer(open.id, &format!("[{}]", results.join(",")))
            }
            Act::Say(text) => talk.hear(text),
        };
    }
    End::UnderWay
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_line_ends_or_goes_on_quietly(acts in proptest::collection::vec(act(), 0..60)) {
        play(&acts);
    }

    #[test]
    fn any_bytes_are_an_error_or_ignored(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut line = line;
        let mut talk = Talk::new(&mut line);
        goes_on(talk.start());
        let _ = talk.run.receive(&bytes, talk.line, &mut talk.out);
    }
}

#[test]
fn all_ends_are_met() {
    // the strategies above are of use only if they get somewhere
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = proptest::collection::vec(act(), 0..60);
    let mut ends = [0; 3];
    for _ in 0..500 {
        match play(&strategy.new_tree(&mut runner).unwrap().current()) {
            End::Done => ends[0] += 1,
            End::Failed => ends[1] += 1,
            End::UnderWay => ends[2] += 1,
        }
    }
    assert!(ends.iter().all(|n| *n > 5), "{ends:?}");
}
