//! Where do random choices come from?

/// Makes choices; whoever gives the same answers gets the same list of requests.
pub(crate) trait Source {
    /// A number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize;

    /// Whether something happens that does so once in `n` times.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
pub(crate) struct Seeded(pub(crate) u64);

impl Source for Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ z >> 31) % n as u64).unwrap()
    }
}
