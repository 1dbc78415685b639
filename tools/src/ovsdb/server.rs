//! How is one server asked, and what does it answer?

use super::open::PLACE;
use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::unserved;
use ovsdb_proto::json::Writer;
use ovsdb_proto::net::{Connection, Error, Stream};
use ovsdb_proto::rpc::{Message, encode, id_number};
use std::time::Duration;

/// The most bytes of one message. A dump is a whole database in one reply, for which nothing but the memory of the machine is too much; a server that
/// never ends a message is stopped all the same.
const MESSAGE_BYTES_MAX: usize = 8 << 30;

/// A connection to a server.
#[derive(Debug)]
pub struct Server {
    connection: Connection,
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

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection failed.
    #[error("{}", .0.reason())]
    Net(#[from] Error),
    /// The server sent what is no message.
    #[error("Protocol error")]
    Message,
}

impl Server {
    /// The server at the other end of `stream`, which messages call `name`.
    pub fn new(stream: Stream, name: String) -> Server {
        Server { connection: Connection::with_limit(stream, MESSAGE_BYTES_MAX), name, next_id: 1 }
    }

    /// The same server, given up if it is silent for `probe` and does not answer an `echo` request within as long again.
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
        loop {
            let frame = self.connection.receive().await?;
            let mut echo = Vec::new();
            match Message::decode(frame).map_err(|_| CallError::Message)? {
                Message::Request { id, method, params } if method == "echo" => {
                    encode::echo_reply(&mut echo, id, params)
                }
                message => {
                    if let Some(found) = read(message) {
                        return Ok(found);
                    }
                }
            }
            self.connection.output().extend_from_slice(&echo);
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

    /// Says goodbye, which over TLS a peer expects.
    pub async fn close(self) {
        // nothing can be done about a connection that breaks now
        let _ = self.connection.close().await;
    }
}

/// The failure of a request to the server `name`: `what (reason)`, as the C programs print errors of the system.
pub fn failed(name: &str, what: &str, error: &CallError) -> CtlError {
    let plain = CtlError::new(ErrorKind::Connection, format!("{what} ({error})"));
    match error {
        CallError::Net(error) => {
            let failure = plain.detailed(format!("{what} ({})", unserved::explanation(error)));
            unserved::hint(error, name, PLACE).into_iter().fold(failure, CtlError::hint)
        }
        CallError::Message => plain
            .detailed(format!("{what} (the peer sent JSON that is not a message)"))
            .hint(format!("check that it is an OVSDB server that you name {PLACE}")),
    }
}
