//! What it costs to take a file in, end to end on the local stack: from the put of the object to the verdict VALID. In the same
//! run: how many plain conditional puts the store takes in a second.
//!
//! `cargo bench -p local --bench ingest`; arguments choose what is measured (`dense:1000000`, `random:1000000`, `half:200000`,
//! `shared:20`).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints, and fails loudly"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::update_item::UpdateItemOutput;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity};
use aws_sdk_s3::primitives::ByteStream;
use futures_util::StreamExt;
use ingest_file::IngestFile;
use jiff::Timestamp;
use local::stack::{BUCKET, Options, Stack, TABLE, access};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::api::batch::BatchCall;
use shared::aws;
use shared::bucket::{Bucket, TicketSigner};
use shared::clock::Clock;
use shared::deadline::Deadline;
use shared::domain::{FileName, FileStatus, TenantId};
use shared::files::Files;
use shared::https::Roots;
use shared::queue::Queue;
use shared::store::Store;

const IN_FLIGHT: usize = 64;
const PLAIN_PUTS: u32 = 20_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| argument.contains(':')).collect();
    let default = ["dense:1000000", "random:1000000", "half:200000", "shared:20"].map(str::to_owned);
    for work in if named.is_empty() { &default[..] } else { &named } {
        let (kind, count) = work.split_once(':').unwrap();
        let count: u32 = count.parse().unwrap();
        let bench = Bench::start().await;
        match kind {
            "dense" => bench.measure(&format!("{count} dense kits"), vec![dense(count, 1, 0)]).await,
            "random" => bench.measure(&format!("{count} random kits"), vec![random(count)]).await,
            "half" => {
                bench.take_in("other.txt", dense(count, 2, 0)).await;
                bench.measure(&format!("{count} kits into half-filled blocks"), vec![dense(count, 2, 1)]).await;
            }
            _ => {
                let numbers =
                    |file| -> Numbers { Box::new((0..50).map(move |kit| format!("K{:05}", 50 * file + kit))) };
                let files = (0..count).map(numbers);
                bench.measure(&format!("{count} files of 50 kits at once, 20 in each block"), files).await;
            }
        }
        println!("  {:>9.0} plain conditional puts a second", bench.plain_puts().await);
        bench.stack.stop().await;
    }
}

/// The kit numbers of a file.
type Numbers = Box<dyn Iterator<Item = String>>;

/// Numbers that follow each other, every so many.
fn dense(count: u32, step: u32, first: u32) -> Numbers {
    Box::new((0..count).map(move |kit| format!("K{:07}", step * kit + first)))
}

/// Numbers of which hardly two share a block.
fn random(count: u32) -> Numbers {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let number = |kit: u32| {
        // Multiplication by an odd number: each has another, in no order.
        let mut random = u128::from(kit + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let letter = |_| {
            random = random.rotate_right(5);
            char::from(LETTERS[usize::try_from(random & 31).unwrap()])
        };
        (0..15).map(letter).collect()
    };
    Box::new((0..count).map(number))
}

/// Writes a valid file of kits with these numbers, line by line. Returns how many there are, and the file's length in bytes.
fn write_file(path: &Path, numbers: Numbers) -> (u64, u64) {
    let (mut out, mut digest) = (BufWriter::new(File::create(path).unwrap()), Sha256::new());
    let (mut kits, mut last4_total, mut bytes) = (0, 0, 0);
    let mut write = |line: String| {
        digest.update(&line);
        out.write_all(line.as_bytes()).unwrap();
        bytes += line.len() as u64;
    };
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    write(format!("H|DCMSPGK|01|ACME_BANK|PGK-BENCH|{now}|DC_KIT\n"));
    for number in numbers {
        kits += 1;
        let last4 = kits * 7_919 % 10_000;
        last4_total += last4;
        let token = format!("tk_QJ7MZ4V2KX{kits:07}");
        let card = format!("60804012|16|60804012XXXX{last4:04}|{token}|3012|PROD-001|71");
        write(format!("D|{kits:06}|{number}|P1406464682|{card}\n"));
    }
    let digest = hex::encode(digest.finalize());
    writeln!(out, "T|{kits:06}|{:06}|{last4_total:010}|{digest}", kits + 2).unwrap();
    out.flush().unwrap();
    (kits, bytes)
}

/// Units that the store's answers name. A write that was refused costs what it would have cost, one unit here.
#[derive(Debug, Default)]
struct Units {
    written: Mutex<f64>,
    read: Mutex<f64>,
    refused: AtomicU64,
}

#[derive(Debug, Clone)]
struct Counter(Arc<Units>);

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let Some(Ok(output)) = context.output_or_error() else {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        };
        let (units, count) = if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            (put.consumed_capacity(), &self.0.written)
        } else if let Some(update) = output.downcast_ref::<UpdateItemOutput>() {
            (update.consumed_capacity(), &self.0.written)
        } else {
            (output.downcast_ref::<GetItemOutput>().and_then(GetItemOutput::consumed_capacity), &self.0.read)
        };
        *count.lock().unwrap() += units.and_then(ConsumedCapacity::capacity_units).unwrap_or_default();
        Ok(())
    }
}

struct Bench {
    stack: Stack,
    client: Client,
    bucket: aws_sdk_s3::Client,
    store: Store,
    ingest: IngestFile,
    units: Arc<Units>,
    data: tempfile::TempDir,
}

impl Bench {
    /// A stack with the data folder that `cargo run` has.
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let stack = Stack::start(Options { data: Some(data.path().to_owned()), ..Options::on_any_ports() });
        let stack = stack.await.unwrap();
        // The messages are delivered here, to a store that counts.
        stack.pause_queue();
        let units = Arc::new(Units::default());
        let config = aws::config(&access(), aws::http_client(Roots::Amazon));
        let plain = aws::dynamodb(&config, Some(&format!("http://{}", stack.dynamodb)));
        let client = Client::from_conf(plain.config().to_builder().interceptor(Counter(Arc::clone(&units))).build());
        let s3_url = format!("http://{}", stack.s3);
        let bucket = aws::s3(&config, Some(&s3_url));
        let signer = TicketSigner::new(access(), BUCKET, Some(&s3_url));
        let store = Store::new(client.clone(), TABLE);
        let files = Files::new(store.clone(), Bucket::new(bucket.clone(), BUCKET, signer), Clock::system());
        let queue = Queue::InProcess(Arc::new(|_| unreachable!("every file is done in one call")));
        let ingest = IngestFile { files, queue };
        Self { stack, client, bucket, store, ingest, units, data }
    }

    /// Puts a file into the bucket and ingests it.
    async fn take_in(&self, name: &str, numbers: Numbers) {
        write_file(&self.data.path().join(name), numbers);
        self.ingest(name).await;
    }

    async fn ingest(&self, name: &str) {
        let key = format!("t/ACME_BANK/inbox/{name}");
        let content = ByteStream::from_path(self.data.path().join(name)).await.unwrap();
        let put = self.bucket.put_object().bucket(BUCKET).key(&key).body(content).send().await.unwrap();
        let event = json!({ "Records": [{
            "eventName": "ObjectCreated:Put",
            "eventTime": Timestamp::now().to_string(),
            "s3": { "bucket": { "name": BUCKET }, "object": { "key": key, "versionId": put.version_id.unwrap(), "sequencer": "0A" } },
        }] });
        let batch = json!({ "Records": [{ "messageId": "1", "body": event.to_string() }] });
        let call = BatchCall { request_id: "bench".to_owned(), deadline: Deadline::never() };
        let response = ingest_file::handle(&self.ingest, serde_json::from_value(batch).unwrap(), &call).await;
        assert!(response.batch_item_failures.is_empty());
        let (tenant, name) = (TenantId::parse("ACME_BANK").unwrap(), FileName::parse(name).unwrap());
        let file = self.store.file(&tenant, &name).await.unwrap().unwrap();
        assert_eq!(file.status, FileStatus::Valid);
    }

    /// Ingests files at once, and prints what it took.
    async fn measure(&self, what: &str, files: impl IntoIterator<Item = Numbers>) {
        let (mut names, mut kits, mut bytes) = (Vec::new(), 0, 0);
        for (place, numbers) in files.into_iter().enumerate() {
            let name = format!("file-{place}.txt");
            let (more_kits, more_bytes) = write_file(&self.data.path().join(&name), numbers);
            (kits, bytes) = (kits + more_kits, bytes + more_bytes);
            names.push(name);
        }
        *self.units.written.lock().unwrap() = 0.0;
        *self.units.read.lock().unwrap() = 0.0;
        self.units.refused.store(0, Ordering::Relaxed);
        // From here on the highest memory is that of this work.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let (before, start) = (memory_mb("VmRSS:"), Instant::now());
        futures_util::future::join_all(names.iter().map(|name| self.ingest(name))).await;
        let seconds = start.elapsed().as_secs_f64();
        let refused = self.units.refused.load(Ordering::Relaxed);
        let written = *self.units.written.lock().unwrap() + refused as f64;
        println!("{what}, {} MB", bytes / 1_000_000);
        println!("  {:>9.0} kits a second, {seconds:.2} s", kits as f64 / seconds);
        println!("  {written:>9.0} write units, {:.4} per kit ({refused} of refused writes)", written / kits as f64);
        println!("  {:>9.1} read units", self.units.read.lock().unwrap());
        println!("  {:>9.0} MB of memory more than before, the stack's among it", memory_mb("VmHWM:") - before);
    }

    /// How many conditional puts of an item of a few bytes the store takes in a second.
    async fn plain_puts(&self) -> f64 {
        let start = Instant::now();
        let put = |number: u32| {
            let put = self.client.put_item().table_name(TABLE);
            let put = put.item("pk", AttributeValue::S(format!("plain {}", number.wrapping_mul(0x9E37_79B9))));
            put.item("sk", AttributeValue::S("#".to_owned())).condition_expression("attribute_not_exists(pk)").send()
        };
        let mut puts = futures_util::stream::iter((0..PLAIN_PUTS).map(put)).buffer_unordered(IN_FLIGHT);
        while let Some(put) = puts.next().await {
            // Every key is new: what refuses a put is its own first attempt, whose answer came too late.
            let is_refused =
                |error: SdkError<PutItemError>| error.into_service_error().is_conditional_check_failed_exception();
            assert!(put.map_or_else(is_refused, |_| true));
        }
        f64::from(PLAIN_PUTS) / start.elapsed().as_secs_f64()
    }
}

/// A figure of this process's memory.
fn memory_mb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_000.0
}
