//! Which CMS a tenant's orders go to: the default one, or the one that its settings name.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::Cms;
use crate::domain::CmsProfile;

/// Opens the CMS of a profile.
type OpenProfile = dyn Fn(&CmsProfile) -> Arc<dyn Cms> + Send + Sync;

/// The CMS of each tenant.
pub struct CmsProfiles {
    default: Arc<dyn Cms>,
    open: Box<OpenProfile>,
    opened: Mutex<HashMap<CmsProfile, Arc<dyn Cms>>>,
}

impl CmsProfiles {
    /// A default CMS, and those of the profiles. `open` is called once per profile and sandbox.
    pub fn new(default: Arc<dyn Cms>, open: impl Fn(&CmsProfile) -> Arc<dyn Cms> + Send + Sync + 'static) -> Self {
        Self { default, open: Box::new(open), opened: Mutex::default() }
    }

    /// Returns the CMS of a tenant whose settings name this profile, or none.
    pub(crate) fn of(&self, profile: Option<&CmsProfile>) -> Arc<dyn Cms> {
        let Some(profile) = profile else { return Arc::clone(&self.default) };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(opened.entry(profile.clone()).or_insert_with(|| (self.open)(profile)))
    }
}

impl fmt::Debug for CmsProfiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CmsProfiles")
    }
}
