//! Order ids and idempotency keys.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::TenantId;
use super::text::{is_made_of, is_word_char, text_type};

text_type! {
    /// An order's id: chosen by the caller, or generated. It is unique within a tenant and serves as the idempotency key.
    OrderId, "must be a string of 1 to 64 letters, digits, '_' or '-' that starts with a letter or digit",
    |text| is_made_of(text, 64, is_word_char) && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// The namespace of the ids that are derived from an idempotency key.
const IDEMPOTENCY_KEYS: Uuid = Uuid::from_u128(0x6f0d_3c1e_95a4_4b0f_8a57_2d1c_7e90_b3a6);

impl OrderId {
    /// Generates an id that sorts by time (`UUIDv7`).
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// Derives the id of a tenant's idempotency key; it is always the same (`UUIDv5`).
    #[must_use]
    pub fn derive(tenant: &TenantId, key: &IdempotencyKey) -> Self {
        let name = format!("{tenant}#{}", key.as_str());
        Self(Uuid::new_v5(&IDEMPOTENCY_KEYS, name.as_bytes()).to_string())
    }

    /// Returns a number that is evenly distributed over the ids of a tenant.
    #[must_use]
    pub fn spread(&self) -> u32 {
        let digest = Sha256::digest(self.0.as_bytes());
        digest[..4].iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
    }
}

text_type! {
    /// The header `Idempotency-Key`.
    IdempotencyKey, "must be 1 to 255 printable ASCII characters",
    |text| is_made_of(text, 255, |c| c.is_ascii_graphic() || c == ' ') && !text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_is_a_word() {
        let (longest, longer) = ("1".repeat(64), "1".repeat(65));
        for (text, want) in [
            ("ORD-1", true),
            ("0", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("-1", false),
            ("_1", false),
            ("a b", false),
            ("a#b", false),
            ("a\n", false),
        ] {
            assert_eq!(OrderId::parse(text).is_ok(), want, "{text:?}");
        }
    }

    #[test]
    fn a_key_yields_the_same_id_for_one_tenant_only() {
        let key = IdempotencyKey::parse("retry-7").unwrap();
        let [acme, globex] = ["ACME_BANK", "GLOBEX"].map(|name| TenantId::parse(name).unwrap());
        assert_eq!(OrderId::derive(&acme, &key), OrderId::derive(&acme, &key));
        assert_ne!(OrderId::derive(&acme, &key), OrderId::derive(&globex, &key));
        assert_eq!(OrderId::derive(&acme, &key).as_str(), "fbe1a04f-cf58-5545-841b-d0a03c0d98f6");
    }

    #[test]
    fn generated_ids_are_order_ids() {
        for _ in 0..2_000 {
            let id = OrderId::generate();
            assert!(!crate::domain::card_number::is_in(id.as_str()), "{id}");
            assert_eq!(OrderId::parse(id.as_str()), Ok(id));
        }
    }
}
