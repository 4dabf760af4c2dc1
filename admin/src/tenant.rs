//! `tenant`: registers, changes and shows tenants.

use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use serde::Serialize;
use shared::domain::{
    ApprovalRule, CmsChoice, CmsProfile, Field, Name, OrderQuantity, Quantity, RuleError, SettingsChange, Shards,
    TenantId, TenantSettings, TenantState, card_number,
};
use shared::store::RegisterOutcome;

use crate::confirm::confirm;
use crate::context::{Context, note};
use crate::failure::Failure;
use crate::output::{Row, Shown};
use crate::plan_key::{self, PlanKeyArguments};
use crate::products::ProductReport;
use crate::settings::{NOT_REGISTERED, write_change};

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// List the registered tenants
    #[command(after_help = "Example:\n  cargo run -p admin -- tenant list --json")]
    List,
    /// Show the settings of a tenant
    #[command(after_help = "Example:\n  cargo run -p admin -- tenant show ACME_BANK")]
    Show(TenantArgument),
    /// Register a tenant
    #[command(
        after_help = "Example:\n  cargo run -p admin -- tenant add ACME_BANK --display-name 'ACME Bank' --time-zone Asia/Kolkata"
    )]
    Add(AddArguments),
    /// Change settings of a tenant; functions see them within a minute
    #[command(after_help = "Example:\n  cargo run -p admin -- tenant set ACME_BANK --approval-above 10000")]
    Set(SetArguments),
    /// Give a tenant the key of a usage plan of API Gateway, or take it away
    #[command(after_help = plan_key::HELP)]
    PlanKey(PlanKeyArguments),
    /// Treat a tenant as not registered: calls get 404 within a minute, and orders are left as they are
    #[command(after_help = "Example:\n  cargo run -p admin -- tenant disable ACME_BANK --yes")]
    Disable(TenantArgument),
    /// Undo `disable`
    #[command(after_help = "Example:\n  cargo run -p admin -- tenant enable ACME_BANK")]
    Enable(TenantArgument),
}

#[derive(Debug, Args)]
pub(crate) struct TenantArgument {
    /// The tenant's id
    #[arg(value_name = "TENANT", value_parser = TenantId::parse)]
    tenant: TenantId,
}

#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    tenant: TenantArgument,
    /// The name that is shown in answers
    #[arg(long, value_name = "NAME", value_parser = display_name)]
    display_name: Name,
    /// The time zone of processStartTime, by its IANA name [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<TimeZone>,
}

#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    #[command(flatten)]
    tenant: TenantArgument,
    #[command(flatten)]
    change: ChangeArguments,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ChangeArguments {
    /// The name that is shown in answers
    #[arg(long, value_name = "NAME", value_parser = display_name)]
    display_name: Option<Name>,
    /// The time zone of processStartTime, by its IANA name
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<TimeZone>,
    /// Orders of more kits than this need the approval of a second person; or `never`
    #[arg(long, value_name = "KITS", value_parser = approval)]
    approval_above: Option<ApprovalRule>,
    /// The CMS of orders that are not sent yet, by the name of its secret, STACK/cms/PROFILE, or `default`
    #[arg(long, value_name = "PROFILE", value_parser = cms)]
    cms_profile: Option<CmsChoice>,
    /// The most kits that a line may have
    #[arg(long, value_name = "KITS", value_parser = number::<Quantity>)]
    quantity_max: Option<Quantity>,
    /// The most kits that an order may have
    #[arg(long, value_name = "KITS", value_parser = number::<OrderQuantity>)]
    order_quantity_max: Option<OrderQuantity>,
    /// Index partitions for the orders of one status; can only be raised
    #[arg(long, value_name = "COUNT", value_parser = number::<Shards>)]
    status_shards: Option<Shards>,
    /// Index partitions for due orders; can only be raised
    #[arg(long, value_name = "COUNT", value_parser = number::<Shards>)]
    due_shards: Option<Shards>,
}

/// A tenant as it is printed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TenantReport {
    tenant: TenantId,
    display_name: String,
    time_zone: String,
    approval_above: Option<u32>,
    cms_profile: Option<CmsProfile>,
    quantity_max: Quantity,
    order_quantity_max: OrderQuantity,
    status_shards: u32,
    due_shards: u32,
    disabled: bool,
    products: Vec<ProductReport>,
}

pub(crate) async fn run(context: &Context, command: TenantCommand) -> Result<(), Failure> {
    let change_state = |state| SettingsChange { state: Some(state), ..SettingsChange::default() };
    match command {
        TenantCommand::List => list(context).await,
        TenantCommand::Show(TenantArgument { tenant }) => show(context, tenant).await,
        TenantCommand::Add(arguments) => add(context, arguments).await,
        TenantCommand::Set(SetArguments { tenant, change }) => change_settings(context, tenant, &change.into()).await,
        TenantCommand::PlanKey(arguments) => plan_key::run(context, arguments).await,
        TenantCommand::Disable(argument) => {
            confirm(
                &context.flags,
                &format!("Refuse all calls of {} and stop working on its orders?", argument.tenant),
            )?;
            change_settings(context, argument, &change_state(TenantState::Disabled)).await
        }
        TenantCommand::Enable(argument) => {
            change_settings(context, argument, &change_state(TenantState::Enabled)).await
        }
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let store = context.target.store()?;
    let mut tenants = context.target.tenant_list()?.tenants().await?;
    tenants.sort();
    let mut reports = Vec::new();
    for tenant in tenants {
        match store.latest_settings(&tenant).await? {
            Some(settings) => reports.push(TenantReport::new(tenant, settings)),
            None => note(&format!("{tenant} is on the list of tenants and has no settings"))?,
        }
    }
    context.show(reports.as_slice())
}

async fn show(context: &Context, tenant: TenantId) -> Result<(), Failure> {
    let settings = context.target.store()?.latest_settings(&tenant).await?;
    context.show(&TenantReport::new(tenant, settings.ok_or(Failure::NotFound(NOT_REGISTERED))?))
}

async fn add(context: &Context, arguments: AddArguments) -> Result<(), Failure> {
    let AddArguments { tenant: TenantArgument { tenant }, display_name, time_zone } = arguments;
    if card_number::is_in(tenant.as_str()) {
        return Err(Failure::Usage(
            "the tenant's id may be a card number: logs and files could not name it".to_owned(),
        ));
    }
    let (store, list) = (context.target.store()?, context.target.tenant_list()?);
    match store.register_tenant(&list, &tenant, &display_name, time_zone.as_ref()).await? {
        RegisterOutcome::Registered => show_written(context, tenant).await,
        RegisterOutcome::Exists => Err(Failure::Refused("the tenant is registered already; `tenant set` changes it")),
    }
}

async fn change_settings(
    context: &Context,
    TenantArgument { tenant }: TenantArgument,
    change: &SettingsChange,
) -> Result<(), Failure> {
    write_change(context, &tenant, change).await?;
    show_written(context, tenant).await
}

/// Shows a tenant after a write, unless that was only rehearsed.
async fn show_written(context: &Context, tenant: TenantId) -> Result<(), Failure> {
    if context.rehearsal.has_held_back() { Ok(()) } else { show(context, tenant).await }
}

impl From<ChangeArguments> for SettingsChange {
    fn from(arguments: ChangeArguments) -> Self {
        Self {
            display_name: arguments.display_name,
            time_zone: arguments.time_zone,
            approval: arguments.approval_above,
            cms: arguments.cms_profile,
            quantity_max: arguments.quantity_max,
            order_quantity_max: arguments.order_quantity_max,
            status_shards: arguments.status_shards,
            due_shards: arguments.due_shards,
            products: None,
            state: None,
        }
    }
}

impl TenantReport {
    fn new(tenant: TenantId, settings: TenantSettings) -> Self {
        Self {
            tenant,
            display_name: settings.display_name,
            time_zone: settings.time_zone.iana_name().unwrap_or("UTC").to_owned(),
            approval_above: settings.approval_above,
            cms_profile: settings.cms_profile,
            quantity_max: settings.quantity_max,
            order_quantity_max: settings.order_quantity_max,
            status_shards: settings.status_shards,
            due_shards: settings.due_shards,
            disabled: settings.state == TenantState::Disabled,
            products: settings.products.into_iter().map(ProductReport::from).collect(),
        }
    }

    fn approval(&self) -> String {
        self.approval_above.map_or("never".to_owned(), |kits| format!("above {kits}"))
    }

    fn state(&self) -> &'static str {
        if self.disabled { "disabled" } else { "enabled" }
    }
}

impl Row for TenantReport {
    const COLUMNS: &'static [&'static str] = &["TENANT", "NAME", "TIME ZONE", "APPROVAL", "STATE"];

    fn cells(&self) -> Vec<String> {
        let (tenant, name, zone) = (self.tenant.to_string(), self.display_name.clone(), self.time_zone.clone());
        vec![tenant, name, zone, self.approval(), self.state().to_owned()]
    }
}

impl Shown for TenantReport {
    fn lines(&self) -> Vec<String> {
        let products = if self.products.is_empty() { vec!["any".to_owned()] } else { self.products.as_slice().lines() };
        let settings = [
            ("tenant", self.tenant.to_string()),
            ("name", self.display_name.clone()),
            ("time zone", self.time_zone.clone()),
            ("approval", self.approval()),
            ("CMS", self.cms_profile.as_ref().map_or("default", CmsProfile::as_str).to_owned()),
            ("kits on a line", format!("at most {}", self.quantity_max.get())),
            ("kits in an order", format!("at most {}", self.order_quantity_max.get())),
            ("partitions", format!("{} by status, {} by due time", self.status_shards, self.due_shards)),
            ("state", self.state().to_owned()),
            ("products", String::new()),
        ];
        let settings = settings.map(|(name, value)| format!("{name:<17} {value}").trim_end().to_owned());
        settings.into_iter().chain(products.into_iter().map(|line| format!("  {line}"))).collect()
    }
}

fn display_name(text: &str) -> Result<Name, RuleError> {
    let name = Name::parse(text)?;
    if card_number::is_in(text) { Err(RuleError("must not contain a card number")) } else { Ok(name) }
}

fn time_zone(text: &str) -> Result<TimeZone, RuleError> {
    let zone = TimeZone::get(text).ok().filter(|zone| zone.iana_name().is_some() && !zone.is_unknown());
    zone.ok_or(RuleError("must be an IANA time zone such as Asia/Kolkata"))
}

fn approval(text: &str) -> Result<ApprovalRule, RuleError> {
    let above = |text: &str| text.parse().map(ApprovalRule::Above).ok();
    match text {
        "never" => Ok(ApprovalRule::Never),
        _ => above(text).ok_or(RuleError("must be a number of kits, or never")),
    }
}

fn cms(text: &str) -> Result<CmsChoice, RuleError> {
    match text {
        "default" => Ok(CmsChoice::Default),
        _ if card_number::is_in(text) => Err(RuleError("must not contain a card number")),
        _ => CmsProfile::parse(text).map(CmsChoice::Profile),
    }
}

/// Parses a whole number with a range.
fn number<T: Field + TryFrom<u32, Error = RuleError>>(text: &str) -> Result<T, RuleError> {
    text.parse::<u32>().map_err(|_| RuleError(T::RULE)).and_then(T::try_from)
}
