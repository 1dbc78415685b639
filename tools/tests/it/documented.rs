//! Limits in the code and in docs/security.md, which must name the same.

use std::path::{Path, PathBuf};

/// The files that hold limits, each with a table of its own in the page.
const LIMITS: [&str; 3] =
    ["ovsdb-proto/src/limits.rs", "ovsdb-server/src/listen/limits.rs", "ovsdb-server/src/service/limits.rs"];

const PAGE: &str = "docs/security.md";

#[test]
fn the_security_page_names_every_limit() {
    let page = read(PAGE);
    let mut missing = Vec::new();
    for file in LIMITS {
        assert!(page.contains(&format!("`{file}`")), "{PAGE} does not name {file}");
        for name in names(&read(file)) {
            if !page.contains(&format!("| `{name}` |")) {
                missing.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{PAGE} has no row for\n{}", missing.join("\n"));
}

#[test]
fn every_limit_of_the_security_page_is_in_the_code() {
    let mut known = Vec::new();
    for folder in ["ovsdb-proto/src", "ovsdb-server/src", "tools/src"] {
        for file in sources(&root().join(folder)) {
            known.extend(names(&std::fs::read_to_string(file).unwrap()));
        }
    }
    let page = read(PAGE);
    let rows = page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0));
    let unknown: Vec<&str> =
        rows.filter(|name| is_limit(name) && !known.iter().any(|known| known == name)).collect();
    assert!(unknown.is_empty(), "{PAGE} names limits that are not in the code: {unknown:?}");
}

#[test]
fn limits_are_found_in_code() {
    let code = "pub const A_MAX: usize = 1;\npub(super) const B: Duration = X;\n    pub c_max: usize,\nconst D: &str = \"\";";
    assert_eq!(names(code), ["A_MAX", "B", "c_max", "D"]);
}

/// Whether a name in the page is that of a constant, or of a field that limits something.
fn is_limit(name: &str) -> bool {
    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    word && (name.ends_with("_max") || !name.chars().any(|c| c.is_ascii_lowercase()))
}

/// The constants of a source file, and the public fields that end in `_max`.
fn names(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code.lines().map(str::trim) {
        let line = line.strip_prefix("pub(super) ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let (is_const, rest) = line.strip_prefix("const ").map_or((false, line), |rest| (true, rest));
        let Some((name, _)) = rest.split_once(": ") else { continue };
        if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && (is_const || name.ends_with("_max"))
        {
            found.push(name.to_owned());
        }
    }
    found
}

/// Every source file below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    files.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}
