//! A blocking JSON-RPC client that sends whatever it is told to.

use crate::attack::Result;
use crate::server::Server;
use serde_json::Value;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long any read or write may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of a long reply is kept: its end, where an error stands.
const TAIL_BYTES: usize = 8_000;

/// A connection over the unix socket.
pub(crate) struct Client {
    pub(crate) stream: UnixStream,
    received: BufReader<UnixStream>,
}

impl Client {
    pub(crate) fn connect(server: &Server) -> io::Result<Client> {
        Client::over(UnixStream::connect(server.socket())?)
    }

    pub(crate) fn over(stream: UnixStream) -> io::Result<Client> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Client { received: BufReader::with_capacity(1 << 16, stream.try_clone()?), stream })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> Result<Value> {
        let mut messages = serde_json::Deserializer::from_reader(&mut self.received).into_iter::<Value>();
        Ok(messages.next().ok_or("the server has closed the connection")??)
    }

    /// Sends a request and returns the reply to it, result and error; notifications are dropped.
    pub(crate) fn call(&mut self, method: &str, params: &str) -> Result<Value> {
        self.send(request(method, params).as_bytes())?;
        loop {
            let message = self.receive()?;
            if message.get("id").is_some_and(|id| *id == 7) {
                return Ok(message);
            }
        }
    }

    /// Runs operations, given as text with commas between them, in the attacked database.
    pub(crate) fn transact(&mut self, operations: &str) -> Result<Value> {
        self.call("transact", &format!(r#"["Attack",{operations}]"#))
    }

    /// Reads until `end` has come, and returns how many bytes there were and the last of them,
    /// whatever their number.
    pub(crate) fn receive_until(&mut self, end: &str) -> Result<(u64, String)> {
        let (mut buffer, mut bytes, mut tail) = (vec![0; 1 << 20], 0, Vec::new());
        loop {
            let read = self.received.read(&mut buffer)?;
            if read == 0 {
                return Err(format!("the server has closed the connection after {bytes} bytes").into());
            }
            bytes += read as u64;
            tail.extend_from_slice(buffer.get(..read).unwrap_or_default());
            tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
            let text = String::from_utf8_lossy(&tail);
            if text.contains(end) {
                return Ok((bytes, text.into_owned()));
            }
        }
    }

    /// Reads until there is nothing more; the number of bytes.
    pub(crate) fn read_to_end(&mut self) -> u64 {
        let mut buffer = vec![0; 1 << 20];
        let mut bytes = 0;
        while let Ok(n @ 1..) = self.received.read(&mut buffer) {
            bytes += n as u64;
        }
        bytes
    }
}

pub(crate) fn request(method: &str, params: &str) -> String {
    format!(r#"{{"id":7,"method":"{method}","params":{params}}}"#)
}

/// A TCP connection to the server.
pub(crate) fn tcp(server: &Server) -> io::Result<TcpStream> {
    over_tcp("127.0.0.1", server.tcp)
}

/// A TCP connection to the port that expects TLS.
pub(crate) fn to_tls(server: &Server) -> io::Result<TcpStream> {
    over_tcp("127.0.0.2", server.tls)
}

fn over_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Connects many times, from several threads, since a server whose backlog is full lets each wait
/// for a second.
pub(crate) fn many<T: Send>(count: usize, connect: impl Fn() -> T + Sync) -> Vec<T> {
    const THREADS: usize = 50;
    std::thread::scope(|scope| {
        let share = || (0..count.div_ceil(THREADS)).map(|_| connect()).collect::<Vec<T>>();
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(share)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).take(count).collect()
    })
}
