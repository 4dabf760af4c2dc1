//! The keys of kit blocks.

use std::fmt;

use serde::{Deserialize, Serialize};

pub(super) const BASE: u64 = 36;

/// The key of a block of up to 1,000 kit numbers: what they share, the characters before their last digits.
///
/// The lowest two bits are the number of last digits. The bits above them are the characters, in base 36 with digits from 1
/// to 36.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BlockKey(pub(super) u128);

impl BlockKey {
    pub(super) fn new(prefix: u128, digits: usize) -> Self {
        Self(prefix << 2 | digits as u128)
    }

    pub(super) fn prefix(self) -> u128 {
        self.0 >> 2
    }

    pub(super) fn digits(self) -> usize {
        (self.0 & 3) as usize
    }
}

/// The block's part of its key in the table.
impl fmt::Display for BlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_packed(self.prefix(), f)?;
        write!(f, "#{}", self.digits())
    }
}

impl From<BlockKey> for String {
    fn from(key: BlockKey) -> Self {
        key.to_string()
    }
}

/// Most of a kit number, which is kept out of logs.
impl fmt::Debug for BlockKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Writes packed characters.
pub(super) fn write_packed(mut packed: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let base = u128::from(BASE);
    let mut text = [0; 20];
    let mut start = text.len();
    // The digits run from 1 to 36: a number that 36 divides ends in the digit 36.
    while packed > 0 && start > 0 {
        let digit = u8::try_from((packed - 1) % base).unwrap_or_default();
        packed = (packed - 1) / base;
        start -= 1;
        text[start] = if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
    }
    f.write_str(std::str::from_utf8(&text[start..]).unwrap_or_default())
}
