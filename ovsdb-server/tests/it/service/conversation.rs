//! What is said to a server, by whom, and what is heard: written as lines of text.

use super::plain::plain;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One line of a conversation.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `a: MESSAGE`: client `a`, which connects when it first says something, says this, `<ff>`
    /// being the byte 0xff.
    Say { client: char, message: String },
    /// `a gone`: the client closes its connection. Followed by something that is only heard once the server has noticed.
    Gone { client: char },
    /// `a hears`: wait until the client is told something, for time to pass.
    Hears { client: char },
    /// `remove D`: the database is taken out of the server.
    Remove { database: String },
}

/// A server that can be talked to.
pub(super) trait Server {
    /// A client comes.
    fn connect(&mut self, client: char);
    /// It says something; whatever it causes has happened when this returns.
    fn say(&mut self, client: char, message: &[u8]);
    /// It closes the connection.
    fn gone(&mut self, client: char);
    /// Lets time pass until the client is told something.
    fn hears(&mut self, client: char);
    /// Takes a database out.
    fn remove(&mut self, database: &str);
    /// What each client was told since this was last asked, message by message, and whether it was cut off.
    fn heard(&mut self) -> BTreeMap<char, (Vec<String>, bool)>;
}

impl Step {
    pub(super) fn parse(conversation: &str) -> Vec<Step> {
        let lines = conversation.lines().map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let client = line.chars().next().unwrap();
                match line.split_once(' ').unwrap() {
                    (who, message) if who.len() == 2 && who.ends_with(':') => {
                        Step::Say { client, message: message.to_owned() }
                    }
                    (_, "gone") => Step::Gone { client },
                    (_, "hears") => Step::Hears { client },
                    ("remove", database) => Step::Remove { database: database.to_owned() },
                    _ => panic!("no step: {line}"),
                }
            })
            .collect()
    }
}

/// The bytes of a message as it is written in a conversation.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('<');
    let mut out = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        match part.split_once('>').map(|(hex, rest)| (hex.len(), u8::from_str_radix(hex, 16), rest)) {
            Some((2, Ok(byte), rest)) => {
                out.push(byte);
                out.extend_from_slice(rest.as_bytes());
            }
            _ => {
                out.push(b'<');
                out.extend_from_slice(part.as_bytes());
            }
        }
    }
    out
}

/// The reverse, for bytes that are not UTF-8.
pub(super) fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(out, "<{byte:02x}>").unwrap();
        }
    }
    out
}

/// Goes through a conversation. Answers, for each step, what was heard: a line for each message.
pub(super) fn converse(server: &mut dyn Server, steps: &[Step]) -> Vec<Vec<String>> {
    let mut there = Vec::new();
    let heard_after = |step: &Step| {
        match step {
            Step::Say { client, message } => {
                if !there.contains(client) {
                    there.push(*client);
                    server.connect(*client);
                }
                server.say(*client, &bytes(message));
            }
            Step::Gone { client } => {
                there.retain(|other| other != client);
                server.gone(*client);
                // a real server notices in its own time: what it then tells is heard with the next step
                return Vec::new();
            }
            Step::Hears { client } => server.hears(*client),
            Step::Remove { database } => server.remove(database),
        }
        let mut lines = Vec::new();
        for (client, (messages, cut_off)) in server.heard() {
            lines.extend(messages.iter().map(|message| format!("{client} {}", plain(message))));
            if cut_off {
                there.retain(|other| *other != client);
                lines.push(format!("{client} is cut off"));
            }
        }
        lines
    };
    steps.iter().map(heard_after).collect()
}
