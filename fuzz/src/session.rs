//! Does a line come to an end or wait, and write nothing but well-formed requests, whatever a server sends?

use crate::line::sent;
use crate::lines::READY;
use ovn_tools::ctl::print;
use ovn_tools::ctl::progress::Awaited;
use ovsdb_proto::session::{Conclusion, Run, RunError, RunOptions, Step, Verdict};
use ovsdb_proto::txn::Txn;
use std::collections::VecDeque;
use std::fmt::{Debug, Display};
use std::sync::Arc;

/// The first byte chooses the line. What follows is what the server sends, separated by line ends: messages, or behind `=` the result and behind `!`
/// the error that the oldest open request is answered with. `~` stands for another connection.
pub fn check_session(data: &[u8]) {
    let Some((&choice, stream)) = data.split_first() else { return };
    let Some(ready) = READY.get(usize::from(choice) % READY.len()) else { return };
    let mut messages = stream.split(|byte| *byte == b'\n');
    let options = RunOptions { leader_only: choice < 128, ..RunOptions::default() };
    let line = ready.line();
    let mut run = Run::new(Arc::clone((ready.def().schema)()), options.clone());
    let Some(conclusion) = converse(&mut run, &mut |txn: &mut Txn<'_>| line.run(txn), &mut messages) else {
        return;
    };
    let rows = conclusion.committed.as_ref().map(|c| c.rows.clone()).unwrap_or_default();
    print::render(&conclusion.value.outputs, &ready.globals, &rows);

    let counted = conclusion.committed.as_ref().and_then(|c| c.counters.first().copied());
    let (Some(count), Some(progress)) = (counted, ready.def().progress) else { return };
    let awaited = Awaited { progress, info: ready.def().tool.info(), wait: ready.globals.wait, count };
    let options = RunOptions { first_id: run.next_id(), ..options };
    let mut run = Run::new(Arc::clone((ready.def().schema)()), options);
    converse(&mut run, &mut |txn: &mut Txn<'_>| awaited.check(txn), &mut messages);
}

/// Goes on as long as there are messages and the line is not done.
fn converse<'m, T: Debug, E: Debug + Display>(
    run: &mut Run<T>,
    line: &mut dyn FnMut(&mut Txn<'_>) -> Verdict<T, E>,
    messages: &mut dyn Iterator<Item = &'m [u8]>,
) -> Option<Conclusion<T>> {
    let (mut out, mut open) = (Vec::new(), VecDeque::new());
    let mut step = run.start(line, &mut out);
    loop {
        let written = sent(&mut out);
        // what one message sets off is bounded: a round, a commit, a monitor taken down and put up
        assert!(written.len() <= 4, "{}", written.len());
        open.extend(written.iter().map(|request| request.id));
        match step {
            Ok(Step::Continue) => {}
            Ok(Step::Finished(conclusion)) => {
                assert!(!run.commit_pending());
                return Some(conclusion);
            }
            Ok(Step::Pause { ms }) => {
                assert!((1..=1000).contains(&ms));
                run.resume(&mut out);
                open.extend(sent(&mut out).iter().map(|request| request.id));
            }
            Err(error) => {
                assert!(matches!(error, RunError::Line(_)) || !error.to_string().is_empty());
                run.leave(&mut out);
                sent(&mut out);
                return None;
            }
        }
        let reply = |id: Option<u64>, parts: [&[u8]; 3]| {
            let head = format!(r#"{{"id":{},"#, id.unwrap_or(1));
            [head.as_bytes(), &parts.concat()].concat()
        };
        step = match messages.next()? {
            b"~" => {
                open.clear();
                run.start(line, &mut out)
            }
            [b'=', result @ ..] => {
                let frame = reply(open.pop_front(), [br#""error":null,"result":"#, result, b"}"]);
                run.receive(&frame, line, &mut out)
            }
            [b'!', error @ ..] => {
                let frame = reply(open.pop_front(), [br#""result":null,"error":"#, error, b"}"]);
                run.receive(&frame, line, &mut out)
            }
            frame => run.receive(frame, line, &mut out),
        };
    }
}
