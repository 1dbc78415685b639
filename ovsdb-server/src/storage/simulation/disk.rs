//! A disk in memory that loses, tears and reorders what was not synced when the power fails.

use crate::engine::Ids;
use crate::storage::disk::{Access, Disk, DiskFile, Owner};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR_BYTES: usize = 512;

type Sector = [u8; SECTOR_BYTES];

/// A disk; clones are the same disk.
#[derive(Clone, Debug)]
pub(in crate::storage) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    random: Ids,
    /// How many more operations are carried out before the program stops.
    fuse: Option<u32>,
    stopped: bool,
    /// One operation in so many fails; none if 0.
    fail_one_in: u32,
    files: Vec<Inode>,
    /// What each name stood for since the folder was last synced: the first is what it surely
    /// stands for on disk, the last what programs see.
    names: BTreeMap<PathBuf, Vec<Option<usize>>>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    /// What programs see.
    cached: Vec<u8>,
    /// What is on the disk, in whole sectors, and how much of it is the file.
    stored: Vec<u8>,
    stored_size: usize,
    /// Contents that sectors had since the last sync.
    unsynced: BTreeMap<usize, Vec<Sector>>,
    /// Sizes that the file had since the last sync.
    unsynced_sizes: Vec<usize>,
}

impl SimDisk {
    pub(in crate::storage) fn new(seed: u128) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(State {
            random: Ids::new(seed),
            fuse: None,
            stopped: false,
            fail_one_in: 0,
            files: Vec::new(),
            names: BTreeMap::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A number below `below`.
    pub(in crate::storage) fn random(&self, below: u32) -> u32 {
        self.state().random(below)
    }

    /// Lets the program stop in its next operation but `operations`.
    pub(in crate::storage) fn stop_after(&self, operations: u32) {
        self.state().fuse = Some(operations);
    }

    /// Lets one operation in `one_in` fail, none if that is 0.
    pub(in crate::storage) fn fail(&self, one_in: u32) {
        self.state().fail_one_in = one_in;
    }

    pub(in crate::storage) fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    /// Starts another program; what the system had in memory is still there.
    pub(in crate::storage) fn restart(&self) {
        let mut state = self.state();
        (state.fuse, state.stopped) = (None, false);
    }

    /// The power fails, and comes back.
    pub(in crate::storage) fn lose_power(&self) {
        let mut state = self.state();
        let State { files, names, random, .. } = &mut *state;
        for file in files {
            file.lose(random);
        }
        for name in names.values_mut() {
            let left = *pick(random, name);
            *name = vec![left];
        }
        (state.fuse, state.stopped) = (None, false);
    }

    /// The contents of a file.
    pub(in crate::storage) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.files[state.file(path)?].cached.clone())
    }

    pub(in crate::storage) fn names(&self) -> Vec<PathBuf> {
        let state = self.state();
        state.names.keys().filter(|name| state.file(name).is_some()).cloned().collect()
    }
}

fn pick<'a, T>(random: &mut Ids, from: &'a [T]) -> &'a T {
    &from[random.next().first_word() as usize % from.len()]
}

fn failed(code: i32) -> io::Error {
    io::Error::from_raw_os_error(code)
}

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

impl State {
    fn random(&mut self, below: u32) -> u32 {
        self.random.next().first_word() % below
    }

    fn file(&self, path: &Path) -> Option<usize> {
        self.names.get(path).and_then(|name| *name.last().unwrap())
    }

    fn set_name(&mut self, path: &Path, file: Option<usize>) {
        self.names.entry(path.to_owned()).or_insert_with(|| vec![None]).push(file);
    }

    /// Whether the next operation is carried out; if not, it may be carried out in part.
    fn begin(&mut self) -> Result<(), io::Error> {
        if self.stopped {
            return Err(failed(EIO));
        }
        match &mut self.fuse {
            Some(0) => {
                self.stopped = true;
                return Err(failed(EIO));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        if self.fail_one_in > 0 && self.random(self.fail_one_in) == 0 {
            return Err(failed(ENOSPC));
        }
        Ok(())
    }
}

impl Inode {
    fn sector(bytes: &[u8], number: usize) -> Sector {
        let mut sector = [0; SECTOR_BYTES];
        let from = bytes.get(number * SECTOR_BYTES..).unwrap_or_default();
        sector.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        sector
    }

    /// Changes what programs see between two offsets, and how long the file is.
    fn change(&mut self, from: usize, to: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let before = self.cached.len();
        change(&mut self.cached);
        if self.cached.len() != before {
            self.unsynced_sizes.push(self.cached.len());
        }
        for number in from / SECTOR_BYTES..to.div_ceil(SECTOR_BYTES) {
            let sector = Inode::sector(&self.cached, number);
            self.unsynced.entry(number).or_default().push(sector);
        }
    }

    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        self.change(offset, end, |cached| {
            cached.resize(cached.len().max(end), 0);
            cached[offset..end].copy_from_slice(bytes);
        });
    }

    fn store(&mut self, number: usize, sector: &Sector) {
        let (start, end) = (number * SECTOR_BYTES, (number + 1) * SECTOR_BYTES);
        if self.stored.len() < end {
            self.stored.resize(end, 0);
        }
        self.stored[start..end].copy_from_slice(sector);
    }

    fn sync(&mut self) {
        for (number, versions) in std::mem::take(&mut self.unsynced) {
            self.store(number, versions.last().unwrap());
        }
        self.unsynced_sizes.clear();
        self.stored_size = self.cached.len();
    }

    /// Some of what is to be written does not reach the disk, and the system forgets about it; but
    /// not about the size, which it keeps elsewhere.
    fn sync_in_part(&mut self, random: &mut Ids) {
        for (number, versions) in std::mem::take(&mut self.unsynced) {
            if *pick(random, &[true, false]) {
                self.store(number, versions.last().unwrap());
            }
        }
    }

    fn lose(&mut self, random: &mut Ids) {
        let mut sizes = std::mem::take(&mut self.unsynced_sizes);
        sizes.push(self.stored_size);
        self.stored_size = *pick(random, &sizes);
        for (number, versions) in std::mem::take(&mut self.unsynced) {
            let mut all = vec![Inode::sector(&self.stored, number)];
            all.extend(versions);
            let newer = random.next().first_word() as usize % all.len();
            let mut sector = all[newer];
            // a few are torn: begun, not ended
            if newer > 0 && random.next().first_word().is_multiple_of(16) {
                let end = random.next().first_word() as usize % SECTOR_BYTES;
                sector[end..].copy_from_slice(&all[newer - 1][end..]);
            }
            self.store(number, &sector);
        }
        self.stored.resize(self.stored_size, 0);
        self.cached.clone_from(&self.stored);
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        let there = state.file(path);
        let file = match (access, there) {
            (Access::Create, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Access::Create, None) => {
                state.begin()?;
                state.files.push(Inode::default());
                let file = state.files.len() - 1;
                state.set_name(path, Some(file));
                file
            }
            (_, None) => return Err(io::ErrorKind::NotFound.into()),
            (_, Some(file)) => file,
        };
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        let file = state.file(from).ok_or(io::ErrorKind::NotFound)?;
        state.set_name(to, Some(file));
        state.set_name(from, None);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.file(path).ok_or(io::ErrorKind::NotFound)?;
        state.begin()?;
        state.set_name(path, None);
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.begin()?;
        for name in state.names.values_mut() {
            name.drain(..name.len() - 1);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl SimFile {
    fn begin(&self) -> (MutexGuard<'_, State>, io::Result<()>) {
        let mut state = self.disk.state();
        let begun = state.begin();
        (state, begun)
    }
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.state().files[self.file].cached.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let from = state.files[self.file].cached.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let read = from.len().min(buffer.len());
        buffer[..read].copy_from_slice(&from[..read]);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let was_stopped = self.disk.is_stopped();
        let (mut state, begun) = self.begin();
        let written = match begun {
            Ok(()) => bytes.len(),
            Err(_) if was_stopped => 0,
            Err(_) => state.random(u32::try_from(bytes.len()).unwrap() + 1) as usize,
        };
        state.files[self.file].write(&bytes[..written], usize::try_from(offset).unwrap());
        begun
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let (mut state, begun) = self.begin();
        begun?;
        let size = usize::try_from(size).unwrap();
        let file = &mut state.files[self.file];
        let end = file.cached.len();
        file.change(size, end, |cached| cached.resize(size, 0));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let (mut state, begun) = self.begin();
        let State { files, random, stopped, .. } = &mut *state;
        let file = &mut files[self.file];
        match begun {
            Ok(()) => file.sync(),
            Err(_) if *stopped => {}
            Err(_) => file.sync_in_part(random),
        }
        begun
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync()
    }

    fn owner(&self) -> io::Result<Owner> {
        Ok(Owner::default())
    }

    fn set_owner(&self, _: Owner) -> io::Result<()> {
        Ok(())
    }
}
