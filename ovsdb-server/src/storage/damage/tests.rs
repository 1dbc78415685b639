//! Tests of what an unreadable record means.

use super::super::disk::{Access, Disk};
use super::super::log::frame;
use super::super::simulation::SimDisk;
use super::*;
use std::path::Path;

const NOW: i64 = 1_800_000_000_000;

/// A record of about `length` bytes.
fn record(date: i64, length: usize) -> Vec<u8> {
    let text = format!(r#"{{"_date":{date},"_comment":"{}"}}"#, "x".repeat(length.saturating_sub(100)));
    frame(&mut Vec::new(), |out| out.extend(text.bytes())).to_vec()
}

/// Three records, and where each starts.
fn three(length: usize) -> (Vec<u8>, [usize; 3]) {
    let records = [0, 1, 2].map(|n| record(NOW + n, length));
    let second = records[0].len();
    (records.concat(), [0, second, second + records[1].len()])
}

/// What is said of the first unreadable record of a file.
fn verdict(bytes: &[u8]) -> Option<(usize, Verdict)> {
    let disk = SimDisk::new(0);
    let file = disk.open(Path::new("db"), Access::Create).unwrap();
    file.write_at(bytes, 0).unwrap();
    let size = bytes.len() as u64;
    let mut reader = Reader::new(bytes, size);
    while let Next::Record(..) = reader.read().unwrap() {}
    let offset = reader.offset();
    let good = usize::try_from(offset).unwrap();
    (offset < size).then(|| (good, judge(&*file, size, offset).unwrap()))
}

#[test]
fn an_end_without_a_good_record_is_a_tail_whatever_it_is() {
    let (file, [_, _, last]) = three(200);
    for cut in last + 1..file.len() {
        assert_eq!(verdict(&file[..cut]), Some((last, Verdict::Tail)), "cut at {cut}");
    }
    for at in last..file.len() {
        let mut file = file.clone();
        file[at] ^= 0x80;
        assert_eq!(verdict(&file), Some((last, Verdict::Tail)), "byte {at} changed");
    }
    let more =
        ["\n", "\r\n", "hello\nworld\n", "OVSDB JSON ", "OVSDB", "OVSDB JSON 3 0", "\0", &"\0".repeat(5000)];
    for more in more {
        let bytes = [&file, more.as_bytes()].concat();
        assert_eq!(verdict(&bytes), Some((file.len(), Verdict::Tail)), "{more:?}");
    }
    // something that was a record once, and half of one
    let mut bytes = [&*file, &record(NOW, 700)[..600]].concat();
    bytes[last + 60] ^= 1;
    assert_eq!(verdict(&bytes), Some((last, Verdict::Tail)));
    assert_eq!(verdict(&file), None);
}

#[test]
fn damage_that_a_good_record_follows_is_in_the_middle_wherever_that_starts() {
    let (file, [_, second, third]) = three(200);
    for at in second..third {
        let mut file = file.clone();
        file[at] ^= 0x80;
        assert_eq!(verdict(&file), Some((second, Verdict::Middle(third as u64))), "byte {at} changed");
    }
    for cut in second + 1..third {
        let bytes = [&file[..cut], &file[third..]].concat();
        assert_eq!(verdict(&bytes), Some((second, Verdict::Middle(cut as u64))), "cut at {cut}");
    }
    // the first line claims too much, and so all that follows
    let claim = "OVSDB JSON 100000 0123456789012345678901234567890123456789\n";
    let bytes = [&file[..second], claim.as_bytes(), &file[second..]].concat();
    assert_eq!(verdict(&bytes), Some((second, Verdict::Middle((second + claim.len()) as u64))));
    let inserted = [&file[..second], b"\n", &file[second..]].concat();
    assert_eq!(verdict(&inserted), Some((second, Verdict::Middle(second as u64 + 1))));
    // behind more than is read at once, with its lead across the border
    for garbage in READ_BYTES - 20..READ_BYTES + 2 {
        let bytes = [&file[..second], &vec![b'x'; garbage], &file[second..]].concat();
        assert_eq!(verdict(&bytes), Some((second, Verdict::Middle((second + garbage) as u64))));
    }
}

#[test]
fn records_behind_a_sector_that_was_never_written_were_not_synced() {
    let (file, [_, second, third]) = three(1500);
    // the sectors of the second record that lie in it, or in which it starts
    for sector in second / SECTOR_BYTES..third / SECTOR_BYTES {
        let mut file = file.clone();
        let from = (sector * SECTOR_BYTES).max(second);
        file[from..(sector + 1) * SECTOR_BYTES].fill(0);
        assert_eq!(verdict(&file), Some((second, Verdict::Unsynced)), "sector {sector}");
    }
    // zeros that no loss of power leaves
    let mut bytes = file.clone();
    bytes[second + 600..second + 650].fill(0);
    assert!(!(second + 650).is_multiple_of(SECTOR_BYTES));
    assert_eq!(verdict(&bytes), Some((second, Verdict::Middle(third as u64))));
}

#[test]
fn records_of_a_long_time_behind_zeros_cannot_all_be_unsynced() {
    let (file, [_, second, third]) = three(1500);
    let sector = second / SECTOR_BYTES + 1;
    let mut zeros = file[..third].to_vec();
    zeros[sector * SECTOR_BYTES..(sector + 1) * SECTOR_BYTES].fill(0);
    let check = |dates: &[i64], expect: Verdict| {
        let mut file = zeros.clone();
        dates.iter().for_each(|date| file.extend(record(*date, 200)));
        assert_eq!(verdict(&file), Some((second, expect)), "{dates:?}");
    };
    let minute = 60_000;
    check(&[NOW, NOW + 9 * minute], Verdict::Unsynced);
    check(&[NOW, NOW + 9 * minute, NOW + 11 * minute], Verdict::Middle(third as u64));
    check(&[NOW, NOW - 11 * minute], Verdict::Middle(third as u64));
    // a record without a date
    let mut bytes = zeros.clone();
    bytes.extend_from_slice(frame(&mut Vec::new(), |out| out.extend(b"{}")));
    assert_eq!(verdict(&bytes), Some((second, Verdict::Middle(third as u64))));
}

#[test]
fn a_file_of_false_claims_costs_no_more_than_its_size_allows() {
    let claim = |length: usize| format!("OVSDB JSON {length} {}\n", "0".repeat(40));
    let count = 2000;
    let bytes: String = (0..count).map(|n| claim((count - n - 1).max(1) * 50)).collect();
    let disk = SimDisk::new(0);
    let file = disk.open(Path::new("db"), Access::Create).unwrap();
    file.write_at(bytes.as_bytes(), 0).unwrap();
    assert!(find_record(&*file, bytes.len() as u64, 0).is_err());
}
