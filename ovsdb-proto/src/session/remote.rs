//! Where is a database server: the text after `--db`, taken apart.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::value::Uuid;

/// The port of OVSDB (RFC 7047 section 6), used where a remote names none.
pub const DEFAULT_PORT: u16 = 6640;

/// The kinds of remotes, active ones first.
const KINDS: [&str; 6] = ["unix", "tcp", "ssl", "punix", "ptcp", "pssl"];

/// One place where a server can be met.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Remote {
    /// `unix:FILE`: a Unix domain socket.
    Unix(PathBuf),
    /// `tcp:HOST[:PORT]`.
    Tcp {
        /// A name or an address; an IPv6 address without its brackets, perhaps with `%ZONE`.
        host: String,
        /// The port.
        port: u16,
    },
    /// `ssl:HOST[:PORT]`: TLS over TCP.
    Ssl {
        /// As for `tcp`.
        host: String,
        /// The port.
        port: u16,
    },
    /// `punix:FILE`: we listen on a Unix domain socket and the server connects.
    Punix(PathBuf),
    /// `ptcp:[PORT][:IP]`: we listen, and the server connects.
    Ptcp {
        /// The port; 0 lets the kernel choose.
        port: u16,
        /// The address to listen at; every IPv4 address if `None`.
        bind: Option<IpAddr>,
    },
    /// `pssl:[PORT][:IP]`: as `ptcp`, with TLS.
    Pssl {
        /// The port; 0 lets the kernel choose.
        port: u16,
        /// The address to listen at; every IPv4 address if `None`.
        bind: Option<IpAddr>,
    },
}

/// What a list of remotes says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Remotes {
    /// The remotes, at least one, in the order of the text.
    pub list: Vec<Remote>,
    /// The cluster that the servers must belong to, from an element `cid:UUID`.
    pub cluster: Option<Uuid>,
}

/// A text that is not a list of remotes: which element, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("remote {text:?}: {kind}")]
pub struct RemoteError {
    /// The element as it was given.
    pub text: String,
    /// What is wrong with it.
    pub kind: RemoteErrorKind,
}

/// What can be wrong with a remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteErrorKind {
    /// Nothing but blanks and `cid:` elements.
    #[error("no server is named")]
    Empty,
    /// The word before the colon is none of the six.
    #[error("must begin with unix:, tcp:, ssl:, punix:, ptcp: or pssl:")]
    Kind,
    /// No file name after `unix:` or `punix:`.
    #[error("a file name must follow")]
    Path,
    /// No host after `tcp:` or `ssl:`, or one that cannot be a host name or an address.
    #[error("not a host name or IP address")]
    Host,
    /// An opening bracket without its end, or without an IPv6 address in it, or an IPv6 address without brackets.
    #[error("an IPv6 address must be in brackets, as in tcp:[::1]:6640")]
    Brackets,
    /// Not a number from 0 to 65535, or text after the port.
    #[error("not a port number from 0 to 65535")]
    Port,
    /// `cid:` without a UUID.
    #[error("not the UUID of a cluster")]
    Cluster,
    /// A second `cid:`.
    #[error("the cluster is named twice")]
    ClusterTwice,
}

/// Takes a list of remotes apart.
///
/// Elements are separated by commas. A comma separates only where lower-case letters and a colon follow (after blanks, if any): others belong to
/// the file name that they stand in, as in Open vSwitch. Relative file names are meant from `run_dir`.
///
/// # Errors
///
/// The first element that is wrong; there is no partial result.
pub fn parse_list(text: &str, run_dir: &Path) -> Result<Remotes, RemoteError> {
    let mut found = Remotes::default();
    for element in elements(text) {
        let fail = |kind| RemoteError { text: element.to_owned(), kind };
        if let Some(cluster) = element.strip_prefix("cid:") {
            let uuid = cluster.parse().map_err(|_| fail(RemoteErrorKind::Cluster))?;
            if found.cluster.replace(uuid).is_some() {
                return Err(fail(RemoteErrorKind::ClusterTwice));
            }
        } else {
            found.list.push(parse_one(element, run_dir).map_err(fail)?);
        }
    }
    if found.list.is_empty() {
        return Err(RemoteError { text: text.to_owned(), kind: RemoteErrorKind::Empty });
    }
    Ok(found)
}

/// Puts the remotes in an order that `seed` decides, so that the clients of a cluster spread over its servers.
pub fn shuffle(remotes: &mut [Remote], seed: u128) {
    let mut rest = seed;
    for left in (2..=remotes.len()).rev() {
        // Products of up to 20 lengths fit; what a longer list loses is evenness, not correctness.
        let len = left as u128;
        let pick = usize::try_from(rest % len).unwrap_or(0);
        rest /= len;
        remotes.swap(left - 1, pick);
    }
}

impl Remote {
    /// Whether we listen and the server connects.
    pub fn is_passive(&self) -> bool {
        matches!(self, Remote::Punix(_) | Remote::Ptcp { .. } | Remote::Pssl { .. })
    }

    /// Whether it needs certificates.
    pub fn is_tls(&self) -> bool {
        matches!(self, Remote::Ssl { .. } | Remote::Pssl { .. })
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let active = |f: &mut fmt::Formatter<'_>, kind, host: &str, port| match host.contains(':') {
            true => write!(f, "{kind}:[{host}]:{port}"),
            false => write!(f, "{kind}:{host}:{port}"),
        };
        let passive = |f: &mut fmt::Formatter<'_>, kind, port, bind| match bind {
            None => write!(f, "{kind}:{port}"),
            Some(IpAddr::V4(ip)) => write!(f, "{kind}:{port}:{ip}"),
            Some(IpAddr::V6(ip)) => write!(f, "{kind}:{port}:[{ip}]"),
        };
        match self {
            Remote::Unix(path) => write!(f, "unix:{}", path.display()),
            Remote::Punix(path) => write!(f, "punix:{}", path.display()),
            Remote::Tcp { host, port } => active(f, "tcp", host, *port),
            Remote::Ssl { host, port } => active(f, "ssl", host, *port),
            Remote::Ptcp { port, bind } => passive(f, "ptcp", *port, *bind),
            Remote::Pssl { port, bind } => passive(f, "pssl", *port, *bind),
        }
    }
}

/// The elements of a list, without the blanks around them; empty ones are left out.
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let comma = text.match_indices(',').find(|(i, _)| begins_remote(text.get(i + 1..).unwrap_or("")));
        let (element, after) = match comma {
            Some((i, _)) => (text.get(..i)?, text.get(i + 1..)),
            None => (text, None),
        };
        rest = after;
        Some(element.trim_matches(BLANKS))
    })
    .filter(|element| !element.is_empty())
}

const BLANKS: [char; 2] = [' ', '\t'];

fn begins_remote(text: &str) -> bool {
    let text = text.trim_start_matches(BLANKS);
    let after = text.trim_start_matches(|c: char| c.is_ascii_lowercase());
    after.len() < text.len() && after.starts_with(':')
}

fn parse_one(text: &str, run_dir: &Path) -> Result<Remote, RemoteErrorKind> {
    let (kind, rest) = text.split_once(':').ok_or(RemoteErrorKind::Kind)?;
    if !KINDS.contains(&kind) {
        return Err(RemoteErrorKind::Kind);
    }
    if kind.ends_with("unix") && rest.is_empty() {
        return Err(RemoteErrorKind::Path);
    }
    Ok(match kind {
        "unix" => Remote::Unix(run_dir.join(rest)),
        "punix" => Remote::Punix(run_dir.join(rest)),
        "tcp" | "ssl" => {
            let (host, port) = host_and_port(rest)?;
            if kind == "tcp" { Remote::Tcp { host, port } } else { Remote::Ssl { host, port } }
        }
        _ => {
            let (port, bind) = port_and_address(rest)?;
            if kind == "ptcp" { Remote::Ptcp { port, bind } } else { Remote::Pssl { port, bind } }
        }
    })
}

fn host_and_port(text: &str) -> Result<(String, u16), RemoteErrorKind> {
    let (host, after) = if let Some(inside) = text.strip_prefix('[') {
        let (host, after) = inside.split_once(']').ok_or(RemoteErrorKind::Brackets)?;
        let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
        if address.parse::<Ipv6Addr>().is_err() || zone.is_empty() {
            return Err(RemoteErrorKind::Brackets);
        }
        (host, after)
    } else {
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(RemoteErrorKind::Brackets);
        }
        let end = text.find(':').unwrap_or(text.len());
        let (host, after) = text.split_at(end);
        if !is_host(host) {
            return Err(RemoteErrorKind::Host);
        }
        (host, after)
    };
    let port = match after.strip_prefix(':') {
        Some(port) => number(port)?,
        None if after.is_empty() => DEFAULT_PORT,
        None => return Err(RemoteErrorKind::Port),
    };
    Ok((host.to_owned(), port))
}

fn port_and_address(text: &str) -> Result<(u16, Option<IpAddr>), RemoteErrorKind> {
    let (port, address) = match text.split_once(':') {
        Some((port, address)) => (port, Some(address)),
        None => (text, None),
    };
    let port = if port.is_empty() { DEFAULT_PORT } else { number(port)? };
    let Some(address) = address else { return Ok((port, None)) };
    let bind = if let Some(inside) = address.strip_prefix('[') {
        let inside = inside.strip_suffix(']').ok_or(RemoteErrorKind::Brackets)?;
        IpAddr::V6(inside.parse().map_err(|_| RemoteErrorKind::Brackets)?)
    } else if address.parse::<Ipv6Addr>().is_ok() {
        return Err(RemoteErrorKind::Brackets);
    } else {
        IpAddr::V4(address.parse().map_err(|_| RemoteErrorKind::Host)?)
    };
    Ok((port, Some(bind)))
}

/// A port in plain digits: `+1` and blanks, which `parse` or C would take, are mistakes here.
fn number(text: &str) -> Result<u16, RemoteErrorKind> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RemoteErrorKind::Port);
    }
    text.parse().map_err(|_| RemoteErrorKind::Port)
}

/// Whether a resolver may be asked for this. Digits and dots that are no address (`10.0.1`) are refused, since resolvers
/// disagree about them.
fn is_host(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let numeric = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    !text.is_empty() && text.chars().all(allowed) && (!numeric || text.parse::<Ipv4Addr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Remotes, RemoteErrorKind> {
        parse_list(text, Path::new("/run/ovn")).map_err(|e| e.kind)
    }

    fn one(text: &str) -> Result<Remote, RemoteErrorKind> {
        parse(text).map(|r| r.list.into_iter().next().unwrap())
    }

    fn tcp(host: &str, port: u16) -> Result<Remote, RemoteErrorKind> {
        Ok(Remote::Tcp { host: host.into(), port })
    }

    #[test]
    fn every_kind() {
        let v6 = "::1".parse().ok();
        let cases = [
            ("unix:/a/b", Ok(Remote::Unix("/a/b".into()))),
            ("unix:b", Ok(Remote::Unix("/run/ovn/b".into()))),
            ("punix:b", Ok(Remote::Punix("/run/ovn/b".into()))),
            ("tcp:h:1", tcp("h", 1)),
            ("tcp:h", tcp("h", 6640)),
            ("tcp:10.0.0.1:0", tcp("10.0.0.1", 0)),
            ("tcp:[::1]:65535", tcp("::1", 65535)),
            ("tcp:[::1]", tcp("::1", 6640)),
            ("tcp:[fe80::1%eth0]:1", tcp("fe80::1%eth0", 1)),
            ("ssl:a_b.c-d:1", Ok(Remote::Ssl { host: "a_b.c-d".into(), port: 1 })),
            ("ptcp:", Ok(Remote::Ptcp { port: 6640, bind: None })),
            ("ptcp:0", Ok(Remote::Ptcp { port: 0, bind: None })),
            ("ptcp::10.0.0.1", Ok(Remote::Ptcp { port: 6640, bind: "10.0.0.1".parse().ok() })),
            ("pssl:1:[::1]", Ok(Remote::Pssl { port: 1, bind: v6 })),
        ];
        for (text, expect) in cases {
            assert_eq!(one(text), expect, "{text}");
        }
    }

    #[test]
    fn what_is_refused() {
        use RemoteErrorKind as K;
        let cases = [
            ("", K::Empty),
            (" \t", K::Empty),
            ("foo", K::Kind),
            ("foo:bar", K::Kind),
            ("TCP:h:1", K::Kind),
            (",", K::Kind),
            ("unix:", K::Path),
            ("punix:", K::Path),
            ("tcp:", K::Host),
            ("tcp::1", K::Host),
            ("tcp:1.2.3:1", K::Host),
            ("tcp:a b:1", K::Host),
            ("tcp:h:", K::Port),
            ("tcp:h:65536", K::Port),
            ("tcp:h:+1", K::Port),
            ("tcp:h:1:2", K::Port),
            ("tcp:[::1]1", K::Port),
            ("tcp:::1", K::Brackets),
            ("tcp:[::1", K::Brackets),
            ("tcp:[h]:1", K::Brackets),
            ("tcp:[fe80::1%]:1", K::Brackets),
            ("ptcp:x", K::Port),
            ("ptcp:1:h", K::Host),
            ("ptcp:1:::1", K::Brackets),
            ("ptcp:1:[::1", K::Brackets),
            ("cid:1,unix:a", K::Cluster),
            ("unix:a, foo:b", K::Kind),
            ("cid:12345678-1234-1234-1234-123456789abc", K::Empty),
        ];
        for (text, expect) in cases {
            assert_eq!(parse(text), Err(expect), "{text:?}");
        }
    }

    #[test]
    fn lists_are_split_where_a_remote_begins() {
        let list = |text| parse(text).unwrap().list.iter().map(Remote::to_string).collect::<Vec<_>>();
        assert_eq!(list("unix:a,b,unix:c"), ["unix:/run/ovn/a,b", "unix:/run/ovn/c"]);
        assert_eq!(
            list(" tcp:h:1 ,\tssl:[::1]:2,ptcp:0,pssl:1:[::]"),
            ["tcp:h:1", "ssl:[::1]:2", "ptcp:0", "pssl:1:[::]"]
        );
        assert_eq!(list("unix:/a,"), ["unix:/a,"]);
    }

    #[test]
    fn the_cluster_may_stand_anywhere_once() {
        let cid = "12345678-1234-1234-1234-123456789abc";
        for text in [format!("cid:{cid},unix:a"), format!("unix:a,cid:{cid}")] {
            let found = parse(&text).unwrap();
            assert_eq!((found.list.len(), found.cluster), (1, cid.parse().ok()));
        }
        assert_eq!(parse(&format!("cid:{cid},unix:a,cid:{cid}")), Err(RemoteErrorKind::ClusterTwice));
    }

    #[test]
    fn errors_name_the_element() {
        let error = parse_list("unix:a,tcp:h:x", Path::new("/")).unwrap_err();
        assert_eq!(error.to_string(), r#"remote "tcp:h:x": not a port number from 0 to 65535"#);
    }

    #[test]
    fn shuffling_reaches_every_order_and_loses_nothing() {
        let all = parse("tcp:a:1,tcp:b:1,tcp:c:1").unwrap().list;
        let mut orders = std::collections::HashSet::new();
        for seed in 0..6 {
            let mut order = all.clone();
            shuffle(&mut order, seed);
            assert!(all.iter().all(|r| order.contains(r)));
            orders.insert(order);
        }
        assert_eq!(orders.len(), 6);
    }
}
