//! What does a peer that breaks the rules get us to do: an error, at once, and bounded memory?

use std::time::Duration;

use ovsdb_proto::frame::PartRef;
use ovsdb_proto::net::{Connection, Error, ErrorKind, Received, Stream, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::Instant;

use super::{hear, soon};

const LIMIT: usize = 100_000;

/// The first message, or why there is none, from a peer that writes `chunks` (each in a write of its own) and closes.
async fn first(chunks: &[&[u8]]) -> Result<String, Error> {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
    let write = async {
        for chunk in chunks {
            theirs.write_all(chunk).await.unwrap();
            tokio::task::yield_now().await;
        }
        drop(theirs);
    };
    let read = within(soon(), hear(&mut connection));
    tokio::join!(write, read).1
}

#[tokio::test]
async fn garbage_is_an_error_when_it_comes() {
    for garbage in [
        "garbage",
        "\0",
        "HTTP/1.1 400 Bad Request\r\n",
        "\u{16}\u{3}\u{3}",
        "\"text\"",
        "]",
        " ,{}",
        "{\"id\":1,x",
        "[1 2",
        "[nulx",
    ] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::new(Stream::Unix(ours));
        theirs.write_all(garbage.as_bytes()).await.unwrap();
        // The peer stays, so that only the garbage can end this.
        let error = within(soon(), hear(&mut connection)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.reason().as_ref()),
            (ErrorKind::Message, "Protocol error"),
            "{garbage:?}"
        );
    }
}

#[tokio::test]
async fn an_end_is_told_from_a_broken_message() {
    let cases: [(&[u8], &str); 4] = [
        (b"", "the peer closed the connection"),
        (b"\n ", "the peer closed the connection"),
        (b"{", "the peer closed the connection in the middle of a message"),
        (br#"{"id":1,"result":"}"#, "the peer closed the connection in the middle of a message"),
    ];
    for (bytes, text) in cases {
        let error = first(&[bytes]).await.unwrap_err();
        assert!(error.is_closed() && !error.is_timeout());
        assert_eq!((error.to_string().as_str(), error.reason().as_ref()), (text, "End of file"));
    }
}

#[tokio::test]
async fn a_message_may_come_byte_by_byte_and_two_at_once() {
    let message = r#"{"a":"\"}{","b":[{}]}"#;
    let bytes: Vec<&[u8]> = message.as_bytes().chunks(1).collect();
    assert_eq!(first(&bytes).await.unwrap(), message);

    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::new(Stream::Unix(ours));
    theirs.write_all(format!("{message}\n{message} {{").as_bytes()).await.unwrap();
    drop(theirs);
    for _ in 0..2 {
        assert_eq!(hear(&mut connection).await.unwrap(), message);
    }
    assert!(hear(&mut connection).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_string_without_end_is_cut_off_at_the_limit() {
    for beginning in ["{\"a\":\"", "[", "{\"\\\\"] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
        let write = async {
            let fill = [b'1'; 4096];
            let mut result = theirs.write_all(beginning.as_bytes()).await;
            while result.is_ok() {
                result = theirs.write_all(&fill).await;
            }
        };
        let read = async {
            let error = within(soon(), hear(&mut connection)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Message, "{error:?}");
            assert!(connection.input_capacity() <= LIMIT + 1, "{}", connection.input_capacity());
            drop(connection);
        };
        tokio::join!(write, read);
    }
}

#[tokio::test]
async fn white_space_between_messages_is_not_kept() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
    let blank = b" \r\n\t".repeat(LIMIT);
    let write = async {
        for message in ["[1]", "[2]"] {
            theirs.write_all(&blank).await.unwrap();
            theirs.write_all(message.as_bytes()).await.unwrap();
        }
    };
    let read = async {
        assert_eq!(within(soon(), hear(&mut connection)).await.unwrap(), "[1]");
        assert_eq!(within(soon(), connection.receive_part(1)).await.unwrap(), Received::Message(b"[2]"));
        assert!(connection.input_capacity() <= LIMIT + 1, "{}", connection.input_capacity());
    };
    tokio::join!(write, read);
}

#[tokio::test]
async fn of_a_long_message_only_the_part_that_is_not_complete_is_held() {
    let rows = vec![format!("{{\"a\":\"{}\"}}", "x".repeat(1000)); 1000].join(", ");
    let space = " ".repeat(3 * LIMIT);
    let message = format!(r#"{{"id":1,"result":[{{"rows":[{rows}]}}]{space},"error":null}}"#);
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
    let write = async {
        theirs.write_all(message.as_bytes()).await.unwrap();
        theirs.write_all(b"[2]").await.unwrap();
        drop(theirs);
    };
    let read = async {
        let (mut depth, mut values) = (0, 0);
        loop {
            match within(soon(), connection.receive_part(4)).await.unwrap() {
                Received::Part(PartRef::Array | PartRef::Object) => depth += 1,
                Received::Part(PartRef::End) => depth -= 1,
                Received::Part(PartRef::Value(_)) => values += 1,
                Received::Part(PartRef::Key(_)) => {}
                Received::Message(_) => panic!("it comes in parts"),
            }
            assert!(connection.input_capacity() <= LIMIT + 1, "{}", connection.input_capacity());
            if depth == 0 {
                break;
            }
        }
        assert_eq!(values, 1000 + 2);
        assert_eq!(within(soon(), connection.receive_part(4)).await.unwrap(), Received::Message(b"[2]"));
        assert!(connection.receive_part(4).await.unwrap_err().is_closed());
    };
    tokio::join!(write, read);
}

#[tokio::test]
async fn a_value_without_end_in_a_long_message_is_cut_off_at_the_limit() {
    for beginning in ["{\"a\":\"", "[[", "[", "{\"", "[{\"\\\\"] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
        let write = async {
            let mut result = theirs.write_all(beginning.as_bytes()).await;
            while result.is_ok() {
                result = theirs.write_all(&[b'1'; 4096]).await;
            }
        };
        let read = async {
            let error = loop {
                match within(soon(), connection.receive_part(1)).await {
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), ErrorKind::Message, "{error:?}");
            assert!(connection.input_capacity() <= LIMIT + 1, "{}", connection.input_capacity());
            drop(connection);
        };
        tokio::join!(write, read);
    }
}

#[tokio::test]
async fn a_message_as_long_as_the_limit_fits_and_one_byte_more_does_not() {
    let message = |len: usize| format!("[\"{}\"]", "x".repeat(len - 4));
    assert_eq!(first(&[message(LIMIT).as_bytes()]).await.unwrap().len(), LIMIT);
    let error = first(&[message(LIMIT + 1).as_bytes()]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Message);
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::new(Stream::Unix(ours));
    let deadline = Instant::now() + Duration::from_millis(20);
    let error = within(Some(deadline), hear(&mut connection)).await.unwrap_err();
    assert!(error.is_timeout() && !error.is_closed());
    assert_eq!(error.reason(), "Connection timed out");
    drop(theirs);
}

#[tokio::test]
async fn a_peer_that_only_writes_cannot_fill_our_memory_while_we_send() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::with_limit(Stream::Unix(ours), LIMIT);
    let write = async { while theirs.write_all(b"[1,2,3]").await.is_ok() {} };
    let send = async {
        let error = within(soon(), connection.send(&vec![b' '; 10_000_000])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Message, "{error:?}");
        assert!(connection.input_capacity() <= LIMIT + 1);
        drop(connection);
    };
    tokio::join!(write, send);
}

#[tokio::test]
async fn a_peer_that_goes_away_while_we_send() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut connection = Connection::new(Stream::Unix(ours));
    let leave = async move { theirs.read_exact(&mut [0; 1000]).await.map(drop) };
    let message = vec![b' '; 10_000_000];
    let (left, sent) = tokio::join!(leave, within(soon(), connection.send(&message)));
    left.unwrap();
    assert!(sent.unwrap_err().is_closed());
}
