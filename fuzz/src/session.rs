//! Does a line come to an end or wait, and write nothing but well-formed requests, whatever a server sends?

use crate::line::{Asked, Ready, TOOLS, prepare, sent};
use ovn_tools::ctl::persona::{Persona, Tool};
use ovn_tools::ctl::print;
use ovn_tools::ctl::progress::Awaited;
use ovsdb_proto::session::{Conclusion, Run, RunError, RunOptions, Step, Verdict};
use ovsdb_proto::txn::Txn;
use std::collections::VecDeque;
use std::fmt::{Debug, Display};
use std::sync::{Arc, LazyLock};

const NB: &str = "ovn-nbctl";

/// The lines: reading and writing, by name and by UUID, one round and several, waiting, all kinds of output.
const LINES: [(&str, &str); 20] = [
    (NB, "lsp-add sw0 p0"),
    (NB, "--wait=sb lsp-set-addresses p0 dynamic -- lsp-set-type p0 router"),
    (NB, "--may-exist ls-add sw0 -- lsp-add sw0 p0 -- lsp-add sw0 p1 p0 7"),
    (NB, "get Logical_Switch_Port p0 addresses options:a"),
    (NB, "show"),
    (NB, "lr-route-list r0"),
    (NB, "--ecmp lr-route-add r0 10.0.0.0/8 192.168.0.1 rp0"),
    (NB, "lrp-add r0 rp0 00:00:00:00:00:01 10.0.0.1/24 -- lrp-set-gateway-chassis rp0 c0 3"),
    (NB, "--if-exists ls-del sw0 -- lr-del r0"),
    (NB, "--format=json list NB_Global"),
    (NB, "--wait=hv set NB_Global . options:a=b external_ids:c=d"),
    (NB, "wait-until Logical_Switch sw0 external_ids:a=b"),
    (NB, "--format=table find Logical_Switch_Port name=p0"),
    (
        NB,
        "--id=@a create Logical_Switch name=x -- add Logical_Switch x ports 00112233-4455-6677-8899-aabbccddeeff",
    ),
    (NB, "get-connection -- set-connection ptcp:6641 -- get-ssl"),
    ("ovn-sbctl", "show"),
    ("ovn-sbctl", "chassis-add c0 geneve 10.0.0.1"),
    ("ovn-ic-nbctl", "ts-add ts0 -- ts-list"),
    ("ovs-vsctl", "--may-exist add-port br0 p0 -- set Interface p0 type=internal"),
    ("ovs-vsctl", "show"),
];

static READY: LazyLock<Vec<Ready>> = LazyLock::new(|| {
    let ready = |(name, line): (&str, &str)| {
        let tool = Tool::from_name(name)?;
        let def = TOOLS.into_iter().find(|def| def.tool == tool)?;
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let Ok(Asked::Commands(ready)) = prepare(def, &Persona::new(tool, name), &words, &|_| None) else {
            return None;
        };
        Some(*ready)
    };
    let all: Vec<Ready> = LINES.into_iter().filter_map(ready).collect();
    assert_eq!(all.len(), LINES.len());
    all
});

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
