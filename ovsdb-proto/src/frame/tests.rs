//! The framer finds the same messages however the bytes arrive, and refuses the same bytes.

use super::*;
use proptest::prelude::*;

/// All messages of `stream`, which arrives in pieces of the given sizes (the last size repeats).
fn frames(stream: &[u8], pieces: &[usize]) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut framer = Framer::new(1 << 20);
    let (mut found, mut consumed, mut received, mut i) = (Vec::new(), 0, 0, 0);
    while received < stream.len() {
        received = (received + pieces[i.min(pieces.len() - 1)].max(1)).min(stream.len());
        i += 1;
        while let Some(range) = framer.find(&stream[consumed..received])? {
            found.push(stream[consumed..received][range.clone()].to_vec());
            consumed += range.end;
        }
    }
    Ok(found)
}

fn check(stream: &str, expected: &[&str]) {
    let expected: Vec<Vec<u8>> = expected.iter().map(|s| s.as_bytes().to_vec()).collect();
    for piece in 1..=stream.len() {
        assert_eq!(frames(stream.as_bytes(), &[piece]).unwrap(), expected, "{stream} in pieces of {piece}");
        assert_eq!(
            frames(stream.as_bytes(), &[piece, stream.len()]).unwrap(),
            expected,
            "{stream} split at {piece}"
        );
    }
}

#[test]
fn messages_are_found() {
    // an escaped quote inside a string does not end the string
    check(r#"{"a":"x\"}"}"#, &[r#"{"a":"x\"}"}"#]);
    // two messages in one read are two
    check(r#"{"a":1}{"b":2}"#, &[r#"{"a":1}"#, r#"{"b":2}"#]);
    check("[]", &["[]"]);
    check(" \r\n\t[ ] \n {\"a\":[{}]}", &["[ ]", "{\"a\":[{}]}"]);
    check(r#"["\\"]["\\\""]["]","["]"#, &[r#"["\\"]"#, r#"["\\\""]"#, r#"["]","["]"#]);
    check(r#"["a","#, &[]);
    check("", &[]);
    // long enough for several blocks, with strings and runs of backslashes across their borders
    for n in 50..80 {
        let one = format!(r#"{{"a":"{}{}","b":["{}"]}}"#, "x".repeat(n), r"\\".repeat(n % 7), "]".repeat(n));
        check(&format!("{one}{one}"), &[&one, &one]);
    }
}

#[test]
fn what_cannot_become_a_message_is_refused() {
    let find = |text: &[u8], limit| Framer::new(limit).find(text);
    assert_eq!(find(b" x", 10), Err(FrameError::NotMessage { offset: 1, byte: b'x' }));
    assert_eq!(find(b"\"a\"", 10), Err(FrameError::NotMessage { offset: 0, byte: b'"' }));
    assert_eq!(find(b"]", 10), Err(FrameError::NotMessage { offset: 0, byte: b']' }));
    assert_eq!(find(b"[1,2,3]", 7), Ok(Some(0..7)));
    assert_eq!(find(b"[1,2,3]", 6), Err(FrameError::TooLong { limit: 6 }));
    assert_eq!(find(b"[1,2,3", 6), Ok(None));
    assert_eq!(find(b"       [1,2,3", 6), Ok(None));
    assert_eq!(find(b"       [1,2,3]", 6), Err(FrameError::TooLong { limit: 6 }));
    let depth = usize::try_from(DEPTH_MAX).unwrap();
    assert_eq!(find(&b"[".repeat(depth), 1000), Ok(None));
    assert_eq!(find(&b"[".repeat(depth + 1), 1000), Err(FrameError::TooDeep { offset: depth }));
    assert_eq!(find(&b" [\"\",".repeat(depth + 1), 2000), Err(FrameError::TooDeep { offset: 5 * depth + 1 }));
    assert_eq!(find(&br#"{"a":"#.repeat(depth + 1), 2000), Err(FrameError::TooDeep { offset: 5 * depth }));
}

#[test]
fn a_limit_holds_across_calls_and_is_per_message() {
    let mut framer = Framer::new(8);
    assert_eq!(framer.find(b"[\"abc"), Ok(None));
    assert_eq!(framer.pending(), 5);
    assert_eq!(framer.find(b"[\"abcdef"), Ok(None));
    assert_eq!(framer.find(b"[\"abcdefg"), Err(FrameError::TooLong { limit: 8 }));
    assert_eq!(Framer::new(8).find(b"[1,2,3][1,2,3]"), Ok(Some(0..7)));
}

#[test]
fn nonsense_is_refused_at_its_first_byte() {
    for (text, offset) in [
        (&b" {\"id\":1,foo"[..], 9),
        (b"[1 2", 3),
        (b"{\"a\":nul}", 0),
        (b"{\"a\":nulx", 8),
        (b"{\"a\" \"b\"", 5),
        (b"[\"a\x01", 3),
        (b"{\"a\":1,]", 7),
        (b"[}", 1),
        (b"[\xff", 1),
    ] {
        let refused = Err(FrameError::NotJson { offset });
        // byte by byte, and all at once
        let mut framer = Framer::new(100);
        let at_once = Framer::new(100).find(text);
        let mut by_byte = Ok(None);
        for end in 1..=text.len() {
            by_byte = framer.find(&text[..end]);
            if by_byte.is_err() {
                assert_eq!(end, offset + 1, "{}", text.escape_ascii());
                break;
            }
        }
        if offset == 0 {
            // whole messages are left to the reader
            assert_eq!((at_once, by_byte), (Ok(Some(0..9)), Ok(Some(0..9))));
        } else {
            assert_eq!((at_once, by_byte), (refused.clone(), refused), "{}", text.escape_ascii());
        }
    }
    // bytes of a string need not be UTF-8
    assert_eq!(Framer::new(100).find(b"[\"\xff"), Ok(None));

    // behind a valid beginning of any length, if all is checked
    let long = [&b"["[..], &b"1,".repeat(CHECKED_BYTES_MAX)].concat();
    let broken = [&long[..], b",2"].concat();
    assert_eq!(Framer::strict(1 << 30).find(&broken), Err(FrameError::NotJson { offset: long.len() }));
    assert_eq!(Framer::new(1 << 30).find(&broken), Ok(None));
}

#[test]
fn white_space_between_messages_need_not_be_kept() {
    let mut framer = Framer::new(8);
    assert_eq!(framer.find(&b" \r\n\t".repeat(1000)), Ok(None));
    assert_eq!(framer.take_blank(), 4000);
    assert_eq!((framer.find(b"  [1"), framer.pending()), (Ok(None), 2));
    assert_eq!(framer.take_blank(), 2);
    assert_eq!((framer.find(b"[1"), framer.take_blank()), (Ok(None), 0));
    assert_eq!(framer.find(b"[1] \n"), Ok(Some(0..3)));
    assert_eq!((framer.find(b" \n"), framer.take_blank()), (Ok(None), 2));
    assert_eq!((framer.find(b""), framer.take_blank()), (Ok(None), 0));
    assert_eq!(framer.find(b"{}"), Ok(Some(0..2)));
}

/// Byte by byte, as slowly and plainly as can be.
fn naive(stream: &[u8]) -> Result<Vec<Vec<u8>>, FrameError> {
    let (mut found, mut start, mut depth, mut string, mut escaped) = (Vec::new(), None, 0, false, false);
    let mut consumed = 0;
    for (i, &byte) in stream.iter().enumerate() {
        if start.is_none() {
            match byte {
                b'{' | b'[' => start = Some(i),
                b' ' | b'\t' | b'\n' | b'\r' => continue,
                _ => return Err(FrameError::NotMessage { offset: i - consumed, byte }),
            }
        }
        match byte {
            b'\\' if !escaped => {
                escaped = true;
                continue;
            }
            b'"' if !escaped => string = !string,
            b'{' | b'[' if !string && byte == stream[start.unwrap()] => depth += 1,
            b'}' | b']' if !string && byte == stream[start.unwrap()] + 2 => {
                depth -= 1;
                if depth == 0 {
                    found.push(stream[start.take().unwrap()..=i].to_vec());
                    consumed = i + 1;
                }
            }
            _ => {}
        }
        escaped = false;
    }
    Ok(found)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_split_finds_what_a_byte_loop_finds(
        stream in "([\\[\\]{}\"\\\\ ]|a|abcdefghijklmnop){0,300}",
        pieces in prop::collection::vec(1usize..200, 1..20),
        curly: bool,
    ) {
        let stream = format!("{}{stream}", if curly { '{' } else { '[' });
        match (frames(stream.as_bytes(), &pieces), naive(stream.as_bytes())) {
            // the offset of an error is relative to what was not consumed when it was seen, in both
            (Err(FrameError::TooDeep { .. } | FrameError::NotJson { .. }), _) => {}
            (left, right) => prop_assert_eq!(left, right),
        }
    }
}
