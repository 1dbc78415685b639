//! What every attack is given: the programs, a folder and certificates.

use crate::attack::Result;
use ovsdb_proto::net::{CaCert, TlsConfig, TlsContext};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Where the programs under attack are.
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
}

impl Programs {
    /// A program by the name of the C tool; one folder up in `sbin` if it is not there.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf> {
        let places = [self.folder.join(name), self.folder.join("../sbin").join(name)];
        let found = places.into_iter().find(|place| place.exists());
        found.ok_or_else(|| format!("there is no {name} in {}", self.folder.display()).into())
    }

    /// The release that the server names, such as 3.1.
    pub(crate) fn release(&self) -> Result<String> {
        let output = Command::new(self.find("ovsdb-server")?).arg("--version").output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version = text.lines().next().and_then(|line| line.rsplit(' ').next()).unwrap_or_default();
        Ok(version.splitn(3, '.').take(2).collect::<Vec<_>>().join("."))
    }
}

/// What one attack works on.
pub(crate) struct Ground {
    pub(crate) programs: Programs,
    /// What the programs are called in the output; `C` and a release for those without a verdict.
    pub(crate) label: String,
    /// A folder for the attack, made anew for each.
    pub(crate) work: PathBuf,
    pub(crate) certificates: Certificates,
}

impl Ground {
    /// Whether the programs are to be judged.
    pub(crate) fn is_ours(&self) -> bool {
        !self.label.starts_with("C ")
    }
}

/// Key and certificate of a server and its clients, and the authority's certificate.
#[derive(Clone)]
pub(crate) struct Certificates {
    pub(crate) key: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) ca: PathBuf,
}

impl Certificates {
    /// For a client of ours.
    pub(crate) fn context(&self) -> Arc<TlsContext> {
        Arc::new(TlsContext::new(TlsConfig {
            private_key: Some(self.key.clone()),
            certificate: Some(self.certificate.clone()),
            ca_cert: Some(CaCert::File(self.ca.clone())),
            ..TlsConfig::default()
        }))
    }
}

/// Makes an authority and one certificate that both sides use.
pub(crate) fn certificates(folder: &Path) -> Result<Certificates> {
    let openssl = |words: &str| -> Result<()> {
        let output = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("openssl {words}: {}", String::from_utf8_lossy(&output.stderr)).into())
    };
    std::fs::write(
        folder.join("leaf.ext"),
        "basicConstraints=CA:FALSE\nsubjectAltName=IP:127.0.0.1,IP:127.0.0.2\n",
    )?;
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -days 2 -subj /CN=attack-ca -keyout ca-key.pem -out ca.pem"))?;
    openssl(&format!("req {key} -subj /CN=attack -keyout key.pem -out leaf.csr"))?;
    openssl(
        "x509 -req -days 2 -in leaf.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile leaf.ext -out cert.pem",
    )?;
    Ok(Certificates {
        key: folder.join("key.pem"),
        certificate: folder.join("cert.pem"),
        ca: folder.join("ca.pem"),
    })
}
