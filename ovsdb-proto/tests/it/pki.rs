//! Which keys and certificates do tests use: made once by ovs-pki and openssl, and kept in the build folder.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ovsdb_proto::net::{CaCert, TlsConfig};

use crate::scratch::{Scratch, run_in};

/// The folder, with two authorities and what they signed.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pki-2");
        if !kept.exists() {
            let draft = Scratch::within(Path::new(env!("CARGO_TARGET_TMPDIR")));
            make(draft.path());
            // Another run of the tests may have been faster; its files are as good.
            let _ = std::fs::rename(draft.path(), &kept);
        }
        kept
    })
}

pub(crate) fn file(name: &str) -> PathBuf {
    folder().join(name)
}

/// The CA whose signature `server` and `client` have.
pub(crate) fn ca() -> PathBuf {
    file("pki/switchca/cacert.pem")
}

/// Another CA, which signed `stranger`.
pub(crate) fn other_ca() -> PathBuf {
    file("pki/controllerca/cacert.pem")
}

/// The settings of somebody called `name`.
pub(crate) fn config(name: &str) -> TlsConfig {
    TlsConfig {
        private_key: Some(file(&format!("{name}-privkey.pem"))),
        certificate: Some(file(&format!("{name}-cert.pem"))),
        ca_cert: Some(CaCert::File(ca())),
        ..TlsConfig::default()
    }
}

/// The same as options of ovsdb-server.
pub(crate) fn options(name: &str) -> Vec<String> {
    vec![
        format!("--private-key={}", file(&format!("{name}-privkey.pem")).display()),
        format!("--certificate={}", file(&format!("{name}-cert.pem")).display()),
        format!("--ca-cert={}", ca().display()),
    ]
}

fn make(folder: &Path) {
    let run = |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        run_in(folder, words[0], &words[1..]);
    };
    run("ovs-pki --dir=pki --log=log init");
    run("ovs-pki --dir=pki --log=log req+sign server switch");
    run("ovs-pki --dir=pki --log=log req+sign client switch");
    run("ovs-pki --dir=pki --log=log req+sign stranger controller");

    let sign =
        "openssl x509 -req -CA pki/switchca/cacert.pem -CAkey pki/switchca/private/cakey.pem -CAcreateserial";
    std::fs::write(folder.join("extensions"), "subjectAltName = DNS:localhost, IP:127.0.0.1\n").unwrap();
    run(
        "openssl req -newkey rsa:2048 -nodes -keyout expired-privkey.pem -out expired-req.pem -subj /CN=expired",
    );
    run(&format!("{sign} -in expired-req.pem -out expired-cert.pem -days -1 -extfile extensions"));
    run(
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout named-privkey.pem -out named-req.pem -subj /CN=named",
    );
    run(&format!("{sign} -in named-req.pem -out named-cert.pem -days 3650 -extfile extensions"));
    run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout alone-privkey.pem -out alone-cert.pem -days 3650 -subj /CN=alone",
    );
    run("openssl pkcs8 -topk8 -in client-privkey.pem -out encrypted-privkey.pem -passout pass:secret");
    run(
        "openssl rsa -aes256 -traditional -in client-privkey.pem -out encrypted-old-privkey.pem -passout pass:secret",
    );
    // without extensions, this is of X.509 version 1
    run("openssl req -newkey rsa:2048 -nodes -keyout v1-privkey.pem -out v1-req.pem -subj /CN=v1");
    run(&format!("{sign} -in v1-req.pem -out v1-cert.pem -days 3650"));
    run("openssl x509 -req -in v1-req.pem -signkey v1-privkey.pem -out v1-ca-cert.pem -days 3650");
    std::fs::copy(folder.join("v1-privkey.pem"), folder.join("v1-ca-privkey.pem")).unwrap();
    let sign = "openssl x509 -req -CA v1-ca-cert.pem -CAkey v1-ca-privkey.pem -CAcreateserial";
    run("openssl req -newkey rsa:2048 -nodes -keyout child-privkey.pem -out child-req.pem -subj /CN=child");
    run(&format!("{sign} -in child-req.pem -out child-cert.pem -days 3650 -extfile extensions"));
    run("openssl rsa -traditional -in client-privkey.pem -out old-privkey.pem");
}
