//! The program: reads a schema and writes its bindings into a folder, or compares them with it.

use ovsdb_codegen::Options;
use ovsdb_proto::schema::DatabaseSchema;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
Generates typed Rust bindings from an OVSDB schema.

Usage: ovsdb-codegen SCHEMA --out DIR [--check] [--origin TEXT] [--width N]

  SCHEMA         a file in the form of RFC 7047 section 3.2 (.ovsschema), or - for standard input,
                 which takes what `ovsdb-client get-schema` prints
  --out DIR      the folder that the bindings are, a module of your crate; files that an earlier run
                 left there and that the schema no longer calls for are removed
  --check        write nothing; fail if the folder holds anything else than would be written
  --origin TEXT  where the schema comes from, such as \"OVN 26.03.1\", noted in mod.rs
  --width N      the max_width that rustfmt is configured with; 100 by default
  --help         print this
  --version      print the version
";

/// What the command line asks for.
struct Line {
    schema: PathBuf,
    out: PathBuf,
    check: bool,
    options: Options,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = match std::env::args_os().skip(1).map(|a| a.into_string()).collect() {
        Ok(arguments) => arguments,
        Err(argument) => return fail(&format!("argument {} is not UTF-8", argument.display())),
    };
    if arguments.iter().any(|a| a == "--help" || a == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|a| a == "--version" || a == "-V") {
        println!("ovsdb-codegen {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    match line(&arguments).and_then(|line| run(&line)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("ovsdb-codegen: {message}");
    ExitCode::FAILURE
}

fn line(arguments: &[String]) -> Result<Line, String> {
    let (mut schema, mut out, mut check, mut options) = (None, None, false, Options::default());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let (name, given) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (argument.as_str(), None),
        };
        let mut value = || {
            given.clone().or_else(|| arguments.next().cloned()).ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--out" => out = Some(PathBuf::from(value()?)),
            "--origin" => options.origin = Some(value()?),
            "--width" => {
                let text = value()?;
                let width = text.parse().ok().filter(|n| (40..=1000).contains(n));
                options.width =
                    width.ok_or_else(|| format!("--width: {text} is not a number from 40 to 1000"))?;
            }
            "--check" if given.is_none() => check = true,
            _ if name.starts_with('-') && name != "-" => {
                return Err(format!("unknown option {argument} (try --help)"));
            }
            _ if schema.is_none() => schema = Some(PathBuf::from(argument)),
            _ => return Err(format!("one schema only, but also {argument} was given")),
        }
    }
    let schema = schema.ok_or("no schema given (try --help)")?;
    let out = out.ok_or("no folder given: --out DIR (try --help)")?;
    Ok(Line { schema, out, check, options })
}

fn run(line: &Line) -> Result<(), String> {
    let shown = line.schema.display();
    let text = if line.schema.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(&line.schema)
    };
    let text = text.map_err(|e| format!("{shown}: {e}"))?;
    let schema = DatabaseSchema::parse_strict(&text).map_err(|e| format!("{shown}: {e}"))?;
    let files = ovsdb_codegen::generate(&schema, &line.options);
    let done = if line.check {
        ovsdb_codegen::compare(&line.out, &files)
    } else {
        ovsdb_codegen::write(&line.out, &files)
    };
    done.map_err(|e| e.to_string())
}
