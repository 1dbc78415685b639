//! How messages go through `tokio_util::codec::Framed`, for programs that bring a stream of their own.

use super::{Error, ErrorKind};
use crate::frame::{FrameError, Framer};
use crate::limits::FRAME_BYTES_MAX;
use bytes::{Buf, Bytes, BytesMut};
use std::io;
use tokio_util::codec::{Decoder, Encoder};

/// Cuts a stream of bytes into messages and back. A frame is one whole JSON value, which
/// [`Message::decode`](crate::rpc::Message::decode) takes apart.
#[derive(Clone, Debug)]
pub struct Codec {
    limit: usize,
    framer: Framer,
}

impl Codec {
    /// A codec for messages of up to `limit` bytes in either direction.
    pub fn new(limit: usize) -> Codec {
        Codec { limit, framer: Framer::new(limit) }
    }
}

impl Default for Codec {
    /// Messages of up to [`FRAME_BYTES_MAX`] bytes.
    fn default() -> Codec {
        Codec::new(FRAME_BYTES_MAX)
    }
}

impl Decoder for Codec {
    type Item = Bytes;
    type Error = Error;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, Error> {
        let Some(range) = self.framer.find(src)? else {
            // white space between messages takes no room
            src.advance(self.framer.take_blank());
            return Ok(None);
        };
        let mut frame = src.split_to(range.end);
        frame.advance(range.start);
        Ok(Some(frame.freeze()))
    }

    fn decode_eof(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, Error> {
        if let Some(frame) = self.decode(src)? {
            return Ok(Some(frame));
        }
        let pending = self.framer.pending();
        src.clear();
        if pending > 0 {
            let what =
                format!("the connection was closed in the middle of a message, after {pending} bytes of it");
            return Err(Error::new(ErrorKind::Closed, what));
        }
        Ok(None)
    }
}

impl Encoder<&[u8]> for Codec {
    type Error = Error;

    fn encode(&mut self, message: &[u8], dst: &mut BytesMut) -> Result<(), Error> {
        if message.len() > self.limit {
            return Err(FrameError::TooLong { limit: self.limit }.into());
        }
        dst.extend_from_slice(message);
        Ok(())
    }
}

impl Encoder<Bytes> for Codec {
    type Error = Error;

    fn encode(&mut self, message: Bytes, dst: &mut BytesMut) -> Result<(), Error> {
        self.encode(&message[..], dst)
    }
}

impl From<FrameError> for Error {
    fn from(error: FrameError) -> Error {
        Error::new(ErrorKind::Message, error.to_string()).because(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error::io("the connection broke", error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that comes out of `stream` when it arrives in pieces of `piece` bytes and then ends.
    fn decode(stream: &str, piece: usize) -> Result<Vec<String>, Error> {
        let (mut codec, mut buffer, mut found) = (Codec::new(100), BytesMut::new(), Vec::new());
        for bytes in stream.as_bytes().chunks(piece) {
            buffer.extend_from_slice(bytes);
            while let Some(frame) = codec.decode(&mut buffer)? {
                found.push(String::from_utf8(frame.to_vec()).unwrap());
            }
        }
        while let Some(frame) = codec.decode_eof(&mut buffer)? {
            found.push(String::from_utf8(frame.to_vec()).unwrap());
        }
        Ok(found)
    }

    #[test]
    fn messages_come_out_however_they_arrive() {
        let stream = " {\"a\":\"x\\\"}\"} \n{\"b\":2}[]\n";
        for piece in 1..=stream.len() {
            assert_eq!(decode(stream, piece).unwrap(), [r#"{"a":"x\"}"}"#, r#"{"b":2}"#, "[]"]);
        }
    }

    #[test]
    fn white_space_takes_no_room() {
        let (mut codec, mut buffer) = (Codec::new(100), BytesMut::new());
        for _ in 0..100 {
            buffer.extend_from_slice(&b" \n".repeat(1000));
            assert!(codec.decode(&mut buffer).unwrap().is_none());
            assert!(buffer.is_empty());
        }
        buffer.extend_from_slice(b"[1] ");
        assert_eq!(codec.decode(&mut buffer).unwrap().as_deref(), Some(&b"[1]"[..]));
    }

    #[test]
    fn what_goes_wrong_is_said() {
        let check = |stream: &str, kind, what: &str| {
            let error = decode(stream, 3).unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, what));
        };
        check(
            "[] {\"a\":[",
            ErrorKind::Closed,
            "the connection was closed in the middle of a message, after 6 bytes of it",
        );
        check("[]HTTP/1.1", ErrorKind::Message, "expected a message at offset 0, found byte 0x48");
        check(&format!("[\"{}\"]", "x".repeat(97)), ErrorKind::Message, "message is longer than 100 bytes");
    }

    #[test]
    fn messages_are_put_out_as_they_are() {
        let (mut codec, mut buffer) = (Codec::new(8), BytesMut::new());
        codec.encode(&b"[1]"[..], &mut buffer).unwrap();
        codec.encode(Bytes::from_static(b"[2]"), &mut buffer).unwrap();
        assert_eq!(&buffer[..], b"[1][2]");
        let error = codec.encode(&b"[1,2,3,4]"[..], &mut buffer).unwrap_err();
        assert_eq!(error.to_string(), "message is longer than 8 bytes");
        assert_eq!(&buffer[..], b"[1][2]");
        assert_eq!(Codec::default().limit, FRAME_BYTES_MAX);
    }
}
