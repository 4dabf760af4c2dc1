//! The data folder.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::StackError;
use crate::temporary::TemporaryFolder;

/// How the data folder is laid out. It changes whenever older data can no longer be read.
const LAYOUT: &str = "3\n";
const STORE_FILE: &str = "store.sqlite";

/// The data folder, locked against other stacks; a temporary one is removed at the end.
#[derive(Debug)]
pub(crate) enum DataFolder {
    Lasting { path: PathBuf, _lock: File },
    Temporary(TemporaryFolder),
}

impl DataFolder {
    /// Opens a folder, and makes it where there is none; `None` takes a temporary one.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, StackError> {
        let Some(path) = path else {
            let unusable = |source| StackError::Data { path: std::env::temp_dir(), source };
            return TemporaryFolder::create().map(Self::Temporary).map_err(unusable);
        };
        let unusable = |source| StackError::Data { path: path.clone(), source };
        fs::create_dir_all(&path).map_err(unusable)?;
        let lock = File::create(path.join("lock")).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(StackError::DataInUse),
            Err(fs::TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let layout = path.join("layout");
        match fs::read_to_string(&layout) {
            Ok(text) if text == LAYOUT => {}
            Err(error) if error.kind() == ErrorKind::NotFound && !path.join(STORE_FILE).exists() => {
                fs::write(&layout, LAYOUT).map_err(unusable)?;
            }
            Ok(_) | Err(_) => return Err(StackError::DataOfOlderLayout { path }),
        }
        Ok(Self::Lasting { path, _lock: lock })
    }

    /// Returns where the folder is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Lasting { path, .. } => path,
            Self::Temporary(folder) => folder.path(),
        }
    }

    /// Returns the file of the store; `None` keeps the store in memory.
    pub(crate) fn store_file(&self) -> Option<PathBuf> {
        match self {
            Self::Lasting { path, .. } => Some(path.join(STORE_FILE)),
            Self::Temporary(_) => None,
        }
    }
}
