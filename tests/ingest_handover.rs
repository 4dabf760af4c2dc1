//! Files whose claims one call cannot finish: another message continues the work, and much may happen in between.

use std::sync::{Arc, Mutex};

use local::handlers::Handlers;
use local::stack::Stack;
use shared::deadline::Deadline;

use crate::ingest_file::{deliver, dropped};
use crate::support::wire::Wire;
use crate::support::{Service, kits_of};

/// A sandbox whose time is up after its first claim, and the messages that it sends to the queue.
struct Hasty {
    wire: Wire,
    app: Handlers,
    sent: Arc<Mutex<Vec<String>>>,
}

impl Hasty {
    fn new(stack: &Stack) -> Self {
        let (wire, sent) = (Wire::counting(), Arc::<Mutex<Vec<String>>>::default());
        let queue = Arc::clone(&sent);
        let app = wire.app_with_queue(stack, move |body| queue.lock().unwrap().push(body));
        Self { wire, app, sent }
    }

    /// Delivers a message. Returns the one for the rest of the work, if there is any.
    async fn deliver(&self, message: &str) -> Option<String> {
        let before = self.wire.seen().len();
        let wire = self.wire.clone();
        let puts = move || wire.seen()[before..].iter().filter(|seen| seen.operation == "PutItem").count();
        // A put is a block.
        let deadline = Deadline::when(move || puts() == 0);
        let failed = Box::pin(deliver(&self.app, &[message.to_owned()], &deadline)).await;
        assert!(failed.is_empty());
        self.sent.lock().unwrap().pop()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_runs_out_of_time_goes_on_in_a_further_message() {
    let service = Service::start().await;
    service.stack.pause_queue();
    let content = kits_of((0..20).map(|block| format!("K{block}A{}", block % 7)));
    let hasty = Hasty::new(&service.stack);
    let (mut parts, mut rest) = (0, Some(dropped(&service, "large.txt", &content, 1).await));
    while let Some(message) = rest {
        rest = hasty.deliver(&message).await;
        parts += 1;
    }
    assert!(parts > 2, "{parts}");
    assert_eq!(service.file_settled("large.txt", "VALID").await["details"], 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_robbed_while_its_rest_waited_is_not_valid_beside_its_robber() {
    let service = Service::start().await;
    service.stack.pause_queue();
    let older = kits_of((732..735).map(|number| format!("4240161{number}")));
    let older = dropped(&service, "older.txt", &older, 1).await;
    let younger = kits_of((0..3_000).map(|number| format!("4240{}", 161_000 + number)));
    let younger = dropped(&service, "younger.txt", &younger, 2).await;

    let hasty = Hasty::new(&service.stack);
    let mut rest = Some(hasty.deliver(&younger).await.expect("three blocks take longer than one"));
    assert!(Box::pin(deliver(&service.stack.handlers, &[older], &Deadline::never())).await.is_empty());
    service.file_settled("older.txt", "VALID").await;
    while let Some(message) = rest {
        rest = hasty.deliver(&message).await;
    }
    let younger = service.file_settled("younger.txt", "INVALID").await;
    let clash = |line| format!("line {line}: kitNo: must be unique among the tenant's kits");
    assert_eq!(younger["faults"], serde_json::json!([clash(734), clash(735), clash(736)]));
}
