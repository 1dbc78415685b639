//! Does the service answer every message as the real servers of two releases do?

mod conversation;
mod databases;
mod locks;
mod methods;
mod not_utf8;
mod ours;
mod plain;
mod real;
mod schemas;
mod waits;

use conversation::{Step, converse};
use ours::Ours;
use real::Real;

use crate::release::Release;

/// The databases that every conversation starts with.
const SCHEMAS: [&str; 2] = [
    r#"{"name":"D","version":"1.0.0","tables":{
        "T":{"columns":{"name":{"type":"string"},"n":{"type":"integer"},
            "set":{"type":{"key":"string","min":0,"max":"unlimited"}}},"indexes":[["name"]],"isRoot":true},
        "U":{"columns":{"a":{"type":"string"}},"isRoot":true}}}"#,
    r#"{"name":"E","version":"1.2.3","cksum":"1 2","tables":{
        "X":{"columns":{"a":{"type":"string"}},"isRoot":true},
        "Y":{"columns":{"b":{"type":{"key":{"type":"uuid","refTable":"X","refType":"weak"},"min":0}}}}}}"#,
];

/// Holds the conversation with the service and with the real servers of both releases. Each must say the same to each client, apart from UUIDs and the order in
/// which an object's members or a table's rows come.
fn check(conversation: &str) {
    check_against(&Release::both(), &SCHEMAS, conversation);
}

/// Like [`check`], where the releases differ: the newest is right.
fn check_newest(conversation: &str) {
    let [_, newest] = Release::both();
    check_against(&[newest], &SCHEMAS, conversation);
}

fn check_against(releases: &[Release], schemas: &[&str], conversation: &str) {
    let steps = Step::parse(conversation);
    let ours = converse(&mut Ours::new(schemas), &steps);
    for release in releases {
        let real = converse(&mut Real::new(release, schemas), &steps);
        for ((step, ours), real) in steps.iter().zip(&ours).zip(&real) {
            assert_eq!(
                ours.join("\n"),
                real.join("\n"),
                "left is ours, right Open vSwitch {}, after\n{step:?}",
                release.version
            );
        }
    }
}
