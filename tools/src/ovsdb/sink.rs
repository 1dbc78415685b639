//! Where does output go: to stdout in large pieces, until nobody reads it any more?

use crate::ctl::error::{CtlError, ErrorKind};
use crate::ctl::escape;
use std::io::{self, Write};

/// How much is gathered before it is written: enough that the number of system calls does not matter.
const PIECE_BYTES: usize = 256 << 10;

/// Buffered stdout.
#[derive(Debug, Default)]
pub struct Sink {
    buffer: Vec<u8>,
    closed: bool,
    escape: bool,
}

impl Sink {
    /// Empty; escapes control characters in what it writes if `escape`.
    pub fn new(escape: bool) -> Sink {
        Sink { escape, ..Sink::default() }
    }

    /// Where to append output.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Writes if there is much.
    ///
    /// # Errors
    /// As [`Sink::flush`].
    pub fn relieve(&mut self) -> Result<(), CtlError> {
        if self.buffer.len() < PIECE_BYTES { Ok(()) } else { self.flush() }
    }

    /// Writes `bytes`, which are too many to be gathered.
    ///
    /// # Errors
    /// As [`Sink::flush`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CtlError> {
        self.flush()?;
        self.put(bytes)
    }

    /// Writes what there is. A reader that has gone away has read enough, and is no error.
    ///
    /// # Errors
    /// stdout takes no more: a full disk, a closed descriptor.
    pub fn flush(&mut self) -> Result<(), CtlError> {
        let buffer = std::mem::take(&mut self.buffer);
        let result = self.put(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        result
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), CtlError> {
        if self.closed || bytes.is_empty() {
            return Ok(());
        }
        let bytes = escape::output(bytes, self.escape);
        let mut stdout = io::stdout().lock();
        match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(_) => Err(CtlError::new(ErrorKind::Io, "write to stdout failed")),
        }
    }

    /// Whether the reader has gone away.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

/// As [`Sink::write`]; that stdout takes no more is [`io::ErrorKind::WriteZero`].
impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Sink::write(self, bytes).map_err(|_| io::ErrorKind::WriteZero)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Sink::flush(self).map_err(|_| io::ErrorKind::WriteZero.into())
    }
}
