//! Limits the requests of each tenant, as a usage plan of API Gateway would: a token bucket per tenant.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use shared::domain::TenantId;

/// How many requests a tenant may make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// In a second, on average.
    pub per_second: f64,
    /// At once.
    pub burst: u32,
}

/// The buckets of all tenants. Calls that name no tenant share one.
#[derive(Debug)]
pub(crate) struct Throttle {
    rate: Rate,
    buckets: Mutex<HashMap<Option<TenantId>, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Throttle {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Whether the tenant may make a request now, which takes a token.
    pub(crate) fn admits(&self, tenant: Option<TenantId>, now: Instant) -> bool {
        let Rate { per_second, burst } = self.rate;
        let burst = f64::from(burst);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(tenant).or_insert(Bucket { tokens: burst, filled_at: now });
        let seconds = now.saturating_duration_since(bucket.filled_at).as_secs_f64();
        bucket.tokens = (bucket.tokens + seconds * per_second).min(burst);
        bucket.filled_at = now;
        let is_admitted = bucket.tokens >= 1.0;
        if is_admitted {
            bucket.tokens -= 1.0;
        }
        is_admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_tenant_has_a_burst_at_once_and_then_its_rate_and_no_other_tenants() {
        let tenant = |id| Some(TenantId::parse(id).unwrap());
        let throttle = Throttle::new(Rate { per_second: 2.0, burst: 3 });
        let start = Instant::now();
        for (tenant, after_ms, want) in [
            (tenant("ACME_BANK"), 0, true),
            (tenant("ACME_BANK"), 0, true),
            (tenant("ACME_BANK"), 0, true),
            (tenant("ACME_BANK"), 0, false),
            (tenant("GLOBEX"), 0, true),
            (None, 0, true),
            (tenant("ACME_BANK"), 400, false),
            (tenant("ACME_BANK"), 600, true),
            (tenant("ACME_BANK"), 600, false),
            // It saves no more than the burst.
            (tenant("ACME_BANK"), 60_000, true),
            (tenant("ACME_BANK"), 60_000, true),
            (tenant("ACME_BANK"), 60_000, true),
            (tenant("ACME_BANK"), 60_000, false),
        ] {
            let case = format!("{tenant:?} after {after_ms} ms");
            assert_eq!(throttle.admits(tenant, start + Duration::from_millis(after_ms)), want, "{case}");
        }
    }
}
