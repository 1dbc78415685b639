//! Keeps a copy of the damaged end of a database file beside it.

use super::damage::read_full;
use super::disk::{Access, Disk, DiskFile, READ_BYTES, remove_if_there};
use std::io;
use std::path::{Path, PathBuf};

/// How many ends that were cut off at one offset are kept beside a file.
const COPIES_MAX: u32 = 100;

/// Copies the bytes of `file` between two offsets into `NAME.damaged-OFFSET` beside `path`, with a
/// number behind it if there is another such file. The copy is on disk when this returns.
///
/// # Errors
/// The copy cannot be written.
pub(super) fn keep(
    disk: &dyn Disk,
    path: &Path,
    file: &dyn DiskFile,
    (from, to): (u64, u64),
) -> io::Result<PathBuf> {
    for number in 1..=COPIES_MAX {
        let target = name(path, from, number);
        match disk.open(&target, Access::Create) {
            Ok(copy) => {
                if let Err(error) = write(&*copy, file, from, to) {
                    let _ = remove_if_there(disk, &target);
                    return Err(error);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // the same end, if the program stopped before it could cut it off
                let there = disk.open(&target, Access::Read)?;
                if !is_same(&*there, file, from, to)? {
                    continue;
                }
                there.sync_all()?;
            }
            Err(error) => return Err(error),
        }
        disk.sync_folder(&target)?;
        return Ok(target);
    }
    Err(io::Error::other(format!("there are {COPIES_MAX} files {}* already", name(path, from, 1).display())))
}

fn name(path: &Path, offset: u64, number: u32) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".damaged-{offset}"));
    if number > 1 {
        name.push(format!(".{number}"));
    }
    path.with_file_name(name)
}

fn write(copy: &dyn DiskFile, file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    copy.set_owner(file.owner()?)?;
    let mut chunk = vec![0; READ_BYTES];
    let mut at = from;
    while at < to {
        let bytes = part(file, &mut chunk, at, to)?;
        if bytes.is_empty() {
            break;
        }
        copy.write_at(bytes, at - from)?;
        at += bytes.len() as u64;
    }
    copy.sync_all()
}

fn is_same(copy: &dyn DiskFile, file: &dyn DiskFile, from: u64, to: u64) -> io::Result<bool> {
    if copy.size()? != to - from {
        return Ok(false);
    }
    let (mut ours, mut theirs) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    let mut at = from;
    while at < to {
        let bytes = part(file, &mut ours, at, to)?;
        if bytes.is_empty() || bytes != part(copy, &mut theirs, at - from, to - from)? {
            return Ok(false);
        }
        at += bytes.len() as u64;
    }
    Ok(true)
}

fn part<'a>(file: &dyn DiskFile, chunk: &'a mut [u8], at: u64, to: u64) -> io::Result<&'a [u8]> {
    let read = read_full(file, chunk, at)?;
    let wanted = usize::try_from(to - at).unwrap_or(usize::MAX).min(read);
    Ok(chunk.get(..wanted).unwrap_or_default())
}
