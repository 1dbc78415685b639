//! How are whole messages sent and received over one connection: buffered, bounded, in both directions at once.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::error::{Error, ErrorKind};
use super::peer::Peer;
use super::stream::Stream;
use crate::frame::{FrameError, Framer, Part, PartRef, Splitter};
use crate::limits::{ANSWER_BYTES_MAX, FRAME_BYTES_MAX, LONG_BYTES_MIN, VALUE_BYTES_MAX};
use crate::rpc;

/// The receive buffer's first size. Most replies to one command fit.
const INPUT_BYTES_FIRST: usize = 8 << 10;

/// What a buffer has beyond this is given back to the system once its message was read, so that a connection does not hold the size of the first
/// copy of a database for ever.
const INPUT_BYTES_KEPT: usize = 1 << 20;

/// A stream that carries JSON messages.
///
/// A server stops reading from a connection while it has output queued for it. Therefore whatever waits here does both: sending also reads what
/// arrives, receiving also sends what is queued. Every method may be dropped half-way and called again: nothing is lost or sent
/// twice. After an error the connection is of no more use.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    framer: Framer,
    /// Of the long message of which parts were received.
    splitter: Option<Splitter>,
    limit: usize,
    probe: Option<Duration>,
    input: Vec<u8>,
    /// What was handed out or skipped at the beginning of `input`.
    consumed: usize,
    output: Vec<u8>,
    /// How much of `output` the stream has taken.
    sent: usize,
    /// Whether the stream may still hold back what it has taken.
    unflushed: bool,
    bytes_sent: u64,
    bytes_received: u64,
    /// How many bytes of answers were queued since the output was last empty.
    answers: usize,
}

/// What [`Connection::receive_part`] received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// A whole message.
    Message(&'a [u8]),
    /// A part of a long message. All parts of a message come one after the other.
    Part(PartRef<'a>),
}

enum Found {
    Message(Range<usize>),
    Part(Part),
}

impl Connection {
    /// Carries messages of up to [`FRAME_BYTES_MAX`] bytes over `stream`.
    pub fn new(stream: Stream) -> Connection {
        Connection::with_limit(stream, FRAME_BYTES_MAX)
    }

    /// As [`Connection::new`], but received messages may have up to `limit` bytes.
    pub fn with_limit(stream: Stream, limit: usize) -> Connection {
        Connection {
            stream,
            framer: Framer::new(limit),
            splitter: None,
            limit,
            probe: None,
            input: Vec::new(),
            consumed: 0,
            output: Vec::new(),
            sent: 0,
            unflushed: false,
            bytes_sent: 0,
            bytes_received: 0,
            answers: 0,
        }
    }

    /// The same connection, on which [`receive`](Connection::receive) checks that the peer is
    /// alive: after `probe` without a byte from it, it sends an `echo` request with the id 0; after
    /// as long again, it fails with [`ErrorKind::Silent`].
    #[must_use]
    pub fn probing(self, probe: Option<Duration>) -> Connection {
        Connection { probe, ..self }
    }

    /// Sends `bytes`, and returns when the operating system has them.
    ///
    /// # Errors
    ///
    /// As [`Connection::flush`].
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.output().extend_from_slice(bytes);
        self.flush().await
    }

    /// Where to append what is to be sent next. It goes out with the next [`flush`](Connection::flush) or
    /// [`receive`](Connection::receive).
    pub fn output(&mut self) -> &mut Vec<u8> {
        if self.sent > 0 {
            self.output.drain(..self.sent.min(self.output.len()));
            self.sent = 0;
        }
        &mut self.output
    }

    /// Sends what is queued, and returns when the operating system has it. What arrives meanwhile is kept for [`receive`](Connection::receive).
    ///
    /// # Errors
    ///
    /// The connection broke, or the peer closed it, or the peer will not read before we take more than the limit from it.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// The next message, exactly as it came, without white space around it. Sends what is queued while it waits.
    ///
    /// # Errors
    ///
    /// The connection broke, the peer closed it (perhaps in the middle of a message), or sent what cannot be JSON or is longer than the limit. Garbage
    /// is reported when it comes, not when the message would end.
    pub async fn receive(&mut self) -> Result<&[u8], Error> {
        let frame = self.alive(Connection::poll_frame).await?;
        Ok(self.input.get(frame).unwrap_or_default())
    }

    /// As [`Connection::receive`], but a message of more than [`LONG_BYTES_MIN`] bytes, or than the
    /// limit if that is less, is received in parts: arrays and objects inside of fewer than `depth`
    /// others are split into their elements and members. A message of any length can be received
    /// so; each key and each value that comes whole is held, and has up to [`VALUE_BYTES_MAX`]
    /// bytes, or as many as the limit. Until the message has ended, [`Connection::receive`] must
    /// not be called.
    ///
    /// # Errors
    ///
    /// As [`Connection::receive`].
    pub async fn receive_part(&mut self, depth: u32) -> Result<Received<'_>, Error> {
        let found = self.alive(|connection, cx| connection.poll_part(cx, depth)).await?;
        Ok(match found {
            Found::Message(frame) => Received::Message(self.input.get(frame).unwrap_or_default()),
            Found::Part(part) => Received::Part(part.of(&self.input)),
        })
    }

    /// Queues the reply to an `echo` request.
    ///
    /// # Errors
    ///
    /// Too many such replies wait: the peer asks and does not read. [`ErrorKind::Message`].
    pub fn answer(&mut self, id: rpc::Id<'_>, params: &[u8]) -> Result<(), Error> {
        if self.output.is_empty() {
            self.answers = 0;
        }
        self.answers += id.len() + params.len();
        if self.answers > ANSWER_BYTES_MAX {
            return Err(Error::new(ErrorKind::Message, "the peer asks and does not listen"));
        }
        rpc::encode::echo_reply(self.output(), id, params);
        Ok(())
    }

    /// Waits for `poll`, for as long as the peer gives signs of life.
    async fn alive<T>(
        &mut self,
        mut poll: impl FnMut(&mut Connection, &mut Context<'_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, Error> {
        let Some(probe) = self.probe else { return poll_fn(|cx| poll(self, cx)).await };
        let (mut probed, mut received) = (false, self.bytes_received);
        loop {
            if let Ok(result) = timeout(probe, poll_fn(|cx| poll(self, cx))).await {
                return result;
            }
            if self.bytes_received > received {
                // part of a message
                (probed, received) = (false, self.bytes_received);
            }
            if std::mem::replace(&mut probed, true) {
                return Err(Error::silent("no response to inactivity probe", probe));
            }
            rpc::encode::echo(self.output(), 0, |_| {});
        }
    }

    /// Sends what is queued and says goodbye, which over TLS a peer expects: otherwise it must take the end for an attack.
    ///
    /// # Errors
    ///
    /// As [`Connection::flush`]; nothing can be done about them.
    pub async fn close(mut self) -> Result<(), Error> {
        self.flush().await?;
        let result = self.stream.shutdown().await;
        result.map_err(|e| Error::io("the connection broke while closing", e))
    }

    /// How many bytes the receive buffer occupies.
    pub fn input_capacity(&self) -> usize {
        self.input.capacity()
    }

    /// How many bytes have come so far.
    pub fn bytes_received(&self) -> u64 {
        self.bytes_received
    }

    /// How many bytes the operating system (or TLS) has taken so far: what comes after them in the output has certainly not reached the peer.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent
    }

    /// The stream beneath.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            if self.poll_write(cx)?.is_ready() {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(self.closed()));
            }
        }
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Range<usize>, Error>> {
        loop {
            if let Some(frame) = self.next_buffered()? {
                return Poll::Ready(Ok(frame));
            }
            // If the stream takes no more for now, it wakes us when it does; meanwhile there may be something to read.
            let _ = self.poll_write(cx)?;
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(self.closed()));
            }
        }
    }

    fn poll_part(&mut self, cx: &mut Context<'_>, depth: u32) -> Poll<Result<Found, Error>> {
        loop {
            if let Some(found) = self.next_buffered_part(depth)? {
                return Poll::Ready(Ok(found));
            }
            let _ = self.poll_write(cx)?;
            if ready!(self.poll_fill(cx))? == 0 {
                return Poll::Ready(Err(self.closed()));
            }
        }
    }

    /// The next whole message or part of a long one among what has arrived, marked as consumed.
    fn next_buffered_part(&mut self, depth: u32) -> Result<Option<Found>, Error> {
        let splitter = match &mut self.splitter {
            Some(splitter) => splitter,
            none => {
                let rest = self.input.get(self.consumed..).unwrap_or_default();
                let peer = peer_of(rest, self.bytes_received);
                match self.framer.find(rest) {
                    Ok(Some(found)) => {
                        let frame = self.consumed + found.start..self.consumed + found.end;
                        self.consumed = frame.end;
                        return Ok(Some(Found::Message(frame)));
                    }
                    Ok(None) if self.framer.pending() <= LONG_BYTES_MIN => {
                        // white space between messages takes no room
                        self.consumed += self.framer.take_blank();
                        return Ok(None);
                    }
                    Ok(None) | Err(FrameError::TooLong { .. }) => {}
                    Err(error) => return Err(not_a_message(error, peer)),
                }
                self.framer = Framer::new(self.limit);
                none.insert(Splitter::new(self.limit.min(VALUE_BYTES_MAX)))
            }
        };
        let part =
            splitter.next(&self.input, &mut self.consumed, depth).map_err(|e| not_a_message(e, None))?;
        if splitter.is_done() {
            self.splitter = None;
        }
        Ok(part.map(Found::Part))
    }

    /// The next whole message among what has arrived, marked as consumed.
    fn next_buffered(&mut self) -> Result<Option<Range<usize>>, Error> {
        let rest = self.input.get(self.consumed..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let peer = peer_of(rest, self.bytes_received);
        let Some(found) = self.framer.find(rest).map_err(|error| not_a_message(error, peer))? else {
            // white space between messages takes no room
            self.consumed += self.framer.take_blank();
            return Ok(None);
        };
        let frame = self.consumed + found.start..self.consumed + found.end;
        self.consumed = frame.end;
        Ok(Some(frame))
    }

    /// Writes all output; ready when the stream holds nothing back.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let lost = |e| Error::io("the connection broke while sending", e);
        while let Some(rest) = self.output.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, rest)).map_err(lost)?;
            if written == 0 {
                return Poll::Ready(Err(lost(std::io::ErrorKind::WriteZero.into())));
            }
            self.sent += written;
            self.bytes_sent += written as u64;
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx)).map_err(lost)?;
            self.unflushed = false;
        }
        self.output.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Reads once; 0 is the end of the stream.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Error>> {
        self.make_room()?;
        // This future has no state of its own, so that polling a fresh one each time is sound.
        let read = ready!(pin!(self.stream.read_buf(&mut self.input)).poll(cx));
        let read = read.map_err(|e| Error::io("the connection broke while receiving", e))?;
        self.bytes_received += read as u64;
        Poll::Ready(Ok(read))
    }

    /// Leaves room for at least one byte: by moving an unfinished message to the front, by doubling up to just over the limit, or not at all.
    fn make_room(&mut self) -> Result<(), Error> {
        if self.consumed > 0 {
            self.input.drain(..self.consumed.min(self.input.len()));
            self.consumed = 0;
            if self.input.capacity() > INPUT_BYTES_KEPT {
                self.input.shrink_to(self.input.len().saturating_mul(2).max(INPUT_BYTES_KEPT));
            }
        }
        let (len, capacity) = (self.input.len(), self.input.capacity());
        if len < capacity {
            return Ok(());
        }
        // One byte more than a message may have tells an unfinished one that is too long from one that just fits.
        let limit = if self.splitter.is_some() { self.limit.min(VALUE_BYTES_MAX) } else { self.limit };
        let most = limit.saturating_add(1).max(INPUT_BYTES_FIRST);
        let next = capacity.saturating_mul(2).clamp(INPUT_BYTES_FIRST, most);
        if next <= len {
            return Err(Error::new(
                ErrorKind::Message,
                "the peer sends more than may wait here, and reads nothing",
            ));
        }
        self.input.reserve_exact(next - len);
        Ok(())
    }

    fn closed(&self) -> Error {
        let rest = self.input.get(self.consumed..).unwrap_or_default();
        let in_the_middle = self.splitter.is_some() || rest.iter().any(|b| !b.is_ascii_whitespace());
        Error::new(
            ErrorKind::Closed,
            if in_the_middle {
                "the peer closed the connection in the middle of a message"
            } else {
                "the peer closed the connection"
            },
        )
    }
}

/// What speaks another protocol. Only the first bytes that come tell one from another.
fn peer_of(rest: &[u8], received: u64) -> Option<Peer> {
    if received == rest.len() as u64 { Peer::of(rest) } else { None }
}

fn not_a_message(error: impl std::error::Error + Send + Sync + 'static, peer: Option<Peer>) -> Error {
    match peer {
        Some(peer) => Error::foreign(peer).because(error),
        None => Error::new(ErrorKind::Message, "the peer sent what is not a message").because(error),
    }
}
