//! Files and folders that are removed when they are dropped.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use ulid::Ulid;

/// A file that is being written; removed on drop unless it is kept. Only this user can read it.
#[derive(Debug)]
pub(crate) struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// Makes an empty file in a folder. Returns it with what writes into it.
    pub(crate) fn create(folder: &Path) -> io::Result<(Self, File)> {
        let path = folder.join(format!("{}.part", Ulid::generate()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok((Self(path), file))
    }

    /// Moves the file to `path`, on the same file system.
    pub(crate) fn keep(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // One that was kept is not there any more.
        let removed = fs::remove_file(&self.0);
        drop(removed);
    }
}

/// A folder that only this user can read.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes a folder where the system keeps temporary ones.
    pub(crate) fn create() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("card-orders-{}", Ulid::generate()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the temporary folder could not be removed");
        }
    }
}
