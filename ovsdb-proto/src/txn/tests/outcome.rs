//! What does a reply mean?

use super::*;
use crate::op::ResultError;
use crate::txn::{Committed, Outcome, Request};

fn request(change: impl FnOnce(&mut Txn<'_>)) -> Request {
    let base = whole();
    let mut t = Txn::new(&base, 1);
    change(&mut t);
    match t.finish().unwrap() {
        Commit::Send(request) => request,
        Commit::Unchanged => panic!("nothing to send"),
    }
}

/// A guard, a new switch, an update, a counter with its two operations, and a comment.
fn usual() -> Request {
    request(|t| {
        t.insert_row_as(SWITCH, uuid(9), false);
        t.verify_cell(row(PORT, 11), NAME);
        t.set_cell(row(PORT, 11), TAG, Datum::one(1));
        t.verify_cell(row(GLOBAL, 21), CFG);
        t.increment_cell(row(GLOBAL, 21), CFG, false);
        t.comment("c");
    })
}

fn check(request: &Request, reply: &str) -> Result<Outcome, ResultError> {
    request.outcome(&schema(), reply.as_bytes())
}

const NEW: &str = r#"{"uuid":["uuid","00000000-0000-0000-0000-000000000063"]}"#;

#[test]
fn success_brings_identities_and_counters() {
    let reply = format!(r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{"cfg":5}}]}},{{}}]"#);
    let committed = Committed { rows: [(uuid(9), uuid(0x63))].into(), counters: vec![5] };
    assert_eq!(check(&usual(), &reply), Ok(Outcome::Committed(committed)));
}

#[test]
fn what_passes_is_tried_again() {
    for reply in [
        r#"[{},{"error":"timed out","details":"x"},null,null,null,null,null]"#,
        r#"[{"error":"timed out"},null,null,null,null,null,null]"#,
        r#"[{},{},null,null,null,null,null]"#,
        r#"[{},{},{"error":"canceled"},null,null,null,null]"#,
        r#"[{"error":"unknown database"}]"#,
    ] {
        assert_eq!(check(&usual(), reply), Ok(Outcome::TryAgain), "{reply}");
    }
}

#[test]
fn an_error_is_a_refusal_with_its_words() {
    let refused = |reply: &str| match check(&usual(), reply) {
        Ok(Outcome::Refused(refusal)) => refusal,
        other => panic!("{reply}: {other:?}"),
    };
    let refusal =
        refused(r#"[{},{},{ "error" : "constraint violation", "details":"no", "a":1},null,null,null,null]"#);
    assert_eq!((&*refusal.error, refusal.details.as_deref()), ("constraint violation", Some("no")));
    assert_eq!(refusal.to_string(), r#"{"a":1,"details":"no","error":"constraint violation"}"#);
    // of the commit, after the results of all operations
    let reply = format!(
        r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{"cfg":5}}]}},{{}},{{"error":"referential integrity violation"}}]"#
    );
    let refusal = refused(&reply);
    assert_eq!((&*refusal.error, refusal.details), ("referential integrity violation", None));
    // an error says more than what it kept from being done, and the first says most
    assert_eq!(
        &*refused(r#"[null,{"error":"first"},{"error":"second"},null,null,null,null]"#).error,
        "first"
    );
    // only who asked for it is told so
    assert_eq!(&*refused(r#"[{"error":"aborted"},null,null,null,null,null,null]"#).error, "aborted");
}

#[test]
fn a_dry_run_succeeds_by_failing() {
    let dry = request(|t| {
        t.dry_run(true);
        t.insert_row_as(SWITCH, uuid(9), false);
    });
    let committed = Committed { rows: [(uuid(9), uuid(0x63))].into(), counters: vec![] };
    let aborted = format!(r#"[{NEW},{{"error":"aborted","details":"aborted by request"}}]"#);
    assert_eq!(check(&dry, &aborted), Ok(Outcome::Committed(committed)));
    let refused = format!(r#"[{NEW},{{"error":"aborted"}},{{"error":"constraint violation"}}]"#);
    assert!(matches!(check(&dry, &refused), Ok(Outcome::Refused(_))));
    assert_eq!(check(&dry, &format!("[{NEW},{{}}]")), Err(ResultError::Other { index: 1 }));
}

#[test]
fn what_is_no_reply_to_these_operations_is_an_error() {
    let other = |index| Err(ResultError::Other { index });
    let good = format!(r#"{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{"cfg":5}}]}}"#);
    for (reply, expect) in [
        ("[]".to_owned(), other(0)),
        ("[{}]".to_owned(), other(1)),
        (format!("[{good}]"), other(6)),
        (format!("[{good},{{}},{{}}]"), other(7)),
        (format!(r#"[{good},{{}},{{"error":"x"}},{{"error":"x"}}]"#), other(8)),
        (r#"[{},{},{},{"count":1},{"count":1},{"rows":[{"cfg":5}]},{}]"#.to_owned(), other(2)),
        (format!(r#"[{{}},{{}},{NEW},{{}}]"#), other(3)),
        (format!(r#"[{{"count":1}},{{}},{NEW}]"#), other(0)),
        (format!(r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[]}},{{}}]"#), other(5)),
        (format!(r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{}}]}},{{}}]"#), other(5)),
        (
            format!(
                r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{"cfg":1}},{{"cfg":1}}]}},{{}}]"#
            ),
            other(5),
        ),
    ] {
        assert_eq!(check(&usual(), &reply), expect, "{reply}");
    }
    for reply in ["", "null", "{}", "[1]", "[{]", r#"[{"uuid":"x"}]"#, r#"[{"count":-1}]"#, "[{},", "[{}]]"] {
        assert!(check(&usual(), reply).is_err(), "{reply}");
    }
    let wrong_type =
        format!(r#"[{{}},{{}},{NEW},{{"count":1}},{{"count":1}},{{"rows":[{{"cfg":"x"}}]}},{{}}]"#);
    assert!(matches!(check(&usual(), &wrong_type), Err(ResultError::Datum { .. })));
}
