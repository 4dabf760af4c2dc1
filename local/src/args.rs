//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{Args, Parser, Subcommand};
use jiff::SignedDuration;
use local::address::ListenAddress;
use local::config::{AccessMode, HEADER_TIMEOUT, Options};
use local::throttle::Rate;
use shared::aws;
use shared::clock::Clock;
use shared::cms::CmsLimits;
use shared::domain::TenantId;
use shared::https::Roots;
use shared::pgk::DETAILS_MAX;
use shared::runtime::{ATTEMPTS_MAX, STUCK_SECONDS, parse_offset};
use shared::store::Retention;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// The data folder where none is given.
const DATA: &str = ".local";
/// The seconds between two ticks where none are given.
const TICK_SECONDS: u32 = 60;

/// The card-order service on this machine: gateway, handlers, embedded DynamoDB and S3, CMS simulator
#[derive(Debug, Parser)]
#[command(name = "local", styles = STYLES, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the stack (the default)
    Serve(ServeArguments),
    /// Start the stack with orders and files in every state, to look at in the console; keeps no data, and processes orders
    /// by itself only with --tick-seconds
    Demo(ServeArguments),
    /// Print a valid file of kits, to try the service with
    SamplePgk(SampleArguments),
    /// Check a file of kits as the service would, and print its faults as a compiler does
    CheckPgk(CheckArguments),
}

/// The flags of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArguments {
    /// Where the gateway listens
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub listen: ListenAddress,
    /// Where the store listens, for `sam local` and AWS clients
    #[arg(long, default_value = "127.0.0.1:8000", value_name = "ADDRESS")]
    pub dynamodb: ListenAddress,
    /// Where the bucket listens, for `sam local` and AWS clients
    #[arg(long, default_value = "127.0.0.1:9000", value_name = "ADDRESS")]
    pub s3: ListenAddress,
    /// Where data is kept between runs [default: .local]
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Keep no data after the process ends
    #[arg(long, conflicts_with = "data")]
    pub ephemeral: bool,
    /// Shift the clock, to try schedules and expiry: 31d, -2h
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = offset, allow_hyphen_values = true)]
    pub clock_offset: SignedDuration,
    /// Require an API key with every call, as a deployment does (`admin key issue` makes one)
    #[arg(long)]
    pub authorize: bool,
    /// Where the simulator of the card management system (CMS) listens
    #[arg(long, default_value = "127.0.0.1:9100", value_name = "ADDRESS")]
    pub cms: ListenAddress,
    /// The CMS to use instead of the simulator, such as an adapter under development
    #[arg(long, value_name = "URL")]
    pub cms_url: Option<String>,
    /// How many times an order is sent to the CMS before it is voided
    #[arg(long, default_value_t = ATTEMPTS_MAX, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..=20))]
    pub attempts_max: u32,
    /// Process due orders every so many seconds; 0: only when called [default: 60; demo: 0]
    #[arg(long, value_name = "SECONDS")]
    pub tick_seconds: Option<u32>,
    /// How long after its lease has ended an order counts as stuck; a lease lasts 60 seconds, or as long as this if that is less
    #[arg(long, default_value_t = STUCK_SECONDS, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub stuck_seconds: u32,
    /// Requests per second that each tenant may make, to try answers with 429 [default: no limit]
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Requests that each tenant may make at once [default: the same as --rate]
    #[arg(long, requires = "rate", value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    pub burst: Option<u32>,
}

/// The flags of `sample-pgk`.
#[derive(Debug, Clone, Args)]
pub struct SampleArguments {
    /// How many kits to print
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=i64::from(DETAILS_MAX)))]
    pub kits: u32,
    /// The tenant that owns the kits
    #[arg(long, default_value = "ACME_BANK", value_parser = tenant)]
    pub tenant: TenantId,
    /// Shift the clock, as for the stack that the file is uploaded to
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = offset, allow_hyphen_values = true)]
    pub clock_offset: SignedDuration,
}

/// The flags of `check-pgk`.
#[derive(Debug, Clone, Args)]
pub struct CheckArguments {
    /// The file to check
    pub file: PathBuf,
    /// The tenant that owns the kits [default: the one that the file names]
    #[arg(long, value_parser = tenant)]
    pub tenant: Option<TenantId>,
    /// Shift the clock that the dates in the file are compared with
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = offset, allow_hyphen_values = true)]
    pub clock_offset: SignedDuration,
}

impl Arguments {
    /// Returns the command; `serve` where there is none.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

impl ServeArguments {
    /// Returns the arguments for a demo, or the flag that a demo cannot have: its orders are always the same, placed by
    /// people without keys, and sent to the simulator.
    pub fn for_demo(self) -> Result<Self, &'static str> {
        let refused = [
            ("--data", self.data.is_some()),
            ("--authorize", self.authorize),
            ("--rate", self.rate.is_some()),
            ("--cms-url", self.cms_url.is_some()),
        ];
        match refused.into_iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => Err(flag),
            None => Ok(Self { ephemeral: true, tick_seconds: self.tick_seconds.or(Some(0)), ..self }),
        }
    }

    /// Returns the seconds between two ticks; 0: there is none.
    pub fn tick_seconds(&self) -> u32 {
        self.tick_seconds.unwrap_or(TICK_SECONDS)
    }

    /// Returns the options of the stack.
    pub fn options(&self) -> Options {
        Options {
            listen: self.listen.clone(),
            dynamodb: self.dynamodb.clone(),
            s3: self.s3.clone(),
            cms: self.cms.clone(),
            header_timeout: HEADER_TIMEOUT,
            data: (!self.ephemeral).then(|| self.data.clone().unwrap_or_else(|| DATA.into())),
            clock: Clock::shifted(self.clock_offset),
            tick: (self.tick_seconds() > 0).then(|| Duration::from_secs(self.tick_seconds().into())),
            stuck_after: SignedDuration::from_secs(self.stuck_seconds.into()),
            attempts_max: self.attempts_max,
            cms_url: self.cms_url.clone(),
            access_mode: if self.authorize { AccessMode::Authorizer } else { AccessMode::Headers },
            cms_limits: CmsLimits::default(),
            aws_http: aws::http_client(Roots::Amazon),
            retention: Retention::default(),
            rate: self.rate.map(|rate| Rate { per_second: rate.into(), burst: self.burst.unwrap_or(rate) }),
        }
    }
}

fn offset(text: &str) -> Result<SignedDuration, &'static str> {
    parse_offset(text).ok_or("must be a duration such as 31d, -2h or 90s")
}

fn tenant(text: &str) -> Result<TenantId, String> {
    TenantId::parse(text).map_err(|broken| broken.to_string())
}
