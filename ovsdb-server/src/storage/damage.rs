//! Decides what an unreadable record means: the end of the file is to be cut off, or the file is
//! damaged in the middle.
//!
//! A crash can only harm what was never synced, and that is always the end of the file:
//!
//! - The process is killed: the file ends within a record.
//! - The power fails: any sector written since the last sync may hold its new contents, its old
//!   ones, or zeros if it is new. So good records may follow a bad one. Zeros that reach to the end
//!   of a sector tell that this happened, since the text of a record holds none; and the records
//!   that follow are of the last moments, since no system keeps a write back for long.
//!
//! Everything else was written once and changed afterwards. If no good record follows, cutting off
//! the end loses nothing that could be read. If one does, cutting would lose it.

use super::contents::read_remarks;
use super::disk::{DiskFile, Input, READ_BYTES};
use super::log::{HEADER_BYTES_MAX, Header, Magic, Next, Reader};
use sha1::{Digest, Sha1};
use std::io::{self, BufReader};

/// A disk writes this much as a whole, at a multiple of it.
const SECTOR_BYTES: usize = 512;

/// The longest time, in milliseconds, for which a system keeps writes in memory. Linux writes them
/// back after half a minute, ten times that if it saves power for a disk that sleeps.
const UNSYNCED_MS_MAX: u64 = 10 * 60 * 1000;

/// How the first line of a record begins.
const LEAD: &[u8] = b"OVSDB JSON ";

/// A search checks at most this many times the size of the file: a file may be made so that every
/// line of it claims to be a record that is as long as the rest.
const WORK_FACTOR: u64 = 16;

/// What an unreadable record means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No good record follows.
    Tail,
    /// Good records follow, but none of them was synced.
    Unsynced,
    /// A good record follows, at this offset.
    Middle(u64),
}

/// Looks at a file of `size` bytes whose first unreadable record starts at `offset`.
///
/// # Errors
/// Reading fails.
pub(super) fn judge(file: &dyn DiskFile, size: u64, offset: u64) -> io::Result<Verdict> {
    let Some(next) = find_record(file, size, offset + 1)? else { return Ok(Verdict::Tail) };
    if has_unwritten_sector(file, offset, next)? && are_of_one_moment(file, size, next)? {
        return Ok(Verdict::Unsynced);
    }
    Ok(Verdict::Middle(next))
}

/// The offset of the first good record at or behind `from`, wherever it starts.
///
/// # Errors
/// Reading fails; or it is more work than any file that was damaged by accident takes.
pub(super) fn find_record(file: &dyn DiskFile, size: u64, from: u64) -> io::Result<Option<u64>> {
    let mut work_left = size.saturating_mul(WORK_FACTOR);
    let (mut chunk, mut body) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    let mut at = from;
    while at < size {
        let read = read_full(file, &mut chunk, at)?;
        let bytes = chunk.get(..read).unwrap_or_default();
        let places = bytes.windows(LEAD.len()).enumerate().filter(|(_, window)| *window == LEAD);
        for offset in places.map(|(place, _)| at + place as u64) {
            let mut line = [0; HEADER_BYTES_MAX];
            let line_bytes = read_full(file, &mut line, offset)?;
            let line = line.get(..line_bytes).unwrap_or_default();
            let Some((header, start)) = header_in(line, offset) else { continue };
            if header.length > size.saturating_sub(start) {
                continue;
            }
            work_left = work_left.checked_sub(header.length).ok_or_else(too_much)?;
            if checksum(file, start, header.length, &mut body)? == header.sha1 {
                return Ok(Some(offset));
            }
        }
        // the lead may have begun at the end of this chunk
        at += match bytes.len().checked_sub(LEAD.len() - 1) {
            None | Some(0) => return Ok(None),
            Some(seen) => seen as u64,
        };
    }
    Ok(None)
}

fn too_much() -> io::Error {
    io::Error::other("too many damaged records to look for a good one behind them")
}

/// A record's first line at `offset`, and where the bytes behind it start.
fn header_in(bytes: &[u8], offset: u64) -> Option<(Header, u64)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    let header = Header::parse(bytes.get(..end)?).filter(|header| header.magic == Magic::Json)?;
    Some((header, offset + end as u64))
}

fn checksum(file: &dyn DiskFile, start: u64, length: u64, chunk: &mut [u8]) -> io::Result<[u8; 20]> {
    let mut sha1 = Sha1::new();
    let mut at = start;
    let end = start + length;
    while at < end {
        let read = read_full(file, chunk, at)?;
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(read);
        if wanted == 0 {
            break;
        }
        sha1.update(chunk.get(..wanted).unwrap_or_default());
        at += wanted as u64;
    }
    Ok(sha1.finalize().into())
}

/// Whether a sector between two offsets ends with zeros.
fn has_unwritten_sector(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<bool> {
    let mut chunk = [0; SECTOR_BYTES];
    let mut at = from - from % SECTOR_BYTES as u64;
    while at + SECTOR_BYTES as u64 <= to {
        if read_full(file, &mut chunk, at)? < SECTOR_BYTES {
            return Ok(false);
        }
        if chunk.last() == Some(&0) {
            return Ok(true);
        }
        at += SECTOR_BYTES as u64;
    }
    Ok(false)
}

/// Whether all good records from `from` on may have been written since the last sync, by their
/// dates.
fn are_of_one_moment(file: &dyn DiskFile, size: u64, from: u64) -> io::Result<bool> {
    let mut first = None;
    let mut next = Some(from);
    while let Some(offset) = next {
        let input = BufReader::with_capacity(READ_BYTES, Input { file, offset });
        let mut reader = Reader::at(input, size, offset);
        loop {
            let date = match reader.read()? {
                Next::Record(_, json) => read_remarks(json).ok().and_then(|(date, _)| date),
                Next::End => return Ok(true),
                Next::Bad(_) => break,
            };
            let Some(date) = date else { return Ok(false) };
            if first.get_or_insert(date).abs_diff(date) > UNSYNCED_MS_MAX {
                return Ok(false);
            }
        }
        next = find_record(file, size, reader.offset() + 1)?;
    }
    Ok(true)
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_full(file: &dyn DiskFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + done as u64) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests;
