//! `cargo run -- demo`: a bank's last three days in fast motion, told through the public API and the scripts of the CMS
//! simulator, so that orders and files of every state can be looked at.

mod calls;
mod clock;
mod error;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::domain::{ApprovalRule, SettingsChange, TenantId};

pub use clock::DemoClock;
pub use error::DemoError;

use crate::sample::{BIN, PLASTIC_CODE, PRODUCT_ID, Sample};
use crate::stack::Stack;
use calls::{Calls, TENANT};

/// The people. Nobody approves an order of their own.
const MAKER: &str = "maker.blr0417";
const OTHER_MAKER: &str = "maker.mum0102";
const CHECKER: &str = "checker.ops";

/// Orders of more cards than this need approval.
const APPROVAL_ABOVE: u32 = 10_000;
/// Longer than the longest pause between two attempts.
const NEXT_ATTEMPT: SignedDuration = SignedDuration::from_mins(16);
/// More attempts than any setting allows.
const ATTEMPTS: u32 = 24;

/// Tells the story on a stack that was started with this clock and without a tick, and leaves the clock at the present.
pub async fn play(stack: &Stack, clock: &DemoClock) -> Result<(), DemoError> {
    let tenant = TenantId::parse(TENANT).map_err(|error| DemoError::Unreachable(error.into()))?;
    let approval = Some(ApprovalRule::Above(APPROVAL_ABOVE));
    let change = SettingsChange { approval, ..SettingsChange::default() };
    stack.handlers.store.change_settings(&tenant, &change).await.map_err(DemoError::Settings)?;
    let story = Story { calls: Calls::of(stack), clock, tenant };
    story.first_day().await?;
    story.trouble().await?;
    story.files().await?;
    story.today().await
}

/// The story under way.
struct Story<'a> {
    calls: Calls,
    clock: &'a DemoClock,
    tenant: TenantId,
}

impl Story<'_> {
    /// Orders that have ended: one for each way to end.
    async fn first_day(&self) -> Result<(), DemoError> {
        let calls = &self.calls;
        self.place(OTHER_MAKER, &self.order("MUM0102", 3, 18_000).with("validity", 1)).await?;
        let kits = self.sample(250)?;
        let name = format!("PGK-{}-0001.txt", self.day());
        calls.upload(MAKER, &name, &kits).await?;
        let with_file = self.order("BLR0417", 1, 250).with("fileName", name.as_str());
        calls.call(MAKER, "/withFile", &with_file.0).await?;
        self.finish(&with_file.id()).await?;
        let done = self.place(MAKER, &self.order("BLR0417", 2, 1_200)).await?;
        self.finish(&done).await?;
        self.clock.move_to(SignedDuration::from_hours(44));
        let mistaken = self.place(MAKER, &self.order("HYD0305", 1, 900)).await?;
        calls.call(MAKER, "/cancel", &json!({ "orderId": mistaken, "branchId": "HYD-0305" })).await?;
        let refused = self.place(MAKER, &self.order("BLR0417", 3, 25_000)).await?;
        let reason = "The branch needs 2,500 cards, not 25,000";
        let rejection = json!({ "orderId": refused, "branchId": "BLR-0417", "reason": reason });
        self.clock.advance(SignedDuration::from_mins(25));
        calls.call(CHECKER, "/reject", &rejection).await?;
        self.clock.move_to(SignedDuration::from_hours(40));
        // Nothing is due, but the validity of the first order has ended.
        calls.call(CHECKER, "/process", &json!({})).await.map(drop)
    }

    /// Orders that need somebody.
    async fn trouble(&self) -> Result<(), DemoError> {
        self.clock.move_to(SignedDuration::from_hours(30));
        let failed = self.place(OTHER_MAKER, &self.order("MUM0102", 4, 600).simulating("reject")).await?;
        self.calls.process(CHECKER, &failed).await?;
        let half = self.order("CHN0210", 1, 400).simulating("reject-line-2");
        let second = json!({ "productId": "02", "bin": "60804012", "quantity": 150 });
        let half = self.place(MAKER, &half.with_line(second)).await?;
        self.finish(&half).await?;
        self.clock.move_to(SignedDuration::from_hours(20));
        let held = self.place(MAKER, &self.order("BLR0417", 7, 2_500).simulating("no-void")).await?;
        self.attempt(&held, ATTEMPTS).await?;
        self.clock.move_to(SignedDuration::from_hours(2));
        let stuck = self.place(MAKER, &self.order("HYD0305", 2, 1_750).simulating("void-only")).await?;
        self.attempt(&stuck, 4).await
    }

    /// Files that no order can use, and one that was not taken.
    async fn files(&self) -> Result<(), DemoError> {
        self.clock.move_to(SignedDuration::from_mins(55));
        let name = format!("PGK-{}-0003.txt", self.day());
        let text = String::from_utf8_lossy(&self.sample(40)?).replace("|000", "|00").replace("N0000007|", "N0000006|");
        self.calls.drop_file(OTHER_MAKER, &name, text.into_bytes()).await?;
        self.calls.drop_file(OTHER_MAKER, "kits (1).txt", self.sample(5)?).await?;
        let name = format!("PGK-{}-0004.txt", self.day());
        self.calls.upload(MAKER, &name, &self.sample(800)?).await
    }

    /// Orders that are under way.
    async fn today(&self) -> Result<(), DemoError> {
        self.clock.move_to(SignedDuration::from_mins(40));
        let processed = self.place(OTHER_MAKER, &self.order("MUM0102", 5, 3_000).simulating("flap")).await?;
        self.finish(&processed).await?;
        self.place(OTHER_MAKER, &self.order("MUM0102", 6, 50_000)).await?;
        self.clock.move_to(SignedDuration::from_mins(25));
        self.place(MAKER, &self.order("AMD0144", 5, 12_000)).await?;
        self.clock.move_to(SignedDuration::from_mins(12));
        self.place(MAKER, &self.order("DEL0033", 1, 350)).await?;
        self.clock.move_to(SignedDuration::from_mins(2));
        let pending = self.place(MAKER, &self.order("HYD0305", 3, 500)).await?;
        self.calls.process(CHECKER, &pending).await?;
        self.clock.move_to(SignedDuration::ZERO);
        let tomorrow = self.now().checked_add(SignedDuration::from_hours(18)).unwrap_or_else(|_| self.now());
        let start = TimeZone::UTC.to_datetime(tomorrow).strftime("%Y-%m-%d %H:00:00").to_string();
        self.place(MAKER, &self.order("BLR0417", 12, 800).with("processStartTime", start)).await?;
        Ok(())
    }

    async fn place(&self, user: &str, order: &DemoOrder) -> Result<String, DemoError> {
        self.calls.call(user, "", &order.0).await?;
        Ok(order.id())
    }

    /// Sends an order to the CMS and asks what became of it.
    async fn finish(&self, id: &str) -> Result<(), DemoError> {
        self.calls.process(CHECKER, id).await?;
        self.clock.advance(SignedDuration::from_mins(2));
        self.calls.call(CHECKER, "/status", &json!({ "cardOrderId": id })).await.map(drop)
    }

    /// Sends an order that is not answered again and again, until it ends, is put on hold, or has been sent so often.
    async fn attempt(&self, id: &str, times: u32) -> Result<(), DemoError> {
        for _ in 0..times {
            self.calls.process(CHECKER, id).await?;
            let order = self.calls.call(CHECKER, "/fetchOrder", &json!({ "cardOrderId": id })).await?;
            if order["status"] != "PENDING" || !order["hold"].is_null() {
                break;
            }
            self.clock.advance(NEXT_ATTEMPT);
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.clock.as_clock().now()
    }

    fn day(&self) -> String {
        TimeZone::UTC.to_datetime(self.now()).strftime("%Y%m%d").to_string()
    }

    fn order(&self, branch: &str, number: u32, cards: u32) -> DemoOrder {
        let (city, code) = branch.split_at(3);
        let product = json!({ "productId": PRODUCT_ID, "bin": BIN, "plasticCode": PLASTIC_CODE, "quantity": cards });
        DemoOrder(json!({
            "orderId": format!("{branch}-{}-{number:03}", self.day()),
            "branchInfo": { "branchId": format!("{city}-{code}"), "branchName": branch_name(city) },
            "products": [product],
        }))
    }

    fn sample(&self, kits: u32) -> Result<Vec<u8>, DemoError> {
        let mut file = Vec::new();
        let sample = Sample { tenant: self.tenant.clone(), kits, created: self.now() };
        sample.write(&mut file, |_| {}).map_err(|error| DemoError::Unreachable(error.into()))?;
        Ok(file)
    }
}

fn branch_name(city: &str) -> &'static str {
    match city {
        "BLR" => "Koramangala",
        "MUM" => "Andheri West",
        "HYD" => "Banjara Hills",
        "CHN" => "T. Nagar",
        "DEL" => "Karol Bagh",
        _ => "Navrangpura",
    }
}

/// An order that is about to be placed.
struct DemoOrder(Value);

impl DemoOrder {
    fn id(&self) -> String {
        self.0["orderId"].as_str().unwrap_or_default().to_owned()
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.0[field] = value.into();
        self
    }

    fn with_line(mut self, line: Value) -> Self {
        if let Some(lines) = self.0["products"].as_array_mut() {
            lines.push(line);
        }
        self
    }

    /// Chooses how the CMS simulator treats it.
    fn simulating(self, script: &str) -> Self {
        self.with("metaValues", json!({ "simulate": script }))
    }
}
