//! What do `get-connection`, `set-connection`, `del-connection`, `get-ssl`, `set-ssl` and `del-ssl` do, which most of the tools have?

use super::command::{ANY, Mode, OptSpec};
use super::context::{Context, CtlCommand, Halt, RunFn};
use ovsdb_proto::row::ReadError;
use ovsdb_proto::txn::Txn;
use ovsdb_proto::txn::remotes::{Remote, SslFiles};

/// How an operation reads something.
pub type Read<T> = fn(&mut Txn<'_>) -> Result<T, ReadError>;
/// How an operation puts something in place of what is there.
pub type Replace<T> = fn(&mut Txn<'_>, T) -> Result<(), ReadError>;

/// Whether remotes say what their clients may do, and commands have words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// No.
    Unsaid,
    /// `read-only`, `read-write` and `role=NAME` before a target (ovn-sbctl).
    Words,
}

const INACTIVITY_PROBE: &[OptSpec] = &[OptSpec::value("inactivity-probe")];
const BOOTSTRAP: &[OptSpec] = &[OptSpec::flag("bootstrap")];

/// What the entries of this module have in common.
const BASE: CtlCommand = CtlCommand {
    name: "",
    args: "",
    min: 0,
    max: 0,
    options: &[],
    mode: Mode::ReadWrite,
    group: "",
    help: "",
    run: |_| Ok(()),
};

/// The entries of the commands on connections.
pub const fn connection_commands(get: RunFn, del: RunFn, set: RunFn) -> [CtlCommand; 3] {
    const CONNECTION: CtlCommand = CtlCommand { group: "Connection commands", ..BASE };
    [
        CtlCommand {
            name: "get-connection",
            mode: Mode::ReadOnly,
            help: "print where the database server listens",
            run: get,
            ..CONNECTION
        },
        CtlCommand {
            name: "del-connection",
            help: "let it listen nowhere but where its own options say",
            run: del,
            ..CONNECTION
        },
        CtlCommand {
            name: "set-connection",
            args: "TARGET...",
            min: 1,
            max: ANY,
            options: INACTIVITY_PROBE,
            help: "let it listen at, or connect to, each TARGET and no others",
            run: set,
            ..CONNECTION
        },
    ]
}

/// The entries of the commands on TLS files.
pub const fn ssl_commands(get: RunFn, del: RunFn, set: RunFn) -> [CtlCommand; 3] {
    const SSL: CtlCommand = CtlCommand { group: "SSL/TLS commands", ..BASE };
    [
        CtlCommand {
            name: "get-ssl",
            mode: Mode::ReadOnly,
            help: "print the TLS files of the database server",
            run: get,
            ..SSL
        },
        CtlCommand { name: "del-ssl", help: "let it use no TLS files", run: del, ..SSL },
        CtlCommand {
            name: "set-ssl",
            args: "PRIVATE-KEY CERTIFICATE CA-CERT [SSL-PROTOS [SSL-CIPHERS [SSL-CIPHERSUITES]]]",
            min: 3,
            max: 6,
            options: BOOTSTRAP,
            help: "let it use these TLS files",
            run: set,
            ..SSL
        },
    ]
}

/// As [`ssl_commands`], without arguments for what is allowed beyond the default, for which `Open_vSwitch` has no columns.
pub const fn plain_ssl_commands(get: RunFn, del: RunFn, set: RunFn) -> [CtlCommand; 3] {
    let [get, del, set] = ssl_commands(get, del, set);
    [get, del, CtlCommand { args: "PRIVATE-KEY CERTIFICATE CA-CERT", max: 3, ..set }]
}

/// Prints the remotes, sorted, each once.
///
/// # Errors
/// What reading may lack.
pub fn get_connection(
    ctx: &mut Context<'_, '_>,
    access: Access,
    list: Read<Vec<Remote>>,
) -> Result<(), Halt> {
    let mut lines: Vec<String> = list(ctx.txn)?.iter().map(|remote| shown(remote, access)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.iter().for_each(|line| ctx.out.line(line));
    Ok(())
}

fn shown(remote: &Remote, access: Access) -> String {
    match access {
        Access::Unsaid => remote.target.clone(),
        Access::Words => {
            let may = if remote.read_only { "read-only" } else { "read-write" };
            format!("{may} role=\"{}\" {}", remote.role, remote.target)
        }
    }
}

/// Puts the remotes that the arguments say in place of all others. `module` logs warnings.
///
/// # Errors
/// What reading may lack.
pub fn set_connection(
    ctx: &mut Context<'_, '_>,
    access: Access,
    module: &'static str,
    replace: for<'r> fn(&mut Txn<'_>, &'r [Remote]) -> Result<(), ReadError>,
) -> Result<(), Halt> {
    let remotes = remotes(ctx.args_from(0), access, ctx.value("inactivity-probe").map(integer));
    for remote in remotes.iter().filter(|remote| !remote.has_known_method()) {
        let text = format!("target type \"{}\" is possibly erroneous", remote.target);
        ctx.line.warnings.push((module, text));
    }
    Ok(replace(ctx.txn, &remotes)?)
}

fn remotes(words: &[String], access: Access, inactivity_probe_ms: Option<i64>) -> Vec<Remote> {
    let mut remotes = Vec::new();
    let mut next = Remote { inactivity_probe_ms, ..Remote::default() };
    for word in words {
        match (access, word.as_str(), word.strip_prefix("role=")) {
            (Access::Words, "read-only", _) => next.read_only = true,
            (Access::Words, "read-write", _) => next.read_only = false,
            (Access::Words, _, Some(role)) => next.role = role.to_owned(),
            (_, target, _) => remotes.push(Remote { target: target.to_owned(), ..next.clone() }),
        }
    }
    remotes
}

/// A number as C's `atoll` reads it: what follows does not matter, too great is as great as can be, and none is 0.
fn integer(text: &str) -> i64 {
    let text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits: String = unsigned.chars().take_while(char::is_ascii_digit).collect();
    let negative = text.starts_with('-');
    match digits.parse::<i128>() {
        Ok(value) if negative => i64::try_from(-value).unwrap_or(i64::MIN),
        Ok(value) => i64::try_from(value).unwrap_or(i64::MAX),
        Err(_) if digits.is_empty() => 0,
        Err(_) if negative => i64::MIN,
        Err(_) => i64::MAX,
    }
}

/// Prints the TLS files, if any are set.
///
/// # Errors
/// What reading may lack.
pub fn get_ssl(ctx: &mut Context<'_, '_>, get: Read<Option<SslFiles>>) -> Result<(), Halt> {
    if let Some(files) = get(ctx.txn)? {
        ctx.out.line(format!("Private key: {}", files.private_key));
        ctx.out.line(format!("Certificate: {}", files.certificate));
        ctx.out.line(format!("CA Certificate: {}", files.ca_cert));
        ctx.out.line(format!("Bootstrap: {}", files.bootstrap_ca_cert));
    }
    Ok(())
}

/// Puts the TLS files that the arguments say in place of the old ones.
///
/// # Errors
/// What reading may lack.
pub fn set_ssl(
    ctx: &mut Context<'_, '_>,
    replace: for<'r> fn(&mut Txn<'_>, Option<&'r SslFiles>) -> Result<(), ReadError>,
) -> Result<(), Halt> {
    let optional = |index| ctx.given.arg(index).map(str::to_owned);
    let files = SslFiles {
        private_key: ctx.arg(0).to_owned(),
        certificate: ctx.arg(1).to_owned(),
        ca_cert: ctx.arg(2).to_owned(),
        bootstrap_ca_cert: ctx.has("bootstrap"),
        protocols: optional(3),
        ciphers: optional(4),
        ciphersuites: optional(5),
    };
    Ok(replace(ctx.txn, Some(&files))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_targets() {
        let words: Vec<String> =
            ["ptcp:1", "read-only", "role=x", "ptcp:2", "read-write", "ptcp:3"].map(str::to_owned).into();
        let shown = |access| {
            remotes(&words, access, None).iter().map(|r| shown(r, access)).collect::<Vec<_>>().join("; ")
        };
        assert_eq!(shown(Access::Unsaid), "ptcp:1; read-only; role=x; ptcp:2; read-write; ptcp:3");
        let expect = "read-write role=\"\" ptcp:1; read-only role=\"x\" ptcp:2; read-write role=\"x\" ptcp:3";
        assert_eq!(shown(Access::Words), expect);
    }

    #[test]
    fn integers() {
        let check = |text: &str, expect: i64| assert_eq!(integer(text), expect, "{text}");
        check("5000", 5000);
        check(" -5x", -5);
        check("+7", 7);
        check("x", 0);
        check("", 0);
        check("99999999999999999999", i64::MAX);
        check("-99999999999999999999999999999999999999999999", i64::MIN);
    }
}
