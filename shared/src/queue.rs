//! Messages to our own functions: work that a call could not finish, and one message per tenant whose orders are due.

use std::fmt;
use std::sync::Arc;

use aws_sdk_sqs::Client;
use serde::{Deserialize, Serialize};

use crate::aws::failure;
use crate::domain::TenantId;
use crate::error::Error;

/// What `dispatch-due` sends to `work-due`: process this tenant's due orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Nudge {
    /// The tenant.
    pub tenant: TenantId,
}

/// A queue that a function sends to.
#[derive(Clone)]
pub enum Queue {
    /// SQS.
    Sqs {
        /// The client.
        client: Client,
        /// The queue's URL.
        url: String,
    },
    /// An in-process queue, for the local stack.
    InProcess(Arc<dyn Fn(String) + Send + Sync>),
}

impl Queue {
    /// Sends a message.
    pub async fn send(&self, body: String) -> Result<(), Error> {
        self.send_as(None, body).await
    }

    /// Sends a tenant's message. The messages of one tenant form a group, so that a busy tenant does not starve the others.
    pub async fn nudge(&self, nudge: &Nudge) -> Result<(), Error> {
        // A tenant id can always be serialized.
        let body = serde_json::to_string(nudge).unwrap_or_default();
        self.send_as(Some(nudge.tenant.to_string()), body).await
    }

    async fn send_as(&self, group: Option<String>, body: String) -> Result<(), Error> {
        match self {
            Self::Sqs { client, url } => {
                let message = client.send_message().queue_url(url).message_body(body);
                let sent = message.set_message_group_id(group).send().await;
                sent.map(|_| ()).map_err(|error| failure("sending a message", &error))
            }
            Self::InProcess(send) => {
                send(body);
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqs { .. } => "Sqs",
            Self::InProcess(_) => "InProcess",
        })
    }
}
