//! A program that several tests run.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::annotations::Annotations;
use crate::wync;

/// It is compiled when the first of them wants it.
#[derive(Debug)]
pub struct Built {
    source: PathBuf,
    level: u8,
    warnings: Option<String>,
    folder: OnceLock<Result<tempfile::TempDir, String>>,
}

impl Built {
    /// Of this source, at this level; not compiled yet.
    #[must_use]
    pub fn new(source: PathBuf, level: u8) -> Built {
        Built { source, level, warnings: None, folder: OnceLock::new() }
    }

    /// Why it is compiled with warnings, if it is.
    #[must_use]
    pub fn with_warnings(self, warnings: Option<String>) -> Built {
        Built { warnings, ..self }
    }

    /// The executable, which is there as long as `self`.
    ///
    /// # Errors
    /// Why it could not be compiled.
    pub fn executable(&self) -> Result<PathBuf, String> {
        let built = self.folder.get_or_init(|| {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let annotations = Annotations { warnings: self.warnings.clone(), ..Annotations::default() };
            wync::build(&self.source, self.level, &folder.path().join("program"), &annotations)?;
            Ok(folder)
        });
        built.as_ref().map(|folder| folder.path().join("program")).map_err(String::clone)
    }
}
