//! Files with the same kits on a busy table: each has its verdict after one receive of its message.

use jiff::SignedDuration;
use local::handlers::Handlers;
use serde_json::Value;
use shared::deadline::Deadline;

use crate::ingest_file::{deliver, dropped};
use crate::support::busy::BusyTable;
use crate::support::wire::Wire;
use crate::support::{Service, kits_of};

/// Delivers the younger of two files with the same kits, and the older one once the younger has claimed some. Each message
/// must be finished after one receive. Returns both files, the valid one first.
async fn clash(table: &BusyTable, kits: usize) -> (Service, [Value; 2]) {
    let service = Service::start().await;
    service.stack.pause_queue();
    // Hardly two in a block, so that there is much to write.
    let content = kits_of((0..kits).map(|kit| format!("K{kit}A{}", kit % 9)));
    let older = dropped(&service, "older.txt", &content, 1).await;
    let younger = dropped(&service, "younger.txt", &content, 2).await;
    let sandbox = || -> (Wire, Handlers) {
        let wire = Wire::over(table.clone());
        let app = wire.app_at(&service.stack, SignedDuration::ZERO);
        (wire, app)
    };
    let ((first, first_app), (_, second_app)) = (sandbox(), sandbox());
    let puts = || first.seen().iter().filter(|seen| seen.operation == "PutItem").count();
    let deadline = Deadline::never();
    let late = async {
        while puts() < kits / 3 {
            tokio::task::yield_now().await;
        }
        Box::pin(deliver(&second_app, &[older], &deadline)).await
    };
    let younger = [younger];
    let early = Box::pin(deliver(&first_app, &younger, &deadline));
    let (late, early) = tokio::join!(late, early);
    assert_eq!((late, early), (Vec::new(), Vec::new()));
    let file = async |name: &str| service.fetch_file(name).await;
    let mut files = [file("older.txt").await, file("younger.txt").await].map(|file| file.body["result"].clone());
    files.sort_by_key(|file| file["status"] != "VALID");
    (service, files)
}

fn check(files: &[Value; 2], kits: usize) {
    let [valid, invalid] = files;
    assert_eq!((&valid["status"], &invalid["status"]), (&"VALID".into(), &"INVALID".into()));
    let faults = invalid["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 51);
    assert_eq!(faults[0], "line 2: kitNo: must be unique among the tenant's kits");
    assert_eq!(faults[49], "line 51: kitNo: must be unique among the tenant's kits");
    assert_eq!(faults[50], format!("… and {} more", kits - 50));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_with_the_same_kits_do_not_keep_each_other_from_their_verdicts() {
    let (_service, files) = clash(&BusyTable::conflicting(), 1_000).await;
    check(&files, 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_throttles_delays_two_files_with_the_same_kits_and_does_not_fail_them() {
    let table = BusyTable::throttling(16);
    let (_service, files) = clash(&table, 300).await;
    check(&files, 300);
    assert!(table.throttled() > 0);
}
