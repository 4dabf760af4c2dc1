//! `processStartTime` in every zone of the bundled time-zone data.

use jiff::civil::date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ToSpan};
use shared::domain::ProcessStart;

#[test]
fn every_gap_and_fold_of_2025_to_2035_is_read_as_the_contract_says() {
    let (mut gaps, mut folds) = (0, 0);
    let (from, to) = (date(2025, 1, 1).at(0, 0, 0, 0), date(2035, 12, 31).at(0, 0, 0, 0));
    for name in jiff::tz::db().available() {
        let zone = TimeZone::get(name.as_str()).unwrap();
        let start = zone.to_timestamp(from).unwrap();
        let end = zone.to_timestamp(to).unwrap();
        for transition in zone.following(start).take_while(|transition| transition.timestamp() < end) {
            let at = transition.timestamp();
            // Civil times around the transition, as the clocks before and after it show them.
            for offset in [zone.to_offset(at - SignedDuration::from_secs(1)), zone.to_offset(at)] {
                for minutes in [-61_i64, -30, -1, 0, 1, 30, 61] {
                    let civil = offset.to_datetime(at).checked_add(minutes.minutes()).unwrap();
                    let read = ProcessStart::parse(&civil.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap();
                    let instant = read.instant(&zone).unwrap();
                    match zone.to_ambiguous_timestamp(civil).offset() {
                        AmbiguousOffset::Unambiguous { .. } => assert_eq!(zone.to_datetime(instant), civil, "{name:?}"),
                        AmbiguousOffset::Gap { .. } => {
                            gaps += 1;
                            assert_eq!(instant, at, "{name:?} {civil}: the next valid instant");
                        }
                        AmbiguousOffset::Fold { .. } => {
                            folds += 1;
                            assert_eq!(zone.to_datetime(instant), civil, "{name:?}");
                            assert!(instant < at, "{name:?} {civil}: the earlier of two");
                        }
                    }
                }
            }
        }
    }
    assert!(gaps > 1_000 && folds > 1_000, "{gaps} gaps, {folds} folds");
}
