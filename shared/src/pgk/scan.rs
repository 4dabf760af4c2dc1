//! Checks many bytes at once. The loops have no early exit and no branch, so that the compiler can vectorize them.

use std::ops::Range;

use super::guard::RUN_MAX;

/// The number of bytes that are checked together.
pub(super) const STEP: usize = 32;

/// Whether a byte is out of its range.
pub(super) fn has_other(bytes: &[u8; STEP], lowest: &[u8; STEP], span: &[u8; STEP]) -> bool {
    let mut found = 0;
    for place in 0..STEP {
        found |= bytes[place].wrapping_sub(lowest[place]).saturating_sub(span[place]);
    }
    found != 0
}

/// Returns a positive number if the byte is one of `count` bytes from `lowest` on.
fn within(byte: u8, lowest: u8, count: u8) -> u8 {
    count.saturating_sub(byte.wrapping_sub(lowest))
}

/// Whether a byte is between the digits and the letters, which a kit number must not contain.
pub(super) fn has_kit_gap(bytes: &[u8; STEP]) -> bool {
    bytes.iter().fold(0, |found, byte| found | within(*byte, b':', 7)) != 0
}

/// Whether a byte in the range of a token's bytes is not allowed in it.
pub(super) fn has_token_gap(bytes: &[u8; STEP]) -> bool {
    let gaps = |byte| within(byte, b'.', 2) | within(byte, b':', 7) | within(byte, b'[', 4) | within(byte, b'`', 1);
    bytes.iter().fold(0, |found, byte| found | gaps(*byte)) != 0
}

/// Whether every byte of a group of four is a digit, a dash or an underscore. Twelve such bytes in a row hold a whole
/// group.
pub(super) fn has_four_digits(bytes: &[u8; STEP]) -> bool {
    let mut found = 0;
    for four in bytes.as_chunks::<4>().0 {
        let word = u32::from_le_bytes(*four);
        let other = (word ^ 0x3030_3030).wrapping_add(0x7676_7676)
            & (word ^ 0x2D2D_2D2D).wrapping_add(0x7F7F_7F7F)
            & (word ^ 0x5F5F_5F5F).wrapping_add(0x7F7F_7F7F);
        found |= u32::from(other & 0x8080_8080 == 0);
    }
    found != 0
}

/// Whether a check is true for one of the steps over these places. The last step may reach past them.
pub(super) fn any_step(bytes: &[u8], places: &Range<usize>, is_found: impl Fn(&[u8; STEP]) -> bool) -> bool {
    let end = places.start + places.len().next_multiple_of(STEP);
    bytes.get(places.start..end).is_none_or(|bytes| bytes.as_chunks().0.iter().any(is_found))
}

/// Whether a field of at most 64 bytes has enough digits, dashes and underscores in a row for a card number.
pub(super) fn has_run(field: &[u8]) -> bool {
    // One bit per byte. The last eight bytes may overlap with the word before, and set the same bits again.
    let (words, rest) = field.as_chunks::<8>();
    let mut run = words.iter().enumerate().fold(0, |bits, (word, bytes)| bits | digits(*bytes) << (8 * word));
    if let (false, Some(last)) = (rest.is_empty(), field.last_chunk()) {
        run |= digits(*last) << (field.len() - 8);
    }
    // After these steps a bit that is still set ends a run of 2, of 4, of 8 and at last of 12.
    run &= run << 1;
    run &= run << 2;
    (run & run << 4) & run << 8 != 0
}

/// The same for a kit number. It has at most 20 bytes, so a run of 12 covers both the twelfth byte and the twelfth last.
pub(super) fn kit_has_run(kit: &[u8]) -> bool {
    let is_digit = |place: Option<usize>| place.and_then(|place| kit.get(place)).is_some_and(u8::is_ascii_digit);
    is_digit(Some(RUN_MAX - 1)) && is_digit(kit.len().checked_sub(RUN_MAX)) && has_run(kit)
}

/// Returns a bit for each byte that is a digit, a dash or an underscore.
fn digits(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    // Bit 7 of each byte is set if it is not a digit, and not a dash, and not an underscore.
    let other = (word ^ 0x3030_3030_3030_3030).wrapping_add(0x7676_7676_7676_7676)
        & (word ^ 0x2D2D_2D2D_2D2D_2D2D).wrapping_add(0x7F7F_7F7F_7F7F_7F7F)
        & (word ^ 0x5F5F_5F5F_5F5F_5F5F).wrapping_add(0x7F7F_7F7F_7F7F_7F7F);
    // The multiplication collects these bits in the highest byte.
    ((!other & 0x8080_8080_8080_8080) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Returns the number that at most eight digits make; `None` if they end before the eighth byte of the line.
#[expect(clippy::cast_possible_truncation, reason = "eight digits fit")]
pub(super) fn number(line: &[u8], digits: &Range<usize>) -> Option<u32> {
    let text = line.get(digits.end.checked_sub(8)?..digits.end)?.first_chunk()?;
    let unused = 8 * 8_usize.checked_sub(digits.len())?;
    // Neighbouring digits become pairs, pairs become fours, and the fours become the number.
    let ones = u64::from_le_bytes(*text).wrapping_sub(0x3030_3030_3030_3030).checked_shr(unused as u32)? << unused;
    let pairs = (ones & 0x00FF_00FF_00FF_00FF) * 10 + ((ones >> 8) & 0x00FF_00FF_00FF_00FF);
    let fours = (pairs & 0x0000_FFFF_0000_FFFF) * 100 + ((pairs >> 16) & 0x0000_FFFF_0000_FFFF);
    Some(((fours & 0xFFFF_FFFF) * 10_000 + (fours >> 32)) as u32)
}
