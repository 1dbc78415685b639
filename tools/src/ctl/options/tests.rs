//! Option values, defaults and refusals; the texts were compared with the tools of 26.03.

use super::*;
use crate::ctl::command::sample::TABLE;

fn run_as(argv0: &str, vars: &[(&str, &str)], words: &[&str]) -> Result<CommandLine, CtlError> {
    let name = argv0.rsplit('/').next().unwrap();
    let persona = Persona::new(Tool::from_name(name).unwrap(), argv0);
    let env = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
    let words: Vec<String> = words.iter().map(|w| w.to_string()).collect();
    parse(&persona, &TABLE, &words, &env)
}

fn run(argv0: &str, line: &str) -> Result<CommandLine, CtlError> {
    let words: Vec<String> =
        line.split(' ').map(|w| if w == "_" { String::new() } else { w.to_owned() }).collect();
    run_as(argv0, &[], &words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn nb(line: &str) -> Globals {
    run("ovn-nbctl", line).unwrap().globals
}

#[test]
fn values() {
    let g = nb("show");
    assert_eq!((g.wait, g.leader_only, g.shuffle_remotes), (Wait::None, true, true));
    assert_eq!((g.remotes.as_str(), g.timeout_secs), ("unix:/var/run/ovn/ovnnb_db.sock", None));
    assert_eq!(run("ovs-vsctl", "show").unwrap().globals.wait, Wait::Vswitchd);
    assert_eq!(run("ovs-vsctl", "--no-wait --retry show").unwrap().globals.wait, Wait::None);
    let g = nb("--db=a --db=b,c -t5 --wait=sb --wait=hv --dry --one --no-leader --no-shuffle --print show");
    assert_eq!((g.remotes.as_str(), g.timeout_secs, g.wait), ("b,c", Some(5), Wait::Hypervisors));
    assert!(g.dry_run && g.oneline && !g.leader_only && !g.shuffle_remotes && g.print_wait_time);
    assert_eq!(nb("-t4294967295").timeout_secs, Some(u32::MAX));
    assert_eq!(nb("-t010").timeout_secs, Some(10));
    assert_eq!(nb("-t+5").timeout_secs, Some(5));
    let style = nb("-f csv --bare -d json --max-column-width=7 --pretty show").style;
    let expect = Style {
        format: Format::List,
        data: CellForm::Json,
        headings: false,
        pretty: true,
        escape: false,
        max_column_width: Some(7),
    };
    assert_eq!(style, expect);
    let tls =
        nb("-p key -c cert -C ca --bootstrap-ca-cert=boot --ssl-protocols=TLSv1.3 --ssl-server-name=n show")
            .tls;
    let expect = TlsConfig {
        private_key: Some("key".into()),
        certificate: Some("cert".into()),
        ca_cert: Some(CaCert::Bootstrap("boot".into())),
        protocols: "TLSv1.3".parse().unwrap(),
        server_name: Some("n".to_owned()),
        ..TlsConfig::default()
    };
    assert_eq!(tls, expect);
    let ciphers = nb("--ssl-ciphersuites=TLS_AES_128_GCM_SHA256 --ssl-ciphers=HIGH show").tls.ciphers;
    assert_ne!(ciphers, TlsConfig::default().ciphers);
    let log = nb("--log-file --no-syslog").log;
    let path = "/var/log/openvswitch/ovn-nbctl.log".to_owned();
    assert_eq!(log.file, Some(vlog::LogFile { path, required: false }));
    assert!(!log.lets_through("ovn_dbctl", vlog::Destination::Syslog, vlog::Level::Info));
}

#[test]
fn requests_and_words() {
    let line = run("ovn-nbctl", "--if -t3 --oneline -- ls-del x -- show").unwrap();
    assert_eq!(line.request, Request::Run);
    assert_eq!(line.words, ["ls-del", "x", "--", "show"]);
    assert_eq!(line.leading.iter().map(|o| o.spec.name).collect::<Vec<_>>(), ["if-exists"]);
    assert_eq!(line.argv, ["ovn-nbctl", "--if", "-t3", "--oneline", "--", "ls-del", "x", "--", "show"]);
    let request = |argv0: &str, line: &str| run(argv0, line).map(|l| l.request).map_err(|e| e.message);
    assert_eq!(request("ovn-nbctl", "--help"), Ok(Request::Help));
    assert_eq!(request("ovn-nbctl", "-V -t0"), Ok(Request::Version));
    assert_eq!(request("ovn-nbctl", "--commands --xyz"), Err("unrecognized option '--xyz'".to_owned()));
    assert_eq!(request("ovs-vsctl", "--commands --xyz"), Ok(Request::Commands));
    assert_eq!(request("ovs-vsctl", "--options"), Ok(Request::Options));
    assert!(request("ovs-vsctl", "-t0 -V").is_err());
}

#[test]
fn requests_of_our_own() {
    let request = |argv0: &str, line: &str| run(argv0, line).map(|l| l.request).map_err(|e| e.message);
    assert_eq!(request("ovn-nb", "man"), Ok(Request::Man));
    assert_eq!(request("ovn-nbctl", "man"), Ok(Request::Run));
    assert_eq!(request("ovs-vs", "completion fish"), Ok(Request::Completion(Shell::Fish)));
    assert_eq!(
        request("ovs-vs", "completion csh"),
        Err("no completion for 'csh': there is bash, zsh and fish".to_owned())
    );
    assert!(request("ovs-vs", "completion").is_err());
    assert_eq!(request("ovs-vsctl", "completion bash"), Ok(Request::Run));
}

/// What a tool prints for a line that is wrong.
fn refusal(argv0: &str, line: &str) -> String {
    let error = run(argv0, line).unwrap_err();
    let name = argv0.rsplit('/').next().unwrap();
    error.render(&Persona::new(Tool::from_name(name).unwrap(), argv0))
}

#[test]
fn wrong_values() {
    let check = |argv0: &str, line: &str, text: &str| {
        let name = argv0.rsplit('/').next().unwrap();
        assert_eq!(refusal(argv0, line), format!("{name}: {text}\n"), "{argv0} {line}");
    };
    for argv0 in ["/b/ovn-nbctl", "/b/ovn-sbctl", "/b/ovn-ic-nbctl", "/b/ovn-ic-sbctl", "/b/ovs-vsctl"] {
        for value in ["0", "abc", "-4", "1x", "0x10", "_", "4294967296"] {
            let shown = value.replace('_', "");
            check(argv0, &format!("-t {value}"), &format!("value {shown} on -t or --timeout is invalid"));
        }
        check(argv0, "-f foo", "unknown output format \"foo\"");
        check(argv0, "--format=List", "unknown output format \"List\"");
        check(argv0, "-d foo", "unknown data format \"foo\"");
        check(argv0, "-vfoo:bar", "processing \"foo:bar\": no destination, level, or module \"foo\"");
        check(
            argv0,
            "--ssl-protocols=foo",
            "--ssl-protocols: foo: SSL/TLS protocol not recognized, only TLSv1.2 and TLSv1.3 are",
        );
        check(argv0, "--ssl-ciphersuites=foo", "--ssl-ciphersuites: cipher \"foo\" is not available");
        check(argv0, "--syslog-method=foo", "unsupported syslog method 'foo'");
        check(argv0, "--max-column-width=abc", "value abc on --max-column-width is not a number of bytes");
    }
    check("ovn-nbctl", "--wait=foo", "argument to --wait must be \"none\", \"sb\", or \"hv\"");
    check("ovn-ic-nbctl", "--wait=hv", "argument to --wait must be \"none\", \"sb\" ");
    check("ovn-sbctl", "--wait=sb", "--wait not supported");
    check("ovn-sbctl", "--no-wait", "--no-wait not supported");
    check("ovn-sbctl", "--print-wait-time", "--print-wait-time not supported");
    check("ovn-nbctl", "--detach", "--detach is for daemon mode, which is not supported yet");
    check("ovn-nbctl", "-u /x", "--unixctl is for daemon mode, which is not supported yet");
}

#[test]
fn unknown_to_some_tools() {
    let check =
        |argv0: &str, line: &str, text: &str| assert_eq!(refusal(argv0, line), text, "{argv0} {line}");
    check("/b/ovn-nbctl", "--retry", "ovn-nbctl: unrecognized option '--retry'\n");
    check("/b/ovs-vsctl", "--wait=sb", "/b/ovs-vsctl: unrecognized option '--wait=sb'\n");
    check("/b/ovn-ic-sbctl", "--no-wait", "/b/ovn-ic-sbctl: unrecognized option '--no-wait'\n");
    check("/b/ovn-ic-nbctl", "--shuffle", "/b/ovn-ic-nbctl: unrecognized option '--shuffle'\n");
    check("/b/ovn-ic-nb", "--shuffle", "ovn-ic-nb: unrecognized option '--shuffle'\n");
    check("/b/ovs-vsctl", "-Q", "/b/ovs-vsctl: invalid option -- 'Q'\n");
    check(
        "/b/ovn-ic-nbctl",
        "--no",
        "/b/ovn-ic-nbctl: option '--no' is ambiguous; possibilities: '--no-syslog' '--no-wait' '--no-leader-only' \
         '--no-headings'\n",
    );
}

#[test]
fn command_options_twice() {
    let error = run("ovn-nbctl", "--columns=a --col=b list T").unwrap_err();
    assert_eq!(error.message, "'--columns' option specified multiple times");
    let line = run("ovs-vsctl", "--columns=a --col=b list T").unwrap();
    assert_eq!(line.leading.iter().map(|o| o.value.as_deref()).collect::<Vec<_>>(), [Some("b")]);
}

#[test]
fn environment() {
    let vars = [("OVN_NBCTL_OPTIONS", "--oneline 'a b"), ("OVN_NB_DB", "tcp:1"), ("OVS_CTL_TIMEOUT", "7")];
    let line = run_as("ovn-nbctl", &vars, &["-t8", "x"]).unwrap();
    assert_eq!(line.argv, ["ovn-nbctl", "--oneline", "a b", "-t8", "x"]);
    assert_eq!(line.words, ["a b", "-t8", "x"]);
    assert_eq!((line.globals.timeout_secs, line.globals.remotes.as_str()), (Some(7), "tcp:1"));
    let text = "--oneline 'a b: word ends inside quoted string".to_owned();
    assert_eq!(line.warnings, [Warning { module: "svec", text }]);
    for (value, expect) in [("abc", None), ("0", None), ("-1", None), ("", None), ("3", Some(3))] {
        let line = run_as("ovs-vsctl", &[("OVS_CTL_TIMEOUT", value)], &["x"]).unwrap();
        assert_eq!(line.globals.timeout_secs, expect, "{value}");
    }
    let line = run_as("ovs-vsctl", &vars, &["x"]).unwrap();
    assert!(!line.globals.oneline, "only nbctl and sbctl read such a variable");
    let error = run_as("ovn-nbctl", &[("OVS_SYSLOG_METHOD", "x")], &["x"]).unwrap_err();
    assert_eq!(error.message, "unsupported syslog method 'x'");
}

#[test]
fn a_daemon_is_not_silently_bypassed() {
    let vars = [("OVN_NB_DAEMON", "/zz")];
    let error = run_as("ovn-nbctl", &vars, &["show"]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    let line = run_as("ovn-nbctl", &vars, &["--db=x", "show"]).unwrap();
    assert_eq!(line.warnings.first().unwrap().text, "not using ovn-nbctl daemon because of db option");
    assert!(run_as("ovn-nbctl", &vars, &["--version"]).is_ok());
    assert!(run_as("ovn-nbctl", &[("OVN_NB_DAEMON", "")], &["show"]).is_ok());
    assert!(run_as("ovs-vsctl", &vars, &["show"]).is_ok());
}
