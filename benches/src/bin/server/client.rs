//! The barest client: writes requests, cuts what comes back into messages, and looks into none of them.

use ovn_benches::server::Server;
use ovsdb_proto::frame::Framer;
use ovsdb_proto::limits::FRAME_BYTES_MAX;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;

const READ_BYTES: usize = 256 << 10;

/// A connection.
pub(crate) struct Client {
    stream: UnixStream,
    framer: Framer,
    input: Vec<u8>,
    filled: usize,
    consumed: usize,
}

impl Client {
    pub(crate) fn connect(server: &Server) -> io::Result<Client> {
        let stream = UnixStream::connect(server.socket())?;
        Ok(Client { stream, framer: Framer::new(FRAME_BYTES_MAX), input: Vec::new(), filled: 0, consumed: 0 })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> io::Result<&[u8]> {
        loop {
            if let Some(range) = self.find()? {
                return Ok(self.input.get(range).unwrap_or_default());
            }
            if self.read()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// How many messages have come and can be had without waiting; they are dropped.
    pub(crate) fn drain(&mut self) -> io::Result<usize> {
        let mut messages = 0;
        self.stream.set_nonblocking(true)?;
        loop {
            while self.find()?.is_some() {
                messages += 1;
            }
            match self.read() {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => break,
                Err(e) => return Err(e),
            }
        }
        self.stream.set_nonblocking(false)?;
        Ok(messages)
    }

    fn find(&mut self) -> io::Result<Option<std::ops::Range<usize>>> {
        let rest = self.input.get(self.consumed..self.filled).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let Some(found) = self.framer.find(rest).map_err(io::Error::other)? else { return Ok(None) };
        let range = self.consumed + found.start..self.consumed + found.end;
        self.consumed = range.end;
        Ok(Some(range))
    }

    fn read(&mut self) -> io::Result<usize> {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.input.len() < self.filled + READ_BYTES {
            // doubles: a first copy has tens of megabytes
            self.input.resize((self.filled * 2).max(self.filled + READ_BYTES), 0);
        }
        let read = self.stream.read(self.input.get_mut(self.filled..).unwrap_or_default())?;
        self.filled += read;
        Ok(read)
    }

    /// Sends a request, and answers the reply to it; notifications before it are dropped. The server's probes are answered.
    pub(crate) fn call(&mut self, method: &str, params: &str) -> io::Result<Vec<u8>> {
        self.send(request(1, method, params).as_bytes())?;
        loop {
            let message = self.receive()?;
            if message.starts_with(br#"{"id":1,"#) {
                let message = message.to_vec();
                let text =
                    String::from_utf8_lossy(message.get(..message.len().min(4096)).unwrap_or_default());
                if text.contains(r#""error":{"#)
                    || text.contains(r#""error":""#)
                    || text.contains(r#"{"details":"#)
                {
                    return Err(io::Error::other(format!("{method}: {text}")));
                }
                return Ok(message);
            }
        }
    }
}

pub(crate) fn request(id: u64, method: &str, params: &str) -> String {
    format!(r#"{{"id":{id},"method":"{method}","params":{params}}}"#)
}
