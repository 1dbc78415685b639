//! The options of ovsdb-server(1), and which of them are refused.

use crate::ctl::args::{Known, Scanner};
use crate::ctl::command::Argument;
use crate::ctl::persona::OptionStyle;
use crate::ctl::raw;
use crate::ctl::remote;
use crate::ctl::vlog::{self, Level};
use ovsdb_server::listen::{Setting, TlsSettings};
use std::path::{Path, PathBuf};

/// The modules that only this program has, beside those of every program of Open vSwitch.
const MODULES: &[&str] = &[
    "ovsdb",
    "ovsdb_file",
    "ovsdb_jsonrpc_server",
    "ovsdb_log",
    "ovsdb_monitor",
    "ovsdb_rbac",
    "ovsdb_server",
    "ovsdb_util",
    "raft",
    "raft_rpc",
    "relay",
    "replication",
    "storage",
    "transaction",
    "transaction_forward",
    "trigger",
];

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Help,
    Version,
    Serve(Box<Options>),
}

/// How to serve.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Names of database files as they were given.
    pub(super) databases: Vec<String>,
    pub(super) remotes: Vec<String>,
    /// A file that names databases and remotes instead.
    pub(super) config_file: Option<PathBuf>,
    /// `none`, or the name of a socket; by default one is made of the process id.
    pub(super) unixctl: Option<String>,
    pub(super) pidfile: Option<PathBuf>,
    pub(super) overwrite_pidfile: bool,
    pub(super) detach: bool,
    pub(super) chdir: bool,
    pub(super) monitor: bool,
    pub(super) user: Option<String>,
    /// A command of the shell to be run beside the server, which ends with it.
    pub(super) run: Option<String>,
    pub(super) differences: bool,
    /// The most connections of one peer address; `None` is no limit.
    pub(super) clients_per_address_max: Option<usize>,
    pub(super) tls: TlsSettings,
    pub(super) log: vlog::Config,
    /// Where relative names of sockets are meant from.
    pub(super) run_dir: PathBuf,
}

/// An option on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Remote,
    ConfigFile,
    Unixctl,
    Pidfile,
    OverwritePidfile,
    Detach,
    NoChdir,
    Monitor,
    User,
    Run,
    NoSelfConfinement,
    Verbose,
    LogFile,
    SyslogMethod,
    SyslogTarget,
    PrivateKey,
    Certificate,
    CaCert,
    BootstrapCaCert,
    PeerCaCert,
    SslProtocols,
    SslCiphers,
    SslCiphersuites,
    SslServerName,
    DisableFileColumnDiff,
    MaxClientsPerAddress,
    NoDbs,
    Help,
    Version,
    /// What the C server can do and this one cannot: the option, and why.
    Refused(&'static str, &'static str),
}

const fn option(name: &'static str, short: Option<char>, argument: Argument, tag: Tag) -> Known<Tag> {
    Known { name, short, argument, tag }
}

const fn refused(name: &'static str, argument: Argument, why: &'static str) -> Known<Tag> {
    option(name, None, argument, Tag::Refused(name, why))
}

const REPLICATION: &str = "replication is not supported";
const REPLAY: &str = "recording and replaying is not supported";

const KNOWN: &[Known<Tag>] = &[
    option("remote", None, Argument::Required, Tag::Remote),
    option("config-file", None, Argument::Required, Tag::ConfigFile),
    option("unixctl", None, Argument::Required, Tag::Unixctl),
    option("pidfile", None, Argument::Optional, Tag::Pidfile),
    option("overwrite-pidfile", None, Argument::None, Tag::OverwritePidfile),
    option("detach", None, Argument::None, Tag::Detach),
    option("no-chdir", None, Argument::None, Tag::NoChdir),
    option("monitor", None, Argument::None, Tag::Monitor),
    option("user", None, Argument::Required, Tag::User),
    option("run", None, Argument::Required, Tag::Run),
    option("no-self-confinement", None, Argument::None, Tag::NoSelfConfinement),
    option("verbose", Some('v'), Argument::Optional, Tag::Verbose),
    option("log-file", None, Argument::Optional, Tag::LogFile),
    option("syslog-method", None, Argument::Required, Tag::SyslogMethod),
    option("syslog-target", None, Argument::Required, Tag::SyslogTarget),
    option("private-key", Some('p'), Argument::Required, Tag::PrivateKey),
    option("certificate", Some('c'), Argument::Required, Tag::Certificate),
    option("ca-cert", Some('C'), Argument::Required, Tag::CaCert),
    option("bootstrap-ca-cert", None, Argument::Required, Tag::BootstrapCaCert),
    option("peer-ca-cert", None, Argument::Required, Tag::PeerCaCert),
    option("ssl-protocols", None, Argument::Required, Tag::SslProtocols),
    option("ssl-ciphers", None, Argument::Required, Tag::SslCiphers),
    option("ssl-ciphersuites", None, Argument::Required, Tag::SslCiphersuites),
    option("ssl-server-name", None, Argument::Required, Tag::SslServerName),
    option("disable-file-column-diff", None, Argument::None, Tag::DisableFileColumnDiff),
    option("max-clients-per-address", None, Argument::Required, Tag::MaxClientsPerAddress),
    option("no-dbs", None, Argument::None, Tag::NoDbs),
    option("help", Some('h'), Argument::None, Tag::Help),
    option("version", Some('V'), Argument::None, Tag::Version),
    refused("sync-from", Argument::Required, REPLICATION),
    refused("sync-exclude-tables", Argument::Required, REPLICATION),
    refused("active", Argument::None, REPLICATION),
    refused("record", Argument::Optional, REPLAY),
    refused("replay", Argument::Optional, REPLAY),
];

/// Why the command line cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsageError {
    pub(super) text: String,
    /// Whether it is the option parser's complaint, which names the program by its path, as libc does.
    pub(super) by_path: bool,
}

impl From<String> for UsageError {
    fn from(text: String) -> UsageError {
        UsageError { text, by_path: false }
    }
}

/// Reads the words behind the program's name. `here` is the working directory, which file names are meant from.
///
/// # Errors
/// An option that is not known, not there, or has a wrong value.
pub(super) fn parse(
    words: &[String],
    env: &dyn Fn(&str) -> Option<String>,
    here: &Path,
) -> Result<Request, UsageError> {
    let run_dir = here.join(raw::path(&remote::folder(env, "OVS_RUNDIR", "/var/run/openvswitch")));
    let mut log = vlog::Config::new(MODULES);
    // a daemon tells more than a tool
    log.set_level(None, None, Level::Info);
    if let Some(method) = env("OVS_SYSLOG_METHOD").filter(|method| !method.is_empty()) {
        log.syslog = vlog::Syslog::parse(&method)?;
    }
    let mut o = Options {
        databases: Vec::new(),
        remotes: Vec::new(),
        config_file: None,
        unixctl: None,
        pidfile: None,
        overwrite_pidfile: false,
        detach: false,
        chdir: true,
        monitor: false,
        user: None,
        run: None,
        differences: true,
        clients_per_address_max: None,
        tls: TlsSettings::default(),
        log,
        run_dir,
    };
    let mut default_database = true;
    let mut rest = words;
    loop {
        let mut scanner = Scanner::new(KNOWN, rest);
        let fail = |e: crate::ctl::args::OptionError| UsageError {
            text: e.message(OptionStyle::Libc),
            by_path: true,
        };
        while let Some(found) = scanner.next_option().map_err(fail)? {
            match found.tag {
                Tag::Help => return Ok(Request::Help),
                Tag::Version => return Ok(Request::Version),
                Tag::NoDbs => default_database = false,
                tag => o.apply(tag, found.value, env, here)?,
            }
        }
        // options may stand behind files, unless they are behind `--`
        let after = scanner.rest();
        let ended =
            rest.len() > after.len() && rest.get(rest.len() - after.len() - 1).is_some_and(|w| w == "--");
        match after.split_first() {
            None => break,
            Some(_) if ended => {
                o.databases.extend(after.iter().cloned());
                break;
            }
            Some((file, more)) => {
                o.databases.push(file.clone());
                rest = more;
            }
        }
    }
    if let Some(name) = o.databases.iter().find(|name| name.starts_with("relay:")) {
        return Err(format!("{name}: relays are not supported").into());
    }
    if o.config_file.is_some() {
        if !o.databases.is_empty() {
            return Err("Databases should be specified in a config file".to_owned().into());
        }
        if !o.remotes.is_empty() {
            return Err("--config-file is mutually exclusive with --remote".to_owned().into());
        }
    } else if o.databases.is_empty() && default_database {
        o.databases.push(format!("{}/conf.db", database_folder(env)));
    }
    Ok(Request::Serve(Box::new(o)))
}

/// Where databases are unless something else is said.
fn database_folder(env: &dyn Fn(&str) -> Option<String>) -> String {
    let named = env("OVS_DBDIR").filter(|folder| !folder.is_empty());
    named.unwrap_or_else(|| format!("{}/openvswitch", remote::folder(env, "OVS_SYSCONFDIR", "/etc")))
}

impl Options {
    fn apply(
        &mut self,
        tag: Tag,
        value: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
        here: &Path,
    ) -> Result<(), UsageError> {
        let text = value.unwrap_or_default();
        let setting = || Setting::parse(text).map(Some).map_err(|e| e.to_string());
        let file = || {
            // the daemon may change its working directory
            let absolute = |name: String| raw::decode(here.join(raw::path(&name)).as_os_str());
            setting().map(|setting| match setting {
                Some(Setting::Text(name)) if name != "none" => Some(Setting::Text(absolute(name))),
                other => other,
            })
        };
        match tag {
            Tag::Remote => self.remotes.push(text.to_owned()),
            Tag::ConfigFile => {
                self.config_file = Some(here.join(raw::path(&database_folder(env))).join(raw::path(text)));
            }
            Tag::Unixctl => self.unixctl = Some(text.to_owned()),
            Tag::Pidfile => {
                let name = value.filter(|name| !name.is_empty()).unwrap_or("ovsdb-server.pid");
                self.pidfile = Some(self.run_dir.join(raw::path(name)));
            }
            Tag::OverwritePidfile => self.overwrite_pidfile = true,
            Tag::Detach => self.detach = true,
            Tag::NoChdir => self.chdir = false,
            Tag::Monitor => self.monitor = true,
            Tag::User => self.user = Some(text.to_owned()),
            Tag::Run => self.run = Some(text.to_owned()),
            Tag::Verbose => self.log.apply(value.unwrap_or("any:any:dbg"))?,
            Tag::LogFile => {
                let named = value.filter(|name| !name.is_empty());
                let name = named.map_or_else(|| remote::default_log_file("ovsdb-server", env), str::to_owned);
                let path = raw::decode(here.join(raw::path(&name)).as_os_str());
                self.log.file = Some(vlog::LogFile { path, required: named.is_some() });
            }
            Tag::SyslogMethod => self.log.syslog = vlog::Syslog::parse(text)?,
            Tag::SyslogTarget => self.log.syslog_target = Some(vlog::udp_address(text)?),
            Tag::PrivateKey => self.tls.private_key = file()?,
            Tag::Certificate => self.tls.certificate = file()?,
            Tag::CaCert | Tag::BootstrapCaCert => {
                self.tls.ca_cert = file()?;
                self.tls.bootstrap = tag == Tag::BootstrapCaCert;
            }
            Tag::PeerCaCert => self.tls.peer_ca_cert = file()?,
            Tag::SslProtocols => self.tls.protocols = setting()?,
            Tag::SslCiphers => self.tls.ciphers = setting()?,
            Tag::SslCiphersuites => self.tls.ciphersuites = setting()?,
            Tag::SslServerName => self.tls.server_name = Some(text.to_owned()),
            Tag::DisableFileColumnDiff => self.differences = false,
            Tag::MaxClientsPerAddress => {
                let max = text.parse().ok().filter(|max| *max > 0);
                let wrong = || format!("--max-clients-per-address: \"{text}\" is not a positive integer");
                self.clients_per_address_max = Some(max.ok_or_else(wrong)?);
            }
            Tag::Refused(name, why) => return Err(format!("--{name}: {why}").into()),
            // files may be anywhere, as this says; the others were looked at already
            Tag::NoSelfConfinement | Tag::Help | Tag::Version | Tag::NoDbs => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(line: &str) -> Result<Options, UsageError> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let env = |name: &str| (name == "OVS_RUNDIR").then(|| "/r".to_owned());
        match parse(&words, &env, Path::new("/here"))? {
            Request::Serve(options) => Ok(*options),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_ovsdbapp_and_ovn_ctl_give() {
        let o = serve(
            "--detach --no-chdir -vconsole:off --pidfile=/t/p --log-file=/t/l --remote=punix:/t/s \
             --remote=db:OVN_Northbound,NB_Global,connections --ssl-protocols=db:OVN_Northbound,SSL,ssl_protocols \
             -p db:OVN_Northbound,SSL,private_key --ca-cert=ca --unixctl /t/c a.db b.db --monitor",
        )
        .unwrap();
        assert!(o.detach && !o.chdir && o.monitor);
        assert_eq!(o.databases, ["a.db", "b.db"]);
        assert_eq!(o.remotes, ["punix:/t/s", "db:OVN_Northbound,NB_Global,connections"]);
        assert_eq!(o.pidfile.as_deref(), Some(Path::new("/t/p")));
        assert_eq!(o.tls.ca_cert, Some(Setting::Text("/here/ca".to_owned())));
        assert!(matches!(o.tls.private_key, Some(Setting::Column(_))));
        assert_eq!(o.unixctl.as_deref(), Some("/t/c"));
    }

    #[test]
    fn defaults() {
        let o = serve("--pidfile --log-file").unwrap();
        assert_eq!(o.databases, ["/etc/openvswitch/conf.db"]);
        assert_eq!(o.pidfile.as_deref(), Some(Path::new("/r/ovsdb-server.pid")));
        assert_eq!(o.log.file.unwrap().path, "/var/log/openvswitch/ovsdb-server.log");
        assert_eq!(o.clients_per_address_max, None);
        assert_eq!(serve("--max-clients-per-address 9").unwrap().clients_per_address_max, Some(9));
        assert!(serve("--no-dbs").unwrap().databases.is_empty());
        let file = serve("--config-file=c.json").unwrap();
        assert_eq!(file.config_file.as_deref(), Some(Path::new("/etc/openvswitch/c.json")));
        assert!(file.databases.is_empty());
        assert_eq!(serve("-- -x").unwrap().databases, ["-x"]);
    }

    #[test]
    fn what_is_refused() {
        let check = |line: &str, expect: &str| assert_eq!(serve(line).unwrap_err().text, expect, "{line}");
        check("--foo", "unrecognized option '--foo'");
        check("--remote", "option '--remote' requires an argument");
        check("--sync-from=tcp:1.2.3.4:5", "--sync-from: replication is not supported");
        check("--active", "--active: replication is not supported");
        check("--config-file=x --remote=punix:s", "--config-file is mutually exclusive with --remote");
        check("--config-file=x d.db", "Databases should be specified in a config file");
        check("relay:OVN_Southbound:tcp:h:1", "relay:OVN_Southbound:tcp:h:1: relays are not supported");
        check("-vfoo", "processing \"foo\": no destination, level, or module \"foo\"");
        check("--max-clients-per-address=0", "--max-clients-per-address: \"0\" is not a positive integer");
        check("--private-key=db:a,b", "\"db:a,b\": invalid syntax");
    }
}
