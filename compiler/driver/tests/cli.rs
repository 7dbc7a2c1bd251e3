//! The command line from outside: what is printed where, exit statuses, and what is left behind.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::pty::OpenptFlags;
use serde_json::{Value, json};

const HELLO: &str = "fn main() {\n    print(\"hello\")\n}\n";
const FOREVER: &str = "import io\n\nfn main() {\n    print(\"started\")\n    io.flush()\n    while true {\n        sleep(1s)\n    }\n}\n";

/// A folder of one test's own, with a program in it; also what the compiler uses for temporary files.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("program.wyn"), source).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wync"));
        command.args(args).current_dir(&self.folder).env("TMPDIR", self.path("tmp")).stdin(Stdio::null());
        command
    }

    fn wync(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn temporary_files(&self) -> usize {
        fs::read_dir(self.path("tmp")).unwrap().count()
    }
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The command fails with this status, and says this in its first line on standard error.
#[track_caller]
fn fails(output: &Output, status: i32, text: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", stderr(output));
    let first = stderr(output).lines().next().unwrap_or_default();
    assert!(first.starts_with("error: ") && first.contains(text), "`{first}` does not say `{text}`");
}

#[test]
fn build_makes_an_executable_named_like_the_program() {
    let place = Place::new(HELLO);
    let output = place.wync(&["build", "program.wyn"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = Command::new(place.path("program")).output().unwrap();
    assert_eq!((stdout(&output), stderr(&output)), ("hello\n", ""));
    assert_eq!(place.temporary_files(), 0);
}

#[test]
fn run_passes_arguments_and_the_exit_status_through() {
    // rules: DIA-20
    let place = Place::new("import args\n\nfn main() -> int {\n    print(args.list())\n    return 7\n}\n");
    let output = place.wync(&["run", "program.wyn", "-O", "--help", "a b"]);
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert_eq!(stdout(&output), "[\"-O\", \"--help\", \"a b\"]\n");
    assert_eq!(place.temporary_files(), 0);
}

#[test]
fn run_leaves_nothing_behind_when_it_is_interrupted() {
    let place = Place::new(FOREVER);
    // Whatever the one who runs the tests ignores.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_wync"), "run", "program.wyn"]);
    command.current_dir(&place.folder).env("TMPDIR", place.path("tmp")).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut started = [0; 7];
    child.stdout.as_mut().unwrap().read_exact(&mut started).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{status}");
    assert_eq!(place.temporary_files(), 0);
}

#[test]
fn what_is_ignored_stays_ignored_for_the_program() {
    // rules: ERR-18
    let place = Place::new(FOREVER);
    let command = format!("trap '' HUP INT; exec {} run program.wyn", env!("CARGO_BIN_EXE_wync"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]).current_dir(&place.folder).stdout(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut started = [0; 7];
    child.stdout.as_mut().unwrap().read_exact(&mut started).unwrap();
    for signal in ["-HUP", "-INT", "-TERM"] {
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    }
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn stages_are_shown() {
    let place = Place::new(HELLO);
    for (stage, text) in
        [("ast", "Fn"), ("hir", "main"), ("mir", "main"), ("ir", "define "), ("asm", ".globl")]
    {
        let output = place.wync(&["build", "--emit", stage, "program.wyn"]);
        assert!(output.status.success(), "{stage}: {}", stderr(&output));
        assert!(stdout(&output).contains(text), "{stage} lacks `{text}`:\n{}", stdout(&output));
    }
    assert!(place.wync(&["build", "--emit", "obj", "program.wyn"]).status.success());
    assert!(fs::read(place.path("program.o")).unwrap().starts_with(b"\x7fELF"));
}

#[test]
fn output_is_the_same_every_time() {
    let place = Place::new(HELLO);
    let emit = || place.wync(&["build", "--emit", "ir", "program.wyn"]).stdout;
    assert_eq!(emit(), emit());
}

#[test]
fn files_that_cannot_be_read_are_named() {
    // rules: DIA-19, DIA-20
    let place = Place::new(HELLO);
    fs::write(place.path("latin1.wyn"), b"fn main() {\n    print(\"caf\xe9\")\n}\n").unwrap();
    fails(&place.wync(&["check", "missing.wyn"]), 1, "cannot read missing.wyn");
    fails(&place.wync(&["run", "tmp"]), 1, "it is a folder");
    let output = place.wync(&["check", "latin1.wyn"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("E0012") && stderr(&output).contains("latin1.wyn:2"),
        "{}",
        stderr(&output)
    );
    // Nothing else is said of what is no text, and of what is too much.
    fs::write(place.path("bytes.wyn"), b"\xff\xfef\0n\0 \0m\0'\n@ fn (\n").unwrap();
    for (file, what) in [("bytes.wyn", "is not UTF-8"), ("/dev/zero", "has more than 64 MiB")] {
        let output = place.wync(&["check", file]);
        let said = stderr(&output);
        assert!(said.starts_with(&format!("[E0012] error: this file {what}")), "{said}");
        assert!(said.ends_with("\n1 error\n"), "{said}");
    }
    let output = place.wync(&["check", "program"]);
    fails(&output, 1, "cannot read program");
    assert!(stderr(&output).contains("did you mean `program.wyn`?"));
}

#[test]
fn results_that_cannot_be_written_are_named() {
    let place = Place::new(HELLO);
    fails(&place.wync(&["build", "program.wyn", "-o", "tmp"]), 1, "cannot write tmp: it is a folder");
    for emit in [&[][..], &["--emit", "asm"]] {
        let args = [&["build", "program.wyn", "-o", "./program.wyn"], emit].concat();
        fails(&place.wync(&args), 1, "it is the program's text");
    }
    assert_eq!(fs::read_to_string(place.path("program.wyn")).unwrap(), HELLO);
    fails(&place.wync(&["build", "program.wyn", "-o", "no/such"]), 1, "cannot write no/such");
    fails(&place.wync(&["build", "program.wyn", "-o", "/dev/full"]), 1, "no space left on device");
    fails(&place.wync(&["build", "--emit", "ir", "program.wyn", "-o", "/dev/full"]), 1, "no space left");
    assert!(Path::new("/dev/full").metadata().is_ok_and(|full| !full.is_file()), "a device stays a device");
}

#[test]
fn a_link_stays_a_link() {
    let place = Place::new(HELLO);
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, place.path(name)).unwrap();
    link("first", "link");
    link("tmp/../program", "first");
    // The second time the file is there.
    for _ in 0..2 {
        let output = place.wync(&["build", "program.wyn", "-o", "link"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(place.path("first").is_symlink() && place.path("link").is_symlink());
        assert!(place.path("program").symlink_metadata().unwrap().is_file());
    }
    link("circle", "circle");
    fails(&place.wync(&["build", "program.wyn", "-o", "circle"]), 1, "cannot write circle: ");
    link("no/such", "nowhere");
    fails(&place.wync(&["build", "program.wyn", "-o", "nowhere"]), 1, "cannot write nowhere: ");
}

#[test]
fn a_name_that_gives_no_other_is_refused() {
    let place = Place::new(HELLO);
    for name in ["tool", ".wyn"] {
        fs::copy(place.path("program.wyn"), place.path(name)).unwrap();
        let output = place.wync(&["build", name]);
        fails(&output, 1, &format!("{name} is not named like `tool.wyn`"));
        assert!(stderr(&output).contains("help: give it with `-o`"));
    }
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_named() {
    // rules: DIA-19
    let place = Place::new(HELLO);
    for command in ["build", "run"] {
        let output = place.command(&[command, "program.wyn"]).env("TMPDIR", "/no/such").output().unwrap();
        fails(&output, 1, "cannot make a temporary folder in /no/such: no such file or directory");
        assert!(stderr(&output).contains("help: ") && stderr(&output).contains("TMPDIR"));
    }
}

#[test]
fn a_missing_linker_is_named_with_a_fix() {
    // rules: DIA-19
    let place = Place::new(HELLO);
    let output = place.command(&["build", "program.wyn"]).env("PATH", place.path("tmp")).output().unwrap();
    fails(&output, 1, "no linker found");
    assert!(stderr(&output).contains("help: "));
    assert_eq!(place.temporary_files(), 0);
}

#[test]
fn mistakes_in_a_program_end_with_status_1() {
    // rules: DIA-2, DIA-13, DIA-20
    let place = Place::new("fn main() {\n    print(1 +)\n}\n");
    for args in [&["check", "program.wyn"][..], &["build", "program.wyn"], &["run", "program.wyn"]] {
        let output = place.wync(args);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("program.wyn:2"), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
    }
    assert!(!place.path("program").exists());
    let output = place.wync(&["check", "--format", "json", "program.wyn"]);
    let first: Value = serde_json::from_str(stderr(&output).lines().next().unwrap()).unwrap();
    assert_eq!((first["line"].as_u64(), first["severity"].as_str()), (Some(2), Some("error")));
}

#[test]
fn mistakes_on_the_command_line_end_with_status_2() {
    // rules: DIA-20
    let place = Place::new(HELLO);
    fails(&place.wync(&["build"]), 2, "required");
    fails(&place.wync(&["build", "-O", "9", "program.wyn"]), 2, "9");
    assert_eq!(place.wync(&[]).status.code(), Some(2));
}

#[test]
fn codes_are_explained() {
    // rules: DIA-3, DIA-21
    let place = Place::new(HELLO);
    assert!(stdout(&place.wync(&["explain", "e0002"])).starts_with("E0002: "));
    let all = place.wync(&["explain"]);
    let lines: Vec<_> = stdout(&all).lines().collect();
    assert!(lines.is_sorted() && lines.contains(&"E0002  unexpected token"), "{lines:?}");
    fails(&place.wync(&["explain", "E9999"]), 1, "E9999");
}

#[test]
fn help_teaches_with_examples() {
    let place = Place::new(HELLO);
    let output = place.wync(&["--help"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("wync run hello.wyn"));
    assert!(stdout(&place.wync(&["run", "--help"])).contains("WYN_WORKERS"));
}

/// What is loaded before `main` runs decides how soon an answer comes: LLVM as a shared library would be most of it.
#[test]
fn the_version_needs_no_library_but_those_of_c() {
    let place = Place::new(HELLO);
    assert!(stdout(&place.wync(&["--version"])).starts_with("wync "));
    // The loader tells what it would load, and ends.
    let output =
        Command::new(env!("CARGO_BIN_EXE_wync")).env("LD_TRACE_LOADED_OBJECTS", "1").output().unwrap();
    let listed = stdout(&output);
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.iter().any(|name| name.starts_with("libc.so")), "{listed}");
    let small = ["linux-vdso.", "libc.", "libm.", "libgcc_s.", "libstdc++.", "/lib64/ld-linux"];
    let large: Vec<_> =
        names.iter().filter(|name| !small.iter().any(|known| name.starts_with(known))).collect();
    assert!(large.is_empty(), "wync also loads {large:?}");
}

#[test]
fn timings_tell_the_stages_in_order() {
    let place = Place::new(HELLO);
    let stages = |args: &[&str]| {
        let output = place.wync(args);
        assert!(output.status.success(), "{}", stderr(&output));
        let lines = stderr(&output).lines();
        lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(stages(&["check", "--timings", "program.wyn"]), "parse check lower passes all");
    let all = "parse check lower passes codegen link all";
    assert_eq!(stages(&["build", "-O0", "--timings", "program.wyn", "-o", "program"]), all);
    assert_eq!(stages(&["run", "-O0", "--timings", "program.wyn"]), all);
    assert_eq!(stages(&["check", "program.wyn"]), "");
}

#[test]
fn a_flood_of_mistakes_is_cut_short_for_people_only() {
    // rules: DIA-14, DIA-15
    let lines: String = (0..80).map(|n| format!("    print(missing_{n}_{n})\n")).collect();
    let place = Place::new(&format!("fn main() {{\n{lines}}}\n"));
    let output = place.wync(&["check", "program.wyn"]);
    let text = stderr(&output);
    assert_eq!(text.matches("[E0101]").count(), 50);
    assert!(text.ends_with("30 more are not shown\n80 errors\n"), "{text}");
    assert_eq!(stderr(&place.wync(&["check", "--format", "json", "program.wyn"])).lines().count(), 80);
}

/// The diagnostics that `check --format json` gives, one a line.
#[track_caller]
fn objects(place: &Place) -> Vec<Value> {
    let output = place.wync(&["check", "--format", "json", "program.wyn"]);
    assert_eq!(stdout(&output), "");
    stderr(&output).lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

#[test]
fn an_object_has_all_parts_of_a_diagnostic() {
    // rules: DIA-1, DIA-4, DIA-17, DIA-18
    let place = Place::new(
        "fn half(n: int) -> int {\n    return n / 2\n}\n\nfn main() {\n    print(\"é${half(\"4444\")}\")\n}\n",
    );
    let expected = json!([{
        "severity": "error",
        "code": "E0201",
        "message": "expected `int`, found `string`",
        "file": "program.wyn",
        "line": 6,
        "column": 20,
        "end_line": 6,
        "end_column": 26,
        "label": "this is `string`",
        "also": [{
            "file": "program.wyn",
            "line": 1,
            "column": 9,
            "end_line": 1,
            "end_column": 10,
            "label": "the parameter is `int`",
        }],
        "note": null,
        "help": "a number is written without quotes: `4444`",
    }]);
    assert_eq!(Value::from(objects(&place)), expected);
    fs::write(place.path("program.wyn"), HELLO).unwrap();
    assert!(objects(&place).is_empty(), "nothing is said of a program without mistakes");
}

#[test]
fn diagnostics_come_by_file_and_place() {
    // rules: DIA-5, DIA-6
    let place = Place::new(
        "import ./zeta\nimport ./alpha\n\nfn main() {\n    print(b)\n    print(zeta.f(a), c)\n}\n",
    );
    fs::write(place.path("zeta.wyn"), "pub fn f(n: int) -> int {\n    return d\n}\nconst E = e\n").unwrap();
    fs::write(place.path("alpha.wyn"), "pub fn g() {\n    print(1 +)\n    print(h)\n}\n").unwrap();
    let found: Vec<_> = objects(&place)
        .iter()
        .map(|object| format!("{}:{}:{}", object["file"].as_str().unwrap(), object["line"], object["column"]))
        .collect();
    let sorted = [
        "program.wyn:5:11",
        "program.wyn:6:5",
        "program.wyn:6:18",
        "program.wyn:6:22",
        "zeta.wyn:2:12",
        "zeta.wyn:4:11",
        "alpha.wyn:2:14",
        "alpha.wyn:3:11",
    ];
    assert_eq!(found, sorted);
    let text = place.wync(&["check", "program.wyn"]);
    let mut shown = stderr(&text);
    for place in sorted {
        let at = shown.find(place).unwrap_or_else(|| panic!("{place} is not next in\n{}", stderr(&text)));
        shown = &shown[at..];
    }
}

#[test]
fn warnings_do_not_fail() {
    // rules: DIA-2, DIA-13, DIA-20
    let place = Place::new("fn main() {\n    const n = 1\n    print(\"done\")\n}\n");
    for (args, printed) in [(&["check", "program.wyn"][..], ""), (&["run", "program.wyn"], "done\n")] {
        let output = place.wync(args);
        assert_eq!((output.status.code(), stdout(&output)), (Some(0), printed));
        assert!(stderr(&output).starts_with("[W0001] warning: "), "{}", stderr(&output));
        assert!(!stderr(&output).contains("1 error"), "only errors are counted");
    }
}

#[test]
fn what_surrounds_the_program_is_told_in_either_format() {
    // rules: DIA-19
    let place = Place::new(HELLO);
    fails(&place.wync(&["check", "--format", "json", "missing.wyn"]), 1, "cannot read missing.wyn");
}

/// What a terminal would get on standard error.
fn on_a_terminal(command: &mut Command) -> String {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let mut terminal = File::from(rustix::pty::openpt(flags).unwrap());
    rustix::pty::unlockpt(&terminal).unwrap();
    let other_end = rustix::pty::ioctl_tiocgptpeer(&terminal, flags).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(other_end).spawn().unwrap();
    command.stderr(Stdio::null());
    let mut said = Vec::new();
    // Once nobody has the other end, Linux calls reading an error.
    let _ = terminal.read_to_end(&mut said);
    child.wait().unwrap();
    String::from_utf8(said).unwrap()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    // rules: DIA-16
    let place = Place::new("fn main() {\n    print(missing)\n}\n");
    for args in [&["check", "program.wyn"][..], &["check", "no.wyn"], &["check", "--no"]] {
        let said = |name: &str, value: &str| {
            let mut command = place.command(args);
            command.env_remove("NO_COLOR").env("CI", "1").env("TERM", "xterm").env(name, value);
            on_a_terminal(&mut command)
        };
        let coloured = said("TERM", "xterm");
        assert!(coloured.contains("\x1b["), "{coloured}");
        assert_eq!(said("NO_COLOR", ""), coloured);
        for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let plain = said(name, value);
            assert!(plain.contains("error") && !plain.contains('\x1b'), "{name}={value}: {plain}");
        }
        let piped = place.wync(args);
        assert!(!stderr(&piped).contains('\x1b'), "{}", stderr(&piped));
    }
}

#[test]
fn a_wrong_command_line_is_answered_with_the_right_one() {
    // rules: DIA-20
    let place = Place::new(HELLO);
    for (args, message, help) in [
        (&["program.wyn"][..], "`program.wyn` is no command", "`wync run program.wyn`"),
        (&["test", "program.wyn"], "`wync test` is not there yet", "`check`"),
        (&["compile", "program.wyn"], "`compile` is no command", "`wync build FILE`"),
        (&["check", "program.wyn", "other.wyn"], "one file too many", "`import ./name`"),
        (&["build", "--release", "program.wyn"], "there is no option `--release`", "`-O3`"),
    ] {
        let output = place.wync(args);
        fails(&output, 2, message);
        assert!(stderr(&output).contains(help), "{}", stderr(&output));
    }
    let output = place.wync(&["check", "progam.wyn"]);
    fails(&output, 1, "cannot read progam.wyn: there is no such file");
    assert!(stderr(&output).contains("did you mean `program.wyn`?"), "{}", stderr(&output));
}
