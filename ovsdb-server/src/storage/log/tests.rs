//! Tests of reading records: those that were written, cut off and damaged ones.

use super::*;

const TEXTS: [&str; 3] = [r#"{"name":"D"}"#, r#"{"_date":1,"T":{}}"#, r#"{"_date":2}"#];

fn file() -> Vec<u8> {
    let mut buffer = Vec::new();
    TEXTS.iter().flat_map(|text| frame(&mut buffer, |out| out.extend(text.bytes())).to_vec()).collect()
}

/// How many records are good, and what is wrong behind them.
fn read(file: &[u8]) -> (usize, Option<RecordProblem>) {
    let mut reader = Reader::new(file, file.len() as u64);
    let mut count = 0;
    loop {
        match reader.read().unwrap() {
            Next::Record(Magic::Json, text) => {
                assert_eq!(text.strip_suffix(b"\n").unwrap(), TEXTS[count].as_bytes());
                count += 1;
            }
            Next::Record(Magic::Cluster, _) => panic!("a member of a cluster"),
            Next::End => return (count, None),
            Next::Bad(problem) => return (count, Some(problem)),
        }
    }
}

fn start_of_last(file: &[u8]) -> usize {
    (0..file.len()).rev().find(|at| file[*at..].starts_with(b"OVSDB JSON ")).unwrap()
}

#[test]
fn reads_what_it_writes() {
    let file = file();
    assert!(file.starts_with(b"OVSDB JSON 13 0fd32e8aa5d"), "{}", String::from_utf8_lossy(&file));
    assert_eq!(read(&file), (3, None));
    assert_eq!(read(b""), (0, None));
}

#[test]
fn a_first_line_is_exact() {
    let good = b"OVSDB JSON 3 5B60B5FD39B0E01DFBD3CA4D2E8AD3FB3B2F7D8C\n";
    assert_eq!(Header::parse(good).map(|header| header.length), Some(3));
    let cluster = b"OVSDB CLUSTER 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n";
    assert_eq!(Header::parse(cluster).map(|header| header.magic), Some(Magic::Cluster));
    for bad in [
        "OVSDB JSON 0 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n",
        "OVSDB JSON +3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n",
        "OVSDB JSON  3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n",
        "OVSDB JSON 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8\n",
        "OVSDB JSON 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8g\n",
        "OVSDB JSON 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c \n",
        "OVSDB JSON 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c",
        "OVSDB XML 3 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n",
        "OVSDB JSON 99999999999999999999999 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n",
    ] {
        assert_eq!(Header::parse(bad.as_bytes()), None, "{bad}");
    }
}

#[test]
fn a_record_that_claims_too_much_takes_no_memory() {
    let mut file = file();
    file.extend(b"OVSDB JSON 9999999999999999 5b60b5fd39b0e01dfbd3ca4d2e8ad3fb3b2f7d8c\n{}\n");
    let (count, problem) = read(&file);
    assert_eq!(count, 3);
    assert!(matches!(problem, Some(RecordProblem::Short { have: 3, want: 9_999_999_999_999_999, .. })));
}

#[test]
fn a_last_record_cut_anywhere_is_short() {
    let file = file();
    let start = start_of_last(&file);
    for end in start + 1..file.len() {
        let (count, problem) = read(&file[..end]);
        let Some(RecordProblem::Short { offset, .. }) = problem else { panic!("{end}: {problem:?}") };
        assert_eq!((count, offset), (2, start as u64), "{end}");
    }
}

#[test]
fn a_flipped_bit_is_damage_wherever_it_is() {
    let good = file();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut file = good.clone();
            file[at] ^= 1 << bit;
            // hexadecimal digits may be capital letters
            if file.eq_ignore_ascii_case(&good) && read(&file) == (3, None) {
                continue;
            }
            assert!(read(&file).1.is_some(), "byte {at}, bit {bit}");
        }
    }
}
