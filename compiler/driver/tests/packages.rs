//! Programs of several files, as the file system has them: what cannot be checked in, and packages as
//! the command line takes them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

/// A folder with the files of one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = place.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn wync(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_wync")).args(args).current_dir(&self.0).output().unwrap()
    }

    /// What the program prints.
    #[track_caller]
    fn prints(&self, args: &[&str], expected: &str) {
        let output = self.wync(args);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((&*out, &*err), (expected, ""));
    }

    /// Everything in `parts` is said about the program.
    #[track_caller]
    fn fails(&self, args: &[&str], parts: &[&str]) {
        let output = self.wync(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for part in parts {
            assert!(said.contains(part), "`{part}` is not said:\n{said}");
        }
    }
}

const MAIN: &str = "import ./util\n\nfn main() { print(util.answer()) }\n";
const UTIL: &str = "pub fn answer() -> int { 42 }\n";

#[test]
fn a_folder_with_a_description_is_run_and_built() {
    // rules: MOD-15, MOD-16
    let description = "[package]\nname = \"answers\"\nentry = \"src/main.wyn\"\n";
    let place = Place::new(&[("wyn.toml", description), ("src/main.wyn", MAIN), ("src/util.wyn", UTIL)]);
    place.prints(&["run"], "42\n");
    place.prints(&["run", "."], "42\n");
    place.prints(&["run", "src/main.wyn"], "42\n");
    assert!(place.wync(&["build"]).status.success());
    let output = Command::new(place.path("answers")).output().unwrap();
    assert_eq!(output.stdout, b"42\n");
    place.fails(&["run", "src"], &["it is a folder without `wyn.toml`", "did you mean `src/main.wyn`?"]);
}

#[test]
fn without_a_description_the_folder_of_the_file_is_the_root() {
    // rules: MOD-5, MOD-15
    let files =
        [("app/main.wyn", "import ../util\nfn main() { print(util.answer()) }\n"), ("util.wyn", UTIL)];
    let place = Place::new(&files);
    place.fails(
        &["run", "app/main.wyn"],
        &["E0111", "`../util` lies outside of this package", "a `wyn.toml` makes"],
    );
    fs::write(place.path("wyn.toml"), "[package]\nname = \"both\"\n").unwrap();
    place.prints(&["run", "app/main.wyn"], "42\n");
}

#[test]
fn links_lead_to_the_same_module() {
    // rules: MOD-6
    let main = "import ./util.{Id, make}\nimport ./again/loop/loop/util\n\n\
        fn main() {\n    const id: Id = util.make()\n    print(id == make())\n}\n";
    let util = "pub struct Id { n: int }\npub fn make() -> Id { Id { n: 1 } }\n";
    let place = Place::new(&[("main.wyn", main), ("util.wyn", util)]);
    symlink(".", place.path("again")).unwrap();
    symlink(".", place.path("loop")).unwrap();
    place.prints(&["run", "main.wyn"], "true\n");
}

#[test]
fn files_that_cannot_be_read_are_reported() {
    // rules: MOD-18
    let place = Place::new(&[("main.wyn", MAIN)]);
    let util = place.path("util.wyn");
    symlink("util.wyn", &util).unwrap();
    place
        .fails(&["check", "main.wyn"], &["E0111", "cannot read util.wyn: too many levels of symbolic links"]);
    fs::remove_file(&util).unwrap();
    symlink("nowhere", &util).unwrap();
    place.fails(&["check", "main.wyn"], &["E0111", "cannot read util.wyn: no such file"]);
    fs::remove_file(&util).unwrap();
    assert!(Command::new("mkfifo").arg(&util).status().unwrap().success());
    place.fails(&["check", "main.wyn"], &["cannot read util.wyn: it is no regular file"]);
    fs::remove_file(&util).unwrap();
    fs::write(&util, UTIL).unwrap();
    fs::set_permissions(&util, fs::Permissions::from_mode(0o000)).unwrap();
    // Nothing is forbidden to the superuser.
    if fs::read(&util).is_err() {
        place.fails(&["check", "main.wyn"], &["cannot read util.wyn: permission denied"]);
    }
    fs::remove_file(&util).unwrap();
    fs::write(&util, b"pub fn answer() -> int { 4 } // \xff\n").unwrap();
    place.fails(&["check", "main.wyn"], &["E0012", "util.wyn:1:33", "1 error\n"]);
}

#[test]
fn an_unreadable_description_is_reported() {
    // rules: MOD-16
    let place = Place::new(&[("main.wyn", MAIN), ("util.wyn", UTIL), ("wyn.toml", "[package\nname = 1\n")]);
    place.fails(&["run"], &["E0112", "this is not TOML", "wyn.toml:1:"]);
    place.fails(&["check", "main.wyn"], &["E0112", "this is not TOML"]);
    fs::write(place.path("wyn.toml"), "").unwrap();
    place.fails(&["check"], &["E0112", "this file names no package"]);
}

#[test]
fn every_form_shows_all_modules() {
    let place = Place::new(&[("main.wyn", MAIN), ("util.wyn", UTIL)]);
    for (form, text) in [("hir", "fn util.answer"), ("mir", "util.answer"), ("ir", "main.main")] {
        let output = place.wync(&["build", "main.wyn", "-O0", "--emit", form]);
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains(text), "{form}:\n{shown}");
    }
}
