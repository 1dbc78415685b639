//! Recognition of peers that do not speak OVSDB, by the first bytes that they send.

use std::fmt;

/// What a peer is that does not speak OVSDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// It answers in HTTP.
    Http,
    /// It answers in SSH.
    Ssh,
    /// It answers in TLS, on a connection without TLS.
    Tls,
}

impl Peer {
    /// Recognizes a peer by the beginning of what it sent.
    pub(super) fn of(bytes: &[u8]) -> Option<Peer> {
        match bytes {
            [b'H', b'T', b'T', b'P', b'/', ..] => Some(Peer::Http),
            [b'S', b'S', b'H', b'-', ..] => Some(Peer::Ssh),
            // a record of the alert or handshake protocol of TLS 1.0 to 1.3 (RFC 8446 section 5.1)
            [0x15 | 0x16, 3, 0..=4, ..] => Some(Peer::Tls),
            _ => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Peer::Http => "an HTTP server",
            Peer::Ssh => "an SSH server",
            Peer::Tls => "a TLS server",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_recognized_by_their_first_bytes() {
        let check = |bytes: &[u8], expect| assert_eq!(Peer::of(bytes), expect, "{bytes:?}");
        check(b"HTTP/1.1 400 Bad Request\r\n", Some(Peer::Http));
        check(b"SSH-2.0-OpenSSH_9.2\r\n", Some(Peer::Ssh));
        check(&[0x15, 3, 3, 0, 2, 2, 22], Some(Peer::Tls));
        check(b"{\"id\":1}", None);
        check(b"HTTPS", None);
        check(b"", None);
    }
}
