//! Which bytes of a block are special: with SSE2 where there is SSE2, else eight bytes at a time in an ordinary integer.
//!
//! SSE2 is part of every x86-64, so nothing is tested at run time.

/// One bit per byte of a block of 64, the first byte lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Masks {
    /// `"`
    pub(super) quote: u64,
    /// `\`
    pub(super) backslash: u64,
    /// Those of [`Brackets`] that open.
    pub(super) open: u64,
    /// Those of [`Brackets`] that close.
    pub(super) close: u64,
}

/// Which brackets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brackets {
    /// `{` and `}`
    Curly,
    /// `[` and `]`
    Square,
    /// All four.
    Both,
}

impl Brackets {
    /// The bit to set in a byte before it is compared, and the bytes to compare with. Bit 0x20 is all that `[` and `{`, and `]` and
    /// `}`, differ in.
    #[inline(always)]
    const fn pattern(self) -> (u8, u8, u8) {
        match self {
            Brackets::Curly => (0, b'{', b'}'),
            Brackets::Square => (0, b'[', b']'),
            Brackets::Both => (0x20, b'{', b'}'),
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(super) use sse2::{masks, special};

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
pub(super) use portable::{masks, special};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use super::{Brackets, Masks};
    use safe_arch::{
        bitor_m128i, cmp_eq_mask_i8_m128i, load_unaligned_m128i, m128i, min_u8_m128i, move_mask_i8_m128i,
        set_splat_i8_m128i,
    };

    #[inline(always)]
    fn equal(bytes: m128i, byte: u8) -> m128i {
        cmp_eq_mask_i8_m128i(bytes, set_splat_i8_m128i(byte.cast_signed()))
    }

    #[inline(always)]
    fn bits(mask: m128i) -> u32 {
        move_mask_i8_m128i(mask).cast_unsigned()
    }

    #[inline(always)]
    pub(in crate::scan) fn masks(block: &[u8; 64], brackets: Brackets) -> Masks {
        let (fold, open, close) = brackets.pattern();
        let fold = set_splat_i8_m128i(fold.cast_signed());
        let (parts, _) = block.as_chunks::<16>();
        let mut masks = Masks { quote: 0, backslash: 0, open: 0, close: 0 };
        let mut backslashes = set_splat_i8_m128i(0);
        for (i, part) in parts.iter().enumerate() {
            let bytes = load_unaligned_m128i(part);
            let folded = bitor_m128i(bytes, fold);
            masks.quote |= u64::from(bits(equal(bytes, b'"'))) << (16 * i);
            masks.open |= u64::from(bits(equal(folded, open))) << (16 * i);
            masks.close |= u64::from(bits(equal(folded, close))) << (16 * i);
            backslashes = bitor_m128i(backslashes, equal(bytes, b'\\'));
        }
        // few blocks have any: one look at all of them
        if bits(backslashes) != 0 {
            for (i, part) in parts.iter().enumerate() {
                masks.backslash |= u64::from(bits(equal(load_unaligned_m128i(part), b'\\'))) << (16 * i);
            }
        }
        masks
    }

    /// One bit for each byte that is a quote, a backslash or a control character.
    #[inline(always)]
    pub(in crate::scan) fn special(chunk: &[u8; 32]) -> u32 {
        let half = |part: &[u8; 16]| {
            let bytes = load_unaligned_m128i(part);
            let control = cmp_eq_mask_i8_m128i(min_u8_m128i(bytes, set_splat_i8_m128i(0x1f)), bytes);
            bits(bitor_m128i(bitor_m128i(equal(bytes, b'"'), equal(bytes, b'\\')), control))
        };
        let (parts, _) = chunk.as_chunks::<16>();
        parts.iter().rev().fold(0, |bits, part| bits << 16 | half(part))
    }
}

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable {
    use super::{Brackets, Masks};

    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    /// The high bit of each byte that is zero.
    const fn zero(word: u64) -> u64 {
        // the sum carries into the high bit unless the low seven bits are zero, and never beyond it: exact for each byte
        !(((word & !HIGH) + !HIGH) | word) & HIGH
    }

    /// The high bit of each byte that equals `byte`.
    const fn equal(word: u64, byte: u8) -> u64 {
        zero(word ^ (ONES * byte as u64))
    }

    /// The high bits of the eight bytes, gathered in the lowest eight bits.
    const fn bits(high: u64) -> u64 {
        // each bit lands in the top byte at a place of its own
        (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }

    pub(in crate::scan) fn masks(block: &[u8; 64], brackets: Brackets) -> Masks {
        let (fold, open, close) = brackets.pattern();
        let mut masks = Masks { quote: 0, backslash: 0, open: 0, close: 0 };
        let (parts, _) = block.as_chunks::<8>();
        for (i, part) in parts.iter().enumerate() {
            let word = u64::from_le_bytes(*part);
            let folded = word | (ONES * u64::from(fold));
            masks.quote |= bits(equal(word, b'"')) << (8 * i);
            masks.backslash |= bits(equal(word, b'\\')) << (8 * i);
            masks.open |= bits(equal(folded, open)) << (8 * i);
            masks.close |= bits(equal(folded, close)) << (8 * i);
        }
        masks
    }

    /// One bit for each byte that is a quote, a backslash or a control character.
    pub(in crate::scan) fn special(chunk: &[u8; 32]) -> u32 {
        let (words, _) = chunk.as_chunks::<8>();
        let mut special = 0;
        for (i, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let high = equal(word, b'"') | equal(word, b'\\') | zero(word & 0xe0e0_e0e0_e0e0_e0e0);
            special |= bits(high) << (8 * i);
        }
        u32::try_from(special).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(block: [u8; 64]) {
        let find = |any: &[u8]| (0..64).filter(|&i| any.contains(&block[i])).map(|i| 1 << i).sum::<u64>();
        for (brackets, open, close) in
            [(Brackets::Curly, "{", "}"), (Brackets::Square, "[", "]"), (Brackets::Both, "[{", "]}")]
        {
            let expected = Masks {
                quote: find(b"\""),
                backslash: find(b"\\"),
                open: find(open.as_bytes()),
                close: find(close.as_bytes()),
            };
            assert_eq!(masks(&block, brackets), expected);
            assert_eq!(portable::masks(&block, brackets), expected);
        }
        let chunk = block.first_chunk::<32>().unwrap();
        let is_special = |b: u8| b == b'"' || b == b'\\' || b < 0x20;
        let expected = (0..32).filter(|&i| is_special(chunk[i])).map(|i| 1 << i).sum::<u32>();
        assert_eq!(special(chunk), expected);
        assert_eq!(portable::special(chunk), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn both_ways_agree_with_looking_at_each_byte(
            random in prop::collection::vec(any::<u8>(), 64),
            special in prop::collection::vec(prop::sample::select(&b"\"\\[]{};z|~\x1f\x20!\x80\xdb\xfb\xa2\xdc\x9f\x02\0a"[..]), 64),
        ) {
            check(random.try_into().unwrap());
            check(special.try_into().unwrap());
        }
    }
}
