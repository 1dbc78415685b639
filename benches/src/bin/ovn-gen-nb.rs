//! Writes a Northbound database of any number of ports as a file for ovsdb-server.

use ovn_benches::{database_file, northbound::Northbound};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [ports, schema, file] = args.as_slice() else {
        eprintln!(
            "usage: ovn-gen-nb PORTS SCHEMA FILE, such as: ovn-gen-nb 100000 /usr/share/ovn/ovn-nb.ovsschema nb.db"
        );
        return ExitCode::FAILURE;
    };
    match run(ports, schema, file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ovn-gen-nb: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(ports: &str, schema: &str, file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let ports = ports.parse().map_err(|_| format!("{ports} is not a number of ports"))?;
    let schema = std::fs::read_to_string(schema).map_err(|e| format!("{schema}: {e}"))?;
    let schema: serde_json::Value = serde_json::from_str(&schema)?;
    database_file::write(Path::new(file), &[&schema.to_string(), &Northbound { ports }.record()])?;
    Ok(())
}
