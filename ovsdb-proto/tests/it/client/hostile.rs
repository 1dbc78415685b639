//! What does a client make of servers gone wrong, and does it ever say that nothing happened when something may have?

use super::*;
use ovsdb_proto::frame::Framer;
use ovsdb_proto::net::{Cause, ErrorKind};
use ovsdb_proto::rpc::Message;
use ovsdb_proto::session::RunError;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const FIT: &str = r#"[{"rows":[{"model":"standalone","connected":true,"leader":true}]}]"#;

/// One connection as the server sees it.
pub(super) struct Peer {
    stream: UnixStream,
    input: Vec<u8>,
}

impl Peer {
    /// The number and the parameters of the next request; `None` if the client has gone.
    pub(super) async fn hear(&mut self) -> Option<(u64, String)> {
        loop {
            if let Some(found) = Framer::new(1 << 20).find(&self.input).unwrap() {
                let message: Vec<u8> = self.input.drain(..found.end).collect();
                match Message::decode(&message[found]).unwrap() {
                    Message::Request { id, params, .. } => {
                        let params = String::from_utf8(params.to_vec()).unwrap();
                        return Some((ovsdb_proto::rpc::id_number(id).unwrap(), params));
                    }
                    other => panic!("{other:?}"),
                }
            }
            self.stream.read_buf(&mut self.input).await.ok().filter(|n| *n > 0)?;
        }
    }

    pub(super) async fn say(&mut self, bytes: impl AsRef<[u8]>) {
        // the client may go at any time
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    pub(super) async fn answer(&mut self, id: u64, result: &str) {
        self.say(format!(r#"{{"id":{id},"result":{result},"error":null}}"#)).await;
    }
}

/// A server at `unix:NAME` that treats each connection as `treat` says, until the runtime ends.
pub(super) fn listen<F: Future<Output = ()> + Send + 'static>(
    scratch: &Scratch,
    name: &str,
    treat: impl Fn(Peer) -> F + Send + 'static,
) {
    let listener = UnixListener::bind(scratch.join(name)).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(treat(Peer { stream, input: Vec::new() }));
        }
    });
}

/// What an honest server would answer: nothing is there, everything is carried out.
fn honest(params: &str) -> String {
    if params.starts_with(r#"["_Server""#) {
        return FIT.to_owned();
    }
    let results: Vec<&str> = params
        .split(r#"{"op":""#)
        .skip(1)
        .map(|op| match op.split('"').next().unwrap() {
            "select" => r#"{"rows":[]}"#,
            "insert" => r#"{"uuid":["uuid","00000000-0000-0000-0000-000000000001"]}"#,
            "update" | "mutate" | "delete" => r#"{"count":1}"#,
            _ => "{}",
        })
        .collect();
    format!("[{}]", results.join(","))
}

fn is_commit(params: &str) -> bool {
    params.contains(r#""insert""#)
}

fn add(t: &mut Txn<'_>) -> Result<(), String> {
    find_thing(t, "a").err().ok_or("a is there")?;
    add_thing(t, "b").map(drop)
}

/// What becomes of a line at a server that answers everything with `answer`.
async fn outcome(answer: &'static str) -> ClientError<String> {
    let scratch = Scratch::new();
    listen(&scratch, "bad", move |mut peer| async move {
        while let Some((id, params)) = peer.hear().await {
            if params.starts_with(r#"["_Server""#) {
                peer.answer(id, FIT).await;
            } else {
                peer.say(answer.replace("ID", &id.to_string())).await;
            }
        }
    });
    let mut client = client("unix:bad", &scratch);
    client.transact(add).await.unwrap_err()
}

/// The error of the network that a remote was given up for, with all that it came from.
pub(super) fn cause<E: std::fmt::Debug>(error: &ClientError<E>) -> (ErrorKind, String) {
    let ClientError::Unserved { cause: Cause::Net(error), .. } = error else { panic!("{error:?}") };
    (error.kind(), chain(error))
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

#[tokio::test]
async fn nonsense_is_told_with_what_and_where() {
    let message = |text: &str| format!("the peer sent what is not a message: {text}");
    let reply = |text: &str| format!("the reply does not fit the request: {text}");
    let cases = [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", message("")),
        ("[]", message("malformed message: ")),
        (r#"{"id":ID,"result":[],"error":null,"x":1}"#, message("unexpected member at offset ")),
        (r#"{"id":ID,"result":[],"error":null}"#, reply("result number 0 is not that of the operation")),
        (r#"{"id":ID,"result":[{}],"error":null}"#, reply("result number 0 is not that of the operation")),
        (
            r#"{"id":ID,"result":[{"rows":[]},{}],"error":null}"#,
            reply("result number 1 is not that of the operation"),
        ),
        (r#"{"id":ID,"result":{},"error":null}"#, reply("")),
        (r#"{"id":ID,"result":[{"rows":{}}],"error":null}"#, reply("")),
        (r#"{"id":ID,"result":[{"rows":[{"name":"a"}]}],"error":null}"#, reply("row without _uuid")),
        (r#"{"id":ID,"result":[{"rows":[{"_uuid":["uuid","x"]}]}],"error":null}"#, reply("column _uuid: ")),
        (r#"{"id":ID,"result":[{"rows":[{"name":[1,2]}]}],"error":null}"#, reply("column name: ")),
    ];
    for (answer, expect) in cases {
        let error = outcome(answer).await;
        let (kind, text) = cause(&error);
        assert_eq!(kind, ErrorKind::Message, "{answer}");
        assert!(text.starts_with(&expect), "{answer}: {text}, not {expect}");
        // whoever prints the error alone sees at least the remote and what happened
        assert!(error.to_string().starts_with("unix:/") && error.to_string().contains(": the "), "{error}");
    }
}

#[tokio::test]
async fn a_reply_to_a_commit_that_makes_no_sense_leaves_it_open() {
    for at_commit in [
        r#"{"id":ID,"result":[],"error":null}"#,
        r#"{"id":ID,"result":[{},{},{}],"error":null}"#,
        r#"{"id":ID,"result":null,"error":null}"#,
        r#"{"id":ID,"result":[{}"#,
        "garbage",
        r#"{"id":ID,"nonsense":1}"#,
    ] {
        let scratch = Scratch::new();
        let commits = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&commits);
        listen(&scratch, "bad", move |mut peer| {
            let counted = Arc::clone(&counted);
            async move {
                while let Some((id, params)) = peer.hear().await {
                    if is_commit(&params) {
                        *counted.lock().unwrap() += 1;
                        peer.say(at_commit.replace("ID", &id.to_string())).await;
                        // what is cut short is followed by the end
                        break;
                    }
                    peer.answer(id, &honest(&params)).await;
                }
            }
        });
        // the second remote would carry it out again
        let mut options = options("unix:bad,unix:bad", &scratch);
        options.retry = true;
        let mut client = Client::new(schema(), options).unwrap();
        let error = client.transact(add).await.unwrap_err();
        assert!(matches!(error, ClientError::MaybeCommitted { .. }), "{at_commit}: {error:?}");
        let text = error.to_string();
        assert!(text.contains("may have been committed") && text.starts_with("unix:/"), "{text}");
        assert_eq!(*commits.lock().unwrap(), 1, "{at_commit}");
    }
}

#[tokio::test]
async fn a_close_after_the_commit_was_sent_is_never_a_plain_failure() {
    let scratch = Scratch::new();
    listen(&scratch, "bad", |mut peer| async move {
        while let Some((id, params)) = peer.hear().await {
            if is_commit(&params) {
                return;
            }
            peer.answer(id, &honest(&params)).await;
        }
    });
    let mut client = client("unix:bad", &scratch);
    let error = client.transact(add).await.unwrap_err();
    let ClientError::MaybeCommitted { error, .. } = &error else { panic!("{error:?}") };
    assert!(error.is_closed());
    // nor is silence
    let scratch = Scratch::new();
    listen(&scratch, "bad", |mut peer| async move {
        while let Some((id, params)) = peer.hear().await {
            if !is_commit(&params) {
                peer.answer(id, &honest(&params)).await;
            }
        }
    });
    let mut options = options("unix:bad", &scratch);
    options.connect.deadline = Some(Instant::now() + Duration::from_millis(300));
    let mut client = Client::new(schema(), options).unwrap();
    let error = client.transact(add).await.unwrap_err();
    assert!(matches!(error, ClientError::MaybeCommitted { .. }) && error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn a_close_before_the_commit_leads_to_the_next_remote() {
    // after so many answers; the last of them may break off
    for (answers, last) in [(0, ""), (1, ""), (1, "{\"id\":"), (2, "")] {
        let scratch = Scratch::new();
        listen(&scratch, "bad", move |mut peer| async move {
            for _ in 0..answers {
                let Some((id, params)) = peer.hear().await else { return };
                assert!(!is_commit(&params));
                peer.answer(id, &honest(&params)).await;
            }
            peer.say(last).await;
        });
        create(Version::Installed, &scratch, SCHEMA);
        let _server = serve(Version::Installed, &scratch);
        // needs two rounds of reading: the first stops where the shelves are missing
        let edit = |t: &mut Txn<'_>| {
            t.all::<Shelf>(&[]).map_err(text)?;
            find_thing(t, "a").err().ok_or("a is there")?;
            add_thing(t, "b").map(drop)
        };
        let error = client("unix:bad", &scratch).transact(edit).await.unwrap_err();
        assert!(matches!(cause(&error).0, ErrorKind::Closed | ErrorKind::Lost), "{error:?}");
        let mut both = client("unix:bad,unix:socket", &scratch);
        both.transact(edit).await.unwrap();
        assert_eq!(names(&mut both).await, ["b"]);
        both.close().await;
    }
}

#[tokio::test]
async fn silence_ends_at_the_deadline_or_when_there_is_no_sign_of_life() {
    let scratch = Scratch::new();
    let probes = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&probes);
    listen(&scratch, "mute", move |mut peer| {
        let counted = Arc::clone(&counted);
        async move {
            while let Some((_, params)) = peer.hear().await {
                *counted.lock().unwrap() += u32::from(params == "[]");
            }
        }
    });
    let mut settings = options("unix:mute,unix:mute", &scratch);
    settings.connect.deadline = Some(Instant::now() + Duration::from_millis(200));
    let mut client = Client::new(schema(), settings.clone()).unwrap();
    let started = Instant::now();
    let error = client.transact(add).await.unwrap_err();
    assert!(error.is_timeout() && started.elapsed() < Duration::from_secs(10), "{error:?}");
    assert!(error.to_string().contains("deadline"), "{error}");

    settings.connect.deadline = None;
    settings.probe = Some(Duration::from_millis(50));
    let mut client = Client::new(schema(), settings).unwrap();
    let (kind, text) = cause(&client.transact(add).await.unwrap_err());
    assert_eq!(
        (kind, text.as_str()),
        (ErrorKind::Silent, "no response to inactivity probe after 0.05 seconds")
    );
    assert_eq!(*probes.lock().unwrap(), 2);
}

#[tokio::test]
async fn who_gives_signs_of_life_is_waited_for() {
    let scratch = Scratch::new();
    listen(&scratch, "slow", |mut peer| async move {
        let mut first = None;
        let mut echoes = 0;
        while let Some((id, params)) = peer.hear().await {
            match &mut first {
                None => first = Some((id, params)),
                _ if params == "[]" && echoes < 5 => {
                    echoes += 1;
                    peer.answer(id, "[]").await;
                }
                Some((first, asked)) if params == "[]" => {
                    let (id, result) = (*first, honest(asked));
                    peer.answer(id, &result).await;
                }
                _ => peer.answer(id, &honest(&params)).await,
            }
        }
    });
    let mut settings = options("unix:slow", &scratch);
    settings.probe = Some(Duration::from_millis(30));
    let mut client = Client::new(schema(), settings).unwrap();
    client.transact(add).await.unwrap();
}

#[tokio::test]
async fn endless_conflicts_end_at_the_deadline() {
    let scratch = Scratch::new();
    let commits = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&commits);
    listen(&scratch, "bad", move |mut peer| {
        let counted = Arc::clone(&counted);
        async move {
            while let Some((id, params)) = peer.hear().await {
                if is_commit(&params) {
                    *counted.lock().unwrap() += 1;
                    peer.answer(id, r#"[{"error":"timed out"},null]"#).await;
                } else {
                    peer.answer(id, &honest(&params)).await;
                }
            }
        }
    });
    let mut settings = options("unix:bad", &scratch);
    settings.connect.deadline = Some(Instant::now() + Duration::from_millis(700));
    let mut client = Client::new(schema(), settings).unwrap();
    let error = client.transact(add).await.unwrap_err();
    // the answer said that nothing was committed, so that this is a plain failure
    assert!(matches!(error, ClientError::Unserved { .. }) && error.is_timeout(), "{error:?}");
    // pauses get longer, so that this is not a storm
    let commits = *commits.lock().unwrap();
    assert!((5..30).contains(&commits), "{commits}");
}

#[tokio::test]
async fn a_flood_of_questions_is_cut_off() {
    let scratch = Scratch::new();
    listen(&scratch, "flood", |mut peer| async move {
        let echo = format!(r#"{{"id":"e","method":"echo","params":["{}"]}}"#, "x".repeat(100_000));
        // reads nothing, and wants an answer to everything
        for _ in 0..2_000 {
            if peer.stream.write_all(echo.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let mut settings = options("unix:flood", &scratch);
    settings.connect.deadline = Some(Instant::now() + Duration::from_secs(3));
    let mut client = Client::new(schema(), settings).unwrap();
    let error = client.transact(add).await.unwrap_err();
    assert_eq!(cause(&error), (ErrorKind::Message, "the peer asks and does not listen".to_owned()));
}

#[tokio::test]
async fn a_string_without_end_is_cut_off() {
    let scratch = Scratch::new();
    listen(&scratch, "endless", |mut peer| async move {
        peer.say(r#"{"id":1,"result":[{"rows":[{"name":""#).await;
        let fill = vec![b'x'; 1 << 20];
        while peer.stream.write_all(&fill).await.is_ok() {}
    });
    let mut settings = options("unix:endless", &scratch);
    settings.message_bytes_max = 10 << 20;
    let mut client = Client::new(schema(), settings).unwrap();
    let (kind, text) = cause(&client.transact(add).await.unwrap_err());
    assert_eq!(kind, ErrorKind::Message);
    assert!(text.starts_with("the peer sent what is not a message: "), "{text}");
}

#[tokio::test]
async fn wrong_numbers_are_not_answers() {
    let scratch = Scratch::new();
    listen(&scratch, "bad", |mut peer| async move {
        while let Some((id, params)) = peer.hear().await {
            for wrong in [id + 100, id.wrapping_sub(1), 0] {
                peer.answer(wrong, r#"[{"rows":[]}]"#).await;
            }
            peer.say(r#"{"id":"1","result":[],"error":null}{"id":null,"method":"update","params":[1,{}]}"#)
                .await;
            peer.answer(id, &honest(&params)).await;
        }
    });
    let mut client = client("unix:bad", &scratch);
    client.transact(add).await.unwrap();
}

#[tokio::test]
async fn the_same_connection_serves_one_line_after_another_even_after_errors() {
    let scratch = Scratch::new();
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    listen(&scratch, "good", move |mut peer| {
        *counted.lock().unwrap() += 1;
        async move {
            let mut ids = Vec::new();
            while let Some((id, params)) = peer.hear().await {
                assert!(!ids.contains(&id), "{id} is used twice");
                ids.push(id);
                peer.answer(id, &honest(&params)).await;
            }
        }
    });
    let mut client = client("unix:good", &scratch);
    for _ in 0..5 {
        client.transact(add).await.unwrap();
        assert_eq!(own(client.transact(|t| find_thing(t, "a")).await), "no thing a");
    }
    assert_eq!(*connections.lock().unwrap(), 1);
    assert!(matches!(
        client.transact(|t| t.set(Ref::<Thing>::new(ovsdb_proto::value::Uuid::NIL), SIZE, &1)).await,
        Err(ClientError::Run(RunError::Read(ReadError::NoRow { .. })))
    ));
    client.transact(add).await.unwrap();
    assert_eq!(*connections.lock().unwrap(), 1);
}
