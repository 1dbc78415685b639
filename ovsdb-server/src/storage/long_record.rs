//! A record that may be longer than fits in memory: its bytes wait in a temporary file until its
//! first line is known.

use super::log::first_line;
use sha1::{Digest, Sha1};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

/// How much is held in memory.
const HELD_BYTES_MAX: usize = 16 << 20;

/// A record on its way to a file or a pipe.
///
/// Append the JSON text to [`LongRecord::buffer`], calling [`LongRecord::relieve`] now and then;
/// then write the record with [`LongRecord::finish`].
#[derive(Debug, Default)]
pub struct LongRecord {
    buffer: Vec<u8>,
    sha1: Sha1,
    /// How many bytes are no longer in `buffer`.
    spilt: u64,
    file: Option<File>,
}

impl LongRecord {
    /// Where to append the JSON text.
    pub const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Moves what was appended to a temporary file, if it is much.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn relieve(&mut self) -> io::Result<()> {
        if self.buffer.len() < HELD_BYTES_MAX { Ok(()) } else { self.spill() }
    }

    /// Writes the record to `out`.
    ///
    /// # Errors
    /// `out` takes no more, or there is no room for the temporary file.
    pub fn finish(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.buffer.push(b'\n');
        if self.file.is_some() {
            self.spill()?;
        } else {
            self.sha1.update(&self.buffer);
        }
        let length = self.spilt + self.buffer.len() as u64;
        out.write_all(first_line(length, &self.sha1.finalize().into()).as_bytes())?;
        if let Some(mut file) = self.file {
            file.seek(SeekFrom::Start(0))?;
            let copied = io::copy(&mut Read::take(&mut file, length), out)?;
            if copied != length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        out.write_all(&self.buffer)
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(temporary()?),
        };
        self.sha1.update(&self.buffer);
        file.write_all(&self.buffer)?;
        self.spilt += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// A file in the folder for temporary files that nobody else can open and that is gone with this
/// process.
fn temporary() -> io::Result<File> {
    let mut number = 0;
    loop {
        let name = format!("ovsdb-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        match OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => {
                std::fs::remove_file(path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::log::frame;
    use super::*;

    #[test]
    fn a_record_is_the_same_however_long_it_is() {
        for pieces in [0, 1, 1000, 40 * 1024] {
            let piece = "x".repeat(1000);
            let mut long = LongRecord::default();
            for _ in 0..pieces {
                long.buffer().extend_from_slice(piece.as_bytes());
                long.relieve().unwrap();
                assert!(long.buffer.len() < HELD_BYTES_MAX);
            }
            let mut written = Vec::new();
            long.finish(&mut written).unwrap();
            let mut whole = Vec::new();
            let expect = frame(&mut whole, |out| out.extend_from_slice(piece.repeat(pieces).as_bytes()));
            assert!(written == expect, "{pieces} pieces");
        }
    }
}
