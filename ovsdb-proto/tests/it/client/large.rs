//! Replies that are longer than any message may be.

use super::hostile::{cause, listen};
use super::*;
use crate::version::ALL;
use ovsdb_proto::net::ErrorKind;

/// Less than a reply has, more than a row has.
const SMALL: usize = 10_000;

#[tokio::test]
async fn a_reply_of_any_length_is_read_row_by_row() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let mut expect: Vec<String> =
            (0..3000).map(|i| format!("a thing with a name that ends in {i}")).collect();
        let mut writer = client("unix:socket", &scratch);
        writer
            .transact(|t| {
                expect.iter().try_for_each(|name| {
                    let thing = t.insert()?;
                    t.set(thing, NAME, name)
                })
            })
            .await
            .unwrap();
        expect.sort();
        let settings = ClientOptions { message_bytes_max: SMALL, ..options("unix:socket", &scratch) };
        let mut reader = Client::new(schema(), settings).unwrap();
        assert_eq!(names(&mut reader).await, expect);
        // and the connection is as good as before
        assert_eq!(own(reader.transact(|t| find_thing(t, "b")).await), "no thing b");
        assert_eq!(names(&mut reader).await, expect);
    }
}

#[tokio::test]
async fn a_row_or_value_that_is_too_long_is_refused_and_named() {
    let long = "x".repeat(SMALL + 1);
    let row = format!(r#"{{"id":ID,"result":[{{"rows":[{{"name":"{long}"}}]}}],"error":null}}"#);
    let schema_text = format!(r#"{{"id":9,"result":"{long}","error":null}}"#);
    let error =
        format!(r#"{{"id":9,"result":null,"error":{{{}"a":1}}}}"#, "\"aaaaaaaaa\":1,".repeat(SMALL / 10));
    let method = format!(r#"{{"id":null,"method":"{long}","params":[]}}"#);
    for answer in [row, schema_text, error, method] {
        let scratch = Scratch::new();
        listen(&scratch, "bad", move |mut peer| {
            let answer = answer.clone();
            async move {
                while let Some((id, params)) = peer.hear().await {
                    if !params.starts_with(r#"["_Server""#) {
                        peer.say(answer.replace("ID", &id.to_string())).await;
                    }
                }
            }
        });
        let settings = ClientOptions { message_bytes_max: SMALL, ..options("unix:bad", &scratch) };
        let mut client = Client::new(schema(), settings).unwrap();
        let (kind, text) = cause(&client.transact(|t| find_thing(t, "a")).await.unwrap_err());
        assert_eq!(kind, ErrorKind::Message, "{text}");
        assert!(text.contains(&format!("is longer than {SMALL} bytes")), "{text}");
    }
}
