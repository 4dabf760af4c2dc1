//! What sessions cost and how long they last, with a stand-in for STS.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use local::stack::{BUCKET, CREDENTIAL, TABLE, access};
use percent_encoding::percent_decode_str;
use serde_json::json;
use shared::aws::{self, SessionSource, Sessions, http_client};
use shared::bucket::{Bucket, Ticket, TicketSigner};
use shared::clock::Clock;
use shared::domain::{TenantId, UploadAnnouncement};
use shared::https::Roots;
use tokio::net::TcpListener;

use crate::processing::acme;
use crate::support::runtime_api::Function;
use crate::support::{ANY_PORT, Options, Service, TestClock, now, options, order};

/// A stand-in for STS, and what it was asked for.
#[derive(Clone)]
struct Sts {
    url: String,
    calls: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
    is_out: Arc<Mutex<bool>>,
    clock: Clock,
}

impl Sts {
    /// Starts it. Sessions last for an hour by this clock; their tokens are numbered.
    async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sts = Self { url, calls: Arc::default(), is_out: Arc::default(), clock };
        let router = Router::new().fallback(assume).with_state(sts.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        sts
    }

    fn calls(&self) -> Vec<BTreeMap<String, String>> {
        self.calls.lock().unwrap().clone()
    }

    fn sessions(&self) -> Sessions {
        let client = aws::sts(&aws::config(&access(), http_client(Roots::Amazon)), Some(&self.url));
        let source = SessionSource::Sts {
            client,
            region: "us-east-1".to_owned(),
            role_arn: "arn:aws:iam::111122223333:role/data".to_owned(),
            policy_arn: "arn:aws:iam::111122223333:policy/upload-file".to_owned(),
        };
        Sessions::new(source, self.clock.clone())
    }
}

async fn assume(State(sts): State<Sts>, body: String) -> Response {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    let call = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
    let number = {
        let mut calls = sts.calls.lock().unwrap();
        calls.push(call);
        calls.len()
    };
    if *sts.is_out.lock().unwrap() {
        return (StatusCode::FORBIDDEN, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
            .into_response();
    }
    let ends_at = sts.clock.now() + SignedDuration::from_hours(1);
    let answer = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
         <AccessKeyId>{CREDENTIAL}</AccessKeyId><SecretAccessKey>{CREDENTIAL}</SecretAccessKey>\
         <SessionToken>session-{number}</SessionToken><Expiration>{ends_at}</Expiration>\
         </Credentials></AssumeRoleResult></AssumeRoleResponse>"
    );
    ([(CONTENT_TYPE, "text/xml")], answer).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_asks_once_for_a_tenant_by_tag_role_and_policy() {
    let service = Service::start_with(Options { clock: Clock::system(), ..options() }).await;
    let sts = Sts::start(Clock::system()).await;
    let dynamodb = format!("http://{}", service.stack.dynamodb);
    let variables = [
        ("TABLE_NAME", TABLE),
        ("BUCKET_NAME", BUCKET),
        ("TENANT_MODE", "header"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", CREDENTIAL),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIAL),
        ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.as_str()),
        ("AWS_ENDPOINT_URL_STS", sts.url.as_str()),
        ("DATA_ROLE_ARN", "arn:aws:iam::111122223333:role/data"),
        ("SESSION_POLICY_ARN", "arn:aws:iam::111122223333:policy/create-order"),
    ];
    let mut function = Function::start(env!("CARGO_BIN_EXE_bootstrap-create-order"), &variables).await;
    for (tenant, id, calls) in
        [("ACME_BANK", "ORD-1", 1), ("ACME_BANK", "ORD-2", 1), ("GLOBEX", "ORD-1", 2), ("ACME_BANK", "ORD-3", 2)]
    {
        let event = json!({
            "httpMethod": "POST",
            "resource": "/card-order",
            "multiValueHeaders": { "tenant": [tenant], "content-type": ["application/json"] },
            "body": order(id).to_string(),
        });
        let answer = function.invoke(&event.to_string()).await;
        assert_eq!(answer["statusCode"], 200, "{tenant} {id}: {answer}");
        assert_eq!(sts.calls().len(), calls, "{tenant} {id}");
    }
    for (call, tenant) in sts.calls().iter().zip(["ACME_BANK", "GLOBEX"]) {
        for (name, want) in [
            ("Action", "AssumeRole"),
            ("RoleArn", "arn:aws:iam::111122223333:role/data"),
            ("PolicyArns.member.1.arn", "arn:aws:iam::111122223333:policy/create-order"),
            ("Tags.member.1.Key", "tenant"),
            ("Tags.member.1.Value", tenant),
            ("DurationSeconds", "3600"),
        ] {
            assert_eq!(call.get(name).map(String::as_str), Some(want), "{name}");
        }
        assert!(!call.contains_key("Tags.member.2.Key"));
    }
}

fn announcement() -> UploadAnnouncement {
    let body = json!({ "fileName": "kits.txt", "sizeBytes": 100, "sha256": "0".repeat(64) });
    UploadAnnouncement::read(&serde_json::from_value(body).unwrap()).unwrap()
}

/// The session that signed a ticket.
fn session(ticket: &Ticket) -> &str {
    ticket.fields.iter().find(|(name, _)| *name == "x-amz-security-token").map(|(_, token)| token.as_str()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_ends_before_the_session_that_signed_it() {
    let clock = TestClock::default();
    let sts = Sts::start(clock.as_clock()).await;
    let signer = TicketSigner::new(access(), BUCKET, None);
    let client = aws::s3(&aws::config(&access(), http_client(Roots::Amazon)), None);
    let bucket = Bucket::new(client, BUCKET, signer).isolated(Some(sts.sessions()));
    let lifetime = SignedDuration::from_mins(10);
    for (minute, want) in [
        (0, "session-1"),
        (20, "session-1"),
        (44, "session-1"),
        (45, "session-2"),
        (53, "session-2"),
        (90, "session-3"),
    ] {
        clock.advance(now() + SignedDuration::from_mins(minute) - clock.as_clock().now());
        let ticket = bucket.ticket(&acme(), &announcement()).await.unwrap();
        assert_eq!(session(&ticket), want, "minute {minute}");
    }
    // Each session was opened in these minutes, and lasts for an hour.
    for (opened, last_ticket) in [(0, 44), (45, 89)] {
        let ends = SignedDuration::from_mins(opened + 60);
        assert!(SignedDuration::from_mins(last_ticket) + lifetime < ends);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_cannot_be_renewed_is_used_while_a_ticket_fits_into_it() {
    let clock = TestClock::default();
    let sts = Sts::start(clock.as_clock()).await;
    let client = aws::s3(&aws::config(&access(), http_client(Roots::Amazon)), None);
    let bucket = Bucket::new(client, BUCKET, TicketSigner::new(access(), BUCKET, None)).isolated(Some(sts.sessions()));
    assert!(bucket.ticket(&acme(), &announcement()).await.is_ok());
    *sts.is_out.lock().unwrap() = true;
    for (minute, want) in [(46, true), (48, true), (50, false)] {
        clock.advance(now() + SignedDuration::from_mins(minute) - clock.as_clock().now());
        assert_eq!(bucket.ticket(&acme(), &announcement()).await.is_ok(), want, "minute {minute}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_the_same_time_open_one_session() {
    let sts = Sts::start(Clock::system()).await;
    let client = aws::s3(&aws::config(&access(), http_client(Roots::Amazon)), None);
    let bucket = Bucket::new(client, BUCKET, TicketSigner::new(access(), BUCKET, None)).isolated(Some(sts.sessions()));
    let (acme, globex) = (acme(), TenantId::parse("GLOBEX").unwrap());
    let announcement = announcement();
    let calls = (0..32).map(|n| bucket.ticket(if n % 2 == 0 { &acme } else { &globex }, &announcement));
    let tickets = futures_util::future::join_all(calls).await;
    assert!(tickets.iter().all(Result::is_ok));
    assert_eq!(sts.calls().len(), 2);
}
