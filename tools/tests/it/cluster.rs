//! Do the tools find the leader of a clustered database, and what do they do without one?

use std::process::Command;

use serde_json::json;

use crate::release::{Database, Release};
use crate::rpc::Client;
use crate::server::{Folder, Server};
use crate::tool::{Outcome, Tools};

const DEADLINE_MS: u32 = 20_000;

/// Three servers of one Northbound database.
struct Cluster {
    servers: Vec<Option<Server>>,
}

#[test]
fn with_23_03() {
    follow_the_leader("23.03");
}

#[test]
fn with_26_03() {
    follow_the_leader("26.03");
}

fn follow_the_leader(release: &str) {
    let release = Release::find(release);
    let reference = Tools::Of(release.clone());
    let ours = Tools::under_test();
    let mut cluster = Cluster::start(&release);
    let leader = cluster.leader();
    let [first, second] = cluster.others(leader);

    // Whichever comes first in the list, the leader does it.
    for (at, order) in
        [[leader, first, second], [first, leader, second], [second, first, leader]].iter().enumerate()
    {
        let done = cluster.run(&ours, order, &["--no-shuffle-remotes", "ls-add", &format!("s{at}")]);
        assert_eq!((done.status.as_str(), done.stderr.as_str()), ("exit 0", ""), "{order:?}");
    }
    let listed = cluster.run(
        &ours,
        &[first, second, leader],
        &["--bare", "--columns=name", "find", "Logical_Switch", "name=s2"],
    );
    assert_eq!(listed.stdout, "s2\n");

    // A follower alone will not do, unless one says so; then it passes writes on to the leader.
    for arguments in
        [&["ls-add", "alone"][..], &["--no-leader-only", "ls-list"], &["--no-leader-only", "ls-del", "s1"]]
    {
        let expected = cluster.run(&reference, &[first], arguments);
        if expected.status == "exit 0" {
            // What the first run did must not be in the way of the second.
            let undone = cluster.run(&reference, &[leader], &["--may-exist", "ls-add", "s1"]);
            assert_eq!(undone.status, "exit 0", "{undone:?}");
        }
        let seen = cluster.run(&ours, &[first], arguments);
        assert_eq!((&seen.status, &seen.stderr), (&expected.status, &expected.stderr), "{arguments:?}");
    }
    assert_eq!(cluster.run(&ours, &[first], &["ls-list"]).status, "exit 1");

    // The leader goes away: the others choose a new one, and the tools find it.
    cluster.servers[leader] = None;
    let new = cluster.leader();
    assert_ne!(new, leader);
    let done = cluster.run(&ours, &[leader, first, second], &["--no-shuffle-remotes", "ls-add", "after"]);
    assert_eq!(done.status, "exit 0", "{done:?}");
    let done = cluster.run(&ours, &[leader, first, second], &["get", "Logical_Switch", "after", "name"]);
    assert_eq!(done.stdout, "after\n", "{done:?}");
}

impl Cluster {
    fn start(release: &Release) -> Cluster {
        let folders: Vec<Folder> = (0..3).map(|_| Folder::new()).collect();
        let address = |folder: &Folder| format!("unix:{}", folder.path().join("raft").display());
        let first = address(&folders[0]);
        let servers = folders.into_iter().enumerate().map(|(at, folder)| {
            let mut create = Command::new(release.program("ovsdb-tool"));
            let file = folder.path().join(format!("{}.db", Database::Nb.name()));
            if at == 0 {
                create
                    .arg("create-cluster")
                    .arg(file)
                    .arg(release.schema(Database::Nb))
                    .arg(address(&folder));
            } else {
                create
                    .arg("join-cluster")
                    .arg(file)
                    .arg(Database::Nb.name())
                    .arg(address(&folder))
                    .arg(&first);
            }
            assert!(create.output().unwrap().status.success());
            let server = Server::serve(release, folder, std::iter::once(Database::Nb), &[]);
            wait_for(&server, "connected");
            Some(server)
        });
        Cluster { servers: servers.collect() }
    }

    /// Which server leads now.
    fn leader(&self) -> usize {
        let up = || self.servers.iter().enumerate().filter_map(|(at, server)| Some((at, server.as_ref()?)));
        // Whoever follows knows the leader within an election; asking all in turn finds it.
        let started = std::time::Instant::now();
        loop {
            if let Some((at, _)) = up().find(|(_, server)| leads(server)) {
                return at;
            }
            assert!(started.elapsed().as_millis() < DEADLINE_MS.into(), "no server became leader");
            std::thread::yield_now();
        }
    }

    fn others(&self, leader: usize) -> [usize; 2] {
        [(leader + 1) % 3, (leader + 2) % 3]
    }

    /// Runs ovn-nbctl with the servers at `order` as remotes.
    fn run(&self, tools: &Tools, order: &[usize], arguments: &[&str]) -> Outcome {
        let folder = |at: usize| match &self.servers[at] {
            Some(server) => format!("unix:{}", server.socket(Database::Nb).display()),
            None => "unix:/nonexistent".to_owned(),
        };
        let remotes: Vec<String> = order.iter().map(|at| folder(*at)).collect();
        let mut words = vec![format!("--db={}", remotes.join(","))];
        words.extend(arguments.iter().map(|word| (*word).to_owned()));
        let home = Folder::new();
        tools.run(Database::Nb, home.path(), &[], &words)
    }
}

fn leads(server: &Server) -> bool {
    let conditions = json!([["name", "==", Database::Nb.name()], ["leader", "==", true]]);
    let select = json!({"op": "select", "table": "Database", "where": conditions, "columns": ["name"]});
    let found = Client::connect(&server.socket(Database::Nb)).transact("_Server", vec![select]);
    found[0]["rows"].as_array().is_some_and(|rows| !rows.is_empty())
}

/// Lets the server wait until the Boolean `column` of its row about the database is true.
fn wait_for(server: &Server, column: &str) {
    let conditions = json!([["name", "==", Database::Nb.name()], [column, "==", true]]);
    let wait = json!({"op": "wait", "table": "Database", "where": conditions, "columns": ["name"], "until": "!=", "rows": [], "timeout": DEADLINE_MS});
    let mut client = Client::connect(&server.socket(Database::Nb));
    // Without this the server hangs up when the database comes to it from the others.
    client.call("set_db_change_aware", &json!([true]));
    client.transact("_Server", vec![wait]);
}
