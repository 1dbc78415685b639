//! Does a client find the leader of a cluster, and does nothing get lost or doubled when the leader changes?

use super::*;
use crate::version::ALL;
use ovsdb_proto::net::Cause;
use ovsdb_proto::session::Unfit;
use ovsdb_proto::value::Uuid;

/// Three servers of one database, in folders of their own.
struct Cluster {
    version: Version,
    scratch: Scratch,
    servers: Vec<Option<Server>>,
}

const SERVERS: usize = 3;

impl Cluster {
    async fn new(version: Version) -> Cluster {
        let scratch = Scratch::new();
        std::fs::write(scratch.join("schema"), SCHEMA).unwrap();
        let tool = version.program("ovsdb-tool");
        let tool = tool.to_str().unwrap();
        run_in(scratch.path(), tool, &["create-cluster", "db0", "schema", "unix:raft0"]);
        for n in 1..SERVERS {
            let (file, address) = (format!("db{n}"), format!("unix:raft{n}"));
            run_in(scratch.path(), tool, &["join-cluster", &file, "Shop", &address, "unix:raft0"]);
        }
        let mut cluster = Cluster { version, scratch, servers: (0..SERVERS).map(|_| None).collect() };
        for n in 0..SERVERS {
            cluster.start(n);
        }
        for n in 0..SERVERS {
            cluster.wait_until_serving(n).await;
        }
        cluster
    }

    fn start(&mut self, n: usize) {
        let _ = std::fs::remove_file(self.scratch.join(&format!("socket{n}")));
        let args =
            [&format!("--unixctl=control{n}"), &format!("--remote=punix:socket{n}"), &format!("db{n}")];
        let mut server =
            Server::spawn(&self.version.program("ovsdb-server"), &self.scratch, &args.map(String::as_str));
        server.wait_for("ovsdb-server (Open vSwitch)");
        self.servers[n] = Some(server);
    }

    fn kill(&mut self, n: usize) {
        self.servers[n].take().unwrap().kill();
    }

    /// A client of these servers alone.
    fn client(&self, servers: &[usize], change: impl FnOnce(&mut ClientOptions)) -> Client {
        let remotes: Vec<String> = servers.iter().map(|n| format!("unix:socket{n}")).collect();
        let mut options = options(&remotes.join(","), &self.scratch);
        change(&mut options);
        Client::new(schema(), options).unwrap()
    }

    async fn wait_until_serving(&self, n: usize) {
        let mut any = self.client(&[n], |o| {
            o.leader_only = false;
            o.retry = true;
        });
        any.snapshot(&[]).await.unwrap();
    }

    /// Which server leads.
    async fn leader(&self) -> usize {
        let mut leader = self.client(&[0, 1, 2], |o| o.retry = true);
        leader.snapshot(&[]).await.unwrap();
        let name = leader.remote().unwrap().to_string();
        (0..SERVERS).find(|n| name.ends_with(&format!("/socket{n}"))).unwrap()
    }
}

#[tokio::test]
async fn the_leader_is_found_and_followers_say_that_they_are_none() {
    for version in ALL {
        let cluster = Cluster::new(version).await;
        let leader = cluster.leader().await;
        let follower = (leader + 1) % SERVERS;
        let error = cluster.client(&[follower], |_| {}).transact(|t| add_thing(t, "a")).await.unwrap_err();
        assert!(
            matches!(error, ClientError::Unserved { cause: Cause::Unfit(Unfit::NotLeader), .. }),
            "{version:?}: {error:?}"
        );
        cluster.client(&[follower, leader], |_| {}).transact(|t| add_thing(t, "a")).await.unwrap();
        // a follower serves who does not mind, also with what is to be written
        let mut any = cluster.client(&[follower], |o| o.leader_only = false);
        any.transact(|t| add_thing(t, "b")).await.unwrap();
        let mut other = cluster.client(&[leader], |_| {});
        assert_eq!(names(&mut other).await, ["a", "b"]);
        // and refuses what it is to refuse
        assert_eq!(own(any.transact(|t| add_thing(t, "a")).await), "a is there");
    }
}

#[tokio::test]
async fn another_cluster_is_not_taken_for_the_one_meant() {
    let cluster = Cluster::new(Version::Installed).await;
    let tool =
        Command::new("ovsdb-tool").args(["db-cid", "db0"]).current_dir(cluster.scratch.path()).output();
    let cid: Uuid = String::from_utf8(tool.unwrap().stdout).unwrap().trim().parse().unwrap();
    let mut right = cluster.client(&[0, 1, 2], |o| {
        o.cluster = Some(cid);
        o.retry = true;
    });
    right.transact(|t| add_thing(t, "a")).await.unwrap();
    let leader = cluster.leader().await;
    let mut wrong = cluster.client(&[leader], |o| o.cluster = Some(Uuid::NIL));
    let error = wrong.transact(|t| add_thing(t, "b")).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Unserved { cause: Cause::Unfit(Unfit::OtherCluster), .. }),
        "{error:?}"
    );
    assert_eq!(names(&mut right).await, ["a"]);
}

#[tokio::test]
async fn the_leader_dies_between_reading_and_commit() {
    for version in ALL {
        let mut cluster = Cluster::new(version).await;
        let leader = cluster.leader().await;
        let mut client =
            cluster.client(&[leader, (leader + 1) % SERVERS, (leader + 2) % SERVERS], |o| o.retry = true);
        let mut killed = false;
        let added = client
            .transact(|t| {
                let root = t.singleton::<Root>(&[COUNT.any()]).map_err(text)?;
                let count = t.get(root, COUNT).map_err(text)?;
                if !killed {
                    killed = true;
                    cluster.kill(leader);
                }
                t.set(root, COUNT, &(count + 1)).map_err(text)?;
                add_thing(t, "a")
            })
            .await;
        // Whether the commit was on its way when the leader died, only the system knows; if it may have been, that is said.
        let mut settled = cluster.client(&[0, 1, 2], |o| o.retry = true);
        match added {
            Ok(_) => assert_eq!(names(&mut settled).await, ["a"], "{version:?}"),
            Err(ClientError::MaybeCommitted { .. }) => assert!(names(&mut settled).await.len() <= 1),
            Err(error) => panic!("{version:?}: {error:?}"),
        }
    }
}

/// Several clients count up while leaders come and go: every success is counted once, and what is left open at most once.
#[tokio::test]
async fn leaders_come_and_go_while_many_count() {
    for version in ALL {
        let mut cluster = Cluster::new(version).await;
        let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let mut client = cluster.client(&[0, 1, 2], |o| o.retry = true);
                let done = Arc::clone(&done);
                tokio::spawn(async move {
                    let (mut sure, mut open) = (0, 0);
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        let count = |t: &mut Txn<'_>| {
                            let root = t.singleton::<Root>(&[COUNT.any()])?;
                            let count = t.get(root, COUNT)?;
                            if !t.is_new(t.row_id(root)?) {
                                t.verify(root, COUNT)?;
                            }
                            t.set(root, COUNT, &(count + 1))
                        };
                        match client.transact(count).await {
                            Ok(_) => sure += 1,
                            Err(ClientError::MaybeCommitted { .. }) => open += 1,
                            Err(error) => panic!("{error:?}"),
                        }
                    }
                    (sure, open)
                })
            })
            .collect();
        for _ in 0..3 {
            let leader = cluster.leader().await;
            cluster.kill(leader);
            // the next one is found while one is gone
            cluster.leader().await;
            cluster.start(leader);
            cluster.wait_until_serving(leader).await;
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let (mut sure, mut open) = (0, 0);
        for task in tasks {
            let counted = task.await.unwrap();
            sure += counted.0;
            open += counted.1;
        }
        let mut client = cluster.client(&[0, 1, 2], |o| o.retry = true);
        let read = |t: &mut Txn<'_>| {
            let root = t.singleton::<Root>(&[COUNT.any()])?;
            t.get(root, COUNT)
        };
        let count = client.transact(read).await.unwrap().value;
        assert!(sure > 0 && (sure..=sure + open).contains(&count), "{version:?}: {count}, {sure} + {open}");
    }
}
