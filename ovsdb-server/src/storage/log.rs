//! How records stand in a database file: each a line with its length and checksum, then that many bytes (ovsdb(5)).

use sha1::{Digest, Sha1};
use std::io::{self, BufRead, Read};

/// The longest first line of a record. The C server reads it into a buffer of this size; a real one has at most 73 bytes.
pub const HEADER_BYTES_MAX: usize = 128;

/// The first line of a record of ours has at most this many bytes: a length of 20 digits.
const OWN_HEADER_BYTES_MAX: usize = "OVSDB JSON  \n".len() + 20 + HEX_DIGITS;

/// Digits of a SHA-1 checksum.
const HEX_DIGITS: usize = 40;

/// What kind of file a record says that it is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Magic {
    /// A standalone database.
    Json,
    /// A member of a cluster.
    Cluster,
}

/// The first line of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The kind of file.
    pub magic: Magic,
    /// How many bytes follow the line, the last of which is a line feed.
    pub length: u64,
    /// Their checksum.
    pub sha1: [u8; 20],
}

/// Why the bytes at an offset are not a record. Offsets count bytes from the start of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordProblem {
    /// The first line is not that of a record.
    #[error("parse error at offset {offset} in header line")]
    Header {
        /// Where the line starts.
        offset: u64,
    },
    /// The file ends within the record.
    #[error("the record at offset {offset} is cut off after {have} of {want} bytes")]
    Short {
        /// Where the record starts.
        offset: u64,
        /// How many bytes there are behind its first line; 0 if that is cut off itself.
        have: u64,
        /// How many there should be; 0 if the first line is cut off.
        want: u64,
    },
    /// The bytes are not those that were written.
    #[error(
        "{length} bytes starting at offset {offset} have SHA-1 hash {} but should have hash {}",
        hex(have),
        hex(want)
    )]
    Checksum {
        /// Where the bytes start, behind the record's first line.
        offset: u64,
        /// How many they are.
        length: u64,
        /// Their checksum.
        have: [u8; 20],
        /// What it should be.
        want: [u8; 20],
    },
}

/// What [`Reader::read`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// A record: the bytes behind its first line, and the kind of file.
    Record(Magic, &'a [u8]),
    /// The end of the file, right behind a record (or at its start).
    End,
    /// No record. The reader stays where it is.
    Bad(RecordProblem),
}

impl Header {
    /// Reads a first line, which ends with a line feed.
    pub fn parse(line: &[u8]) -> Option<Header> {
        let rest = line.strip_prefix(b"OVSDB ")?.strip_suffix(b"\n")?;
        let mut words = rest.split(|b| *b == b' ');
        let magic = match words.next()? {
            b"JSON" => Magic::Json,
            b"CLUSTER" => Magic::Cluster,
            _ => return None,
        };
        let digits = words.next()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let length = std::str::from_utf8(digits).ok()?.parse().ok().filter(|n| *n > 0)?;
        let sha1 = parse_hex(words.next()?)?;
        words.next().is_none().then_some(Header { magic, length, sha1 })
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn parse_hex(text: &[u8]) -> Option<[u8; 20]> {
    let mut sha1 = [0; 20];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != sha1.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in sha1.iter_mut().zip(pairs) {
        let digit = |b: u8| u8::try_from(char::from(b).to_digit(16)?).ok();
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(sha1)
}

/// The first line of a record of `length` bytes with this checksum.
pub(super) fn first_line(length: u64, sha1: &[u8; 20]) -> String {
    format!("OVSDB JSON {length} {}\n", hex(sha1))
}

/// Makes one record in `buffer`, whose content is replaced, and answers its bytes. `write` appends the JSON text.
pub fn frame(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
    // the first line is known last: room for it is left in front
    buffer.clear();
    buffer.resize(OWN_HEADER_BYTES_MAX, b' ');
    write(buffer);
    buffer.push(b'\n');
    let body = buffer.get(OWN_HEADER_BYTES_MAX..).unwrap_or_default();
    let line = first_line(body.len() as u64, &Sha1::digest(body).into());
    let start = OWN_HEADER_BYTES_MAX.saturating_sub(line.len());
    if let Some(room) = buffer.get_mut(start..start + line.len()) {
        room.copy_from_slice(line.as_bytes());
    }
    buffer.get(start..).unwrap_or_default()
}

/// Reads the records of a file from front to back.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    /// How many bytes the file has.
    size: u64,
    offset: u64,
    header: Vec<u8>,
    body: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Reads from `input`, which has `size` bytes: no record may claim more, so that none is made room for beyond that.
    pub const fn new(input: R, size: u64) -> Reader<R> {
        Reader::at(input, size, 0)
    }

    /// The same for an input that starts `offset` bytes into the file.
    pub const fn at(input: R, size: u64, offset: u64) -> Reader<R> {
        Reader { input, size, offset, header: Vec::new(), body: Vec::new() }
    }

    /// Where the next record starts, which is where the last good one ends.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next record.
    ///
    /// # Errors
    /// Reading fails.
    pub fn read(&mut self) -> io::Result<Next<'_>> {
        let offset = self.offset;
        self.header.clear();
        let line_max = HEADER_BYTES_MAX as u64 - 1;
        self.input.by_ref().take(line_max).read_until(b'\n', &mut self.header)?;
        if self.header.is_empty() {
            return Ok(Next::End);
        }
        let line = self.header.len() as u64;
        let Some(header) = Header::parse(&self.header) else {
            let cut = offset + line >= self.size && is_start_of_header(&self.header);
            return Ok(Next::Bad(match cut {
                true => RecordProblem::Short { offset, have: 0, want: 0 },
                false => RecordProblem::Header { offset },
            }));
        };
        let have = self.size.saturating_sub(offset + line);
        self.body.clear();
        if header.length > have {
            self.input.read_to_end(&mut self.body)?;
            // as much as the checksum is for: it is the length that is wrong
            let whole = <[u8; 20]>::from(Sha1::digest(&self.body)) == header.sha1;
            return Ok(Next::Bad(match whole {
                true => RecordProblem::Header { offset },
                false => RecordProblem::Short { offset, have, want: header.length },
            }));
        }
        self.body.reserve_exact(usize::try_from(header.length).map_err(io::Error::other)?);
        self.input.by_ref().take(header.length).read_to_end(&mut self.body)?;
        let read = self.body.len() as u64;
        if read < header.length {
            return Ok(Next::Bad(RecordProblem::Short { offset, have: read, want: header.length }));
        }
        let (have, want) = (Sha1::digest(&self.body).into(), header.sha1);
        if have != want {
            let offset = offset + line;
            return Ok(Next::Bad(RecordProblem::Checksum { offset, length: read, have, want }));
        }
        self.offset = offset + line + read;
        Ok(Next::Record(header.magic, &self.body))
    }
}

/// Whether a line without its end could be the start of one that is.
fn is_start_of_header(line: &[u8]) -> bool {
    let mut states = line.iter();
    let lead = b"OVSDB JSON ";
    let known = lead.len().min(line.len());
    if !states.by_ref().take(known).eq(lead.iter().take(known)) {
        return false;
    }
    let rest = states.as_slice();
    let (digits, hex) = match rest.iter().position(|b| *b == b' ') {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..).unwrap_or_default()),
        None => (rest, &[][..]),
    };
    digits.iter().all(u8::is_ascii_digit) && hex.len() <= HEX_DIGITS && hex.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests;
