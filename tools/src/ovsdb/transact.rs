//! What do `transact` and `query` send, and what do they print?

use super::canonical;
use super::command::Need;
use super::json_text;
use super::open::{Opened, open};
use super::options::Options;
use super::run::Session;
use super::server::{Reply, Rows, Server, failed};
use super::sink::Sink;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::table;
use ovsdb_proto::json::{Kind, Reader, Writer};
use ovsdb_proto::limits::FRAME_BYTES_MAX;

/// What makes a transaction leave no trace.
const ABORT: &[u8] = br#"{"op":"abort"}"#;

/// The parameters of `transact` as they were typed.
struct Typed<'a> {
    database: String,
    operations: Vec<&'a [u8]>,
}

/// `transact`, and `query`, which lets the server forget what it did: `words` are perhaps a server, and the transaction.
///
/// # Errors
/// The transaction is no JSON array that begins with the name of a database; the server does not answer; stdout takes no more.
pub async fn transact(session: &mut Session<'_>, words: &[String], query: bool) -> Result<(), CtlError> {
    let Typed { database, operations } = typed(words.last().map_or("", String::as_str))?;
    let Opened { mut server, database, .. } =
        open(session, (1, Need::Database), words, Some(database)).await?;
    if session.options.db_change_aware == Some(true) {
        be_change_aware(session, &mut server).await?;
    }
    let params = |w: &mut Writer<'_>| {
        w.string(&database);
        operations.iter().for_each(|operation| w.raw(operation));
        if query {
            w.raw(ABORT);
        }
    };
    let options = session.options;
    let sink = &mut session.sink;
    let mut long = Long { own_abort: query.then_some(operations.len()), ..Long::default() };
    let print = |came: Rows<'_>| match came {
        Rows::Whole(result) => {
            let kept = if query { without_abort(result, operations.len()) } else { None };
            options.append_json(kept.as_deref().unwrap_or(result), sink.buffer())?;
            sink.buffer().push(b'\n');
            Ok(())
        }
        Rows::Row(row) => long.row(row, options, sink),
        Rows::Result(result) => long.result(result, options, sink),
        Rows::End => long.end(options, sink),
        Rows::Update(..) => Ok(()),
    };
    server.select(params, |error| options.json(&canonical::text(error)), print).await?;
    session.sink.flush()?;
    server.close().await;
    Ok(())
}

/// Prints a long reply as it arrives.
#[derive(Default)]
struct Long {
    /// Which result is that of our own `abort`.
    own_abort: Option<usize>,
    /// How many results have ended.
    ended: usize,
    /// Whether rows of the next result were printed.
    in_rows: bool,
    /// What is to be indented, which takes all of the text.
    compact: Vec<u8>,
}

impl Long {
    fn row(&mut self, row: &[u8], options: &Options, sink: &mut Sink) -> Result<(), CtlError> {
        let before: &[u8] = match std::mem::replace(&mut self.in_rows, true) {
            true => b",",
            false if self.ended == 0 => b"[{\"rows\":[",
            false => b",{\"rows\":[",
        };
        self.print(before, Some(row), options, sink)
    }

    fn result(&mut self, result: &[u8], options: &Options, sink: &mut Sink) -> Result<(), CtlError> {
        self.ended += 1;
        if std::mem::take(&mut self.in_rows) {
            return self.print(b"]}", None, options, sink);
        }
        if self.own_abort == Some(self.ended - 1) && is_aborted(result) {
            return Ok(());
        }
        self.print(if self.ended == 1 { b"[" } else { b"," }, Some(result), options, sink)
    }

    fn end(&mut self, options: &Options, sink: &mut Sink) -> Result<(), CtlError> {
        self.print(if self.ended == 0 { b"[]" } else { b"]" }, None, options, sink)?;
        if options.style.pretty {
            table::indent(&self.compact, sink.buffer());
        }
        sink.buffer().push(b'\n');
        Ok(())
    }

    fn print(
        &mut self,
        text: &[u8],
        json: Option<&[u8]>,
        options: &Options,
        sink: &mut Sink,
    ) -> Result<(), CtlError> {
        let out = if options.style.pretty { &mut self.compact } else { sink.buffer() };
        out.extend_from_slice(text);
        if let Some(json) = json {
            canonical::append(json, out)?;
        }
        if self.compact.len() > FRAME_BYTES_MAX {
            let text = format!("the reply has more than {FRAME_BYTES_MAX} bytes, too many to be indented");
            return Err(CtlError::usage(text));
        }
        sink.relieve()
    }
}

/// Makes sure that `text` is JSON, with the C program's words if it is not.
///
/// # Errors
/// It is not.
pub fn check_json(text: &str) -> Result<(), CtlError> {
    json_text::check(text).map_err(|e| CtlError::usage(format!("\"{text}\": {e}")))
}

fn typed(text: &str) -> Result<Typed<'_>, CtlError> {
    check_json(text)?;
    let not_valid = || {
        CtlError::usage("not a valid OVSDB query")
            .hint("it is an array: the name of the database, then operations, as in [\"Open_vSwitch\",{\"op\":...}]")
    };
    let mut r = Reader::from_text(text);
    r.begin_array().map_err(|_| not_valid())?;
    if !r.next_element().map_err(|_| not_valid())? || r.peek() != Ok(Kind::String) {
        return Err(not_valid());
    }
    let database = r.string().map_err(|_| not_valid())?.into_owned();
    let mut operations = Vec::new();
    while r.next_element().map_err(|_| not_valid())? {
        operations.push(r.skip().map_err(|_| not_valid())?);
    }
    Ok(Typed { database, operations })
}

/// The results without that of our `abort`, the last of `count` and one, if it was that which ended the transaction.
fn without_abort(result: &[u8], count: usize) -> Option<Vec<u8>> {
    let mut results = Vec::new();
    let mut r = Reader::new(result);
    r.begin_array().ok()?;
    while r.next_element().ok()? {
        results.push(r.skip().ok()?);
    }
    let last = results.pop().filter(|_| results.len() == count)?;
    is_aborted(last).then(|| {
        let mut out = Vec::new();
        let mut w = Writer::new(&mut out);
        w.begin_array();
        results.iter().for_each(|result| w.raw(result));
        w.end_array();
        out
    })
}

/// Whether an operation ended a transaction because it was an `abort`.
fn is_aborted(result: &[u8]) -> bool {
    let mut r = Reader::new(result);
    let mut aborted = false;
    if r.begin_object().is_err() {
        return false;
    }
    while let Ok(Some(key)) = r.next_key() {
        let Ok(value) = r.skip() else { return false };
        aborted |= key == "error" && value == b"\"aborted\"";
    }
    aborted
}

/// Tells the server that we notice when databases come, go and change, so that it need not end the connection to tell us.
///
/// # Errors
/// The connection failed; or the server cannot, and the options insist.
pub async fn be_change_aware(session: &Session<'_>, server: &mut Server) -> Result<(), CtlError> {
    if session.options.db_change_aware == Some(false) {
        return Ok(());
    }
    let name = server.name().to_owned();
    let refused = server
        .call(
            "set_db_change_aware",
            |w| w.boolean(true),
            |reply| match reply {
                Reply::Result(_) => None,
                Reply::Error(error) => Some(canonical::text(error)),
            },
        )
        .await
        .map_err(|e| failed(&name, &format!("{name}: error setting db_change_aware"), &e))?;
    match refused {
        Some(why) if session.options.db_change_aware == Some(true) => {
            Err(CtlError::new(ErrorKind::Transaction, format!("{name}: set_db_change_aware failed ({why})")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_abort_is_left_out() {
        let check = |result: &str, count: usize, expect: Option<&str>| {
            let kept = without_abort(result.as_bytes(), count);
            assert_eq!(kept.map(|k| String::from_utf8(k).unwrap()).as_deref(), expect, "{result}");
        };
        check(r#"[{},{"error":"aborted","details":"x"}]"#, 1, Some("[{}]"));
        check(r#"[{"error":"aborted"},null]"#, 1, None);
        check(r#"[{"error":"syntax error"}]"#, 1, None);
        check(r#"[{"error":"aborted"}]"#, 0, Some("[]"));
    }
}
