//! `doctor`: looks at every part of a deployment, and says of each whether it can be used.

mod account;
mod check;
mod tables;

use clap::Args;

use crate::context::{Context, note};
use crate::failure::Failure;
use crate::stack;
use check::PartCheck;

/// What the command is given.
#[derive(Debug, Args)]
#[command(
    after_help = "It reads only, and never a secret's value.\nExample:\n  cargo run -p admin -- doctor\n  cargo run -p admin -- --aws doctor --stack card-orders"
)]
pub(crate) struct DoctorArguments {
    /// With --aws: the CloudFormation stack, which says what else there is to look at: bucket, queues, functions, alarms,
    /// secrets, pipe. Names that are not given are taken from it
    #[arg(long, value_name = "NAME", value_parser = stack::name)]
    stack: Option<String>,
}

pub(crate) async fn run(context: &Context, arguments: DoctorArguments) -> Result<(), Failure> {
    let mut checks = Vec::new();
    match (&arguments.stack, context.target.signed_caller()?) {
        (Some(_), None) => return Err(Failure::Usage("--stack needs --aws".to_owned())),
        (None, None) => checks.extend(tables::checks(&context.target).await?),
        (None, Some(_)) => {
            checks.extend(tables::checks(&context.target).await?);
            note("without --stack, only the tables are looked at")?;
        }
        (Some(name), Some(caller)) => match stack::resources(&caller, name).await {
            Err(fault) => checks.push(PartCheck::failed(format!("stack {name}"), fault)),
            Ok(resources) => {
                let target = context.target.with_tables(&resources);
                checks.extend(tables::checks(&target).await?);
                checks.extend(account::checks(&target, &caller, name, &resources).await);
            }
        },
    }
    let failed = checks.iter().filter(|check| !check.ok).count();
    context.show(checks.as_slice())?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::Other("one check failed".to_owned())),
        failed => Err(Failure::Other(format!("{failed} checks failed"))),
    }
}
