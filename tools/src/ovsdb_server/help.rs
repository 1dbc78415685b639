//! What does `ovsdb-server --help` say?

use crate::ctl::remote::folder;

/// The text; folders that the environment names stand in it.
pub(super) fn help(env: &dyn Fn(&str) -> Option<String>) -> String {
    let run = folder(env, "OVS_RUNDIR", "/var/run/openvswitch");
    let logs = folder(env, "OVS_LOGDIR", "/var/log/openvswitch");
    let etc = folder(env, "OVS_SYSCONFDIR", "/etc");
    let databases = folder(env, "OVS_DBDIR", &format!("{etc}/openvswitch"));
    format!(
        "\
ovsdb-server: serves OVSDB databases
usage: ovsdb-server [OPTIONS] [DATABASE...]
where each DATABASE is a standalone database file, {databases}/conf.db if none is given.

Clients:
  --remote=REMOTE            serve clients there; may be given several times
    punix:FILE               listen on a Unix domain socket
    ptcp:PORT[:IP]           listen on a TCP port; 0 lets the system choose one
    pssl:PORT[:IP]           listen for TLS on a TCP port
    pfd:FD                   listen on the socket with this descriptor, which was open before
    unix:FILE                connect to a Unix domain socket
    tcp:HOST:PORT            connect to a TCP port
    ssl:HOST:PORT            connect to a TCP port with TLS
    db:DB,TABLE,COLUMN       all remotes that this column names
  --config-file=FILE         read remotes and databases from a JSON file, at the start and when
                             ovsdb-server/reload is called; instead of --remote and DATABASE
  --max-clients-per-address=N
                             accept at most N connections from one IP address at a time
                             (default: no limit, which suits relays and address translation)

TLS (FILE or text, or db:DB,TABLE,COLUMN for the first text in that column):
  -p, --private-key=FILE     our private key
  -c, --certificate=FILE     the certificate of our key
  -C, --ca-cert=FILE         the authority that certifies clients
  --bootstrap-ca-cert=FILE   as --ca-cert; a missing FILE is made of what the first server sends
  --peer-ca-cert=FILE        authority's certificate to send to peers
  --ssl-protocols=PROTOS     versions of TLS to allow
  --ssl-ciphers=CIPHERS      ciphers to allow with TLS 1.2
  --ssl-ciphersuites=SUITES  suites to allow with TLS 1.3
  --ssl-server-name=NAME     name of the server to ask for (SNI)

Daemon:
  --detach                   run in the background once clients can connect
  --monitor                  start the server again when it crashes
  --user=USER[:GROUP]        run as another user and group
  --no-chdir                 do not change the working directory to /
  --pidfile[=FILE]           write the process id (default: {run}/ovsdb-server.pid)
  --overwrite-pidfile        with --pidfile, start even if another process has it
  --unixctl=SOCKET           where ovs-appctl reaches the server; none for nowhere
  --run=COMMAND              run a command of the shell beside the server, and end with it

Logging:
  -vSPEC, --verbose=SPEC     set levels of logging
  -v, --verbose              log everything
  --log-file[=FILE]          also log to FILE (default: {logs}/ovsdb-server.log)
  --syslog-method=METHOD     libc, unix:FILE, udp:IP:PORT or null
  --syslog-target=IP:PORT    also log to this UDP port

Other:
  --no-dbs                   serve no database unless one is named
  --disable-file-column-diff write whole sets and maps to files, for servers before Open vSwitch 2.15
  -h, --help                 print this text
  -V, --version              print the version
"
    )
}
