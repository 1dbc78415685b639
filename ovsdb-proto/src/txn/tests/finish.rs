//! Which operations does a transaction send?

use super::*;

const NONE: [&str; 0] = [];

fn lookup(t: &Txn<'_>, table: TableId, name: &str) -> Vec<RowId> {
    t.lookup_rows(table, NAME, &Datum::one(name), ColumnSet::EMPTY).unwrap()
}

#[test]
fn what_changes_nothing_is_not_sent() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.comment("never seen");
    t.verify_cell(row(PORT, 11), NAME);
    lookup(&t, SWITCH, "sw");
    t.increment_cell(row(GLOBAL, 21), CFG, false);
    assert_eq!(sent(&t), NONE);
    // values that are there already, and pairs
    t.set_cell(row(PORT, 11), NAME, Datum::one("p"));
    t.set_cell(row(PORT, 11), TAG, Datum::empty_set());
    t.insert_into(row(PORT, 12), OPTIONS, &map(&[("k", "v")]));
    assert_eq!(sent(&t), NONE);
    // made and taken away, with what referred to it
    let new = t.insert_row(PORT);
    t.set_cell(new, NAME, Datum::one("new"));
    t.insert_into(row(SWITCH, 1), PORTS, &Datum::one(new.uuid));
    t.verify_cell(new, NAME);
    t.delete_from(row(SWITCH, 1), PORTS, &Datum::one(new.uuid));
    t.delete_row(new);
    t.delete_row(new);
    assert_eq!(sent(&t), NONE);
    // a row outside the root set goes with the last reference to it
    t.delete_row(row(PORT, 11));
    assert_eq!(sent(&t), NONE);
}

#[test]
fn if_anything_changes_all_is_sent_guards_first_counter_and_comment_last() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.comment("one");
    t.comment("two");
    t.verify_cell(row(PORT, 12), OPTIONS);
    t.verify_cell(row(PORT, 12), TAG);
    let switch = lookup(&t, SWITCH, "sw")[0];
    t.increment_cell(row(GLOBAL, 21), CFG, false);
    let port = t.insert_row(PORT);
    t.set_cell(port, NAME, Datum::one("new"));
    t.set_cell(port, TAG, Datum::empty_set());
    t.insert_into(port, OPTIONS, &map(&[("a", "b")]));
    t.insert_into(switch, PORTS, &Datum::one(port.uuid));
    t.set_cell(row(PORT, 11), NAME, Datum::one("p"));
    assert_eq!(
        sent(&t),
        [
            "wait,table:Port,timeout:0,where:[[_uuid,==,[uuid,#12]]],columns:[options,tag],until:==,\
             rows:[{options:[map,[[k,v],[l,w]]],tag:7}]",
            "wait,table:Global,timeout:0,where:[[_uuid,==,[uuid,#21]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#21]}]",
            "wait,table:Port,timeout:0,where:[[_uuid,==,[uuid,#11]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#11]}]",
            "wait,table:Switch,timeout:0,where:[[name,==,sw]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#1]},{_uuid:[uuid,#2]}]",
            "insert,table:Port,uuid-name:new1,row:{name:new,options:[map,[[a,b]]]}",
            "update,table:Port,where:[[_uuid,==,[uuid,#11]]],row:{name:p}",
            "mutate,table:Switch,where:[[_uuid,==,[uuid,#1]]],mutations:[[ports,insert,[named-uuid,new1]]]",
            "mutate,table:Global,where:[[_uuid,==,[uuid,#21]]],mutations:[[cfg,+=,1]]",
            "select,table:Global,where:[[_uuid,==,[uuid,#21]]],columns:[cfg]",
            "comment,comment:one\\ntwo",
        ]
    );
}

#[test]
fn sets_and_maps_are_changed_in_part() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.insert_into(row(PORT, 12), OPTIONS, &map(&[("k", "other"), ("l", "w"), ("m", "new")]));
    t.delete_from(row(SWITCH, 1), PORTS, &refs(&[11]));
    t.insert_into(row(SWITCH, 1), PORTS, &refs(&[12]));
    let lines = sent(&t);
    assert_eq!(
        lines[2..],
        [
            "mutate,table:Port,where:[[_uuid,==,[uuid,#12]]],mutations:[[options,delete,k],\
             [options,insert,[map,[[k,other],[m,new]]]]]",
            "mutate,table:Switch,where:[[_uuid,==,[uuid,#1]]],mutations:[[ports,delete,[uuid,#11]],\
             [ports,insert,[uuid,#12]]]",
        ]
    );
    // one that is there already counts as a change all the same, as with the C tools
    let mut t = Txn::new(&base, 1);
    t.insert_into(row(SWITCH, 1), PORTS, &refs(&[12]));
    assert_eq!(sent(&t).len(), 2);
}

#[test]
fn rows_of_the_root_set_are_deleted() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.set_cell(row(SWITCH, 2), NAME, Datum::one("x"));
    t.delete_row(row(SWITCH, 2));
    t.increment_cell(row(SWITCH, 2), NAME, false);
    assert_eq!(sent(&t), ["delete,table:Switch,where:[[_uuid,==,[uuid,#2]]]"]);
}

#[test]
fn a_counter_may_be_forced() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    t.increment_cell(row(GLOBAL, 21), CFG, true);
    assert_eq!(
        sent(&t),
        [
            "wait,table:Global,timeout:0,where:[[_uuid,==,[uuid,#21]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#21]}]",
            "mutate,table:Global,where:[[_uuid,==,[uuid,#21]]],mutations:[[cfg,+=,1]]",
            "select,table:Global,where:[[_uuid,==,[uuid,#21]]],columns:[cfg]",
        ]
    );
}

#[test]
fn a_counter_that_can_go_no_higher_starts_again_at_1() {
    let mut contents = contents();
    contents[0].2 = vec![(CFG, Datum::one(i64::MAX))];
    let base = whole_of(&contents);
    let mut t = Txn::new(&base, 1);
    t.increment_cell(row(GLOBAL, 21), CFG, false);
    // by itself it is no change
    assert_eq!(sent(&t), NONE);
    t.increment_cell(row(GLOBAL, 21), CFG, true);
    let max = i64::MAX;
    assert_eq!(
        sent(&t),
        [
            "wait,table:Global,timeout:0,where:[[_uuid,==,[uuid,#21]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#21]}]",
            &format!(
                "wait,table:Global,timeout:0,where:[[_uuid,==,[uuid,#21]]],columns:[cfg],until:==,rows:[{{cfg:{max}}}]"
            ),
            "update,table:Global,where:[[_uuid,==,[uuid,#21]]],row:{cfg:0}",
            "mutate,table:Global,where:[[_uuid,==,[uuid,#21]]],mutations:[[cfg,+=,1]]",
            "select,table:Global,where:[[_uuid,==,[uuid,#21]]],columns:[cfg]",
            "mutate,table:Global,where:[[_uuid,==,[uuid,#21]]],mutations:[[cfg,+=,1]]",
            "select,table:Global,where:[[_uuid,==,[uuid,#21]]],columns:[cfg]",
        ]
    );
    // what the transaction writes itself is left to the server
    t.set_cell(row(GLOBAL, 21), CFG, Datum::one(max));
    assert!(!sent(&t).iter().any(|line| line.contains("cfg:0")));
}

#[test]
fn the_only_row_is_made_under_a_guard_and_a_dry_run_ends_with_abort() {
    let base = whole_of(&[]);
    let mut t = Txn::new(&base, 1);
    t.dry_run(true);
    let global = t.singleton_row(GLOBAL, ColumnSet::EMPTY).unwrap();
    assert_eq!(t.singleton_row(GLOBAL, ColumnSet::EMPTY), Ok(global));
    t.increment_cell(global, CFG, false);
    assert_eq!(
        sent(&t),
        [
            "wait,table:Global,timeout:0,where:[],columns:[_uuid],until:==,rows:[]",
            "insert,table:Global,uuid-name:new1,row:{}",
            "mutate,table:Global,where:[[_uuid,==,[named-uuid,new1]]],mutations:[[cfg,+=,1]]",
            "select,table:Global,where:[[_uuid,==,[named-uuid,new1]]],columns:[cfg]",
            "abort",
        ]
    );
}

#[test]
fn new_rows_may_refer_to_each_other_and_keep_an_identity() {
    let base = whole_of(&[]);
    let mut t = Txn::new(&base, 1);
    let port = t.insert_row_as(PORT, uuid(30), true);
    let switch = t.insert_row(SWITCH);
    t.set_cell(switch, PORTS, Datum::one(port.uuid));
    assert_eq!(
        sent(&t),
        ["insert,table:Port,uuid:new1,row:{}", "insert,table:Switch,uuid-name:new2,row:{ports:[uuid,new1]}"]
    );
}

#[test]
fn absence_is_guarded_unless_an_index_does_that() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    assert!(lookup(&t, PORT, "new").is_empty() && lookup(&t, SWITCH, "new").is_empty());
    let none = |table: &str| {
        format!("wait,table:{table},timeout:0,where:[[name,==,new]],columns:[_uuid],until:==,rows:[]")
    };
    t.delete_row(row(SWITCH, 2));
    assert_eq!(sent(&t)[..2], [none("Port"), none("Switch")]);
    assert!(!t.trusted_an_index());
    let port = t.insert_row(PORT);
    t.set_cell(port, NAME, Datum::one("new"));
    assert_eq!(sent(&t)[..1], [none("Switch")]);
    // then the index refuses what somebody else was faster with
    assert!(t.trusted_an_index());
    t.delete_row(port);
    assert_eq!(sent(&t)[..2], [none("Port"), none("Switch")]);
}

#[test]
fn a_row_found_by_a_unique_name_need_only_be_there() {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    let port = lookup(&t, PORT, "p")[0];
    t.set_cell(port, TAG, Datum::one(3));
    assert_eq!(
        sent(&t),
        [
            "wait,table:Port,timeout:0,where:[[_uuid,==,[uuid,#11]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#11]}]",
            "update,table:Port,where:[[_uuid,==,[uuid,#11]]],row:{tag:3}",
        ]
    );
}

#[test]
fn what_finishing_lacks_is_asked_for_in_one_round() {
    let mut base = nothing();
    let mut t = Txn::new(&base, 1);
    t.set_cell(row(PORT, 11), NAME, Datum::one("x"));
    t.set_cell(row(PORT, 11), TAG, Datum::one(1));
    t.insert_into(row(PORT, 12), OPTIONS, &map(&[("a", "b")]));
    missing(t.finish());
    let this = |n, columns: &[ColumnId]| Query {
        table: PORT,
        conditions: vec![Condition::uuid(uuid(n))],
        columns: set(columns),
    };
    let asked = t.missing();
    assert_eq!(asked, [this(11, &[NAME, TAG]), this(12, &[OPTIONS])]);
    // and of what is only added to or demanded, whether the row is there
    let mut t = Txn::new(&base, 1);
    t.insert_into(row(SWITCH, 1), PORTS, &refs(&[11]));
    t.verify_cell(row(PORT, 12), TAG);
    t.verify_cell(row(PORT, 12), ColumnId::UUID);
    missing(t.finish());
    let switch =
        Query { table: SWITCH, conditions: vec![Condition::uuid(uuid(1))], columns: ColumnSet::EMPTY };
    let asked = t.missing();
    assert_eq!(asked, [this(12, &[TAG]), switch.clone()]);
    base.answer(&asked[0], [(uuid(12), vec![])]);
    base.answer(&switch, []);
    let mut t = Txn::new(&base, 1);
    t.insert_into(row(SWITCH, 1), PORTS, &refs(&[11]));
    let gone = ReadError::NoRow { table: "Switch".into(), row: uuid(1) };
    assert_eq!(t.finish(), Err(gone));
    let mut t = Txn::new(&base, 1);
    t.verify_cell(row(PORT, 12), TAG);
    t.verify_cell(row(PORT, 12), ColumnId::UUID);
    t.insert_row(SWITCH);
    assert_eq!(
        sent(&t)[0],
        "wait,table:Port,timeout:0,where:[[_uuid,==,[uuid,#12]]],columns:[_uuid,tag],until:==,\
         rows:[{_uuid:[uuid,#12],tag:[set,[]]}]"
    );
}

#[test]
fn an_older_server_is_not_bothered_with_defaults_of_what_it_lacks() {
    let older = r#"{"name":"D","version":"1.0.0","tables":{"Port":{"columns":{"name":{"type":"string"}}},
        "Switch":{"columns":{"ports":{"type":"string"}}}}}"#;
    let absent = Absent::between(&schema(), &DatabaseSchema::parse(older).unwrap());
    let mut base = Snapshot::new(schema(), Arc::new(absent));
    let all = |table, columns: &[ColumnId]| Query { table, conditions: Vec::new(), columns: set(columns) };
    base.answer(&all(PORT, &[NAME]), [(uuid(11), vec![(NAME, Datum::one("p"))])]);
    base.answer(&all(SWITCH, &[]), [(uuid(1), vec![])]);
    let mut t = Txn::new(&base, 1);
    let port = row(PORT, 11);
    t.verify_cell(port, TAG);
    t.set_cell(port, TAG, Datum::empty_set());
    t.delete_from(port, OPTIONS, &strings(&["k"]));
    assert_eq!(sent(&t), NONE);
    t.set_cell(port, NAME, Datum::one("x"));
    // the switches without a name are all of them
    assert_eq!(lookup(&t, SWITCH, "").len(), 1);
    assert!(lookup(&t, SWITCH, "sw").is_empty());
    assert_eq!(
        sent(&t),
        [
            "wait,table:Port,timeout:0,where:[[_uuid,==,[uuid,#11]]],columns:[_uuid],until:==,\
             rows:[{_uuid:[uuid,#11]}]",
            "wait,table:Switch,timeout:0,where:[],columns:[_uuid],until:==,rows:[{_uuid:[uuid,#1]}]",
            "update,table:Port,where:[[_uuid,==,[uuid,#11]]],row:{name:x}",
        ]
    );
    // what it cannot store is sent, and refused
    t.set_cell(port, TAG, Datum::one(1));
    assert_eq!(sent(&t)[2], "update,table:Port,where:[[_uuid,==,[uuid,#11]]],row:{name:x,tag:1}");
}
