//! Does the same program come to the same over a whole snapshot and over one that is filled round by round?

use super::*;
use crate::op::{Function, Operation};
use crate::txn::Request;
use proptest::prelude::*;

/// One step of a program. Rows and names are numbers into a few of each.
#[derive(Clone, Debug)]
enum Step {
    Insert { table: u8, name: u8 },
    Claim { name: u8 },
    Delete(u8),
    SetName { row: u8, name: u8 },
    SetTag { row: u8, tag: Option<i64> },
    AddPort { switch: u8, port: u8 },
    RemovePort { switch: u8, port: u8 },
    Put { row: u8, key: u8, value: u8 },
    Take { row: u8, key: u8 },
    Find { table: u8, name: u8 },
    Lookup { table: u8, name: u8 },
    All { table: u8 },
    Containing { port: u8 },
    Read { row: u8, column: u8 },
    Verify { row: u8, column: u8 },
    Singleton,
    Count { force: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..6u8;
    let table = 0..2u8;
    prop_oneof![
        (table.clone(), n.clone()).prop_map(|(table, name)| Step::Insert { table, name }),
        n.clone().prop_map(|name| Step::Claim { name }),
        n.clone().prop_map(Step::Delete),
        (n.clone(), n.clone()).prop_map(|(row, name)| Step::SetName { row, name }),
        (n.clone(), proptest::option::of(0..3i64)).prop_map(|(row, tag)| Step::SetTag { row, tag }),
        (n.clone(), n.clone()).prop_map(|(switch, port)| Step::AddPort { switch, port }),
        (n.clone(), n.clone()).prop_map(|(switch, port)| Step::RemovePort { switch, port }),
        (n.clone(), 0..3u8, 0..3u8).prop_map(|(row, key, value)| Step::Put { row, key, value }),
        (n.clone(), 0..3u8).prop_map(|(row, key)| Step::Take { row, key }),
        (table.clone(), n.clone()).prop_map(|(table, name)| Step::Find { table, name }),
        (table.clone(), n.clone()).prop_map(|(table, name)| Step::Lookup { table, name }),
        table.prop_map(|table| Step::All { table }),
        n.clone().prop_map(|port| Step::Containing { port }),
        (n.clone(), 0..3u8).prop_map(|(row, column)| Step::Read { row, column }),
        (n, 0..3u8).prop_map(|(row, column)| Step::Verify { row, column }),
        Just(Step::Singleton),
        any::<bool>().prop_map(|force| Step::Count { force }),
    ]
}

fn name(n: u8) -> Datum {
    Datum::one(["", "p", "q", "r", "sw", "x"][usize::from(n)])
}

fn table(n: u8) -> TableId {
    if n == 0 { PORT } else { SWITCH }
}

/// The rows that a program works with: those that are there at first, in both tables, then those that it found or made.
struct Rows(Vec<RowId>);

impl Rows {
    fn pick(&self, table: TableId, n: u8) -> RowId {
        let rows: Vec<&RowId> = self.0.iter().filter(|row| row.table == table).collect();
        *rows[usize::from(n) % rows.len()]
    }

    fn add(&mut self, found: &[RowId]) {
        self.0.extend(found.iter().filter(|row| row.table != GLOBAL));
    }
}

/// Runs the program to the end, also past what is missing, and answers what it saw; `Err` is the first error of another kind.
fn run(t: &mut Txn<'_>, program: &[Step]) -> Result<Vec<String>, ReadError> {
    let mut rows = Rows(vec![row(PORT, 11), row(PORT, 12), row(PORT, 13), row(SWITCH, 1), row(SWITCH, 2)]);
    let mut seen = Vec::new();
    for step in program {
        match one(t, step, &mut rows) {
            Ok(saw) => seen.push(saw),
            Err(ReadError::Missing(_)) => seen.push("missing".to_owned()),
            // a row that is not there: the program goes on
            Err(error @ ReadError::NoRow { .. }) => seen.push(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(seen)
}

fn one(t: &mut Txn<'_>, step: &Step, rows: &mut Rows) -> Result<String, ReadError> {
    let column = |n: u8| [NAME, TAG, OPTIONS][usize::from(n)];
    let found = match *step {
        Step::Insert { table: n, name: value } => {
            let row = t.insert_row(table(n));
            t.set_cell(row, NAME, name(value));
            vec![row]
        }
        Step::Claim { name: value } => {
            if t.holder(PORT, NAME, &name(value), set(&[TAG]))?.is_some() {
                return Ok("taken".into());
            }
            let row = t.insert_row(PORT);
            t.set_cell(row, NAME, name(value));
            vec![row]
        }
        Step::Delete(n) => {
            t.delete_row(rows.pick(table(n % 2), n));
            vec![]
        }
        Step::SetName { row, name: value } => {
            t.set_cell(rows.pick(table(row % 2), row), NAME, name(value));
            vec![]
        }
        Step::SetTag { row, tag } => {
            t.set_cell(rows.pick(PORT, row), TAG, tag.map_or_else(Datum::empty_set, Datum::one));
            vec![]
        }
        Step::AddPort { switch, port } => {
            let port = rows.pick(PORT, port);
            t.insert_into(rows.pick(SWITCH, switch), PORTS, &Datum::one(port.uuid));
            vec![]
        }
        Step::RemovePort { switch, port } => {
            let port = rows.pick(PORT, port);
            t.delete_from(rows.pick(SWITCH, switch), PORTS, &Datum::one(port.uuid));
            vec![]
        }
        Step::Put { row, key, value } => {
            let pair = (
                Atom::from(["k", "l", "m"][usize::from(key)]),
                Atom::from(["v", "w", "x"][usize::from(value)]),
            );
            t.insert_into(rows.pick(PORT, row), OPTIONS, &Datum::map([pair]));
            vec![]
        }
        Step::Take { row, key } => {
            t.delete_from(rows.pick(PORT, row), OPTIONS, &strings(&[["k", "l", "m"][usize::from(key)]]));
            vec![]
        }
        Step::Find { table: n, name: value } => {
            t.find_rows(table(n), &[Condition::eq(NAME, name(value))], set(&[NAME]))?
        }
        Step::Lookup { table: n, name: value } => {
            t.lookup_rows(table(n), NAME, &name(value), ColumnSet::EMPTY)?
        }
        Step::All { table: n } => t.find_rows(table(n), &[], set(&[NAME]))?,
        Step::Containing { port } => {
            let arg = Datum::one(rows.pick(PORT, port).uuid);
            t.find_rows(
                SWITCH,
                &[Condition { column: PORTS, function: Function::Includes, arg }],
                ColumnSet::EMPTY,
            )?
        }
        Step::Read { row, column: n } => {
            let value = t.cell(rows.pick(PORT, row), column(n))?;
            return Ok(format!("{value:?}"));
        }
        Step::Verify { row, column: n } => {
            t.verify_cell(rows.pick(PORT, row), column(n));
            vec![]
        }
        Step::Singleton => vec![t.singleton_row(GLOBAL, set(&[CFG]))?],
        Step::Count { force } => {
            let row = t.singleton_row(GLOBAL, ColumnSet::EMPTY)?;
            t.increment_cell(row, CFG, force);
            vec![]
        }
    };
    rows.add(&found);
    Ok(format!("{found:?}"))
}

/// What the server would answer to one of the queries.
fn answer(whole: &Snapshot, query: &Query) -> Vec<(Uuid, Cells)> {
    let schema = whole.schema().table(query.table).unwrap();
    let columns: Vec<ColumnId> = query.columns.iter().filter(|c| schema.column(*c).is_some()).collect();
    let cell = |row, column: &ColumnId| (*column, whole.cell(query.table, row, *column).unwrap().clone());
    let rows = whole.find(query.table, &query.conditions, query.columns).unwrap();
    rows.into_iter().map(|row| (row, columns.iter().map(|c| cell(row, c)).collect())).collect()
}

/// Whether the server would refuse: names of ports are unique, whoever of those that are there at the end has them. Ports that nothing refers to
/// stay in this model.
fn is_refused(whole: &Snapshot, request: &Request) -> bool {
    let mut names: Vec<(Uuid, Datum)> = whole
        .find(PORT, &[], ColumnSet::EMPTY)
        .unwrap()
        .into_iter()
        .map(|uuid| (uuid, whole.cell(PORT, uuid, NAME).unwrap().clone()))
        .collect();
    for operation in &request.operations {
        match operation {
            Operation::Insert { table: PORT, uuid, row, .. } => {
                let name = row.iter().find(|c| c.0 == NAME).map_or_else(|| Datum::one(""), |c| c.1.clone());
                names.push((*uuid, name));
            }
            Operation::Update { table: PORT, where_, row } => {
                let this = where_[0].arg.scalar().and_then(Atom::as_uuid).unwrap();
                if let Some((_, value)) = row.iter().find(|c| c.0 == NAME) {
                    names.iter_mut().filter(|n| n.0 == this).for_each(|n| n.1 = value.clone());
                }
            }
            _ => {}
        }
    }
    let count = names.len();
    names.sort_by(|a, b| a.1.cmp(&b.1));
    names.dedup_by(|a, b| a.1 == b.1);
    names.len() < count
}

type Came = (Vec<String>, Result<Commit, ReadError>);

/// As a driver does it: round by round, with a look at what was trusted when the server refuses.
fn over_holes(whole: &Snapshot, program: &[Step]) -> Came {
    let mut asked: Vec<Query> = Vec::new();
    let mut distrusts = false;
    for _ in 0..200 {
        let mut partial = nothing();
        asked.iter().for_each(|query| partial.answer(query, answer(whole, query)));
        if distrusts {
            partial.distrust_indexes();
        }
        let mut t = Txn::new(&partial, 1);
        let seen = run(&mut t, program).unwrap();
        let finished = if t.has_missing() { None } else { Some(t.finish()) };
        if t.has_missing() {
            let missing = t.missing();
            assert!(missing.iter().all(|q| !asked.contains(q)), "asked again: {missing:?}");
            asked.extend(missing);
            continue;
        }
        let finished = finished.unwrap();
        match &finished {
            // the line said that it failed, which may be because it went past a name that is taken
            Err(_) if t.trusted_an_index() && !distrusts => distrusts = true,
            Ok(Commit::Send(request)) if t.trusted_an_index() && !distrusts && is_refused(whole, request) => {
                distrusts = true;
            }
            _ => return (seen, finished),
        }
    }
    panic!("no end to the rounds of reading: {asked:?}");
}

fn over_the_whole(whole: &Snapshot, program: &[Step]) -> Came {
    let mut t = Txn::new(whole, 1);
    let seen = run(&mut t, program).unwrap();
    assert!(!t.has_missing(), "{:?}", t.missing());
    (seen, t.finish())
}

fn ports() -> impl Strategy<Value = Vec<(TableId, u128, Cells)>> {
    // ports 11 to 13 with different names, of which some are there, and switches
    let port = (any::<bool>(), proptest::option::of(0..3i64), 0..4u8);
    let switch = (any::<bool>(), 0..6u8, proptest::collection::vec(11..14u128, 0..3));
    (proptest::collection::vec(port, 3), proptest::collection::vec(switch, 2), any::<bool>()).prop_map(
        |(ports, switches, global)| {
            let mut rows = Vec::new();
            for ((n, (there, tag, option)), name) in (11..).zip(ports).zip(["p", "q", ""]) {
                if there {
                    let tag = tag.map_or_else(Datum::empty_set, Datum::one);
                    let options =
                        if option == 0 { Datum::empty_map() } else { map(&[("k", "v"), ("m", "x")]) };
                    rows.push((PORT, n, vec![(NAME, Datum::one(name)), (TAG, tag), (OPTIONS, options)]));
                }
            }
            for (n, (there, value, ports)) in (1..).zip(switches) {
                if there {
                    rows.push((SWITCH, n, vec![(NAME, name(value)), (PORTS, refs(&ports))]));
                }
            }
            if global {
                rows.push((GLOBAL, 21, vec![(CFG, Datum::one(4))]));
            }
            rows
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn holes_make_no_difference(contents in ports(), program in proptest::collection::vec(step(), 0..12)) {
        let whole = whole_of(&contents);
        prop_assert_eq!(over_holes(&whole, &program), over_the_whole(&whole, &program));
    }
}
