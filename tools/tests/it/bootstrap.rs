//! `--bootstrap-ca-cert`: the certificate of the CA comes from the first server, once.
//!
//! The C tools save it and then fail; ours go on over a second connection, which the saved file
//! verifies. Scripts that run the command again after a failure see no difference.

use std::path::Path;
use std::process::Command;

use crate::release::{Database, Release};
use crate::server::{Folder, Server, free_port};
use crate::tool::{Outcome, Tools, run};

/// Makes `ca.pem`, and `cert.pem` with `key.pem`, which it has signed for a peer at 127.0.0.1.
fn make_certificates(folder: &Path) {
    let make = |words: &str| {
        let mut command = Command::new("openssl");
        command.args("req -x509 -newkey rsa:2048 -nodes -days 30".split(' ')).args(words.split(' '));
        let outcome = run({
            command.current_dir(folder);
            command
        });
        assert_eq!(outcome.status, "exit 0", "{outcome:?}");
    };
    make("-keyout ca.key -out ca.pem -subj /CN=ca -addext basicConstraints=critical,CA:TRUE");
    make(
        "-keyout key.pem -out cert.pem -subj /CN=127.0.0.1 -CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=IP:127.0.0.1",
    );
}

#[test]
fn a_missing_ca_certificate_is_saved_and_the_command_carried_out() {
    let release = Release::find("26.03");
    let keys = Folder::new();
    make_certificates(keys.path());
    let file = |name: &str| keys.path().join(name).display().to_string();
    let port = free_port();
    let schema = release.schema(Database::Nb);
    let remote = format!("pssl:{port}:127.0.0.1");
    let tls = [
        format!("--private-key={}", file("key.pem")),
        format!("--certificate={}", file("cert.pem")),
        format!("--ca-cert={}", file("ca.pem")),
        format!("--peer-ca-cert={}", file("ca.pem")),
    ];
    let options: Vec<&str> = tls.iter().map(String::as_str).collect();
    let server = Server::start_with(&release, &[(Database::Nb, schema)], &[&remote], &options);
    let saved = file("saved.pem");
    let words = |switch: &'static str| {
        let db = format!("--db=ssl:127.0.0.1:{port}");
        let [key, certificate, ..] = tls.clone();
        [db, key, certificate, format!("--bootstrap-ca-cert={saved}"), "ls-add".to_owned(), switch.to_owned()]
    };
    let attempt = |tools: &Tools, switch| -> Outcome {
        let outcome = tools.run(Database::Nb, server.folder(), &[], &words(switch));
        assert_eq!(std::fs::read(&saved).unwrap(), std::fs::read(file("ca.pem")).unwrap(), "{outcome:?}");
        outcome
    };
    let forget = || std::fs::remove_file(&saved).unwrap();

    // the C tool needs a second attempt
    let c = Tools::Of(release.clone());
    let first = attempt(&c, "a");
    assert!(first.status == "exit 1" && first.stderr.contains("(Protocol error)"), "{first:?}");
    assert_eq!(attempt(&c, "a").status, "exit 0");
    forget();

    // ours do not
    let ours = Tools::under_test();
    assert_eq!(
        (attempt(&ours, "b").status.as_str(), attempt(&ours, "c").status.as_str()),
        ("exit 0", "exit 0")
    );

    // and what is saved is what counts from then on
    std::fs::remove_file(&saved).unwrap();
    std::fs::write(&saved, "no certificate\n").unwrap();
    let refused = ours.run(Database::Nb, server.folder(), &[], &words("d"));
    assert_eq!(refused.status, "exit 1", "{refused:?}");
    let switches =
        ours.run(Database::Nb, server.folder(), &[], &["--bare", "--columns=name", "find", "Logical_Switch"]);
    let mut names: Vec<&str> = switches.stdout.split_whitespace().collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c"]);
}
