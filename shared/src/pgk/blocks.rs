//! The kits of a file by block.

use super::block_key::BlockKey;
use super::kit::KitNo;
use super::slots::Slots;

/// The kits of a file, in the order of their blocks.
#[derive(Debug)]
pub struct Blocks(Vec<KitNo>);

impl From<Vec<KitNo>> for Blocks {
    fn from(mut kits: Vec<KitNo>) -> Self {
        kits.sort_unstable();
        Self(kits)
    }
}

impl Blocks {
    /// Returns the blocks after a key, or all of them, each with the slots of its kits.
    pub fn after(&self, key: Option<BlockKey>) -> impl Iterator<Item = (BlockKey, Slots)> {
        let start = key.map_or(0, |key| self.0.partition_point(|kit| kit.block() <= key));
        let blocks = self.0[start..].chunk_by(|one, other| one.block() == other.block());
        blocks.map(|kits| (kits[0].block(), kits.iter().map(|kit| kit.slot()).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn kit(text: &str) -> KitNo {
        KitNo::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn blocks_come_in_the_order_of_their_keys_and_from_any_of_them_on() {
        let blocks = Blocks::from((0..2_500).rev().map(|number| kit(&format!("K{number:07}"))).collect::<Vec<_>>());
        let kits = blocks.after(None).flat_map(|(key, slots)| key.kits(slots)).map(|kit| kit.to_string());
        assert!(kits.eq((0..2_500).map(|number| format!("K{number:07}"))));
        let keys: Vec<BlockKey> = blocks.after(None).map(|(key, _)| key).collect();
        assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), ["K0000#3", "K0001#3", "K0002#3"]);
        assert_eq!(blocks.after(Some(keys[1])).map(|(key, _)| key).collect::<Vec<_>>(), keys[2..]);
        assert_eq!(blocks.after(Some(kit("K9").block())).count(), 3, "a key that is not there, before them");
        assert_eq!(blocks.after(Some(kit("L0009000").block())).count(), 0);
    }

    proptest! {
        #[test]
        fn what_is_in_the_blocks_is_what_was_put_in(numbers in proptest::collection::vec("[0-9A]{1,5}", 0..900)) {
            let blocks = Blocks::from(numbers.iter().map(|number| kit(number)).collect::<Vec<_>>());
            let found: Vec<String> = blocks.after(None).flat_map(|(key, slots)| key.kits(slots)).map(|kit| kit.to_string()).collect();
            let want: BTreeSet<String> = numbers.into_iter().collect();
            prop_assert_eq!(found.len(), want.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), want);
        }
    }
}
