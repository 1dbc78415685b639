//! Replies that come in parts lead to the same as those that come whole.

use super::*;
use crate::frame::Splitter;

impl<T: std::fmt::Debug> Talk<'_, T> {
    /// Takes a message in by parts, of which `piece` bytes arrive at a time.
    fn hear_parts(&mut self, message: &str, piece: usize) -> Outcome<T> {
        let (mut splitter, mut buf) = (Splitter::new(1000), Vec::new());
        let mut last = Ok(Step::Continue);
        for bytes in message.as_bytes().chunks(piece) {
            buf.extend_from_slice(bytes);
            let mut at = 0;
            while let Some(part) = splitter.next(&buf, &mut at, self.run.part_depth()).unwrap() {
                goes_on(std::mem::replace(&mut last, Ok(Step::Continue)));
                last = self.run.receive_part(part.of(&buf), self.line, &mut self.out);
                last.as_ref().map_err(Clone::clone)?;
            }
            buf.drain(..at);
        }
        assert!(splitter.is_done());
        last
    }
}

/// What becomes of a line that reads two tables when the answer to its queries is `reply`, whole
/// and at every split.
fn check(reply: &str) -> String {
    let outcome = |piece: Option<usize>| {
        let mut read = |t: &mut Txn<'_>| {
            let ports = all(t, PORT, &[NAME, TAG]);
            verdict(all(t, SWITCH, &[NAME]).and_then(|switches| {
                let mut found = Vec::new();
                for row in ports?.into_iter().chain(switches) {
                    found.push(format!("{:?}", t.cell(row, NAME)?));
                }
                found.sort();
                Ok(found)
            }))
        };
        let mut talk = Talk::new(&mut read);
        goes_on(talk.start());
        goes_on(talk.answer(1, LEADER));
        let (id, _) = talk.asked();
        let message = format!(r#"{{"id":{id},{reply}}}"#);
        let step = match piece {
            None => talk.hear(&message),
            Some(piece) => talk.hear_parts(&message, piece),
        };
        let text = match step {
            Ok(Step::Finished(conclusion)) => format!("{:?}", conclusion.value),
            other => format!("{other:?}"),
        };
        format!("{text} {:?}", talk.said())
    };
    let whole = outcome(None);
    for piece in 1..=reply.len() {
        assert_eq!(outcome(Some(piece)), whole, "in pieces of {piece}: {reply}");
    }
    whole
}

#[test]
fn a_reply_in_parts_leads_to_the_same_as_a_whole_one() {
    let row = |n, name| format!(r#"{{"_uuid":["uuid","{}"],"name":"{name}","tag":{n}}}"#, uuid(n));
    let (a, b, c) = (row(1, "a"), row(2, "b\\u00e9"), row(3, "c"));
    let found = check(&format!(r#""result":[{{"rows":[{a},{b}]}},{{"rows":[{c}]}}],"error":null"#));
    assert_eq!(found, r#"["String(\"a\")", "String(\"bé\")", "String(\"c\")"] []"#);
    check(r#""error":null,"result":[{"rows":[]},{"rows":[]}]"#);
    // the server's words
    assert!(
        check(r#""result":[{"rows":[]},{"error":"unknown column","details":"x"}],"error":null"#)
            .contains("get_schema")
    );
    check(r#""result":[{"rows":[]},{"rows":[]},{"error":"resources exhausted"}],"error":null"#);
    check(r#""result":[{"error":"canceled"},null],"error":null"#);
    check(r#""result":null,"error":"canceled""#);
    check(r#""result":null,"error":{"error":"unknown database"}"#);
    check(r#""result":[{"rows":[]}],"error":"canceled""#);
    // too few, too many, of another kind, without a name, of the wrong type
    check(r#""result":[{"rows":[]}],"error":null"#);
    check(r#""result":[{"rows":[]},{"rows":[]},{}],"error":null"#);
    check(r#""result":[{"count":1},{"rows":[]}],"error":null"#);
    check(r#""result":[{"rows":[{"name":"x"}]},{"rows":[]}],"error":null"#);
}
