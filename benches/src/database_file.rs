//! How is a standalone database file written (ovsdb(5), "File Formats")?

use sha1::{Digest, Sha1};
use std::io::{self, Write};
use std::path::Path;

/// Writes a database file of these records: the schema, then transactions, each a JSON object.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, records: &[&str]) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(path)?);
    for record in records {
        // the checksum is of the line with its end
        let mut sha = Sha1::new();
        sha.update(record.as_bytes());
        sha.update(b"\n");
        let sum: String = sha.finalize().iter().map(|b| format!("{b:02x}")).collect();
        write!(file, "OVSDB JSON {} {sum}\n{record}\n", record.len() + 1)?;
    }
    file.flush()
}
