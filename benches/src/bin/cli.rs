//! What do single commands cost, ours beside the C tool's and a bare program's, on databases of several sizes and servers of two releases?

use ovn_benches::process::{CommandLine, Counter};
use ovn_benches::server::Server;
use ovn_benches::{database_file, northbound::Northbound};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const USAGE: &str = "usage: cli OURS ROOT:LABEL... [--sizes N,N...] [--only COMMAND]
OURS is the folder of our programs; below ROOT are usr/sbin/ovsdb-server, usr/bin/ovn-nbctl and usr/share/ovn.
Such as: cli target/release /:3.1 target/releases/sid:4.0 --sizes 1000,10000,100000";

struct Case {
    name: &'static str,
    words: Vec<String>,
    // the parameters of the one transact that a bare program sends; none where no single one does it
    raw: Option<String>,
}

fn cases(nb: Northbound) -> Vec<Case> {
    let (switch, port, router) =
        (nb.switch_name(3.min(nb.switches() - 1)), nb.port_name(nb.ports / 2), nb.router_name(0));
    let case = |name, words: &[&str], raw: String| Case {
        name,
        words: words.iter().map(|w| (*w).to_owned()).collect(),
        raw: (!raw.is_empty()).then(|| format!(r#"["OVN_Northbound",{raw}]"#)),
    };
    let wait = |table: &str, name: &str| {
        format!(
            r#"{{"op":"wait","table":"{table}","where":[["name","==","{name}"]],"columns":["name"],"rows":[{{"name":"{name}"}}],"until":"==","timeout":0}}"#
        )
    };
    let adopt = |table: &str, name: &str| {
        format!(
            r#"{{"op":"mutate","table":"{table}","where":[["name","==","{name}"]],"mutations":[["ports","insert",["set",[["named-uuid","r"]]]]]}}"#
        )
    };
    let select = |table: &str, name: &str, column: &str| {
        format!(
            r#"{{"op":"select","table":"{table}","where":[["name","==","{name}"]],"columns":["{column}"]}}"#
        )
    };
    vec![
        case(
            "lsp-add",
            &["lsp-add", &switch, "bench-{}"],
            format!(
                r#"{},{{"op":"insert","table":"Logical_Switch_Port","row":{{"name":"raw-{{}}"}},"uuid-name":"r"}},{}"#,
                wait("Logical_Switch", &switch),
                adopt("Logical_Switch", &switch)
            ),
        ),
        case(
            "lrp-add",
            &["lrp-add", &router, "lrp-bench-{}", "00:00:00:00:00:01", "192.0.2.1/24"],
            format!(
                r#"{},{{"op":"insert","table":"Logical_Router_Port","row":{{"name":"lrp-raw-{{}}","mac":"00:00:00:00:00:01","networks":"192.0.2.1/24"}},"uuid-name":"r"}},{}"#,
                wait("Logical_Router", &router),
                adopt("Logical_Router", &router)
            ),
        ),
        case(
            "lsp-set-addresses",
            &["lsp-set-addresses", &port, "fa:16:3e:ff:00:01 10.200.0.{}"],
            format!(
                r#"{{"op":"update","table":"Logical_Switch_Port","where":[["name","==","{port}"]],"row":{{"addresses":"fa:16:3e:ff:00:01 10.201.0.{{}}"}}}}"#
            ),
        ),
        case(
            "get addresses",
            &["get", "Logical_Switch_Port", &port, "addresses"],
            select("Logical_Switch_Port", &port, "addresses"),
        ),
        case(
            "find name=",
            &["find", "Logical_Switch_Port", &format!("name={port}")],
            select("Logical_Switch_Port", &port, "_uuid"),
        ),
        case(
            "lr-route-list",
            &["lr-route-list", &router],
            select("Logical_Router", &router, "static_routes"),
        ),
        case("show ROUTER", &["show", &router], select("Logical_Router", &router, "ports")),
        case(
            "set NB_Global",
            &["set", "NB_Global", ".", "name=bench-{}"],
            r#"{"op":"update","table":"NB_Global","where":[],"row":{"name":"raw-{}"}}"#.to_owned(),
        ),
    ]
}

#[derive(Default)]
struct Figures {
    time: Duration,
    memory: u64,
    received: u64,
}

struct Bench {
    ours: PathBuf,
    work: PathBuf,
    server: PathBuf,
    database: PathBuf,
    runs: usize,
}

impl Bench {
    /// All cases with one program, on a server started for it alone.
    fn block(
        &self,
        cases: &[Case],
        words: &dyn Fn(&Case, &Path) -> Option<Vec<String>>,
        runs: usize,
    ) -> Result<Vec<Figures>, Box<dyn Error>> {
        let mut all = Vec::new();
        for case in cases {
            let server = Server::start(&self.server, &self.database, &self.work.join("server"), None)?;
            let mut figures = Figures::default();
            if let Some(words_direct) = words(case, &server.socket()) {
                figures.time = CommandLine { words: words_direct.clone() }.time(1, runs)?;
                figures.memory = CommandLine { words: words_direct }.peak_memory(100)?;
                let proxy = self.work.join("proxy");
                let counter = Counter::start(&proxy, &server.socket())?;
                if let Some(words) = words(case, &proxy) {
                    CommandLine { words }.once(101)?;
                }
                figures.received = counter.take();
            }
            all.push(figures);
        }
        Ok(all)
    }

    fn table(&self, nb: Northbound, nbctl: &Path, only: Option<&str>) -> Result<String, Box<dyn Error>> {
        let mut cases = cases(nb);
        cases.retain(|c| only.is_none_or(|o| c.name.starts_with(o)));
        let ctl = |program: PathBuf| {
            move |case: &Case, socket: &Path| {
                let words = [program.display().to_string(), format!("--db=unix:{}", socket.display())];
                Some(words.into_iter().chain(case.words.clone()).collect::<Vec<_>>())
            }
        };
        let raw = self.ours.join("raw");
        let bare = move |case: &Case, socket: &Path| {
            Some(vec![raw.display().to_string(), socket.display().to_string(), case.raw.clone()?])
        };
        let ours = self.block(&cases, &ctl(self.ours.join("ovn-nb")), self.runs)?;
        let bare = self.block(&cases, &bare, self.runs)?;
        let theirs = self.block(&cases, &ctl(nbctl.to_owned()), if nb.ports >= 50_000 { 3 } else { 11 })?;
        let mut out = String::from(
            "| command | ovn-nbctl ms | ours ms | bare ms | times faster | of bare | received KB, C / ours | memory MB, C / ours |\n|---|---|---|---|---|---|---|---|\n",
        );
        for (case, ((ours, bare), theirs)) in cases.iter().zip(ours.iter().zip(&bare).zip(&theirs)) {
            let ms = |f: &Figures| f.time.as_secs_f64() * 1e3;
            let (kb, mb) = (|n: u64| n as f64 / 1e3, |n: u64| n as f64 / 1e6);
            writeln!(
                out,
                "| `{}` | {:.1} | {:.2} | {:.2} | {:.0} | {:.1} | {:.1} / {:.1} | {:.1} / {:.1} |",
                case.name,
                ms(theirs),
                ms(ours),
                ms(bare),
                ms(theirs) / ms(ours),
                ms(ours) / ms(bare),
                kb(theirs.received),
                kb(ours.received),
                mb(theirs.memory),
                mb(ours.memory)
            )?;
        }
        Ok(out)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut places, mut sizes, mut only) = (Vec::new(), vec![1_000, 10_000, 100_000], None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--sizes" => {
                sizes = args.next().ok_or(USAGE)?.split(',').map(str::parse).collect::<Result<_, _>>()?
            }
            "--only" => only = args.next(),
            _ => places.push(arg),
        }
    }
    let [ours, roots @ ..] = places.as_slice() else { return Err(USAGE.into()) };
    if roots.is_empty() {
        return Err(USAGE.into());
    }
    let work = std::env::temp_dir().join(format!("ovn-bench-{}", std::process::id()));
    std::fs::create_dir_all(&work)?;
    for root in roots {
        let (root, label) = root.rsplit_once(':').ok_or(USAGE)?;
        let root = Path::new(root);
        for &ports in &sizes {
            let nb = Northbound { ports };
            let database = work.join("nb.db");
            let schema: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(root.join("usr/share/ovn/ovn-nb.ovsschema"))?)?;
            database_file::write(&database, &[&schema.to_string(), &nb.record()])?;
            let bench = Bench {
                ours: PathBuf::from(ours),
                work: work.clone(),
                server: root.join("usr/sbin/ovsdb-server"),
                database,
                runs: 41,
            };
            println!("### {ports} ports, ovsdb-server {label}\n");
            println!("{}", bench.table(nb, &root.join("usr/bin/ovn-nbctl"), only.as_deref())?);
        }
    }
    std::fs::remove_dir_all(&work)?;
    Ok(())
}
