//! Which keys, certificates and versions of TLS do the options name?

/// The certificate of the authority that signed the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaCert {
    /// The PEM file.
    pub path: String,
    /// Whether a missing file is to be fetched from the server once and kept.
    pub bootstrap: bool,
}

/// The TLS options, as given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SslOptions {
    /// `--private-key`: a PEM file.
    pub private_key: Option<String>,
    /// `--certificate`: a PEM file.
    pub certificate: Option<String>,
    /// `--ca-cert` or `--bootstrap-ca-cert`.
    pub ca_cert: Option<CaCert>,
    /// `--peer-ca-cert`: a PEM file with certificates to send along with our own.
    pub peer_ca_cert: Option<String>,
    /// `--ssl-protocols`
    pub protocols: Option<String>,
    /// `--ssl-ciphers`
    pub ciphers: Option<String>,
    /// `--ssl-ciphersuites`
    pub ciphersuites: Option<String>,
    /// `--ssl-server-name`
    pub server_name: Option<String>,
}
