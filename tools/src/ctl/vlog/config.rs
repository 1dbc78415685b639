//! What is logged where: levels by module and destination, patterns, the facility, the file and the syslog method.

use super::modules::MODULES;
use super::pattern;
use std::net::SocketAddr;

/// How grave a message is; also the least grave that is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is let through; no message has this level.
    Off,
    /// The process is about to die.
    Emer,
    /// Something that was asked for failed.
    Err,
    /// Something that may lead to a failure.
    Warn,
    /// Worth knowing.
    Info,
    /// For whoever looks for a fault.
    Dbg,
}

impl Level {
    const ALL: [Level; 6] = [Level::Off, Level::Emer, Level::Err, Level::Warn, Level::Info, Level::Dbg];

    /// As it stands in a log line.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Off => "OFF",
            Level::Emer => "EMER",
            Level::Err => "ERR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
            Level::Dbg => "DBG",
        }
    }

    /// The severity of RFC 5424 section 6.2.1; `Info` is sent as "notice".
    pub const fn severity(self) -> u8 {
        match self {
            Level::Off | Level::Emer => 1,
            Level::Err => 3,
            Level::Warn => 4,
            Level::Info => 5,
            Level::Dbg => 7,
        }
    }
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// stderr
    Console,
    /// The system log.
    Syslog,
    /// The log file.
    File,
}

impl Destination {
    /// All three.
    pub const ALL: [Destination; 3] = [Destination::Console, Destination::Syslog, Destination::File];

    const fn name(self) -> &'static str {
        match self {
            Destination::Console => "console",
            Destination::Syslog => "syslog",
            Destination::File => "file",
        }
    }
}

/// How messages reach the system log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syslog {
    /// As libc's `syslog` does: to `/dev/log`, with the program's name before each message.
    Libc,
    /// Datagrams to a unix socket.
    Unix(String),
    /// Datagrams to `HOST:PORT`.
    Udp(SocketAddr),
    /// Nowhere.
    Null,
}

/// The file to append to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Where it is.
    pub path: String,
    /// Whether the run ends when it cannot be opened: it was named, and is not the default.
    pub required: bool,
}

/// Names of the facilities of RFC 5424 section 6.2.1, by number.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "clock", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock2", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const LIST_HEADING: &str =
    "                 console    syslog    file\n                 -------    ------    ------\n";

const CONSOLE_PATTERN: &str = "%D{%Y-%m-%dT%H:%M:%SZ}|%05N|%c%T|%p|%m";
const SYSLOG_PATTERN: &str = "ovs|%05N|%c%T|%p|%m";
const FILE_PATTERN: &str = "%D{%Y-%m-%dT%H:%M:%S.###Z}|%05N|%c%T|%p|%m";

/// Everything that the logging options say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) own_modules: &'static [&'static str],
    /// Levels of modules that were never named: console, syslog, file.
    pub(super) defaults: [Level; 3],
    pub(super) named: Vec<(String, Destination, Level)>,
    pub(super) escapes_console: bool,
    pub(super) patterns: [String; 3],
    /// The facility's number; without one, messages are sent as from a daemon.
    pub facility: Option<u8>,
    /// The file to append to.
    pub file: Option<LogFile>,
    /// How the system log is reached.
    pub syslog: Syslog,
    /// `--syslog-target`: also send RFC 5424 messages there.
    pub syslog_target: Option<SocketAddr>,
}

impl Config {
    /// Sets whether control characters in messages to the console are escaped, as for a terminal.
    pub fn escape_console(&mut self, escape: bool) {
        self.escapes_console = escape;
    }

    /// As a ctl tool starts: warnings on the console, informational messages to syslog and to the file.
    /// `own_modules` are the modules that only this tool has.
    pub fn new(own_modules: &'static [&'static str]) -> Config {
        let mut config = Config {
            own_modules,
            defaults: [Level::Warn, Level::Info, Level::Info],
            named: Vec::new(),
            patterns: [CONSOLE_PATTERN, SYSLOG_PATTERN, FILE_PATTERN].map(str::to_owned),
            facility: None,
            file: None,
            syslog: Syslog::Libc,
            syslog_target: None,
            escapes_console: false,
        };
        for destination in Destination::ALL {
            config.named.push(("reconnect".to_owned(), destination, Level::Warn));
        }
        config
    }

    /// Whether a message of `level` from `module` goes to `destination`.
    pub fn lets_through(&self, module: &str, destination: Destination, level: Level) -> bool {
        let named =
            self.named.iter().rev().find(|(m, d, _)| *d == destination && m.eq_ignore_ascii_case(module));
        let [console, syslog, file] = self.defaults;
        let most = match (named, destination) {
            (Some((_, _, most)), _) => *most,
            (None, Destination::Console) => console,
            (None, Destination::Syslog) => syslog,
            (None, Destination::File) => file,
        };
        level <= most
    }

    /// The form of the lines for `destination`.
    pub fn pattern(&self, destination: Destination) -> &str {
        let [console, syslog, file] = &self.patterns;
        match destination {
            Destination::Console => console,
            Destination::Syslog => syslog,
            Destination::File => file,
        }
    }

    /// Lets messages up to `level` of `module` (of all modules if there is none) go to `destination` (or to all).
    pub fn set_level(&mut self, module: Option<&str>, destination: Option<Destination>, level: Level) {
        for d in Destination::ALL.into_iter().filter(|d| destination.is_none_or(|only| only == *d)) {
            match module {
                Some(module) => {
                    self.named.retain(|(m, e, _)| *e != d || !m.eq_ignore_ascii_case(module));
                    self.named.push((module.to_owned(), d, level));
                }
                None => {
                    self.named.retain(|(_, e, _)| *e != d);
                    let [console, syslog, file] = &mut self.defaults;
                    *match d {
                        Destination::Console => console,
                        Destination::Syslog => syslog,
                        Destination::File => file,
                    } = level;
                }
            }
        }
    }

    /// Applies the argument of one `-v`: `[MODULE][:DESTINATION][:LEVEL]` in any order, separated by colon, comma or
    /// blank; `PATTERN:DESTINATION:PATTERN`; or `FACILITY:NAME`. Without a level it is `dbg`.
    ///
    /// # Errors
    /// With the C tools' text when `spec` is none of these.
    pub fn apply(&mut self, spec: &str) -> Result<(), String> {
        self.try_apply(spec).map_err(|reason| format!("processing \"{spec}\": {reason}"))
    }

    fn try_apply(&mut self, spec: &str) -> Result<(), String> {
        let separators = [' ', ',', ':', '\t'];
        let trimmed = spec.trim_start_matches(separators);
        let (first, rest) = trimmed.split_once(separators).unwrap_or((trimmed, ""));
        if first.eq_ignore_ascii_case("PATTERN") {
            return self.set_pattern(rest.trim_start_matches(separators));
        }
        if first.eq_ignore_ascii_case("FACILITY") {
            let number = FACILITIES.iter().position(|f| f.eq_ignore_ascii_case(rest));
            let number = number.and_then(|n| u8::try_from(n).ok()).ok_or("invalid facility")?;
            self.facility = Some(number);
            return Ok(());
        }
        let (mut module, mut level, mut destination) = (None, None, None);
        for word in trimmed.split(separators).filter(|w| !w.is_empty() && !w.eq_ignore_ascii_case("any")) {
            if let Some(l) = Level::ALL.into_iter().find(|l| l.name().eq_ignore_ascii_case(word)) {
                once(&mut level, l, "levels")?;
            } else if let Some(d) = find_destination(word) {
                once(&mut destination, d, "destinations")?;
            } else if self.knows_module(word) {
                once(&mut module, word, "modules")?;
            } else {
                return Err(format!("no destination, level, or module \"{word}\""));
            }
        }
        self.set_level(module, destination, level.unwrap_or(Level::Dbg));
        Ok(())
    }

    /// The levels of all modules, as `vlog/list` shows them.
    pub fn list(&self) -> String {
        let mut modules: Vec<&str> =
            MODULES.split_whitespace().chain(self.own_modules.iter().copied()).collect();
        modules.sort_unstable();
        let mut text = String::from(LIST_HEADING);
        for module in modules {
            let most = |d| Level::ALL.into_iter().rev().find(|l| self.lets_through(module, d, *l));
            let [console, syslog, file] = Destination::ALL.map(|d| most(d).unwrap_or(Level::Off).name());
            text.push_str(&format!("{module:<16}  {console:>4}       {syslog:>4}       {file:>4}\n"));
        }
        text
    }

    fn set_pattern(&mut self, text: &str) -> Result<(), String> {
        let (name, pattern) = text.split_once([' ', ',', ':', '\t']).unwrap_or((text, ""));
        if name.is_empty() {
            return Err("missing destination".to_owned());
        }
        let only = find_destination(name);
        if only.is_none() && !name.eq_ignore_ascii_case("any") {
            return Err(format!("unknown destination \"{name}\""));
        }
        if pattern::has_local_time(pattern) {
            return Err("local time (%d) is not supported; %D is UTC".to_owned());
        }
        for (d, slot) in Destination::ALL.into_iter().zip(&mut self.patterns) {
            if only.is_none_or(|only| only == d) {
                pattern.clone_into(slot);
            }
        }
        Ok(())
    }

    fn knows_module(&self, word: &str) -> bool {
        MODULES
            .split_whitespace()
            .chain(self.own_modules.iter().copied())
            .any(|m| m.eq_ignore_ascii_case(word))
    }
}

fn find_destination(word: &str) -> Option<Destination> {
    Destination::ALL.into_iter().find(|d| d.name().eq_ignore_ascii_case(word))
}

fn once<T>(slot: &mut Option<T>, value: T, what: &str) -> Result<(), String> {
    match slot.replace(value) {
        Some(_) => Err(format!("cannot specify multiple {what}")),
        None => Ok(()),
    }
}

impl Syslog {
    /// Reads `--syslog-method`: `libc`, `null`, `unix:FILE`, `udp:IP:PORT`.
    ///
    /// # Errors
    /// With the C tools' text for another method; an address that is none is refused too.
    pub fn parse(method: &str) -> Result<Syslog, String> {
        if method == "null" {
            Ok(Syslog::Null)
        } else if method == "libc" {
            Ok(Syslog::Libc)
        } else if let Some(path) = method.strip_prefix("unix:") {
            Ok(Syslog::Unix(path.to_owned()))
        } else if let Some(address) = method.strip_prefix("udp:") {
            udp_address(address).map(Syslog::Udp)
        } else {
            Err(format!("unsupported syslog method '{method}'"))
        }
    }
}

/// Reads `IP:PORT`, an IPv6 address in brackets.
///
/// # Errors
/// With a text that names the address.
pub fn udp_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text}: not an IP address and a port (IP:PORT)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(specs: &[&str]) -> Result<Config, String> {
        let mut config = Config::new(&["ovn_dbctl"]);
        specs.iter().try_for_each(|spec| config.apply(spec))?;
        Ok(config)
    }

    /// The most that goes from `module` to console, syslog and file.
    fn levels(specs: &[&str], module: &str) -> String {
        let config = applied(specs).unwrap();
        let most =
            |d| Level::ALL.into_iter().rev().find(|l| config.lets_through(module, d, *l)).unwrap().name();
        Destination::ALL.map(most).join(" ")
    }

    #[test]
    fn levels_by_module_and_destination() {
        let check = |specs: &[&str], module: &str, expect: &str| {
            assert_eq!(levels(specs, module), expect, "{specs:?} {module}");
        };
        check(&[], "jsonrpc", "WARN INFO INFO");
        check(&[], "reconnect", "WARN WARN WARN");
        for all in ["any:any:dbg", "::", "", "ANY dbg", "dbg", "any,any"] {
            check(&[all], "reconnect", "DBG DBG DBG");
        }
        check(&["jsonrpc"], "jsonrpc", "DBG DBG DBG");
        check(&["jsonrpc"], "ovsdb_cs", "WARN INFO INFO");
        check(&["console:JSONRPC:Off"], "jsonrpc", "OFF INFO INFO");
        check(&["off:syslog"], "jsonrpc", "WARN OFF INFO");
        check(&["ovn_dbctl:syslog:warn"], "ovn_dbctl", "WARN WARN INFO");
        check(&["jsonrpc:dbg", "console:err"], "jsonrpc", "ERR DBG DBG");
    }

    /// Every text was compared with ovn-nbctl 26.03.
    #[test]
    fn errors() {
        let check = |spec: &str, reason: &str| {
            assert_eq!(applied(&[spec]), Err(format!("processing \"{spec}\": {reason}")));
        };
        check("foo", "no destination, level, or module \"foo\"");
        check("jsonrpc:main", "no destination, level, or module \"main\"");
        check("dbg:info", "cannot specify multiple levels");
        check("console:syslog", "cannot specify multiple destinations");
        check("jsonrpc:reconnect", "cannot specify multiple modules");
        check("PATTERN", "missing destination");
        check("PATTERN::", "missing destination");
        check("PATTERN:any:%d %m", "local time (%d) is not supported; %D is UTC");
        check("PATTERN:foo", "unknown destination \"foo\"");
        check("FACILITY", "invalid facility");
        check("FACILITY:local0 extra", "invalid facility");
        assert_eq!(Syslog::parse("foo"), Err("unsupported syslog method 'foo'".to_owned()));
        assert!(Syslog::parse("udp:foo").is_err());
    }

    #[test]
    fn patterns_facility_and_method() {
        let config = applied(&["PATTERN:console:%m: a,b", "facility:LOCAL0"]).unwrap();
        assert_eq!(config.pattern(Destination::Console), "%m: a,b");
        assert_eq!(config.pattern(Destination::Syslog), SYSLOG_PATTERN);
        assert_eq!(config.facility, Some(16));
        assert_eq!(applied(&["PATTERN:any:x"]).unwrap().pattern(Destination::File), "x");
        assert_eq!(Syslog::parse("unix:/x"), Ok(Syslog::Unix("/x".to_owned())));
        assert_eq!(Syslog::parse("udp:[::1]:514"), Ok(Syslog::Udp("[::1]:514".parse().unwrap())));
    }
}
