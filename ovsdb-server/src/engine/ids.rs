//! Where new UUIDs come from: a generator that is seeded once, so that a test can repeat a run.

use ovsdb_proto::value::Uuid;

/// Makes UUIDs of version 4. Unpredictable only as far as its seed is; an OVSDB server's UUIDs are names, not secrets.
#[derive(Clone, Debug)]
pub struct Ids {
    state: u64,
    key: u64,
}

impl Ids {
    /// A generator that makes the same UUIDs for the same seed.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the seed")]
    pub const fn new(seed: u128) -> Ids {
        Ids { state: seed as u64, key: (seed >> 64) as u64 }
    }

    /// The next UUID.
    pub const fn next(&mut self) -> Uuid {
        let bits = (self.word() as u128) << 64 | self.word() as u128;
        Uuid::from_random(bits)
    }

    // SplitMix64: a counter with a good finish, which has no bad seeds. The key keeps the upper half of the seed from being lost.
    const fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state ^ self.key;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn uuids_differ_and_repeat_with_the_seed() {
        let take = |seed| {
            let mut ids = Ids::new(seed);
            (0..1000).map(|_| ids.next()).collect::<Vec<_>>()
        };
        assert_eq!(take(7), take(7));
        let all: HashSet<Uuid> = [0, 1, 1 << 64, u128::MAX].into_iter().flat_map(take).collect();
        assert_eq!(all.len(), 4000);
        assert!(all.iter().all(|id| id.to_string().as_bytes()[14] == b'4'));
    }
}
