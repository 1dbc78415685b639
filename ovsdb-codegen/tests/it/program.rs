//! What does the program write, compare and say?

use std::path::{Path, PathBuf};
use std::process::Command;

const SCHEMA: &str =
    r#"{"name": "D", "version": "1.2.3", "tables": {"T": {"columns": {"c": {"type": "string"}}}}}"#;

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// Runs the program in the folder; answers whether it succeeded, and what it said.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let program = env!("CARGO_BIN_EXE_ovsdb-codegen");
        let output = Command::new(program).args(arguments).current_dir(&self.0).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    fn check_error(&self, arguments: &[&str], expect: &str) {
        assert_eq!(self.run(arguments), (false, format!("ovsdb-codegen: {expect}\n")), "{arguments:?}");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn writes_and_compares() {
    let folder = Folder::new("writes");
    folder.write("s.ovsschema", SCHEMA);
    let fine = (true, String::new());
    assert_eq!(folder.run(&["s.ovsschema", "--out", "new/tables", "--origin=here"]), fine);
    assert_eq!(folder.run(&["s.ovsschema", "--out", "new/tables", "--origin", "here", "--check"]), fine);
    assert_eq!(
        folder.run(&["new/tables/schema.ovsschema", "--out=new/tables", "--origin=here", "--check"]),
        fine
    );

    folder.check_error(
        &["s.ovsschema", "--out=new/tables", "--check"],
        "new/tables/mod.rs:1: differs from what would be generated; generate again",
    );
    std::fs::remove_file(folder.0.join("new/tables/t.rs")).unwrap();
    let (fine, said) = folder.run(&["s.ovsschema", "--out=new/tables", "--origin=here", "--check"]);
    assert!(!fine && said.starts_with("ovsdb-codegen: new/tables/t.rs: "), "{said}");
}

#[test]
fn files_of_tables_that_are_gone_are_removed_and_others_kept() {
    let folder = Folder::new("stale");
    folder.write("old.ovsschema", &SCHEMA.replace("\"T\"", "\"Old\""));
    folder.write("new.ovsschema", SCHEMA);
    assert!(folder.run(&["old.ovsschema", "--out=tables"]).0);
    folder.write("tables/mine.rs", "//! Mine.\n");
    let stale = "tables/old.rs: generated earlier, but not from this schema; generate again";
    assert!(folder.run(&["new.ovsschema", "--out=other"]).0);
    for file in ["mod.rs", "check.rs", "t.rs", "schema.ovsschema"] {
        std::fs::copy(folder.0.join("other").join(file), folder.0.join("tables").join(file)).unwrap();
    }
    folder.check_error(&["new.ovsschema", "--out=tables", "--check"], stale);
    assert!(folder.run(&["new.ovsschema", "--out=tables"]).0);
    assert!(!folder.0.join("tables/old.rs").exists() && folder.0.join("tables/mine.rs").exists());
}

#[test]
fn errors_say_what_and_where() {
    let folder = Folder::new("errors");
    folder.write("cut.ovsschema", "{\"name\": ");
    folder.write("bad.ovsschema", &SCHEMA.replace("\"string\"", "\"text\""));
    folder.write(
        "typo.ovsschema",
        &SCHEMA.replace("\"type\": \"string\"", "\"type\": \"string\", \"mutabel\": true"),
    );
    folder.check_error(&["cut.ovsschema", "--out=o"], "cut.ovsschema: schema: not JSON at byte 9");
    folder.check_error(
        &["bad.ovsschema", "--out=o"],
        "bad.ovsschema: schema: table T: column c: member \"type\" is not the name of an atomic type",
    );
    folder.check_error(
        &["typo.ovsschema", "--out=o"],
        "typo.ovsschema: schema: table T: column c: member \"mutabel\" is not allowed here",
    );
    folder.check_error(
        &["none.ovsschema", "--out=o"],
        "none.ovsschema: No such file or directory (os error 2)",
    );
    folder.check_error(&[], "no schema given (try --help)");
    folder.check_error(&["bad.ovsschema"], "no folder given: --out DIR (try --help)");
    folder.check_error(&["bad.ovsschema", "--out"], "--out needs a value");
    folder.check_error(&["bad.ovsschema", "--chekc"], "unknown option --chekc (try --help)");
    folder.check_error(&["a", "b"], "one schema only, but also b was given");
    folder.check_error(&["a", "--width=x"], "--width: x is not a number from 40 to 1000");
    assert!(!folder.0.join("o").exists());
    let (fine, said) = folder.run(&["--help"]);
    assert!(fine && said.contains("--check"));
}
