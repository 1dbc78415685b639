//! Is a stream cut into the same messages however its bytes arrive, and where a byte loop cuts it?

use ovsdb_proto::frame::{FrameError, Framer};
use ovsdb_proto::limits::DEPTH_MAX;

/// The messages found, and the error behind them.
type Cut<'a> = (Vec<&'a [u8]>, Option<FrameError>);

/// The first byte chooses the limit, the next four how the rest, the stream, is split.
pub fn check_frame(data: &[u8]) {
    let [limit, a, b, c, d, stream @ ..] = data else { return };
    let limit = if limit % 4 == 0 { usize::from(*limit) } else { 1 << 20 };
    let expected = naive(stream, limit);
    assert_eq!(arriving(stream, limit, &[stream.len()]), expected, "whole");
    assert_eq!(arriving(stream, limit, &[usize::from(*a)]), expected, "in pieces of {a}");
    let pieces = [*a, *b, *c, *d].map(usize::from);
    assert_eq!(arriving(stream, limit, &pieces), expected, "in pieces of {pieces:?}");
    // every single split is tried where that is cheap
    if stream.len() <= 256 {
        for at in 1..stream.len() {
            assert_eq!(arriving(stream, limit, &[at, stream.len()]), expected, "split at {at}");
        }
    }
}

/// What the framer finds if `stream` arrives in pieces of these sizes, over and over.
fn arriving<'a>(stream: &'a [u8], limit: usize, pieces: &[usize]) -> Cut<'a> {
    let mut framer = Framer::new(limit);
    let (mut found, mut consumed, mut received) = (Vec::new(), 0, 0);
    for piece in pieces.iter().cycle() {
        received = (received + (*piece).max(1)).min(stream.len());
        loop {
            let pending = stream.get(consumed..received).unwrap_or_default();
            match framer.find(pending) {
                Ok(Some(range)) => {
                    consumed += range.end;
                    found.extend(pending.get(range));
                }
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
            assert_eq!(framer.pending(), 0);
        }
        assert!(framer.pending() <= received - consumed);
        if received == stream.len() {
            break;
        }
    }
    (found, None)
}

/// Byte by byte, as slowly and plainly as can be.
fn naive(stream: &[u8], limit: usize) -> Cut<'_> {
    let (mut found, mut consumed) = (Vec::new(), 0);
    let (mut first, mut depth, mut string, mut escaped) = (None, 0, false, false);
    for (at, &byte) in stream.iter().enumerate() {
        let offset = at - consumed;
        if offset == limit {
            return (found, Some(FrameError::TooLong { limit }));
        }
        let (start, open) = match (first, byte) {
            (Some(first), _) => first,
            (None, b' ' | b'\t' | b'\n' | b'\r') => continue,
            (None, b'{' | b'[') => *first.insert((at, byte)),
            (None, _) => return (found, Some(FrameError::NotMessage { offset, byte })),
        };
        // outside a string a backslash is no JSON; it hides a quote there too, but no bracket
        let hidden = std::mem::take(&mut escaped);
        match byte {
            b'\\' if !hidden => escaped = true,
            b'"' if !hidden => string = !string,
            _ if string => {}
            _ if byte == open => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return (found, Some(FrameError::TooDeep { offset }));
                }
            }
            // in ASCII, both closing brackets are two behind the opening ones
            _ if byte == open + 2 => {
                depth -= 1;
                if depth == 0 {
                    found.extend(stream.get(start..=at));
                    consumed = at + 1;
                    first = None;
                }
            }
            _ => {}
        }
    }
    (found, None)
}
