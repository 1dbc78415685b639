//! Is a command line answered, carried out or refused in one line, whatever its words and the environment are?

use crate::line::{Asked, Ready, Sent, TOOLS, prepare, sent};
use ovn_tools::ctl::context::ToolDef;
use ovn_tools::ctl::error::CtlError;
use ovn_tools::ctl::options::Global;
use ovn_tools::ctl::persona::Persona;
use ovn_tools::ctl::{args, print};
use ovsdb_proto::session::remote::parse_list;
use ovsdb_proto::session::{Run, RunError, RunOptions, Step};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;

/// How many messages a line may exchange with a server that holds nothing. The longest chain of tables takes a few.
const STEPS_MAX: usize = 100;

/// The first byte chooses the tool and its name. The words that follow are separated by NUL; those that begin with `$` come first and are
/// `$NAME=VALUE` of the environment. A word may begin with a [`named`] one.
pub fn check_argv(data: &[u8]) {
    let Some((&choice, words)) = data.split_first() else { return };
    let Some(def) = TOOLS.get(usize::from(choice) % TOOLS.len()) else { return };
    let info = def.tool.info();
    let argv0 = if choice < 128 { info.c_name } else { info.own_name };
    let persona = Persona::new(def.tool, &format!("/usr/bin/{argv0}"));

    let mut words: Vec<&[u8]> = words.split(|byte| *byte == 0).collect();
    let mut env = HashMap::new();
    while let Some([b'$', setting @ ..]) = words.first() {
        let setting = String::from_utf8_lossy(setting).into_owned();
        env.extend(setting.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
        words.remove(0);
    }
    let several_lines = words.iter().any(|w| w.contains(&b'\n')) || env.values().any(|v| v.contains('\n'));
    let refused = |error: &CtlError| {
        let text = error.render(&persona);
        if error.message.is_empty() {
            assert!(text.is_empty() && error.status > 1);
            return;
        }
        assert!(text.ends_with('\n') && error.status == 1, "{text}");
        let hints = if persona.is_own_name() { error.hints.len() } else { 0 };
        assert!(several_lines || text.lines().count() == 1 + hints, "{text}");
    };

    let words = args::decode(words.into_iter().map(|w| OsString::from_vec(named(def, w))));
    match prepare(def, &persona, &words, &|name| env.get(name).cloned()) {
        Ok(Asked::Text(text)) => assert!(text.ends_with('\n')),
        Ok(Asked::Commands(ready)) => {
            if let Err(error) = parse_list(&ready.globals.remotes, Path::new(info.rundir)) {
                assert!(several_lines || !error.to_string().contains('\n'), "{error}");
            }
            if let Err(error) = carry_out(&ready) {
                refused(&error);
            }
        }
        Err(error) => refused(&error),
    }
}

/// A word of which control characters, and the bytes behind them, stand for a command, an option, a table or a column: a fuzzer that had to
/// guess their letters would come no further.
fn named(def: &ToolDef, word: &[u8]) -> Vec<u8> {
    let tables = (def.schema)().tables();
    let pick = |n: u8, len: usize| usize::from(n) % len.max(1);
    let (name, rest) = match word {
        [1, n, rest @ ..] => {
            (def.commands.iter().nth(pick(*n, def.commands.iter().count())).map(|c| c.name), rest)
        }
        [2, n, rest @ ..] => {
            let options = def.commands.options();
            (options.get(pick(*n, options.len())).map(|o| o.name), rest)
        }
        [3, n, rest @ ..] => {
            let options = Global::of(def.tool);
            (options.get(pick(*n, options.len())).map(|o| o.spec().name), rest)
        }
        [4, t, rest @ ..] => (tables.get(pick(*t, tables.len())).map(|t| &*t.name), rest),
        [5, t, c, rest @ ..] => {
            let columns = tables.get(pick(*t, tables.len())).map(|t| t.columns()).unwrap_or_default();
            (columns.get(pick(*c, columns.len())).map(|c| &*c.name), rest)
        }
        _ => (None, word),
    };
    let dashes = if matches!(word, [2 | 3, ..]) { "--" } else { "" };
    [dashes.as_bytes(), name.unwrap_or_default().as_bytes(), rest].concat()
}

/// Runs the commands against a server whose database is empty.
fn carry_out(ready: &Ready) -> Result<(), CtlError> {
    let line = ready.line();
    let mut line = |txn: &mut ovsdb_proto::txn::Txn<'_>| line.run(txn);
    let mut run = Run::new(Arc::clone((ready.def().schema)()), RunOptions::default());
    let mut out = Vec::new();
    let mut step = run.start(&mut line, &mut out);
    let mut waiting: Vec<Sent> = Vec::new();
    for _ in 0..STEPS_MAX {
        match step {
            Ok(Step::Finished(conclusion)) => {
                let rows = conclusion.committed.map(|c| c.rows).unwrap_or_default();
                print::render(&conclusion.value.outputs, &ready.globals, &rows);
                sent(&mut out);
                return Ok(());
            }
            Ok(Step::Pause { .. }) => run.resume(&mut out),
            Ok(Step::Continue) => {}
            Err(RunError::Line(error)) => return Err(error),
            Err(error) => {
                // whatever the words are, they make operations that fit together
                let refused = matches!(error, RunError::Read(_) | RunError::Rounds);
                assert!(refused, "{error:?}");
                return Ok(());
            }
        }
        waiting.extend(sent(&mut out));
        if waiting.is_empty() {
            // it waits for the database to change
            return Ok(());
        }
        let request = waiting.remove(0);
        let reply = json!({"id": request.id, "error": null, "result": answer(&request)});
        step = run.receive(reply.to_string().as_bytes(), &mut line, &mut out);
    }
    assert!(waiting.is_empty(), "no end");
    Ok(())
}

/// What a server answers whose database is empty.
fn answer(request: &Sent) -> Value {
    if request.method != "transact" {
        return json!({});
    }
    let Some((database, operations)) = request.params.split_first() else { return json!([]) };
    if database == "_Server" {
        return json!([{"rows": [{"connected": true, "leader": true, "model": "standalone"}]}]);
    }
    let only_selects = operations.iter().all(|o| o["op"] == "select");
    let result = |operation: &Value| match operation["op"].as_str() {
        Some("insert") => json!({"uuid": ["uuid", "00112233-4455-6677-8899-aabbccddeeff"]}),
        Some("update" | "mutate" | "delete") => json!({"count": 1}),
        Some("abort") => json!({"error": "aborted", "details": "aborted by request"}),
        Some("select") if only_selects => json!({"rows": []}),
        // of a transaction that changes something, only the counter is read
        Some("select") => {
            let columns = operation["columns"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let row: Map<String, Value> = columns.map(|c| (c.to_owned(), json!(1))).collect();
            json!({"rows": [row]})
        }
        _ => json!({}),
    };
    operations.iter().map(result).collect()
}
