//! Which remote does a client use, and what becomes of lines when servers go and databases change?

use super::*;
use crate::version::ALL;
use ovsdb_proto::net::{Cause, ErrorKind};
use ovsdb_proto::session::{Unfit, Verdict};

#[tokio::test]
async fn dead_remotes_are_passed_over() {
    let (scratch, _server) = shop(Version::Installed);
    std::fs::write(scratch.join("file"), "").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut client =
        client(&format!("unix:nowhere,unix:file,tcp:127.0.0.1:{port},unix:socket,unix:nowhere"), &scratch);
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    assert!(client.remote().unwrap().to_string().ends_with("/socket"));
    client.close().await;
}

#[tokio::test]
async fn if_none_serves_the_last_one_says_why() {
    let scratch = Scratch::new();
    let other = SCHEMA.replace("Shop", "Other");
    create(Version::Installed, &scratch, &other);
    let _server = serve(Version::Installed, &scratch);
    let error =
        client("unix:socket,unix:nowhere", &scratch).transact(|t| add_thing(t, "a")).await.unwrap_err();
    let ClientError::Unserved { remote, cause: Cause::Net(cause) } = &error else { panic!("{error:?}") };
    assert!(remote.to_string().ends_with("/nowhere"));
    assert_eq!((cause.kind(), cause.reason().as_ref()), (ErrorKind::Connect, "No such file or directory"));
    let error =
        client("unix:nowhere,unix:socket", &scratch).transact(|t| add_thing(t, "a")).await.unwrap_err();
    assert!(
        matches!(&error, ClientError::Unserved { cause: Cause::Unfit(Unfit::NoDatabase), .. }),
        "{error:?}"
    );
    assert!(error.to_string().ends_with("/socket: the server has no such database"), "{error}");
    let none = ClientOptions { remotes: Vec::new(), ..options("unix:socket", &scratch) };
    assert_eq!(Client::new(schema(), none).unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn retrying_waits_for_a_server_until_the_deadline() {
    let scratch = Scratch::new();
    create(Version::Installed, &scratch, SCHEMA);
    let mut settings = options("unix:socket", &scratch);
    settings.retry = true;
    let started = Instant::now();
    settings.connect.deadline = Some(started + Duration::from_millis(300));
    let mut early = Client::new(schema(), settings.clone()).unwrap();
    let error = early.transact(|t| add_thing(t, "a")).await.unwrap_err();
    assert!(matches!(error, ClientError::Unserved { cause: Cause::Net(_), .. }), "{error:?}");
    assert!((300..10_000).contains(&started.elapsed().as_millis()));

    settings.connect.deadline = soon();
    let mut patient = Client::new(schema(), settings).unwrap();
    let line = patient.transact(|t| add_thing(t, "a").map(drop));
    let (result, _server) = tokio::join!(line, async { serve(Version::Installed, &scratch) });
    result.unwrap();
    // the deadline of one line is not that of the next
    patient.set_deadline(Some(Instant::now()));
    assert!(patient.transact(|t| find_thing(t, "a")).await.unwrap_err().is_timeout());
    patient.set_deadline(soon());
    patient.transact(|t| find_thing(t, "a")).await.unwrap();
}

#[tokio::test]
async fn a_kept_connection_that_broke_is_replaced() {
    let (scratch, server) = shop(Version::Installed);
    let mut client = client("unix:socket", &scratch);
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    server.kill();
    let error = client.transact(|t| add_thing(t, "b")).await.unwrap_err();
    assert!(matches!(error, ClientError::Unserved { cause: Cause::Net(_), .. }), "{error:?}");
    std::fs::remove_file(scratch.join("socket")).unwrap();
    let server = serve(Version::Installed, &scratch);
    client.transact(|t| add_thing(t, "b")).await.unwrap();
    server.kill();
    std::fs::remove_file(scratch.join("socket")).unwrap();
    let _server = serve(Version::Installed, &scratch);
    assert_eq!(names(&mut client).await, ["a", "b"]);
}

/// Done when there is a thing called `go` of size 3.
fn wait_for_go(t: &mut Txn<'_>) -> Verdict<i64, String> {
    let size = |t: &Txn<'_>| {
        let found = t.lookup(NAME, &"go".to_owned(), &[])?;
        found.first().map(|thing| t.get(*thing, SIZE)).transpose()
    };
    match size(t) {
        Ok(Some(3)) => Verdict::Done(3),
        Ok(_) => Verdict::NotYet,
        Err(error) => Verdict::Failed(error.to_string()),
    }
}

#[tokio::test]
async fn a_line_waits_for_what_others_do() {
    for version in ALL {
        let (scratch, _server) = shop(version);
        let mut waiting = client("unix:socket", &scratch);
        let mut runs = 0;
        let mut line = |t: &mut Txn<'_>| {
            runs += 1;
            wait_for_go(t)
        };
        let others = async {
            let mut other = client("unix:socket", &scratch);
            for i in 0..20 {
                other.transact(|t| add_thing(t, &format!("x{i}"))).await.unwrap();
            }
            other.transact(|t| add_thing(t, "go")).await.unwrap();
            for size in 1..=3 {
                other
                    .transact(|t| {
                        let go = find_thing(t, "go")?;
                        t.set(go, SIZE, &size).map_err(text)
                    })
                    .await
                    .unwrap();
            }
        };
        let (result, ()) = tokio::join!(waiting.run(&mut line), others);
        let conclusion = result.unwrap();
        assert_eq!((conclusion.value, conclusion.committed.is_none()), (3, true));
        assert!(runs < 100, "{runs}");
        // the connection is as good as before, and no monitor is left on it
        for _ in 0..3 {
            waiting.run(&mut wait_for_go).await.unwrap();
        }
        assert_eq!(names(&mut waiting).await.len(), 21);
        waiting.close().await;
    }
}

#[tokio::test]
async fn waiting_ends_at_the_deadline() {
    let (scratch, _server) = shop(Version::Installed);
    let mut waiting = client("unix:socket", &scratch);
    waiting.set_deadline(Some(Instant::now() + Duration::from_millis(200)));
    let error = waiting.run(&mut wait_for_go).await.unwrap_err();
    assert!(matches!(error, ClientError::Unserved { .. }) && error.is_timeout(), "{error:?}");
}
