//! Cutting a stream into messages: the same however its bytes arrive, and where a byte loop cuts
//! it.

use ovsdb_proto::frame::{FrameError, Framer};
use ovsdb_proto::json::Reader;
use ovsdb_proto::limits::DEPTH_MAX;

/// The messages found, and the error behind them.
type Cut<'a> = (Vec<&'a [u8]>, Option<FrameError>);

/// The first byte chooses the limit, the next four how the rest, the stream, is split.
pub fn check_frame(data: &[u8]) {
    let [limit, a, b, c, d, stream @ ..] = data else { return };
    let limit = if limit % 4 == 0 { usize::from(*limit) } else { 1 << 20 };
    let expected = naive(stream, limit);
    agrees(&arriving(stream, limit, &[stream.len()]), &expected, "whole");
    agrees(&arriving(stream, limit, &[usize::from(*a)]), &expected, &format!("in pieces of {a}"));
    let pieces = [*a, *b, *c, *d].map(usize::from);
    agrees(&arriving(stream, limit, &pieces), &expected, &format!("in pieces of {pieces:?}"));
    // every single split is tried where that is cheap
    if stream.len() <= 256 {
        for at in 1..stream.len() {
            agrees(&arriving(stream, limit, &[at, stream.len()]), &expected, &format!("split at {at}"));
        }
    }
}

/// Nothing is found but what is expected, and all of it unless a message that is not JSON comes
/// first: how much of it is there when it is noticed depends on how the bytes arrive.
fn agrees(found: &Cut<'_>, expected: &Cut<'_>, how: &str) {
    if !matches!(found.1, Some(FrameError::NotJson { .. })) {
        assert_eq!(found, expected, "{how}");
        return;
    }
    assert!(expected.0.starts_with(&found.0), "{how}");
    if let Some(next) = expected.0.get(found.0.len()) {
        assert!(Reader::new(next).check().is_err(), "{how}");
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
        let (start, open) = match (first, byte) {
            (Some(first), _) => first,
            (None, b' ' | b'\t' | b'\n' | b'\r') => continue,
            (None, b'{' | b'[') => *first.insert((at, byte)),
            (None, _) => return (found, Some(FrameError::NotMessage { offset, byte })),
        };
        if at - start == limit {
            return (found, Some(FrameError::TooLong { limit }));
        }
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
