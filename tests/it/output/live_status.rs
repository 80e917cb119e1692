//! What a person sees of a run that takes long: on a terminal a line that is rewritten in place,
//! elsewhere lines at half of a handler's limit, where they are asked for.

use crate::support::{Running, Scenario, despite_load, normalized, scenario, without_line_numbers};
use std::ffi::CStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Without times, and without the lines of the program's source.
fn without_times(text: &str) -> String {
    without_line_numbers(&normalized(text))
}

/// What erases the line.
const ERASE: &str = "\x1b[K";

/// Both ends of a terminal. Programs that are started meanwhile inherit neither.
fn open_terminal(columns: u16, is_raw: bool) -> (File, File) {
    let mut name = [0_u8; 64];
    let size = libc::winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: on success it is an open file that nothing else owns. The name is written to a buffer
    // of the length that is told.
    let ours = unsafe {
        let ours = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC);
        assert!(
            ours >= 0 && libc::grantpt(ours) == 0 && libc::unlockpt(ours) == 0,
            "a terminal can be made"
        );
        assert_eq!(libc::ptsname_r(ours, name.as_mut_ptr().cast(), name.len()), 0);
        assert_eq!(libc::ioctl(ours, libc::TIOCSWINSZ, &raw const size), 0);
        File::from_raw_fd(ours)
    };
    let name =
        CStr::from_bytes_until_nul(&name).expect("the name ends").to_str().expect("a plain name");
    let theirs = File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY)
        .open(name)
        .expect("the terminal has another end");
    if is_raw {
        // SAFETY: all zeroes is a valid value for the modes, which are read before they are
        // changed.
        unsafe {
            let mut modes: libc::termios = std::mem::zeroed();
            assert_eq!(libc::tcgetattr(theirs.as_raw_fd(), &raw mut modes), 0);
            libc::cfmakeraw(&raw mut modes);
            assert_eq!(libc::tcsetattr(theirs.as_raw_fd(), libc::TCSANOW, &raw const modes), 0);
        }
    }
    (ours, theirs)
}

/// Makes stderr the terminal that the process belongs to, in the foreground.
fn own_terminal() -> std::io::Result<()> {
    // SAFETY: neither touches memory.
    let is_done = unsafe { libc::setsid() > 0 && libc::ioctl(2, libc::TIOCSCTTY, 0) == 0 };
    if is_done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// The same in the background: another process, which does nothing, is in the foreground.
fn own_terminal_in_background() -> std::io::Result<()> {
    own_terminal()?;
    // SAFETY: the child only makes system calls. The kernel ends it when this process, to which the
    // terminal belongs, ends.
    let is_done = unsafe {
        let other = libc::fork();
        if other == 0 {
            // The harness waits for the end of what is open.
            (0..256).for_each(|descriptor| _ = libc::close(descriptor));
            libc::setpgid(0, 0);
            loop {
                libc::pause();
            }
        }
        other > 0 && libc::setpgid(other, other) == 0 && libc::tcsetpgrp(2, other) == 0
    };
    if is_done { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// A program on a terminal, that reads from a pipe.
struct OnTerminal {
    running: Running,
    terminal: File,
    /// What it prints, as it comes.
    output: Receiver<Vec<u8>>,
    printed: String,
}

const LIMIT: Duration = exitmacro_testing::LIMIT;

impl OnTerminal {
    #[track_caller]
    fn start(scenario: Scenario, columns: u16, is_raw: bool) -> Self {
        Self::start_in(scenario, columns, is_raw, own_terminal)
    }

    #[track_caller]
    fn start_in(
        scenario: Scenario,
        columns: u16,
        is_raw: bool,
        place: fn() -> std::io::Result<()>,
    ) -> Self {
        let (terminal, theirs) = open_terminal(columns, is_raw);
        let scenario = scenario.with(|command| {
            command.stdin(Stdio::piped()).stderr(theirs);
            // SAFETY: it only makes system calls.
            unsafe { command.pre_exec(place) };
        });
        let running = scenario.start();
        let (sender, output) = channel();
        let mut reader = terminal.try_clone().expect("descriptors are left");
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with an error: no process has the other end open any more.
            while let Ok(length @ 1..) = reader.read(&mut buffer) {
                _ = sender.send(buffer[..length].to_vec());
            }
        });
        Self { running, terminal, output, printed: String::new() }
    }

    /// Waits until the terminal has got this text, from that place on.
    #[track_caller]
    fn wait_for(&mut self, text: &str, from: usize) {
        let end = Instant::now() + LIMIT;
        while !self.printed[from.min(self.printed.len())..].contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.printed.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("the terminal never got {text:?}: {:?}", self.printed),
            }
        }
    }

    /// Waits for an update of the line that has not come yet.
    #[track_caller]
    fn wait_for_update(&mut self) {
        self.wait_for(ERASE, self.printed.len());
    }

    fn type_key(&mut self, key: u8) {
        self.terminal.write_all(&[key]).expect("the terminal is open");
    }

    /// Has the handler that waits go on.
    fn go_on(&mut self) {
        let stdin = self.running.child.stdin.as_mut().expect("it is a pipe");
        stdin.write_all(b"\n").expect("the program reads it");
    }

    /// Waits for the end. What the terminal has got, its status and its stdout.
    #[track_caller]
    fn end(mut self) -> (Terminal, i32, String) {
        drop(self.running.child.stdin.take());
        let ended = self.running.end();
        while let Ok(bytes) = self.output.recv_timeout(LIMIT) {
            self.printed.push_str(&String::from_utf8_lossy(&bytes));
        }
        (Terminal(self.printed.clone()), ended.code(), ended.stdout)
    }
}

/// All that a terminal has got.
struct Terminal(String);

impl Terminal {
    /// The lines that a person has read there, each once.
    fn updates(&self) -> Vec<String> {
        let mut updates: Vec<String> = Vec::new();
        for text in self.0.split(&format!("\r{ERASE}")).filter(|text| !text.contains('\n')) {
            // Where the terminal shows the key that was pressed.
            let text = without_times(text.trim_end_matches("^C"));
            if !text.is_empty() && updates.last() != Some(&text) {
                updates.push(text);
            }
        }
        updates
    }

    /// What it shows in the end.
    fn screen(&self) -> String {
        let (mut lines, mut column) = (vec![Vec::new()], 0);
        for character in self.0.replace(ERASE, "\0").chars() {
            let line: &mut Vec<char> = lines.last_mut().expect("there is one");
            match character {
                '\r' => column = 0,
                '\n' => lines.push(Vec::new()),
                '\0' => line.truncate(column),
                other => {
                    line.resize(line.len().max(column + 1), ' ');
                    line[column] = other;
                    column += 1;
                }
            }
        }
        let lines: Vec<String> = lines.into_iter().map(|line| line.into_iter().collect()).collect();
        without_times(&lines.join("\n"))
    }
}

fn status(case: &str) -> Scenario {
    scenario!("status").arg(case).env("EXITMACRO_BUDGET", "99s")
}

const MODES: [bool; 2] = [false, true];

#[test]
fn the_line_says_what_is_awaited_and_goes_at_the_end() {
    for (columns, expected) in [
        (40, "exitmacro: `waits` _s of _s; _s left…"),
        (120, "exitmacro: waiting for `app::waits` (_s of _s); _s left; 1 to go"),
    ] {
        for is_raw in MODES {
            let mut program = OnTerminal::start(status("waits"), columns, is_raw);
            program.wait_for_update();
            program.wait_for_update();
            program.go_on();
            let (terminal, code, stdout) = program.end();
            assert_eq!((code, stdout.as_str()), (0, "ready\nrunning\n"));
            assert_eq!(terminal.updates()[0], expected);
            assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
        }
    }
}

#[test]
fn the_line_names_concurrent_handlers() {
    for (columns, expected) in [
        (40, "exitmacro: `fourth` _s of _s, `th"),
        (
            120,
            "exitmacro: `fourth` _s of _s, `third` _s of _s, `second` _s of _s and 1 more; _s left; 1 to go",
        ),
        (
            140,
            "exitmacro: waiting for `app::fourth` (_s of _s), `app::third` (_s of _s), `app::second` (_s of _s) and 1 more; _s left; 1 to go",
        ),
    ] {
        let mut program = OnTerminal::start(status("concurrent"), columns, false);
        for line in ["first", "second", "third", "fourth"] {
            program.running.wait_for(line);
        }
        program.wait_for_update();
        program.wait_for_update();
        for _ in 0..4 {
            program.go_on();
        }
        let (terminal, code, _) = program.end();
        let updates = terminal.updates();
        assert!(
            code == 0 && updates.iter().any(|update| update.starts_with(expected)),
            "{updates:?}"
        );
        assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
    }
}

const FAILS: &str =
    "exitmacro: handler `app::fails` (tests/src/bin/status.rs:_) failed after _s: no luck\n";

#[test]
fn a_line_of_an_outcome_takes_the_place_of_the_line() {
    for is_raw in MODES {
        for columns in [40, 120] {
            let mut program = OnTerminal::start(status("fails"), columns, is_raw);
            program.wait_for_update();
            program.go_on();
            let (terminal, code, _) = program.end();
            assert_eq!((code, terminal.screen().as_str()), (0, FAILS), "{:?}", terminal.0);
        }
    }
}

#[test]
fn every_line_on_a_raw_terminal_begins_in_the_first_column() {
    for is_raw in MODES {
        let program =
            OnTerminal::start(status("fails at once").env("EXITMACRO_LOG", "trace"), 200, is_raw);
        let (terminal, _, _) = program.end();
        let expected = format!(
            "\
exitmacro: the run begins: reason exit, status 0, budget _s; linked handlers: 1 (status 1); registered: 1
exitmacro: handler `app::fails` (tests/src/bin/status.rs:_) starts on a runner
{FAILS}exitmacro: handler `the last one` (tests/src/bin/status.rs:_) starts on a runner
exitmacro: handler `the last one` (tests/src/bin/status.rs:_, priority 0) completed after _s on a runner
exitmacro: the run has ended after _s: 1 completed, 1 failed, 0 timed out, 0 skipped
"
        );
        assert_eq!(terminal.screen(), expected, "{:?}", terminal.0);
    }
}

#[test]
fn what_a_handler_prints_stays() {
    let mut program = OnTerminal::start(status("prints"), 120, false);
    program.wait_for_update();
    program.go_on();
    program.wait_for("printed\r\n", 0);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    // Nothing tells that it was printed. So the line stands before it for ever.
    assert_eq!(
        terminal.screen(),
        "exitmacro: waiting for `app::prints` (_s of _s); _s left; 1 to goprinted\n"
    );
}

#[test]
fn the_flush_of_stdout_comes_after_the_line() {
    let scenario = stdout_to_stderr(status("prints no line end"));
    let mut program = OnTerminal::start(scenario, 120, false);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    assert_eq!(terminal.screen(), "ready\nrunning\nno line end", "{:?}", terminal.0);
}

/// Has stdout be what stderr is.
fn stdout_to_stderr(scenario: Scenario) -> Scenario {
    let copy = || {
        // SAFETY: neither descriptor is used by any thread of the child.
        if unsafe { libc::dup2(2, 1) } < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
    };
    // SAFETY: it only makes a system call.
    scenario.with(|command| _ = unsafe { command.pre_exec(copy) })
}

#[test]
fn the_line_says_how_to_force_the_end() {
    let waiting = |how: &str| {
        format!("exitmacro: waiting for `app::waits` (_s of _s); _s left; 1 to go; {how} exits now")
    };
    let mut program = OnTerminal::start(status("waits").arg("signals"), 120, false);
    program.wait_for_update();
    program.type_key(3);
    program.wait_for("send it again to exit now\r\n", 0);
    program.wait_for_update();
    // Not the same request any more.
    thread::sleep(Duration::from_millis(300));
    program.type_key(3);
    program.wait_for("forced to end", 0);
    let (terminal, code, _) = program.end();
    assert_eq!(code, 130);
    let updates = terminal.updates();
    assert_eq!(updates[0], waiting("Ctrl-C twice"));
    assert!(updates.contains(&waiting("Ctrl-C again")), "{updates:?}");
    let screen = terminal.screen();
    assert_eq!(
        screen.split_inclusive('\n').collect::<Vec<_>>(),
        [
            "exitmacro: shutting down on SIGINT; send it again to exit now\n",
            "exitmacro: forced to end by SIGINT while `app::waits` was running (_s of _s); 1 handler did not run\n"
        ],
        "{:?}",
        terminal.0
    );
}

#[test]
fn keys_that_send_no_signal_are_not_named() {
    let mut program = OnTerminal::start(status("waits").arg("signals"), 120, true);
    program.wait_for_update();
    program.go_on();
    let (terminal, _, _) = program.end();
    assert!(terminal.updates()[0].ends_with("; SIGTERM twice exits now"), "{:?}", terminal.0);
}

/// What the terminal gets when the handler waits for longer than the first line takes to come.
#[track_caller]
fn after_two_seconds(scenario: Scenario, place: fn() -> std::io::Result<()>) -> String {
    let mut program = OnTerminal::start_in(scenario, 120, false, place);
    program.running.wait_for("running");
    thread::sleep(Duration::from_secs(2));
    program.go_on();
    let (terminal, code, _) = program.end();
    assert_eq!(code, 0);
    terminal.0
}

#[test]
fn nothing_is_drawn_where_that_is_off_or_makes_no_sense() {
    for scenario in [
        scenario!("status_off"),
        status("waits").env("EXITMACRO_LOG", "quiet"),
        status("waits").env("TERM", "dumb"),
        status("on the caller"),
    ] {
        assert_eq!(after_two_seconds(scenario, own_terminal), "");
    }
}

#[test]
fn nothing_is_drawn_on_the_terminal_of_another_program() {
    assert_eq!(after_two_seconds(status("waits"), || Ok(())), "");
    assert_eq!(after_two_seconds(status("waits"), own_terminal_in_background), "");
}

#[test]
fn quiet_silences_nothing_else() {
    let ended = status("fails at once").env("EXITMACRO_LOG", "quiet").run();
    assert_eq!((ended.code(), without_times(&ended.stderr).as_str()), (0, FAILS));
}

#[test]
fn half_of_a_limit_and_a_late_end_are_told_where_that_is_asked_for() {
    for (level, expected) in [
        (
            "info",
            "\
exitmacro: handler `app::waits` (tests/src/bin/status.rs:_) is still running after _s of _s
exitmacro: handler `app::waits` (tests/src/bin/status.rs:_, priority 0) completed after _s on a runner
",
        ),
        ("error", ""),
        ("quiet", ""),
    ] {
        despite_load(|| {
            let (mut reader, writer) = std::io::pipe().expect("a pipe opens");
            let mut running = status("short limit")
                .env("EXITMACRO_LOG", level)
                .with(|command| _ = command.stdin(Stdio::piped()).stderr(writer))
                .start();
            running.wait_for("running");
            let mut told = Vec::new();
            if expected.is_empty() {
                thread::sleep(Duration::from_millis(2_200));
            } else {
                let mut byte = [0];
                while !told.ends_with(b"\n") {
                    reader.read_exact(&mut byte).expect("half of the limit is told");
                    told.extend(byte);
                }
            }
            drop(running.child.stdin.take());
            let ended = running.end();
            _ = reader.read_to_end(&mut told);
            ended.assert(0, "ready\nrunning\n", "");
            assert_eq!(without_times(&String::from_utf8_lossy(&told)), expected);
        });
    }
}

#[test]
fn no_line_tells_of_half_of_a_limit_where_the_other_one_is_drawn() {
    despite_load(|| {
        let scenario = status("short limit").env("EXITMACRO_LOG", "info");
        let mut program = OnTerminal::start(scenario, 120, false);
        program.running.wait_for("running");
        thread::sleep(Duration::from_millis(2_200));
        program.go_on();
        let (terminal, _, _) = program.end();
        assert!(!terminal.updates().is_empty());
        assert_eq!(terminal.screen(), "", "{:?}", terminal.0);
    });
}
