//! Region and credentials of an AWS account, as the AWS CLI finds them: variables, keys in its files; for anything else (SSO,
//! roles, processes, containers, instances) the AWS CLI is asked itself.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::Deserialize;
use shared::aws::Access;

use crate::environment::variable;
use crate::failure::Failure;

const NO_REGION: &str = "no region: give --region, set AWS_REGION, or use a profile that has one";
const NO_CREDENTIALS: &str = "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, use a profile that has them, \
                              or install the AWS CLI, which is asked for those that it finds elsewhere";

/// Key id, secret key and session token.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CliKey {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Finds region and credentials; a profile that is named wins over the variables, as it does for the AWS CLI.
pub(crate) fn access(profile: Option<&str>, region: Option<&str>) -> Result<Access, Failure> {
    let is_named = profile.is_some();
    let profile =
        profile.map(str::to_owned).or_else(|| variable("AWS_PROFILE")).unwrap_or_else(|| "default".to_owned());
    let files = Files::read();
    let region = region
        .map(str::to_owned)
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| files.value(&profile, "region"))
        .ok_or_else(|| Failure::Usage(NO_REGION.to_owned()))?;
    let key = if is_named { None } else { of_variables() };
    let key = key.or_else(|| files.key(&profile)).map_or_else(|| ask_cli(&profile), Ok)?;
    let CliKey { access_key_id, secret_access_key, session_token } = key;
    Ok(Access { region, key_id: access_key_id, secret_key: secret_access_key, session_token })
}

fn of_variables() -> Option<CliKey> {
    Some(CliKey {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
        session_token: variable("AWS_SESSION_TOKEN"),
    })
}

/// Has the AWS CLI find credentials; it may ask for a second factor.
fn ask_cli(profile: &str) -> Result<CliKey, Failure> {
    let unavailable = || Failure::Other(NO_CREDENTIALS.to_owned());
    let mut command = Command::new("aws");
    command.args(["configure", "export-credentials", "--format", "process"]);
    // Without the files, `default` would be a profile that does not exist.
    if profile != "default" {
        command.args(["--profile", profile]);
    }
    let output = command.stdin(Stdio::inherit()).stderr(Stdio::inherit()).output().map_err(|_| unavailable())?;
    serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success()).ok_or_else(unavailable)
}

/// The files of the AWS CLI.
struct Files {
    credentials: String,
    config: String,
}

impl Files {
    /// A file that is not there counts as empty.
    fn read() -> Self {
        let read = |name: &str, file: &str| {
            let home = || variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
            let path = variable(name).map(PathBuf::from).or_else(|| Some(home()?.join(".aws").join(file)));
            path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
        };
        Self {
            credentials: read("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            config: read("AWS_CONFIG_FILE", "config"),
        }
    }

    fn value(&self, profile: &str, key: &str) -> Option<String> {
        let in_config = || value(&self.config, &format!("profile {profile}"), key);
        let of_default = || (profile == "default").then(|| value(&self.config, profile, key))?;
        value(&self.credentials, profile, key).or_else(in_config).or_else(of_default)
    }

    /// Returns the profile's own key, unless it says how to find another.
    fn key(&self, profile: &str) -> Option<CliKey> {
        if ["role_arn", "sso_session", "sso_start_url"].iter().any(|key| self.value(profile, key).is_some()) {
            return None;
        }
        Some(CliKey {
            access_key_id: self.value(profile, "aws_access_key_id")?,
            secret_access_key: self.value(profile, "aws_secret_access_key")?,
            session_token: self.value(profile, "aws_session_token"),
        })
    }
}

/// Returns a value of a section: `[section]`, then `key = value`; an indented line belongs to the value before it.
fn value(file: &str, section: &str, key: &str) -> Option<String> {
    let heading = |line: &str| Some(line.trim().strip_prefix('[')?.split_once(']')?.0.trim().to_owned());
    let mut lines = file.lines().skip_while(|line| heading(line).as_deref() != Some(section)).skip(1);
    let within = std::iter::from_fn(|| lines.next().filter(|line| heading(line).is_none()));
    within
        .filter(|line| !line.starts_with([' ', '\t', '#', ';']))
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_both_files() {
        let files = Files {
            credentials: "[default]\naws_access_key_id = A\naws_secret_access_key=S=\n\n[ops]\n# no = comment\naws_access_key_id = B\naws_secret_access_key = T\naws_session_token = U\n".to_owned(),
            config: "[default]\nregion = eu-west-1\ns3 =\n  region = us-east-2\n[profile ops]\nregion=ap-south-1\n[profile role]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = ops\n".to_owned(),
        };
        let key = |profile| files.key(profile).map(|key| (key.access_key_id, key.secret_access_key, key.session_token));
        assert_eq!(key("default"), Some(("A".to_owned(), "S=".to_owned(), None)));
        assert_eq!(key("ops"), Some(("B".to_owned(), "T".to_owned(), Some("U".to_owned()))));
        assert_eq!(key("role"), None);
        assert_eq!(key("profile ops"), None);
        let region = |profile| files.value(profile, "region");
        assert_eq!(region("default").as_deref(), Some("eu-west-1"));
        assert_eq!(region("ops").as_deref(), Some("ap-south-1"));
        assert_eq!(region("role"), None);
        assert_eq!(region("none"), None);
    }
}
