//! Properties: a card number is found however it is written, and other numbers pass.

use proptest::prelude::*;
use proptest::sample::select;

use super::is_in;

/// Lengths of card numbers, and the lowest and highest first digits that have them.
type Network = (&'static [usize], &'static [(u64, u64)]);

#[rustfmt::skip]
const NETWORKS: [Network; 6] = [
    (&[13, 16, 19], &[(4, 4)]),
    (&[15], &[(34, 34), (37, 37)]),
    (&[14, 15, 16, 17, 18, 19], &[(36, 36), (38, 39), (300, 305), (3095, 3095)]),
    (&[16], &[(51, 55), (2221, 2720), (60, 60), (81, 82), (508, 508)]),
    (&[16, 17, 18, 19], &[
        (3528, 3589), (6011, 6011), (644, 649), (65, 65), (62, 62), (81, 81), (50, 50), (56, 58), (63, 63), (67, 67), (68, 68),
        (69, 69), (2200, 2204),
    ]),
    (&[16, 19], &[(9792, 9792), (9704, 9704), (9682, 9682), (8600, 8600), (9860, 9860)]),
];

/// Whether the digits of a number pass Luhn's check, computed in another way than in the guard.
fn passes_luhn(number: &str) -> bool {
    let values = number.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 =
        values.enumerate().map(|(place, value)| if place % 2 == 0 { value } else { value / 5 + value * 2 % 10 }).sum();
    sum.is_multiple_of(10)
}

/// Returns each range of first digits with its lengths.
fn ranges() -> Vec<(&'static [usize], (u64, u64))> {
    NETWORKS.iter().flat_map(|(lengths, ranges)| ranges.iter().map(|range| (*lengths, *range))).collect()
}

prop_compose! {
    fn card_number()(
        (lengths, (lowest, highest)) in select(ranges())
    )(
        first in lowest..=highest,
        length in select(lengths),
        rest in "[0-9]{19}",
    ) -> String {
        let number = format!("{first}{rest}")[..length - 1].to_owned();
        (0..10).map(|check| format!("{number}{check}")).find(|number| passes_luhn(number)).unwrap()
    }
}

/// Returns a number in groups of these sizes; the rest is the last group.
fn in_groups(number: &str, sizes: &[usize], separator: &str) -> String {
    let mut rest = number;
    let mut groups = Vec::new();
    for size in sizes.iter().filter(|size| **size > 0) {
        let (group, remaining) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = remaining;
    }
    groups.push(rest);
    groups.retain(|group| !group.is_empty());
    groups.join(separator)
}

/// Returns the sizes of the groups of a number of this length on a card, without the last group.
fn printed(digits: usize) -> &'static [usize] {
    match digits {
        13 => &[4, 3, 3],
        14 | 15 => &[4, 6],
        _ => &[4, 4, 4, 4],
    }
}

const BLANKS: &[&str] = &[" ", "  ", "-", " - ", "\u{a0}", "\u{2011}", "–", "\t", "\u{200b}", "\u{200c}", "\u{fe0f} "];
const OTHERS: &[&str] = &[".", "/", "_", ",", ":", "~", "|", ")(", " / ", ", ", "•", "\u{200d}·", "<>", "\\"];
const EXPIRIES: &[&str] =
    &["", " 12/27", "/12/27", " 12/27 123", "|12|2027|123", ".1227.", "-12-27", ", exp 12/27", "=27121010000"];

proptest! {
    #[test]
    fn a_number_is_found_in_every_printed_grouping(
        number in card_number(),
        separator in select([BLANKS, OTHERS].concat()),
        expiry in select(EXPIRIES),
        before in select(&["", "PAN", "Flat 12 ", "no. ", "(", "12/"][..]),
    ) {
        for number in [in_groups(&number, printed(number.len()), separator), number] {
            let text = format!("{before}{number}{expiry}");
            prop_assert!(is_in(&text), "{text:?}");
        }
    }

    #[test]
    fn a_number_is_found_in_groups_of_one_size_or_of_fours(
        number in card_number(),
        separator in select(BLANKS),
        size in 1_usize..=9,
        fours in proptest::collection::vec(1_usize..=3, 1..4),
    ) {
        // Two groups of different sizes, or 6-6-5, may be a postal code and a phone number.
        if number.len() > 2 * size && (number.len(), size) != (17, 6) {
            let text = in_groups(&number, &[size; 19], separator);
            prop_assert!(is_in(&text), "{text:?}");
        }
        let sizes: Vec<usize> = fours.iter().map(|four| four * 4).collect();
        let text = in_groups(&number, &sizes, separator);
        prop_assert!(is_in(&text), "{text:?}");
    }

    #[test]
    fn invisible_characters_hide_nothing(number in card_number(), places in any::<u32>(), hidden in select(&["\u{200c}", "\u{ad}", "\u{fe0f}\u{20e3}", "\u{e0041}\u{e007f}", "\u{2060}", "\u{301}"][..])) {
        let with_hidden = |(place, c): (usize, char)| format!("{c}{}", if places >> place & 1 == 1 { hidden } else { "" });
        let text: String = number.chars().enumerate().map(with_hidden).collect();
        prop_assert!(is_in(&text), "{text:?}");
    }

    #[test]
    fn a_number_is_found_in_the_digits_of_every_script(number in card_number(), zero in select(&['0', '٠', '०', '০', '௦', '０', '𝟎', '\u{1fbf0}'][..])) {
        let other = |c: char| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap();
        let text: String = number.chars().map(other).collect();
        prop_assert!(is_in(&text), "{text:?}");
    }

    #[test]
    fn a_number_that_fails_the_check_passes(number in card_number(), wrong in 1_u32..=9) {
        let (rest, check) = number.split_at(number.len() - 1);
        let check = (check.parse::<u32>().unwrap() + wrong) % 10;
        let text = format!("{rest}{check}");
        prop_assert!(!is_in(&text), "{text:?}");
    }

    #[test]
    fn any_text_can_be_checked_and_masked(text in any::<String>(), digits in "[0-9 .\u{200c}٤१ab-]{0,80}") {
        let _found = (is_in(&text), is_in(&digits));
        let (masked, count) = super::mask(&digits);
        prop_assert_eq!(count > 0, is_in(&digits));
        prop_assert!(!is_in(&masked), "{masked:?}");
    }

    #[test]
    fn times_in_ms_pass(times in proptest::collection::vec(1_000_000_000_000_u64..4_000_000_000_000, 1..4), separator in select([BLANKS, OTHERS].concat())) {
        let text = times.iter().map(u64::to_string).collect::<Vec<_>>().join(separator);
        prop_assert!(!is_in(&text), "{text:?}");
    }

    #[test]
    fn ulids_pass(ms in 1_400_000_000_000_u64..4_000_000_000_000, random in any::<u128>()) {
        let text = ulid::Ulid::from_parts(ms, random).to_string();
        prop_assert!(!is_in(&text), "{text:?}");
    }

    #[test]
    fn uuids_pass_whatever_surrounds_them(
        bits in any::<u128>(),
        digits in "[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}",
        before in "|[A-Za-z]{1,8}[ :_./-]{0,2}|12 |4111-",
        after in "|[ ,./_-]{1,2}[A-Za-z.]{0,8}|[g-z]{1,4}| 12",
    ) {
        for uuid in [uuid::Uuid::from_u128(bits).to_string(), uuid::Uuid::from_u128(bits).to_string().to_uppercase(), digits] {
            let text = format!("{before}{uuid}{after}");
            prop_assert!(!is_in(&text), "{text:?}");
        }
    }

    #[test]
    fn ibans_pass(
        (country, length) in select(&[("NO", 15), ("BE", 16), ("DK", 18), ("AT", 20), ("XK", 20), ("CH", 21), ("DE", 22), ("GB", 22), ("AE", 23), ("SA", 24), ("PT", 25), ("TR", 26), ("FR", 27), ("PL", 28), ("BR", 29), ("KW", 30), ("MT", 31), ("LC", 32), ("RU", 33)][..]),
        account in "[0-9]{29}|[A-Z]{4}[0-9]{25}",
        before in select(&["", "IBAN ", "IBAN:", "to "][..]),
        after in select(&["", ".", ", please", " (main)", " 12"][..]),
    ) {
        let account = &account[..length - 4];
        // Long division, digit by digit.
        let number: String = format!("{account}{country}00").chars().map(|c| c.to_digit(36).unwrap().to_string()).collect();
        let remainder = number.chars().fold(0, |rest, c| (rest * 10 + c.to_digit(10).unwrap()) % 97);
        let iban = format!("{country}{:02}{account}", 98 - remainder);
        for iban in [in_groups(&iban, &[4; 9], " "), iban] {
            let text = format!("{before}{iban}{after}");
            prop_assert!(!is_in(&text), "{text:?}");
        }
    }

    #[test]
    fn addresses_of_computers_pass(addresses in proptest::collection::vec(any::<[u8; 4]>(), 1..5), port in any::<u16>(), separator in select(&[" ", ", ", "/", "-", ":", ","][..])) {
        let addresses: Vec<String> = addresses.iter().map(|bytes| std::net::Ipv4Addr::from(*bytes).to_string()).collect();
        let text = format!("{}:{port}", addresses.join(separator));
        prop_assert!(!is_in(&text), "{text:?}");
    }

    #[test]
    fn dates_and_times_pass(seconds in 0_i64..4_102_444_800, nanos in 0_i32..1_000_000_000, span in 0_i64..100_000_000, separator in select(&["/", " ", " - ", "..", ", "][..])) {
        let times = [seconds, seconds + span].map(|second| jiff::Timestamp::new(second, nanos).unwrap());
        for format in ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%d %H:%M:%S", "%Y%m%dT%H%M%SZ", "%Y-W%V-%u", "%Y-%j", "%Y-%m-%dT%H:%M:%S.%6f+00:00"] {
            let text = times.map(|time| time.strftime(format).to_string()).join(separator);
            prop_assert!(!is_in(&text), "{text:?}");
        }
    }

    #[test]
    fn indian_mobile_numbers_pass_with_and_without_a_pin_code(
        number in "[6-9][0-9]{9}",
        pin in "[1-8][0-9]{5}",
        prefix in select(&["", "+91 ", "+91-", "+91", "0", "0 ", "91 ", "0091 ", "Mob: ", "(+91) "][..]),
        separator in select(&[" ", ", ", "-", " - ", "~", "/", " / ", ". ", "; ", "\n", ") "][..]),
    ) {
        let phones = [&[10][..], &[5], &[3, 3], &[4, 3]].map(|sizes| format!("{prefix}{}", in_groups(&number, sizes, " ")));
        for phone in phones {
            for pin in [pin.clone(), in_groups(&pin, &[3], " ")] {
                for text in [
                    phone.clone(),
                    format!("{phone}{separator}{pin}"),
                    format!("{pin}{separator}{phone}"),
                    format!("12 High Street{separator}Chennai {pin}{separator}{phone}"),
                ] {
                    prop_assert!(!is_in(&text), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn few_random_numbers_are_taken_for_card_numbers() {
    const NUMBERS: u32 = 50_000;
    let mut random: u128 = 1;
    for length in 9..=19 {
        let mut found = 0_u32;
        for _ in 0..NUMBERS {
            random = random.wrapping_mul(0xDA94_2042_E4DD_58B5).wrapping_add(0x9E37_79B9_7F4A_7C15);
            let number = format!("{:019}", (random >> 64) % 10_u128.pow(19))[19 - length..].to_owned();
            if is_in(&number) {
                found += 1;
                assert!(length != 13 || number.starts_with('4'), "{number}");
            }
        }
        let share = f64::from(found) / f64::from(NUMBERS) * 100.0;
        println!("{length} digits: {share:.2} % of random numbers");
        let most = match length {
            ..13 => 0.0,
            13 | 15 => 1.2,
            _ => 4.5,
        };
        assert!(share <= most, "{length} digits: {share:.2} %");
    }
}
