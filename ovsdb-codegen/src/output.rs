//! How generated files get into a folder, or are compared with it.

use crate::{File, MARK};
use std::io;
use std::path::{Path, PathBuf};

/// Why files could not be written, or that they are not fresh.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// A file or folder could not be read, written or removed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file differs from what would be generated.
    #[error("{}:{line}: differs from what would be generated; generate again", path.display())]
    Differs {
        /// The file.
        path: PathBuf,
        /// The first line that differs, from 1.
        line: usize,
    },
    /// A file of a table that the schema no longer has.
    #[error("{}: generated earlier, but not from this schema; generate again", path.display())]
    Stale {
        /// The file.
        path: PathBuf,
    },
}

/// Writes the files into `folder`, which it makes if need be, and removes the generated Rust files there that are not among them.
///
/// # Errors
/// A file or folder cannot be read, written or removed.
pub fn write(folder: &Path, files: &[File]) -> Result<(), OutputError> {
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    for file in files {
        let path = folder.join(&file.name);
        // what is equal is left alone, so that nothing is compiled again
        if std::fs::read(&path).is_ok_and(|old| old == file.text.as_bytes()) {
            continue;
        }
        std::fs::write(&path, &file.text).map_err(at(&path))?;
    }
    for path in stale(folder, files)? {
        std::fs::remove_file(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// Compares the files with those in `folder`.
///
/// # Errors
/// The first file that is missing, differs, or should not be there.
pub fn compare(folder: &Path, files: &[File]) -> Result<(), OutputError> {
    for file in files {
        let path = folder.join(&file.name);
        let old = std::fs::read_to_string(&path).map_err(at(&path))?;
        if old != file.text {
            let equal = old.lines().zip(file.text.lines()).take_while(|(a, b)| a == b).count();
            return Err(OutputError::Differs { path, line: equal + 1 });
        }
    }
    match stale(folder, files)?.into_iter().next() {
        Some(path) => Err(OutputError::Stale { path }),
        None => Ok(()),
    }
}

/// The files in `folder` that an earlier run generated and this one does not.
fn stale(folder: &Path, files: &[File]) -> Result<Vec<PathBuf>, OutputError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        let known = |f: &File| path.file_name().is_some_and(|name| name == f.name.as_str());
        if path.extension().is_none_or(|e| e != "rs") || files.iter().any(known) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(at(&path))?;
        if text.lines().take(2).any(|line| line.starts_with("//!") && line.contains(MARK)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    move |source| OutputError::Io { path: path.to_owned(), source }
}
