use twclone_domain::Randomness;

/// A random number generator that is reproducible: the seed is printed, and is taken from `TWCLONE_TEST_SEED` if that
/// is set. (Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014.)
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new() -> Self {
        let fresh = || u64::from_le_bytes(Randomness::system().bytes().unwrap());
        let seed = std::env::var("TWCLONE_TEST_SEED").map_or_else(|_| fresh(), |seed| seed.parse().unwrap());
        eprintln!("TWCLONE_TEST_SEED={seed}");
        Self(seed)
    }

    /// Returns a number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
