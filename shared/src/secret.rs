//! Secrets that are read when they are needed and kept for five minutes, so that one can be rotated without a deployment.

use std::fmt;
use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::aws::failure;
use crate::clock::Clock;
use crate::domain::Sensitive;
use crate::error::Error;

const READING: &str = "reading a secret";
/// How long a value is used before it is read again.
const AGE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How soon a secret that could not be read, or was refused, is read again.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// A secret.
pub struct Secret {
    source: SecretSource,
    clock: Clock,
    kept: Mutex<Option<Kept>>,
}

/// The value of a secret. Two reads of an unchanged secret are equal.
pub type SecretValue = Arc<Sensitive<String>>;

enum SecretSource {
    /// A value that never changes, for the local stack and for tests.
    Fixed(SecretValue),
    SecretsManager {
        client: Client,
        id: String,
    },
}

struct Kept {
    value: SecretValue,
    /// When it is read again.
    next_read_at: Timestamp,
    read_at: Timestamp,
}

impl Secret {
    /// A secret that never changes.
    #[must_use]
    pub fn fixed(value: String) -> Self {
        Self {
            source: SecretSource::Fixed(Arc::new(Sensitive::new(value))),
            clock: Clock::system(),
            kept: Mutex::default(),
        }
    }

    /// A secret of Secrets Manager, by its name or ARN.
    #[must_use]
    pub fn managed(client: Client, id: String, clock: Clock) -> Self {
        Self { source: SecretSource::SecretsManager { client, id }, clock, kept: Mutex::default() }
    }

    /// Returns its value, which is at most five minutes old. If it cannot be read again, the last value stays in use.
    pub async fn value(&self) -> Result<SecretValue, Error> {
        self.value_read_after(|kept, now| now < kept.next_read_at).await
    }

    /// Returns its value after the last one was refused: it is read again, unless that was done just now.
    pub async fn value_after_refusal(&self) -> Result<SecretValue, Error> {
        self.value_read_after(|kept, now| now < kept.read_at + PAUSE).await
    }

    async fn value_read_after(&self, is_fresh: impl Fn(&Kept, Timestamp) -> bool) -> Result<SecretValue, Error> {
        let (client, id) = match &self.source {
            SecretSource::Fixed(value) => return Ok(Arc::clone(value)),
            SecretSource::SecretsManager { client, id } => (client, id),
        };
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| is_fresh(kept, now)) {
            return Ok(Arc::clone(&kept.value));
        }
        match (read(client, id).await, kept.as_mut()) {
            (Ok(read), last) => {
                let value = match last {
                    Some(last) if *last.value == read => Arc::clone(&last.value),
                    _ => Arc::new(read),
                };
                *kept = Some(Kept { value: Arc::clone(&value), next_read_at: now + AGE_MAX, read_at: now });
                Ok(value)
            }
            (Err(error), Some(last)) => {
                let cause = std::error::Error::source(&error).map(crate::error::chain);
                tracing::error!(%error, cause, "a secret could not be read; its last value stays in use");
                last.next_read_at = now + PAUSE;
                last.read_at = now;
                Ok(Arc::clone(&last.value))
            }
            (Err(error), None) => Err(error),
        }
    }
}

async fn read(client: &Client, id: &str) -> Result<Sensitive<String>, Error> {
    let output = client.get_secret_value().secret_id(id).send().await.map_err(|error| failure(READING, &error))?;
    output
        .secret_string
        .map(Sensitive::new)
        .ok_or(Error::Internal { doing: READING, source: "it is not a text".into() })
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
