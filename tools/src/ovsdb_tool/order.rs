//! In which order does Open vSwitch go through the members of a JSON object? It keeps them in a hash table, and prints them as they lie there.

/// The places of these keys, in that order. Of keys that are equal only the last counts, at the place of the first.
pub(super) fn order(keys: &[&str]) -> Vec<usize> {
    let mut table = Table { mask: 0, chains: vec![Vec::new()], count: 0 };
    for (i, key) in keys.iter().enumerate() {
        let hash = hash(key.as_bytes());
        match table.find(hash, key, keys) {
            Some(place) => *place = i,
            None => table.insert(hash, i),
        }
    }
    table.chains.into_iter().flat_map(|chain| chain.into_iter().rev()).map(|(_, i)| i).collect()
}

/// Chains of nodes, the newest at the end.
struct Table {
    mask: u32,
    chains: Vec<Vec<(u32, usize)>>,
    count: u32,
}

impl Table {
    fn chain(&mut self, hash: u32) -> Option<&mut Vec<(u32, usize)>> {
        self.chains.get_mut(usize::try_from(hash & self.mask).ok()?)
    }

    fn find(&mut self, hash: u32, key: &str, keys: &[&str]) -> Option<&mut usize> {
        let same = |node: &&mut (u32, usize)| node.0 == hash && keys.get(node.1) == Some(&key);
        self.chain(hash)?.iter_mut().find(same).map(|node| &mut node.1)
    }

    fn insert(&mut self, hash: u32, i: usize) {
        if let Some(chain) = self.chain(hash) {
            chain.push((hash, i));
        }
        self.count += 1;
        if self.count / 2 > self.mask {
            self.grow();
        }
    }

    /// Every second bucket would hold two nodes: twice as many are made, and the nodes moved in the order in which they are gone through.
    fn grow(&mut self) {
        let mut mask = self.count / 2;
        for shift in [1, 2, 4, 8, 16] {
            mask |= mask >> shift;
        }
        mask |= (mask & 1) << 1;
        self.mask = mask;
        let buckets = usize::try_from(mask).unwrap_or(0) + 1;
        let old = std::mem::replace(&mut self.chains, vec![Vec::new(); buckets]);
        for node in old.into_iter().flat_map(|chain| chain.into_iter().rev()) {
            if let Some(chain) = self.chain(node.0) {
                chain.push(node);
            }
        }
    }
}

/// MurmurHash3 of 32 bits, with seed 0, over words of four bytes, the last of which is filled up with zeros.
fn hash(bytes: &[u8]) -> u32 {
    let mut hash = 0u32;
    for word in bytes.chunks(4) {
        let mut four = [0; 4];
        four.iter_mut().zip(word).for_each(|(to, from)| *to = *from);
        let word =
            u32::from_le_bytes(four).wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
        hash = (hash ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}
