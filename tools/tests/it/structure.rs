//! Does the source keep to the structure that ARCHITECTURE.md promises: edges, layers, sizes, names?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which crates of the workspace each crate may name; `None`: any. Nobody may name a crate that is not here.
const CRATE_EDGES: [(&str, Option<&[&str]>); 10] = [
    ("ovsdb-proto", Some(&[])),
    ("ovsdb-codegen", Some(&["ovsdb-proto"])),
    ("ovsdb-server", Some(&["ovsdb-proto"])),
    ("ovn-nb", Some(&["ovsdb-proto"])),
    ("ovn-sb", Some(&["ovsdb-proto"])),
    ("ovn-ic", Some(&["ovsdb-proto"])),
    ("ovs-vswitch", Some(&["ovsdb-proto"])),
    ("tools", Some(&["ovn-nb", "ovn-sb", "ovn-ic", "ovs-vswitch", "ovsdb-server", "ovsdb-proto"])),
    ("benches", None),
    ("fuzz", None),
];

/// Which crates the tests of a crate may name besides: operations are tested on a real engine.
const TEST_EDGES: [(&str, &str); 4] = [
    ("ovn-nb", "ovsdb-server"),
    ("ovn-sb", "ovsdb-server"),
    ("ovn-ic", "ovsdb-server"),
    ("ovs-vswitch", "ovsdb-server"),
];

/// The layers of ovsdb-proto, lowest first: a module imports from lower layers (and from itself) only.
const LAYERS: [&[&str]; 12] = [
    &["error", "limits"],
    &["scan"],
    &["json"],
    &["frame"],
    &["value", "rpc"],
    &["schema"],
    &["monitor", "op", "store"],
    &["row"],
    &["replica"],
    &["txn"],
    &["session"],
    &["net"],
];

/// The same for ovsdb-server.
const SERVER_LAYERS: [&[&str]; 6] =
    [&["engine"], &["monitor", "storage"], &["service"], &["trial"], &["listen"], &["kit"]];

/// What only `ovsdb-proto/src/net/` may name, besides modules of `std` in [`OUTSIDE_STD`].
const OUTSIDE_WORDS: [&str; 12] = [
    "tokio",
    "tokio_util",
    "tokio_rustls",
    "rustls",
    "Instant",
    "SystemTime",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
];
/// Of `std::net`, the addresses are plain values: its sockets are among the words above.
const OUTSIDE_STD: [&str; 5] = ["fs", "env", "process", "thread", "os"];

/// Names that say nothing about what a file is for.
const EMPTY_NAMES: [&str; 8] = ["utils", "util", "helpers", "helper", "common", "types", "misc", "shared"];

const LINES_MAX: usize = 800;
const LINES_MEDIAN: usize = 200;

#[test]
fn crates_name_only_the_crates_below_them() {
    let mut wrong = Vec::new();
    for manifest in files(&root(), "Cargo.toml") {
        let text = read(&manifest);
        let folder = manifest.parent().and_then(Path::file_name).unwrap().to_str().unwrap();
        if manifest.parent() == Some(&root()) {
            continue;
        }
        let Some((_, allowed)) = CRATE_EDGES.iter().find(|(name, _)| *name == folder) else {
            wrong.push(format!("{folder}: not a crate of ARCHITECTURE.md's map"));
            continue;
        };
        for Dependency { name, line, is_for_tests } in dependencies(&text) {
            let ours = name == "ovn-tools" || CRATE_EDGES.iter().any(|(known, _)| *known == name);
            let allowed_in_tests = is_for_tests && TEST_EDGES.contains(&(folder, name.as_str()));
            if ours && allowed.is_some_and(|a| !a.contains(&name.as_str())) && !allowed_in_tests {
                wrong.push(format!("{folder} must not depend on {name}"));
            }
            let pure = folder.starts_with("ov") && folder != "ovsdb-server";
            if pure && name.starts_with("ovsdb-") && line.contains("\"net\"") {
                wrong.push(format!("{folder} must use {name} without its feature `net`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_of_ovsdb_proto_import_downwards() {
    imports_go_downwards("ovsdb-proto/src", &LAYERS);
}

#[test]
fn modules_of_ovsdb_server_import_downwards() {
    imports_go_downwards("ovsdb-server/src", &SERVER_LAYERS);
}

fn imports_go_downwards(source: &str, layers: &[&[&str]]) {
    let source = root().join(source);
    let layer_of = |module: &str| layers.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for file in files(&source, ".rs") {
        let path = file.strip_prefix(&source).unwrap();
        let own = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if own == "lib" {
            continue;
        }
        let Some(own_layer) = layer_of(own) else {
            wrong.push(format!("{}: module `{own}` has no layer", path.display()));
            continue;
        };
        if path.ends_with("tests.rs") {
            continue;
        }
        let code: Vec<String> = code_lines(&read(&file)).map(|(_, line)| line).collect();
        for imported in crate_modules(&code.join("\n")) {
            let fine = imported == own || layer_of(&imported).is_some_and(|layer| layer < own_layer);
            if !fine {
                wrong.push(format!("{}: `{own}` imports `{imported}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_net_knows_sockets_files_environment_and_clock() {
    let mut wrong = Vec::new();
    for folder in ["ovsdb-proto", "ovsdb-server", "ovn-nb", "ovn-sb", "ovn-ic", "ovs-vswitch"] {
        let source = root().join(folder).join("src");
        for file in files(&source, ".rs") {
            if file.starts_with(source.join("net"))
                // of the server, these are the outside
                || ["storage", "listen", "kit"].iter().any(|outside| file.starts_with(source.join(outside)))
                || file == source.join("net.rs")
                || file.ends_with("tests.rs")
            {
                continue;
            }
            for (number, line) in code_lines(&read(&file)) {
                let named = words(&line).find(|w| OUTSIDE_WORDS.contains(w)).or_else(|| outside_std(&line));
                if let Some(word) = named {
                    wrong.push(format!("{}:{number}: names {word}", shown(&file)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_named_well_and_say_what_they_answer() {
    let mut wrong = Vec::new();
    let mut lengths = BTreeMap::new();
    for file in files(&root(), ".rs") {
        let text = read(&file);
        if !text.starts_with("//! ") {
            wrong.push(format!(
                "{}: the first line must be a `//!` that says which question it answers",
                shown(&file)
            ));
        }
        for part in file.strip_prefix(root()).unwrap() {
            let name = part.to_str().unwrap().trim_end_matches(".rs");
            if EMPTY_NAMES.contains(&name) {
                wrong.push(format!("{}: `{name}` says nothing", shown(&file)));
            }
        }
        let generated = file.iter().any(|part| part == "tables");
        if !generated {
            lengths.insert(shown(&file), text.lines().count());
        }
    }
    for (file, lines) in lengths.iter().filter(|(_, lines)| **lines > LINES_MAX) {
        wrong.push(format!("{file}: {lines} lines, at most {LINES_MAX}"));
    }
    let mut sorted: Vec<usize> = lengths.into_values().collect();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    if median >= LINES_MEDIAN {
        wrong.push(format!("the median file has {median} lines, it must be under {LINES_MEDIAN}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_undone() {
    // Put together here, so that this file does not find itself.
    let forbidden = [
        ["to", "do!("],
        ["unimple", "mented!("],
        ["#[ig", "nore"],
        ["```ig", "nore"],
        ["TO", "DO:"],
        ["FIX", "ME"],
    ]
    .map(|halves| halves.concat());
    let mut wrong = Vec::new();
    for file in files(&root(), ".rs") {
        for (number, line) in (1..).zip(read(&file).lines()) {
            if let Some(word) = forbidden.iter().find(|word| line.contains(word.as_str())) {
                wrong.push(format!("{}:{number}: {word}", shown(&file)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_found_in_every_form() {
    let check = |code: &str, expect: &[&str]| assert_eq!(crate_modules(code), expect, "{code}");
    check("use crate::json::Reader;", &["json"]);
    check("use crate::{json::{Kind, Reader}, value};", &["json", "value"]);
    check(
        "use crate::{\n    error::E,\n    value::{\n Atom,\n },\n schema::X,\n};",
        &["error", "value", "schema"],
    );
    check("fn f(a: crate::value::Atom) -> crate::Thing { b, c }", &["value"]);
}

#[test]
fn programs_are_thin() {
    let bins = root().join("tools/src/bin");
    for file in files(&bins, ".rs") {
        let lines = read(&file).lines().count();
        assert!(lines <= 20, "{}: {lines} lines, a program has at most 20", shown(&file));
    }
}

struct Dependency {
    name: String,
    line: String,
    is_for_tests: bool,
}

/// Every dependency in a manifest, of all kinds.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut is_for_tests = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            is_for_tests = section.contains("dev-dependencies");
            if let Some((_, name)) = section.split_once("dependencies.") {
                found.push(Dependency { name: name.to_owned(), line: line.to_owned(), is_for_tests });
            }
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            found.push(Dependency { name: name.to_owned(), line: line.to_owned(), is_for_tests });
        }
    }
    found
}

/// The lines of a file that are code: no comments, and nothing from its test module on.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, String)> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines: Vec<_> = (1..)
        .zip(code.lines())
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.split(" // ").next().unwrap_or_default().to_owned()))
        .collect();
    lines.into_iter()
}

/// The top-level modules that code names by `crate::`, alone or in (possibly many lines of) braces.
fn crate_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        let mut depth = 0;
        let mut expects_name = true;
        for (at, c) in after.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' => expects_name |= depth == 1,
                _ if expects_name && !c.is_whitespace() => {
                    found.extend(words(&after[at..]).next().map(str::to_owned));
                    expects_name = false;
                }
                _ => {}
            }
            if depth == 0 && !expects_name {
                break;
            }
        }
    }
    // Types and macros at the crate's root are not modules.
    found.retain(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    found
}

fn outside_std(line: &str) -> Option<&str> {
    line.split("std::").skip(1).find_map(|after| {
        let first = words(after).next()?;
        let grouped =
            after.starts_with('{').then(|| words(after).find(|w| OUTSIDE_STD.contains(w))).flatten();
        OUTSIDE_STD.contains(&first).then_some(first).or(grouped)
    })
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Every file below `folder` whose name ends with `suffix`, without build output and hidden folders.
fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                found.extend(files(&path, suffix));
            }
        } else if name.ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().display().to_string()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap()
}
