//! How are bytes of one client cut into messages and replies sent back, bounded, without waiting for it?

use super::limits::{BUFFER_BYTES_KEPT, INPUT_BYTES_FIRST};
use ovsdb_proto::frame::{FrameError, Framer};
use ovsdb_proto::net::Stream;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// A connection and what is under way on it.
#[derive(Debug)]
pub(super) struct Peer {
    stream: Stream,
    framer: Framer,
    message_bytes_max: usize,
    // what was received; zeros behind `filled`
    input: Vec<u8>,
    filled: usize,
    // how much of the input was handed out
    consumed: usize,
    output: Vec<u8>,
    // how much of the output the stream has taken
    sent: usize,
    unflushed: bool,
    /// When something last came from it.
    pub(super) heard: Instant,
    /// When it last took something, or had nothing to take.
    pub(super) took: Instant,
}

impl Peer {
    /// Over a new stream.
    pub(super) fn new(stream: Stream, message_bytes_max: usize, now: Instant) -> Peer {
        Peer {
            stream,
            framer: Framer::strict(message_bytes_max),
            message_bytes_max,
            input: Vec::new(),
            filled: 0,
            consumed: 0,
            output: Vec::new(),
            sent: 0,
            unflushed: false,
            heard: now,
            took: now,
        }
    }

    /// The place of the next whole message among what has come, to be read with [`Peer::message`].
    ///
    /// # Errors
    /// What has come cannot become a message, or one that is too long.
    pub(super) fn next_message(&mut self) -> Result<Option<Range<usize>>, FrameError> {
        let rest = self.input.get(self.consumed..self.filled).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let Some(found) = self.framer.find(rest)? else {
            // white space between messages takes no room
            self.consumed += self.framer.take_blank();
            return Ok(None);
        };
        let place = self.consumed + found.start..self.consumed + found.end;
        self.consumed = place.end;
        Ok(Some(place))
    }

    /// The bytes of a message that was just found.
    pub(super) fn message(&self, place: Range<usize>) -> &[u8] {
        self.input.get(place).unwrap_or_default()
    }

    /// Reads once; 0 is the end of the stream.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<io::Result<usize>> {
        self.make_room();
        let mut room = ReadBuf::new(self.input.get_mut(self.filled..).unwrap_or_default());
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut room))?;
        let read = room.filled().len();
        self.filled += read;
        if read > 0 {
            self.heard = now;
        }
        Poll::Ready(Ok(read))
    }

    // Moves an unfinished message to the front; leaves room for a byte more than a message may have, so that one too long is told from one that fits.
    fn make_room(&mut self) {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
            if self.input.len() > BUFFER_BYTES_KEPT && self.filled < BUFFER_BYTES_KEPT {
                self.input.truncate(BUFFER_BYTES_KEPT);
                self.input.shrink_to_fit();
            }
        }
        if self.filled == self.input.len() {
            let most = self.message_bytes_max.saturating_add(1).max(INPUT_BYTES_FIRST);
            let next = self.input.len().saturating_mul(2).clamp(INPUT_BYTES_FIRST, most);
            // the framer has refused what is longer before it comes to this
            self.input.resize(next.max(self.filled + 1), 0);
        }
    }

    /// Sends what waits, and what `more` puts into the empty buffer that it is given, until there is nothing more (ready) or the peer takes no more for now.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        mut more: impl FnMut(&mut Vec<u8>),
    ) -> Poll<io::Result<()>> {
        loop {
            if self.sent == self.output.len() {
                self.output.clear();
                self.sent = 0;
                more(&mut self.output);
                if self.output.is_empty() {
                    break;
                }
            }
            let rest = self.output.get(self.sent..).unwrap_or_default();
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += written;
            self.unflushed = true;
            self.took = now;
        }
        if self.output.capacity() > BUFFER_BYTES_KEPT {
            self.output = Vec::new();
        }
        self.took = now;
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Says goodbye, which over TLS a peer expects.
    pub(super) fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    /// Queues our own words behind what waits.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    /// How many bytes wait for the peer here.
    pub(super) fn waiting(&self) -> usize {
        self.output.len() - self.sent
    }

    /// How many bytes it makes us hold beyond what every client may.
    pub(super) fn held(&self) -> usize {
        let beyond = |bytes: usize| bytes.saturating_sub(BUFFER_BYTES_KEPT);
        beyond(self.input.capacity()) + beyond(self.output.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::AsyncWriteExt as _;

    async fn frames(input: &[u8], max: usize) -> Result<Vec<String>, String> {
        let (mut client, server) = Stream::pair(7);
        let mut peer = Peer::new(server, max, Instant::now());
        let mut found = Vec::new();
        let write = async {
            // a peer that refuses goes away
            let _ = client.write_all(input).await;
            let _ = client.shutdown().await;
        };
        let read = async move {
            loop {
                while let Some(place) = peer.next_message().map_err(|e| e.to_string())? {
                    found.push(String::from_utf8(peer.message(place).to_vec()).unwrap());
                }
                if poll_fn(|cx| peer.poll_fill(cx, Instant::now())).await.unwrap() == 0 {
                    return Ok(found);
                }
                assert!(peer.input.len() <= INPUT_BYTES_FIRST.max(max + 1));
            }
        };
        tokio::join!(write, read).1
    }

    #[tokio::test]
    async fn messages_come_out_whole_and_long_ones_are_refused() {
        assert_eq!(
            frames(b" {\"a\":1}[]{\"b\":[{}]} ", 100).await.unwrap(),
            ["{\"a\":1}", "[]", "{\"b\":[{}]}"]
        );
        let long = format!("[{}]", "1,".repeat(9000) + "1");
        assert_eq!(frames(long.as_bytes(), 1 << 20).await.unwrap(), [long.as_str()]);
        assert_eq!(frames(long.as_bytes(), long.len()).await.unwrap(), [long.as_str()]);
        assert!(frames(long.as_bytes(), long.len() - 1).await.unwrap_err().contains("longer than"));
        // whatever its length, white space between messages takes no room
        let blank = b" \r\n\t".repeat(50_000);
        let spaced = [&blank[..], b"{}", &blank, b"[1]", &blank].concat();
        assert_eq!(frames(&spaced, 10).await.unwrap(), ["{}", "[1]"]);
        // refused though its end has not come
        let long = [&b"[1"[..], &b",1".repeat(9000)].concat();
        let broken = [&long[..], b"x"].concat();
        assert_eq!(frames(&broken, 1 << 20).await.unwrap_err(), format!("not JSON at offset {}", long.len()));
        assert!(frames(b"GET / HTTP/1.1", 100).await.unwrap_err().contains("expected a message"));
    }
}
