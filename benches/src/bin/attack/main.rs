//! Attacks on the server and the tools, each on programs of its own over loopback, with what others
//! felt of it.

mod attack;
mod clients;
mod connections;
mod disk;
mod fake;
mod files;
mod frozen;
mod ground;
mod json;
mod logs;
mod memory;
mod probe;
mod process;
mod requests;
mod rpc;
mod server;
mod tls;
mod waits;

use attack::{Attack, Result, Verdict};
use ground::{Ground, Programs};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const USAGE: &str = "usage: attack [OPTION]... [NAME]...
Runs the attacks of these names, or all of them, and says what was measured.

  --list             print the names, and what each attack does
  --programs DIR     the programs under attack, under the names of the C tools
  --label TEXT       what to call them (default: ours)
  --beside DIR       the C programs, which some attacks are also run against without a verdict";

/// All families, in the order in which they are run.
fn attacks() -> Vec<&'static Attack> {
    let families: [&'static [Attack]; 10] = [
        tls::ATTACKS,
        connections::ATTACKS,
        logs::ATTACKS,
        memory::ATTACKS,
        requests::ATTACKS,
        waits::ATTACKS,
        json::ATTACKS,
        files::ATTACKS,
        disk::ATTACKS,
        clients::ATTACKS,
    ];
    families.into_iter().chain([frozen::ATTACKS]).flatten().collect()
}

struct Options {
    list: bool,
    programs: PathBuf,
    label: String,
    beside: Option<PathBuf>,
    names: Vec<String>,
}

fn options() -> Result<Options> {
    let mut options = Options {
        list: false,
        programs: PathBuf::from("target/attack"),
        label: "ours".to_owned(),
        beside: None,
        names: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--list" => options.list = true,
            "--programs" => options.programs = value()?.into(),
            "--label" => options.label = value()?,
            "--beside" => options.beside = Some(value()?.into()),
            _ if arg.starts_with('-') => return Err(USAGE.into()),
            _ => options.names.push(arg),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("attack: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns the number of failed attacks.
fn run() -> Result<usize> {
    let options = options()?;
    let all = attacks();
    if options.list {
        all.iter().for_each(|attack| println!("{:<22} {}", attack.name, attack.what));
        return Ok(0);
    }
    if let Some(unknown) = options.names.iter().find(|name| !all.iter().any(|a| a.name == **name)) {
        return Err(format!("there is no attack {unknown}; --list names them").into());
    }
    let chosen =
        |attack: &&&Attack| options.names.is_empty() || options.names.iter().any(|n| *n == attack.name);
    let work = std::env::temp_dir().join(format!("ovn-attack-{}", std::process::id()));
    std::fs::create_dir_all(&work)?;
    let certificates = ground::certificates(&work)?;
    let ground = |programs, label: &str| Ground {
        programs: Programs { folder: programs },
        label: label.to_owned(),
        work: work.join("now"),
        certificates: certificates.clone(),
    };
    let ours = ground(options.programs, &options.label);
    let theirs = options.beside.map(|folder| Programs { folder });
    let theirs = match theirs {
        Some(programs) => {
            let label = format!("C {}", programs.release()?);
            Some(ground(programs.folder, &label))
        }
        None => None,
    };

    println!("load average at the start: {}", load());
    let started = Instant::now();
    let (mut passed, mut failed) = (0, 0);
    for attack in all.iter().filter(chosen) {
        if carry_out(attack, &ours)?.is_ok() {
            passed += 1;
        } else {
            failed += 1;
        }
        if let (true, Some(theirs)) = (attack.beside_c, &theirs) {
            carry_out(attack, theirs)?;
        }
    }
    std::fs::remove_dir_all(&work)?;
    println!("load average at the end: {}; {} s", load(), started.elapsed().as_secs());
    println!("{passed} passed, {failed} failed");
    Ok(failed)
}

/// Runs one attack in a folder of its own and prints its line.
fn carry_out(attack: &Attack, ground: &Ground) -> Result<Verdict> {
    let _ = std::fs::remove_dir_all(&ground.work);
    std::fs::create_dir_all(&ground.work)?;
    let started = Instant::now();
    let mut verdict = Verdict::default();
    if let Err(error) = (attack.run)(ground, &mut verdict) {
        verdict.is_true("the attack could be carried out", false, &error.to_string());
    }
    let seconds = started.elapsed().as_secs_f64();
    let word = match (ground.is_ours(), verdict.is_ok()) {
        (false, _) => "beside",
        (true, true) => "ok",
        (true, false) => "FAILED",
    };
    println!("{word:<7} {} ({}, {seconds:.1} s): {}: {verdict}", attack.name, ground.label, attack.what);
    Ok(verdict)
}

/// The three load averages.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
