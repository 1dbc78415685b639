//! Servers that are stopped: they accept connections, or did, and answer nothing.

use super::hostile::{cause, listen};
use super::*;
use crate::pki;
use ovsdb_proto::net::{ErrorKind, TlsContext};
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

/// Less than a frozen server is given in earnest.
const SHORT: Duration = Duration::from_secs(1);

/// A server of an empty shop at a TCP port and at `unix:socket` of its folder.
struct Shop {
    scratch: Scratch,
    server: Server,
    port: u16,
}

impl Shop {
    fn open() -> Shop {
        let scratch = Scratch::new();
        create(Version::Installed, &scratch, SCHEMA);
        let mut server = Server::start(&scratch, &["--remote=punix:socket", "--remote=ptcp:0:127.0.0.1"]);
        let port = server.port();
        server.wait_for("ovsdb-server (Open vSwitch)");
        Shop { scratch, server, port }
    }

    fn tcp(&self) -> String {
        format!("tcp:127.0.0.1:{}", self.port)
    }

    fn unix(&self) -> String {
        format!("unix:{}", self.scratch.join("socket").display())
    }

    /// Options for these remotes, none of which is probed.
    fn options(&self, remotes: &[String]) -> ClientOptions {
        let options = options(&remotes.join(","), &self.scratch);
        ClientOptions { probe: None, patience: SHORT, ..options }
    }

    async fn names(&self) -> Vec<String> {
        names(&mut client(&self.unix(), &self.scratch)).await
    }
}

#[tokio::test]
async fn a_frozen_server_is_left_for_the_next_remote() {
    let (frozen, good) = (Shop::open(), Shop::open());
    frozen.server.freeze();
    for first in [frozen.tcp(), frozen.unix()] {
        let remotes = [first.clone(), first, good.tcp()];
        let mut client = Client::new(schema(), good.options(&remotes)).unwrap();
        let name = format!("a{}", good.names().await.len());
        client.transact(|t| add_thing(t, &name)).await.unwrap();
        assert_eq!(client.remote().unwrap().to_string(), good.tcp());
    }
    assert_eq!(good.names().await, ["a0", "a1"]);
    frozen.server.thaw();
    assert!(frozen.names().await.is_empty());
}

#[tokio::test]
async fn a_server_that_freezes_behind_a_kept_connection_is_left_for_the_next_remote() {
    let (first, second) = (Shop::open(), Shop::open());
    let mut client = Client::new(schema(), first.options(&[first.tcp(), second.tcp()])).unwrap();
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    // the first one, unless the machine is very busy
    let used = client.remote().unwrap().to_string();
    let (used, other) = if used == first.tcp() { (first, second) } else { (second, first) };
    used.server.freeze();
    client.transact(|t| add_thing(t, "b")).await.unwrap();
    assert_eq!(client.remote().unwrap().to_string(), other.tcp());
}

#[tokio::test]
async fn the_error_of_a_frozen_server_names_the_probe() {
    let shop = Shop::open();
    shop.server.freeze();
    for remotes in [vec![shop.tcp()], vec![shop.tcp(), shop.tcp()], vec![shop.unix()]] {
        let settings = ClientOptions { probe: Some(Duration::from_millis(200)), ..shop.options(&remotes) };
        let error = Client::new(schema(), settings).unwrap().transact(|t| add_thing(t, "a")).await;
        let (kind, text) = cause(&error.unwrap_err());
        assert_eq!(
            (kind, text.as_str()),
            (ErrorKind::Silent, "no response to inactivity probe after 0.2 seconds")
        );
    }
}

#[tokio::test]
async fn a_server_that_was_too_slow_is_tried_again_when_no_other_serves() {
    let slow = Arc::new(Shop::open());
    slow.server.freeze();
    let thawing = Arc::clone(&slow);
    // serves another database
    listen(&slow.scratch, "other", move |mut peer| {
        thawing.server.thaw();
        async move {
            while let Some((id, params)) = peer.hear().await {
                if params.starts_with(r#"["_Server""#) {
                    peer.answer(id, r#"[{"rows":[]}]"#).await;
                } else {
                    peer.say(format!(
                        r#"{{"id":{id},"result":null,"error":{{"error":"unknown database"}}}}"#
                    ))
                    .await;
                }
            }
        }
    });
    let other = format!("unix:{}", slow.scratch.join("other").display());
    let mut client = Client::new(schema(), slow.options(&[slow.tcp(), other])).unwrap();
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    assert_eq!(slow.names().await, ["a"]);
}

#[tokio::test]
async fn a_commit_at_a_server_that_froze_is_not_sent_to_another() {
    let (frozen, good) = (Shop::open(), Shop::open());
    for remotes in [vec![frozen.tcp()], vec![frozen.tcp(), good.tcp()], vec![frozen.unix(), good.unix()]] {
        let name = format!("a{}", frozen.names().await.len());
        let mut settings = good.options(&remotes);
        (settings.retry, settings.probe) = (true, Some(Duration::from_millis(200)));
        settings.patience = PATIENCE;
        let mut client = Client::new(schema(), settings).unwrap();
        let edit = |t: &mut Txn<'_>| {
            t.all::<Shelf>(&[]).map_err(text)?;
            let added = add_thing(t, &name);
            // all is read, and what was added is sent next
            frozen.server.freeze();
            added
        };
        let error = client.transact(edit).await.unwrap_err();
        let ClientError::MaybeCommitted { remote, error } = &error else { panic!("{error:?}") };
        assert_eq!((remote.to_string(), error.kind()), (remotes[0].clone(), ErrorKind::Silent));
        frozen.server.thaw();
        // it was not committed anywhere else, and there at most once
        assert!(good.names().await.is_empty());
        assert_eq!(frozen.names().await.iter().filter(|found| **found == name).count(), 1);
    }
}

#[tokio::test]
async fn a_tls_handshake_that_hangs_leads_to_the_next_remote() {
    let shop = Shop::open();
    // accepted by the operating system, and by nobody else
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = format!("ssl:{}", mute.local_addr().unwrap());
    let mut settings = shop.options(&[hanging, shop.tcp()]);
    settings.connect.tls = Some(Arc::new(TlsContext::new(pki::config("client"))));
    let mut client = Client::new(schema(), settings).unwrap();
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    assert_eq!(client.remote().unwrap().to_string(), shop.tcp());
}

#[tokio::test]
async fn messages_that_nobody_asked_for_are_no_sign_that_a_server_serves() {
    let shop = Shop::open();
    let echoes = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&echoes);
    listen(&shop.scratch, "chatty", move |mut peer| {
        let counted = Arc::clone(&counted);
        async move {
            let _ = peer.hear().await;
            loop {
                peer.say(r#"{"id":null,"method":"update","params":[1,{}]}"#).await;
                *counted.lock().unwrap() += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    let chatty = format!("unix:{}", shop.scratch.join("chatty").display());
    let mut client = Client::new(schema(), shop.options(&[chatty, shop.tcp()])).unwrap();
    client.transact(|t| add_thing(t, "a")).await.unwrap();
    assert_eq!(client.remote().unwrap().to_string(), shop.tcp());
    assert!(*echoes.lock().unwrap() > 0);
}
