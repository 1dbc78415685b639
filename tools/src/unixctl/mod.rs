//! How does a daemon answer `ovs-appctl`: commands by name, over a Unix socket, each with its words and one text as answer (ovs-appctl(8))?

use ovsdb_proto::json::Reader;
use ovsdb_proto::net::{Connection, Incoming, Listener};
use ovsdb_proto::rpc::{Message, encode};
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest request: a word of it is a file name or a logging pattern.
const REQUEST_BYTES_MAX: usize = 64 << 10;

/// How long to wait after a connection could not be accepted: there are too many open files, and some may be closed by then.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);

/// One command: its name, its words for people, and how many words it takes.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// `ovsdb-server/add-remote`
    pub name: &'static str,
    /// `REMOTE`
    pub usage: &'static str,
    /// The fewest words.
    pub min: usize,
    /// The most words.
    pub max: usize,
}

/// The answer to a command, or why it failed.
pub type Answer = Result<String, String>;

/// Work that ends with an answer.
pub type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What carries out commands.
pub type Handler = dyn Fn(&'static str, Vec<String>) -> Work + Send + Sync;

/// Answers all who connect, for ever. `commands` are sorted by name; `list-commands` is answered here.
pub async fn serve(listener: Listener, commands: &'static [Command], handler: Arc<Handler>) {
    loop {
        match listener.accept().await {
            Ok(incoming) => {
                let handler = Arc::clone(&handler);
                tokio::spawn(async move { converse(incoming, commands, &handler).await });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn converse(incoming: Incoming, commands: &'static [Command], handler: &Arc<Handler>) {
    let Ok(stream) = incoming.establish(None).await else { return };
    let mut connection = Connection::with_limit(stream, REQUEST_BYTES_MAX);
    loop {
        let Ok(frame) = connection.receive().await else { return };
        let mut out = Vec::new();
        let Ok(Message::Request { id, method, params }) = Message::decode(frame) else { return };
        let answer = match find(commands, &method, params) {
            Err(error) => Err(error),
            Ok(("list-commands", _)) => Ok(list(commands)),
            Ok((name, words)) => handler(name, words).await,
        };
        match answer.map(with_newline).map_err(with_newline) {
            Ok(text) => encode::reply(&mut out, id, |w| w.string(&text)),
            Err(text) => encode::error_reply(&mut out, id, |w| w.string(&text)),
        }
        connection.output().append(&mut out);
        if connection.flush().await.is_err() {
            return;
        }
    }
}

/// `ovs-appctl` of Open vSwitch 3.1 prints what it gets, and nothing more.
fn with_newline(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// The command that is meant, and its words.
///
/// # Errors
/// With the C daemons' text.
fn find(
    commands: &'static [Command],
    method: &str,
    params: &[u8],
) -> Result<(&'static str, Vec<String>), String> {
    let Some(command) = commands.iter().find(|command| command.name == method) else {
        return Err(format!(
            "\"{method}\" is not a valid command (use \"list-commands\" to see a list of valid commands)"
        ));
    };
    let words = words(params).ok_or_else(|| format!("\"{method}\" command has non-string argument"))?;
    if words.len() < command.min {
        return Err(format!("\"{method}\" command requires at least {} arguments", command.min));
    }
    if words.len() > command.max {
        return Err(format!("\"{method}\" command takes at most {} arguments", command.max));
    }
    Ok((command.name, words))
}

fn words(params: &[u8]) -> Option<Vec<String>> {
    let mut r = Reader::new(params);
    let mut words = Vec::new();
    r.begin_array().ok()?;
    while r.next_element().ok()? {
        words.push(r.string().ok()?.into_owned());
    }
    Some(words)
}

fn list(commands: &[Command]) -> String {
    let mut text = String::from("The available commands are:\n");
    for Command { name, usage, .. } in commands {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<23} {usage}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: &[Command] = &[
        Command { name: "a/b", usage: "X [Y]", min: 1, max: 2 },
        Command { name: "version", usage: "", min: 0, max: 0 },
    ];

    /// The texts are those of ovsdb-server 4.0.
    #[test]
    fn commands_are_found_and_their_words_counted() {
        let check = |method: &str, params: &str, expect: Result<&[&str], &str>| {
            let found = find(COMMANDS, method, params.as_bytes());
            let expect = expect.map(|words| words.iter().map(|w| w.to_string()).collect());
            assert_eq!(found.map(|(_, words)| words), expect.map_err(str::to_owned), "{method} {params}");
        };
        check("a/b", r#"["x"]"#, Ok(&["x"]));
        check("a/b", "[]", Err("\"a/b\" command requires at least 1 arguments"));
        check("version", "[]", Ok(&[]));
        check("version", r#"["3"]"#, Err("\"version\" command takes at most 0 arguments"));
        check("version", "[3]", Err("\"version\" command has non-string argument"));
        let unknown =
            "\"foo\" is not a valid command (use \"list-commands\" to see a list of valid commands)";
        check("foo", "[]", Err(unknown));
    }

    #[test]
    fn the_list() {
        let text =
            "The available commands are:\n  a/b                     X [Y]\n  version                 \n";
        assert_eq!(list(COMMANDS), text);
    }
}
