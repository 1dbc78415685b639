//! Which certificates does a server use: settings as they are, or from a column of a database, taken in anew when they change.

use super::driver::Core;
use super::event::Event;
use super::source::{self, ColumnName, SourceError};
use ovsdb_proto::net::{CaCert, TlsConfig, TlsContext};
use std::sync::Arc;

/// A setting, or the column that holds it: the first text in it that is not empty counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// As it is.
    Text(String),
    /// From a database, whenever it changes.
    Column(ColumnName),
}

impl Setting {
    /// Reads the value of an option: `db:DB,TABLE,COLUMN`, or any other text as it is.
    ///
    /// # Errors
    /// [`SourceError::Syntax`] after `db:`.
    pub fn parse(text: &str) -> Result<Setting, SourceError> {
        if text.starts_with("db:") {
            return ColumnName::parse(text).map(Setting::Column);
        }
        Ok(Setting::Text(text.to_owned()))
    }
}

/// What TLS needs to know, each as text as it stands in an option of ovsdb-server(1). What is missing is an error for who connects, not before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The file with our private key.
    pub private_key: Option<Setting>,
    /// The file with the certificate for it.
    pub certificate: Option<Setting>,
    /// The file with the certificates of the authorities that clients are checked by; `none` to take all clients.
    pub ca_cert: Option<Setting>,
    /// Whether the first server that we connect to provides `ca_cert` if there is no such file.
    pub bootstrap: bool,
    /// The file with more certificates to send to a peer.
    pub peer_ca_cert: Option<Setting>,
    /// Versions of TLS, as in `--ssl-protocols`.
    pub protocols: Option<Setting>,
    /// Ciphers of TLS 1.2, as in `--ssl-ciphers`.
    pub ciphers: Option<Setting>,
    /// Cipher suites of TLS 1.3, as in `--ssl-ciphersuites`.
    pub ciphersuites: Option<Setting>,
    /// The name to ask for where we connect.
    pub server_name: Option<String>,
}

impl TlsSettings {
    fn all(&self) -> impl Iterator<Item = &Setting> {
        [
            &self.private_key,
            &self.certificate,
            &self.ca_cert,
            &self.peer_ca_cert,
            &self.protocols,
            &self.ciphers,
            &self.ciphersuites,
        ]
        .into_iter()
        .flatten()
    }

    /// The columns that settings come from.
    pub(super) fn columns(&self) -> impl Iterator<Item = &ColumnName> {
        self.all().filter_map(|setting| match setting {
            Setting::Column(column) => Some(column),
            Setting::Text(_) => None,
        })
    }
}

impl Core {
    /// Makes sure that the columns of all settings are there.
    ///
    /// # Errors
    /// The first that is not.
    pub(super) fn check_tls(&self) -> Result<(), SourceError> {
        let mut columns = self.remotes.tls_settings.columns();
        columns.try_for_each(|c| source::text(c, self.service.database(&c.database)).map(drop))
    }

    /// Takes in settings that have changed.
    pub(super) fn configure_tls(&mut self) {
        let settings = self.remotes.tls_settings.clone();
        let value = |setting: &Option<Setting>| match setting.as_ref()? {
            Setting::Text(text) => Some(text.clone()),
            Setting::Column(column) => {
                source::text(column, self.service.database(&column.database)).ok().flatten()
            }
        };
        let path = |text: String| self.remotes.path(text.into());
        let ca_cert = value(&settings.ca_cert).map(|file| match file.as_str() {
            "none" => CaCert::Unchecked,
            _ if settings.bootstrap => CaCert::Bootstrap(path(file)),
            _ => CaCert::File(path(file)),
        });
        let mut config = TlsConfig {
            private_key: value(&settings.private_key).map(path),
            certificate: value(&settings.certificate).map(path),
            ca_cert,
            peer_ca_cert: value(&settings.peer_ca_cert).map(path),
            server_name: settings.server_name.clone(),
            ..TlsConfig::default()
        };
        let mut refused = None;
        if let Some(text) = value(&settings.protocols) {
            match text.parse() {
                Ok(protocols) => config.protocols = protocols,
                Err(error) => refused = Some(error),
            }
        }
        let lists = [(value(&settings.ciphers), false), (value(&settings.ciphersuites), true)];
        for (text, suites) in lists {
            let Some(text) = text else { continue };
            let set = if suites { config.ciphers.set_tls13(&text) } else { config.ciphers.set_tls12(&text) };
            refused = set.err().or(refused);
        }
        if let Some(error) = refused {
            // those that were good before stay in force; without any, nobody may connect rather than by weaker rules than were asked for
            if self.remotes.tls_refused.as_ref() != Some(&error) {
                self.tell(&Event::Refused { remote: "SSL/TLS", why: &error.to_string() });
                self.remotes.tls_refused = Some(error);
            }
            return;
        }
        self.remotes.tls_refused = None;
        if self.remotes.tls.as_ref().is_none_or(|tls| *tls.config() != config) {
            self.remotes.tls = Some(Arc::new(TlsContext::new(config)));
        }
    }
}
