//! How is one server asked, and what does it answer?

use super::open::PLACE;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::unserved;
use ovsdb_proto::json::Writer;
use ovsdb_proto::limits::VALUE_BYTES_MAX;
use ovsdb_proto::net::{Connection, Error, Received, Stream};
use ovsdb_proto::rpc::{Awaited, Event, LongReply, Message, RpcError, encode, id_number};
use std::time::Duration;

/// A connection to a server.
#[derive(Debug)]
pub struct Server {
    connection: Connection,
    /// The message that comes in parts.
    long: LongReply,
    name: String,
    next_id: u64,
}

/// What a server answers to a request: one JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// It did what it was asked to.
    Result(&'a [u8]),
    /// It did not.
    Error(&'a [u8]),
}

/// What comes of the reply to a request for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows<'a> {
    /// All of it: a short reply comes so.
    Whole(&'a [u8]),
    /// A row of the next result.
    Row(&'a [u8]),
    /// The end of that result, with all that it holds besides the rows.
    Result(&'a [u8]),
    /// A row of the reply to a monitor: its table and its UUID, both JSON strings, and what the
    /// server says of it.
    Update(&'a [u8], &'a [u8], &'a [u8]),
    /// The end of a reply that did not come whole.
    End,
}

/// What [`Server::receive_by_rows`] hands over.
#[derive(Debug)]
pub enum Came<'a> {
    /// A whole message.
    Message(Message<'a>),
    /// Something of the long reply that is awaited.
    Rows(Rows<'a>),
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection failed.
    #[error("{}", .0.reason())]
    Net(#[from] Error),
    /// The server sent what is no message.
    #[error("Protocol error")]
    Message(#[from] RpcError),
}

impl Server {
    /// The server at the other end of `stream`, which messages call `name`.
    pub fn new(stream: Stream, name: String) -> Server {
        let connection = Connection::with_limit(stream, VALUE_BYTES_MAX);
        Server { connection, long: LongReply::new(VALUE_BYTES_MAX), name, next_id: 1 }
    }

    /// The same server, given up if it is silent for `probe` and does not answer an `echo` request
    /// within as long again.
    #[must_use]
    pub fn probing(self, probe: Duration) -> Server {
        Server { connection: self.connection.probing(Some(probe)), ..self }
    }

    /// What messages call it: its remote.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Queues a request, which goes out with the next [`Server::receive`], and answers its id.
    pub fn send(&mut self, method: &str, params: impl FnOnce(&mut Writer<'_>)) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        encode::request(self.connection.output(), id, method, params);
        id
    }

    /// The next message that is no `echo`: those are answered here. Sends what is queued.
    ///
    /// # Errors
    /// The connection failed, or what came is no message.
    pub async fn receive<T>(
        &mut self,
        mut read: impl FnMut(Message<'_>) -> Option<T>,
    ) -> Result<T, CallError> {
        self.receive_by_rows(Awaited::Nothing, |came| match came {
            Came::Message(message) => read(message),
            Came::Rows(_) => None,
        })
        .await
    }

    /// As [`Server::receive`], and if the reply that is awaited is long, its rows as they arrive.
    ///
    /// # Errors
    /// As [`Server::receive`].
    pub async fn receive_by_rows<T>(
        &mut self,
        awaited: Awaited,
        mut read: impl FnMut(Came<'_>) -> Option<T>,
    ) -> Result<T, CallError> {
        loop {
            let event = match self.connection.receive_part(self.long.depth()).await? {
                Received::Message(message) => Event::Message(message),
                Received::Part(part) => self.long.push(part, awaited)?,
            };
            let rows = match event {
                Event::Nothing => continue,
                Event::Row { row, .. } => Rows::Row(row),
                Event::Result { result, .. } => Rows::Result(result),
                Event::Update { table, row, update } => Rows::Update(table, row, update),
                // no server sends rows and then an error
                Event::End { error: Some(_) } => return Err(RpcError::Ambiguous { member: "error" }.into()),
                Event::End { error: None } => Rows::End,
                Event::Message(message) => match Message::decode(message)? {
                    Message::Request { id, method, params } if method == "echo" => {
                        let (id, params) = (id.to_vec(), params.to_vec());
                        self.connection.answer(&id, &params)?;
                        continue;
                    }
                    message => match read(Came::Message(message)) {
                        Some(found) => return Ok(found),
                        None => continue,
                    },
                },
            };
            if let Some(found) = read(Came::Rows(rows)) {
                return Ok(found);
            }
        }
    }

    /// Sends a request and hands the reply over. Other messages that come before it are passed over.
    ///
    /// # Errors
    /// As [`Server::receive`].
    pub async fn call<T>(
        &mut self,
        method: &str,
        params: impl FnOnce(&mut Writer<'_>),
        read: impl FnOnce(Reply<'_>) -> T,
    ) -> Result<T, CallError> {
        let request = self.send(method, params);
        let mut read = Some(read);
        self.receive(|message| match message {
            Message::Reply { id, result, error } if id_number(id) == Some(request) => {
                let reply = error.map_or(Reply::Result(result), Reply::Error);
                read.take().map(|read| read(reply))
            }
            _ => None,
        })
        .await
    }

    /// As [`Server::call`], for requests of which only the result counts; `shown` prints JSON for the message on an error.
    ///
    /// # Errors
    /// No reply came, or one that says that the request failed; or what `read` says.
    pub async fn ask<T>(
        &mut self,
        method: &str,
        params: impl FnOnce(&mut Writer<'_>),
        shown: impl FnOnce(&[u8]) -> String,
        read: impl FnOnce(&[u8]) -> Result<T, CtlError>,
    ) -> Result<T, CtlError> {
        let name = self.name.clone();
        let reply = self.call(method, params, |reply| match reply {
            Reply::Result(result) => read(result),
            Reply::Error(error) => {
                let message = format!("transaction returned error: {}", shown(error));
                let failure = CtlError::new(ErrorKind::Transaction, message);
                Err(match unserved::is_of_control_socket(&String::from_utf8_lossy(error)) {
                    true => failure
                        .detailed(format!("{name}: {}", unserved::CONTROL_SOCKET))
                        .hint(format!("name the socket of a database {PLACE}; {}", unserved::APPCTL)),
                    false => failure,
                })
            }
        });
        reply.await.map_err(|e| failed(&name, "transaction failed", &e))?
    }

    /// As [`Server::ask`], for a `transact` whose reply may be long: `take` gets it whole, or row
    /// by row.
    ///
    /// # Errors
    /// As [`Server::ask`].
    pub async fn select(
        &mut self,
        params: impl FnOnce(&mut Writer<'_>),
        shown: impl FnOnce(&[u8]) -> String,
        mut take: impl FnMut(Rows<'_>) -> Result<(), CtlError>,
    ) -> Result<(), CtlError> {
        let name = self.name.clone();
        let request = self.send("transact", params);
        let mut shown = Some(shown);
        self.receive_by_rows(Awaited::Rows(request), |came| match came {
            Came::Rows(Rows::End) => Some(take(Rows::End)),
            Came::Rows(rows) => take(rows).err().map(Err),
            Came::Message(Message::Reply { id, result, error }) if id_number(id) == Some(request) => {
                Some(match error {
                    None => take(Rows::Whole(result)),
                    Some(error) => {
                        let text = shown.take().map(|shown| shown(error)).unwrap_or_default();
                        let message = format!("transaction returned error: {text}");
                        Err(CtlError::new(ErrorKind::Transaction, message))
                    }
                })
            }
            Came::Message(_) => None,
        })
        .await
        .map_err(|e| failed(&name, "transaction failed", &e))?
    }

    /// Says goodbye, which over TLS a peer expects.
    pub async fn close(self) {
        // nothing can be done about a connection that breaks now
        let _ = self.connection.close().await;
    }
}

/// The failure of a request to the server `name`: `what (reason)`, as the C programs print errors
/// of the system.
pub fn failed(name: &str, what: &str, error: &CallError) -> CtlError {
    let plain = CtlError::new(ErrorKind::Connection, format!("{what} ({error})"));
    match error {
        CallError::Net(error) => {
            let failure = plain.detailed(format!("{what} ({})", unserved::explanation(error)));
            unserved::hint(error, name, PLACE).into_iter().fold(failure, CtlError::hint)
        }
        CallError::Message(error) => plain
            .detailed(format!("{what} (the peer sent JSON that is not a message: {error})"))
            .hint(format!("check that it is an OVSDB server that you name {PLACE}")),
    }
}
