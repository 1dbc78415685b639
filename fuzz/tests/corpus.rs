//! Does every property hold for every input that the fuzzers once found worth keeping?

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy's exemption does not reach the functions beside the tests"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn stems(folder: &str) -> Vec<String> {
    files(folder).iter().map(|f| f.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_target_has_a_program_and_a_corpus() {
    let targets = ovn_fuzz::TARGETS.map(|(name, _)| name);
    assert_eq!(stems("fuzz_targets"), targets);
    assert_eq!(stems("corpus"), targets);
}

#[test]
fn corpora_hold() {
    for (name, check) in ovn_fuzz::TARGETS {
        let files = files(&format!("corpus/{name}"));
        assert!(files.len() >= 10, "{name}");
        for file in files {
            println!("{}", file.display());
            check(&fs::read(file).unwrap());
        }
    }
}
