//! Integers with a range.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Field, Json, RuleError};

/// Defines an integer type with a range.
macro_rules! range_type {
    ($(#[$doc:meta])* $name:ident, $range:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u32")]
        pub struct $name(u32);

        impl $name {
            /// The number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl Field for $name {
            const RULE: &'static str = $rule;

            fn read(json: &Json) -> Option<Self> {
                u32::try_from(json.integer()?).ok().and_then(|number| Self::try_from(number).ok())
            }
        }

        impl TryFrom<u32> for $name {
            type Error = RuleError;

            fn try_from(number: u32) -> Result<Self, RuleError> {
                if ($range).contains(&number) { Ok(Self(number)) } else { Err(RuleError(Self::RULE)) }
            }
        }
    };
}
pub(super) use range_type;

range_type! {
    /// The number of kits on one line of an order.
    Quantity, 1..=100_000, "must be an integer from 1 to 100000"
}

range_type! {
    /// The number of kits in an order.
    OrderQuantity, 1..=1_000_000, "must be an integer from 1 to 1000000"
}

range_type! {
    /// The number of days within which an order must be sent to the card management system.
    Validity, 1..=365, "must be an integer from 1 to 365"
}

range_type! {
    /// The minutes for which an order must have been RECEIVED.
    ThresholdMinutes, 0..=527_040, "must be an integer from 0 to 527040"
}

range_type! {
    /// The number of partitions over which a tenant's rows of an index are spread.
    Shards, 1..=64, "must be an integer from 1 to 64"
}

range_type! {
    /// The number of entries on a page.
    PageSize, 1..=100, "must be an integer from 1 to 100"
}

range_type! {
    /// The number of rows per group of what needs attention.
    GroupSize, 1..=50, "must be an integer from 1 to 50"
}

impl PageSize {
    /// That of a list, newest first, whose query does not say.
    pub const OF_LISTS: Self = Self(25);
}

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl Default for GroupSize {
    fn default() -> Self {
        Self(10)
    }
}

impl Quantity {
    /// The largest number allowed.
    pub const MAX: Self = Self(100_000);
}

impl OrderQuantity {
    /// The largest number allowed.
    pub const MAX: Self = Self(1_000_000);
}

impl Validity {
    /// Returns the duration.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.0))
    }
}

impl Default for Validity {
    fn default() -> Self {
        Self(30)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_whole_and_in_range() {
        for (body, want) in [
            ("1", true),
            ("100000", true),
            ("0", false),
            ("100001", false),
            ("-1", false),
            ("1.5", false),
            ("18446744073709551617", false),
            ("\"5\"", false),
            ("[5]", false),
        ] {
            let json = Json::parse(body.as_bytes()).unwrap();
            assert_eq!(Quantity::read(&json).is_some(), want, "{body}");
        }
    }
}
