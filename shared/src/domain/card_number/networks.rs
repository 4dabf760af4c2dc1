//! The card networks: the first digits of their card numbers, and the lengths.

/// Whether a network has card numbers of this many digits that begin with these four.
pub(super) fn allow(first: u32, digits: usize) -> bool {
    match first {
        // Visa
        4000..=4999 => matches!(digits, 13 | 16 | 19),
        // American Express
        3400..=3499 | 3700..=3799 => digits == 15,
        // Diners Club
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&digits),
        // JCB; Discover and RuPay; UnionPay and RuPay
        3528..=3589 | 6011 | 6440..=6599 | 6200..=6299 | 8100..=8199
        // Maestro, Verve and RuPay; Mir
        | 5000..=5099 | 5600..=5899 | 6300..=6399 | 6700..=6999 | 2200..=2204 => (16..=19).contains(&digits),
        // Mastercard; RuPay
        2221..=2720 | 5100..=5599 | 6000..=6099 | 8200..=8299 => digits == 16,
        // Troy, NAPAS, mada, and those of Uzbekistan
        9792 | 9704 | 9682 | 8600 | 9860 => matches!(digits, 16 | 19),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digits_say_how_long_a_card_number_is() {
        for (first, want) in [
            (&[4000, 4999][..], &[13, 16, 19][..]),
            (&[3400, 3499, 3700, 3799], &[15]),
            (&[3000, 3059, 3095, 3600, 3699, 3800, 3999], &[14, 15, 16, 17, 18, 19]),
            (&[2221, 2720, 5100, 5599, 6000, 6010, 6012, 6099, 8200, 8299], &[16]),
            (&[2200, 2204, 3528, 3589, 5000, 5080, 5089, 5099, 5600, 5899], &[16, 17, 18, 19]),
            (&[6011, 6200, 6299, 6300, 6399, 6440, 6499, 6500, 6599, 6700, 6999, 8100, 8199], &[16, 17, 18, 19]),
            (&[9792, 9704, 9682, 8600, 9860], &[16, 19]),
            (&[0, 1763, 2026, 2205, 2220, 2721, 3060, 3094, 3096, 3100, 3500, 3527, 3590, 3300], &[]),
            (&[5900, 6100, 6439, 6600, 7000, 7999, 8000, 8300, 8601, 9000, 9681, 9705, 9793, 9999], &[]),
        ] {
            for first in first {
                let allowed: Vec<usize> = (1..=25).filter(|digits| allow(*first, *digits)).collect();
                assert_eq!(allowed, want, "{first}");
            }
        }
    }
}
