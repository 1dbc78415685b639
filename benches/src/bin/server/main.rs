//! What do servers take for what clients ask of them, ours beside Debian's, over the same database and in one run?

mod client;
mod clients;
mod loads;

use client::Client;
use ovn_benches::keys::Keys;
use ovn_benches::server::Server;
use ovn_benches::{database_file, northbound::Northbound};
use std::error::Error;
use std::path::PathBuf;

const USAGE: &str = "usage: server SCHEMA [--ports N] [--only LOAD] PROGRAM:LABEL...
SCHEMA is the Northbound schema, PROGRAM an ovsdb-server or a program that takes its options.
Such as: server /usr/share/ovn/ovn-nb.ovsschema target/release/ovsdb-server:ours /usr/sbin/ovsdb-server:3.1";

/// One thing that is measured, on a server of its own.
struct Load {
    name: &'static str,
    unit: &'static str,
    /// Whether more is better.
    rate: bool,
    run: fn(&Server, Northbound) -> loads::Figure,
}

const LOADS: [Load; 10] = [
    Load { name: "memory after the start", unit: "MB", rate: false, run: loads::memory },
    Load { name: "one client, each reply awaited", unit: "transactions/s", rate: true, run: loads::waiting },
    Load { name: "one client, 64 under way", unit: "transactions/s", rate: true, run: loads::pipelined },
    Load { name: "select by name", unit: "ms", rate: false, run: loads::select_by_name },
    Load { name: "first full copy", unit: "ms", rate: false, run: loads::full_copy },
    Load { name: "100 monitors, one writer", unit: "transactions/s", rate: true, run: loads::monitors },
    Load { name: "memory after 100 monitors", unit: "MB", rate: false, run: loads::memory_after_monitors },
    Load {
        name: "TLS handshakes",
        unit: "per second of processor time",
        rate: true,
        run: clients::handshakes,
    },
    Load { name: "memory of a client over TLS", unit: "KB", rate: false, run: clients::memory_over_tls },
    Load { name: "memory of a client over unix", unit: "KB", rate: false, run: clients::memory_over_unix },
];

/// Each is measured so often, on a new server, and the median counts.
const TURNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut ports, mut only, mut words) = (100_000, None, Vec::new());
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--ports" => ports = args.next().ok_or(USAGE)?.parse()?,
            "--only" => only = args.next(),
            _ => words.push(arg),
        }
    }
    let [schema, programs @ ..] = words.as_slice() else { return Err(USAGE.into()) };
    if programs.is_empty() {
        return Err(USAGE.into());
    }
    let programs: Vec<(PathBuf, &str)> = programs
        .iter()
        .map(|word| word.rsplit_once(':').map(|(file, label)| (PathBuf::from(file), label)).ok_or(USAGE))
        .collect::<Result<_, _>>()?;
    let work = std::env::temp_dir().join(format!("ovn-bench-{}", std::process::id()));
    std::fs::create_dir_all(&work)?;
    let nb = Northbound { ports };
    let database = work.join("nb.db");
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(schema)?)?;
    database_file::write(&database, &[&schema.to_string(), &nb.record()])?;

    let keys = Keys::make(&work)?;
    let labels: Vec<&str> = programs.iter().map(|(_, label)| *label).collect();
    println!("### {ports} ports\n\n| what | unit | {} |", labels.join(" | "));
    println!("|---|---|{}", "---|".repeat(programs.len()));
    for load in LOADS.iter().filter(|load| only.as_deref().is_none_or(|only| load.name.contains(only))) {
        let mut turns = vec![Vec::new(); programs.len()];
        // by turns, so that other work of the machine falls on all of them
        for _ in 0..TURNS {
            for ((program, _), figures) in programs.iter().zip(&mut turns) {
                let server = Server::start(program, &database, &work.join("server"), Some(&keys))?;
                // a socket may be there before the database is
                Client::connect(&server)?
                    .call("transact", r#"["OVN_Northbound",{"op":"comment","comment":"ready"}]"#)?;
                figures.push((load.run)(&server, nb)?);
            }
        }
        let cells: Vec<f64> = turns.into_iter().map(median).collect();
        let first = cells.first().copied().unwrap_or(f64::NAN);
        let shown = cells.iter().enumerate().map(|(i, &value)| {
            let factor = if load.rate { first / value } else { value / first };
            if i == 0 { round(value) } else { format!("{} ({factor:.1}x)", round(value)) }
        });
        println!("| {} | {} | {} |", load.name, load.unit, shown.collect::<Vec<_>>().join(" | "));
    }
    std::fs::remove_dir_all(&work)?;
    Ok(())
}

fn round(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
