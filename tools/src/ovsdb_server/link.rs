//! The channel between a server and the process that started it: what to serve, and what is served.

use super::config_file::Config;
use ovsdb_server::listen::RemoteSettings;
use rustix::io::fcntl_dupfd_cloexec;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long the server waits for a monitor that does not read; it goes on without one then.
const WRITE_TIME_MAX: Duration = Duration::from_secs(1);

/// The databases and remotes of a server, which its monitor keeps in case the server crashes.
/// Settings of remotes come from a configuration file only, which is read again then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    /// Names of database files as they were given.
    pub(super) databases: Vec<String>,
    /// Texts of remotes.
    pub(super) remotes: Vec<String>,
}

impl From<Served> for Config {
    fn from(served: Served) -> Config {
        let remotes = served.remotes.into_iter().map(|text| (text, RemoteSettings::default()));
        Config { databases: served.databases, remotes: remotes.collect() }
    }
}

impl From<&Config> for Served {
    fn from(config: &Config) -> Served {
        Served { databases: config.databases.clone(), remotes: config.remotes.keys().cloned().collect() }
    }
}

/// One end of the channel.
#[derive(Debug)]
pub(super) struct Link(BufReader<UnixStream>);

impl Link {
    /// The end of the process that starts the other.
    pub(super) fn over(stream: UnixStream) -> Link {
        Link(BufReader::new(stream))
    }

    /// The end of the process that was started: its stdin, which is replaced by `/dev/null`.
    /// Programs that this process runs do not inherit it.
    ///
    /// # Errors
    /// It cannot be taken.
    pub(super) fn take() -> io::Result<Link> {
        let stdin = fcntl_dupfd_cloexec(io::stdin(), 3)?;
        rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
        let stream = UnixStream::from(stdin);
        stream.set_write_timeout(Some(WRITE_TIME_MAX))?;
        Ok(Link::over(stream))
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The other process has ended, or does not read. The link is of no use any more then.
    pub(super) fn send(&mut self, served: Option<&Served>) -> io::Result<()> {
        self.0.get_mut().write_all(&encode(served))
    }

    /// Waits for the next message; `None` if the other process has ended.
    pub(super) fn receive(&mut self) -> Option<Option<Served>> {
        let mut fields = Vec::new();
        loop {
            let mut field = Vec::new();
            // what was cut off by the end of the process is no message
            self.0.read_until(0, &mut field).ok()?;
            if field.pop() != Some(0) {
                return None;
            }
            if field.is_empty() {
                return Some(decode(&fields));
            }
            fields.push(String::from_utf8(field).ok()?);
        }
    }
}

/// A message is a list of fields that end with a zero byte, the last of them empty.
fn encode(served: Option<&Served>) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(Served { databases, remotes }) = served {
        out.extend(b"+\0");
        let databases = databases.iter().map(|name| ('d', name));
        for (kind, text) in databases.chain(remotes.iter().map(|text| ('r', text))) {
            out.extend(format!("{kind}{text}\0").bytes());
        }
    }
    out.push(0);
    out
}

fn decode(fields: &[String]) -> Option<Served> {
    let mut served = None;
    for field in fields {
        let served: &mut Served = served.get_or_insert_default();
        match field.split_at_checked(1) {
            Some(("d", name)) => served.databases.push(name.to_owned()),
            Some(("r", text)) => served.remotes.push(text.to_owned()),
            _ => {}
        }
    }
    served
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_or_not_at_all() {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect();
        let some = Served { databases: texts(&["a b\n", "/é"]), remotes: texts(&["punix:s"]) };
        let messages = [None, Some(some), Some(Served::default()), None];
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (mut ours, mut theirs) = (Link::over(ours), Link::over(theirs));
        for message in &messages {
            ours.send(message.as_ref()).unwrap();
        }
        ours.0.get_mut().write_all(b"+\0dcut off").unwrap();
        drop(ours);
        for message in messages {
            assert_eq!(theirs.receive(), Some(message));
        }
        assert_eq!(theirs.receive(), None);
    }
}
