//! Running a program that was just linked.
//!
//! The process becomes the program: arguments, standard streams, signals, exit status and
//! death by a signal are the program's own, with nothing in between to get them wrong. Its file is
//! deleted before it starts, so nothing is left behind however it ends.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{env, io};

use crate::failure::{Failure, reason};
use crate::link::Linked;

/// Becomes the program; returns only when that fails.
pub(crate) fn run(linked: Linked, source: &Path, args: &[OsString]) -> Result<(), Failure> {
    let folder = env::temp_dir();
    let cannot = |error: io::Error| {
        let help = match error.kind() {
            io::ErrorKind::PermissionDenied => format!(
                "it was made in {}, where programs may not be run; `TMPDIR` names another folder",
                folder.display()
            ),
            io::ErrorKind::NotFound => {
                "`wync run` needs the file system `/proc`; `wync build` does not".to_owned()
            }
            _ => "`wync build` makes an executable to run".to_owned(),
        };
        Failure::message(format!("cannot run the program: {}\nhelp: {help}", reason(&error)))
    };
    let file = File::open(linked.path()).map_err(cannot)?;
    linked.finish();
    let name = source.file_stem().unwrap_or(source.as_os_str());
    // The kernel opens the path before it closes the descriptors that are not inherited.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Err(cannot(Command::new(path).arg0(name).args(args).exec()))
}
