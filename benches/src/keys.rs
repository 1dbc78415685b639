//! Keys and certificates for measurements over TLS, made by openssl as ovs-pki makes them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A CA and one key that it has certified, for servers and clients alike: RSA with 2048 bits.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The private key.
    pub private_key: PathBuf,
    /// Its certificate.
    pub certificate: PathBuf,
    /// The certificate of the CA.
    pub ca_cert: PathBuf,
}

impl Keys {
    /// Makes them in `folder`.
    ///
    /// # Errors
    /// openssl is missing or fails.
    pub fn make(folder: &Path) -> io::Result<Keys> {
        let run = |words: &str| {
            let mut openssl = Command::new("openssl");
            openssl.args(words.split(' ')).current_dir(folder).stdin(Stdio::null());
            let output = openssl.stdout(Stdio::null()).output()?;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() { Ok(()) } else { Err(io::Error::other(text)) }
        };
        std::fs::write(folder.join("extensions"), "basicConstraints = CA:FALSE\n")?;
        run("req -x509 -newkey rsa:2048 -nodes -keyout ca-key -out ca -days 30 -subj /CN=ca")?;
        run("req -newkey rsa:2048 -nodes -keyout key -out request -subj /CN=peer")?;
        run(
            "x509 -req -in request -CA ca -CAkey ca-key -CAcreateserial -out certificate -days 30 -extfile extensions",
        )?;
        let file = |name: &str| folder.join(name);
        Ok(Keys { private_key: file("key"), certificate: file("certificate"), ca_cert: file("ca") })
    }
}
