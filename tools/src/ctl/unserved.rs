//! Messages and hints for servers that cannot be reached or do not serve what was asked for.

use super::error::{CtlError, ErrorKind};
use ovsdb_proto::json::Reader;
use ovsdb_proto::net::{
    Cause, ConnectOptions, Connection, Error, ErrorKind as NetErrorKind, Peer, connect, os_text,
};
use ovsdb_proto::rpc::{Message, encode, id_number};
use ovsdb_proto::session::Unfit;
use ovsdb_proto::session::remote::Remote;
use std::io;
use std::time::Duration;

/// How long a server that lacks the database may take to say which ones it has.
const LIST_PATIENCE: Duration = Duration::from_secs(5);

/// What a server of another kind answers to every request of OVSDB: the control sockets of daemons,
/// which take commands over JSON-RPC too (ovs-appctl(8)).
const NO_COMMAND: &str = "is not a valid command";

/// An error with those it came from, without the numbers that Rust gives to errors of the system:
/// `the handshake failed: the certificate has expired`.
pub fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let shown = error.downcast_ref::<io::Error>().map_or_else(|| error.to_string(), os_text);
        text = format!("{text}: {shown}");
        source = error.source();
    }
    text
}

/// What failed, for a user: the system's word where it has one, otherwise all that we know.
pub fn explanation(error: &Error) -> String {
    match (error.kind(), errno(error)) {
        (NetErrorKind::Connect | NetErrorKind::Listen, Some(_)) => error.reason().into_owned(),
        _ => with_sources(error),
    }
}

fn errno(error: &Error) -> Option<i32> {
    let source: &(dyn std::error::Error + 'static) = std::error::Error::source(error)?;
    source.downcast_ref::<io::Error>()?.raw_os_error()
}

/// What to do about a connection to `remote` that failed. `place` is how the remotes are named:
/// `--db`.
pub fn hint(error: &Error, remote: &str, place: &str) -> Option<String> {
    use rustix::io::Errno;
    let local = remote.starts_with("unix:");
    let plain = remote.starts_with("tcp:");
    if let Some(peer) = error.peer() {
        return Some(match peer {
            Peer::Tls => "use ssl: in place of tcp:".to_owned(),
            _ => format!("give the port of an OVSDB server {place}"),
        });
    }
    let errno = errno(error).map(Errno::from_raw_os_error);
    Some(match (error.kind(), errno) {
        (_, Some(Errno::NOENT)) if local => format!("start ovsdb-server, or name its socket {place}"),
        (_, Some(Errno::CONNREFUSED)) if local => {
            "start ovsdb-server: the one that made this socket no longer runs".to_owned()
        }
        (_, Some(Errno::CONNREFUSED)) => {
            format!("start ovsdb-server with a remote for this address and port, or give another {place}")
        }
        (_, Some(Errno::ACCESS | Errno::PERM)) => "run this as root or as the user of the server".to_owned(),
        (_, Some(Errno::HOSTUNREACH | Errno::NETUNREACH | Errno::TIMEDOUT)) => {
            "check the address, the routes and the firewalls on the way".to_owned()
        }
        (NetErrorKind::Resolve, _) => "check the name of the host, or give its address".to_owned(),
        (NetErrorKind::Config, _) => "check what --private-key, --certificate and --ca-cert name".to_owned(),
        (NetErrorKind::Handshake, _) => {
            "check that the port is one for TLS, and that each side trusts the certificate of the other"
                .to_owned()
        }
        (NetErrorKind::Tls, _) => "check that the server trusts --certificate".to_owned(),
        (NetErrorKind::Closed | NetErrorKind::Lost, _) if plain => {
            "check the log of the server; if the port is one for TLS, use ssl: in place of tcp:".to_owned()
        }
        (NetErrorKind::Closed | NetErrorKind::Lost, _) => "check the log of the server".to_owned(),
        (NetErrorKind::Message, _) => format!("check that it is an OVSDB server that you name {place}"),
        (NetErrorKind::Silent, _) => {
            "check that the process runs and is an OVSDB server: it takes connections but sends nothing"
                .to_owned()
        }
        _ => return None,
    })
}

/// The failure of a line that no server serves. `remotes` is how the user names them, `last` the
/// one that was tried last.
pub fn error(remotes: &str, last: &Remote, cause: &Cause, database: &str) -> CtlError {
    let failed = |reason: &str| format!("{remotes}: database connection failed ({reason})");
    // the C tools have no words for what a server says
    let of_server = |why: String| CtlError::new(ErrorKind::Connection, failed("")).detailed(failed(&why));
    match cause {
        Cause::Net(error) => {
            let plain = CtlError::new(ErrorKind::Connection, failed(&error.reason()));
            let plain = plain.detailed(failed(&explanation(error)));
            hint(error, &last.to_string(), "with --db").into_iter().fold(plain, CtlError::hint)
        }
        Cause::Unfit(Unfit::NoDatabase) => of_server(format!("the server has no database {database}")),
        Cause::Unfit(unfit) => of_server(unfit.to_string()).hint(match unfit {
            Unfit::NotLeader => "name all servers of the cluster with --db, or read with --no-leader-only",
            Unfit::NotConnected => "name all servers of the cluster with --db, or try again later",
            _ => "check the UUID of the cluster in --db",
        }),
    }
}

/// Tells which databases the server has instead.
pub fn hint_databases(served: &[String]) -> String {
    let served: Vec<&str> = served.iter().map(String::as_str).filter(|name| !name.starts_with('_')).collect();
    match served.as_slice() {
        [] => "name another server with --db: this one has no database at all".to_owned(),
        names => format!("name another server with --db: this one has {}", names.join(", ")),
    }
}

/// The failure of a request that the server refused, where the refusal shows that it is no database
/// server.
pub fn of_control_socket(remotes: &str, refusal: &str) -> Option<CtlError> {
    let failed = |reason: &str| format!("{remotes}: database connection failed ({reason})");
    is_of_control_socket(refusal).then(|| {
        CtlError::new(ErrorKind::Connection, failed(""))
            .detailed(failed(CONTROL_SOCKET))
            .hint(format!("name the socket of a database with --db; {APPCTL}"))
    })
}

/// Whether the refusal of a request shows that the peer is no database server but the control
/// socket of a daemon.
pub fn is_of_control_socket(refusal: &str) -> bool {
    refusal.contains(NO_COMMAND)
}

/// What a peer is that answers as control sockets do.
pub const CONTROL_SOCKET: &str = "it is the control socket of a daemon, not of a database";

/// What control sockets are for.
pub const APPCTL: &str = "commands for daemons go by ovs-appctl and ovn-appctl";

/// The names of the databases that a server has; none if it does not say in time.
pub async fn databases(remote: &Remote, options: &ConnectOptions) -> Option<Vec<String>> {
    if remote.is_passive() {
        return None;
    }
    let asked = async {
        let mut connection = Connection::new(connect(remote, options).await.ok()?);
        encode::request(connection.output(), 0, "list_dbs", |_| {});
        let mut found = None;
        while found.is_none() {
            match Message::decode(connection.receive().await.ok()?).ok()? {
                Message::Reply { id, error: Some(_), .. } if id_number(id) == Some(0) => return None,
                Message::Reply { id, result, .. } if id_number(id) == Some(0) => found = Some(names(result)?),
                _ => {}
            }
        }
        // nothing can be done if it fails
        let _ = connection.close().await;
        found
    };
    tokio::time::timeout(LIST_PATIENCE, asked).await.ok()?
}

fn names(result: &[u8]) -> Option<Vec<String>> {
    let mut r = Reader::new(result);
    let mut names = Vec::new();
    r.begin_array().ok()?;
    while r.next_element().ok()? {
        names.push(r.string().ok()?.into_owned());
    }
    names.sort_unstable();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_the_database() {
        let cause = Cause::Unfit(Unfit::NoDatabase);
        let error = error("unix:x", &Remote::Unix("x".into()), &cause, "OVN_Northbound");
        assert_eq!(error.render_as("ovn-nbctl", false), "ovn-nbctl: unix:x: database connection failed ()\n");
        let served = hint_databases(&["Other".to_owned(), "Zoo".to_owned(), "_Server".to_owned()]);
        let expect = "ovn-nb: unix:x: database connection failed (the server has no database OVN_Northbound)\n  \
                      hint: name another server with --db: this one has Other, Zoo\n";
        assert_eq!(error.hint(served).render_as("ovn-nb", true), expect);
    }

    #[test]
    fn a_control_socket_is_recognized_by_its_refusal() {
        let refusal =
            "\"transact\" is not a valid command (use \"list-commands\" to see a list of valid commands)";
        let error = of_control_socket("unix:x", refusal).unwrap();
        assert_eq!(error.message, "unix:x: database connection failed ()");
        assert!(of_control_socket("unix:x", "unknown database").is_none());
    }
}
