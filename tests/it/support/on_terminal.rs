//! A program on a terminal, and what a person reads there.

use super::{Running, Scenario, normalized, without_line_numbers};
use exitmacro_testing::{LIMIT, belong_to_terminal, open_terminal, shown_on};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::mpsc::Receiver;
use std::time::Instant;

/// Without times, and without the lines of the program's source.
pub(crate) fn without_times(text: &str) -> String {
    without_line_numbers(&normalized(text))
}

/// What erases the line.
const ERASE: &str = "\x1b[K";

/// Both ends of a terminal of that width.
fn terminal_of(columns: u16, is_raw: bool) -> (File, File) {
    let (ours, theirs) = open_terminal();
    let size = libc::winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the descriptor is open, and what is passed has the type that is expected.
    assert_eq!(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }, 0);
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
    (ours.into(), theirs.into())
}

/// Makes stderr the terminal that the process belongs to, in the foreground.
pub(crate) fn own_terminal() -> std::io::Result<()> {
    belong_to_terminal(2)
}

/// The same for stdout as well.
pub(crate) fn own_screen() -> std::io::Result<()> {
    own_terminal()?;
    // SAFETY: neither descriptor is used by any thread of the child.
    if unsafe { libc::dup2(2, 1) } < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
}

/// Makes stderr the terminal of the process, in the background: another process, which
/// does nothing, is in the foreground.
pub(crate) fn own_terminal_in_background() -> std::io::Result<()> {
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

/// Gives a process that is about to start its place on a terminal.
pub(crate) type Place = fn() -> std::io::Result<()>;

/// A program on a terminal, that reads from a pipe.
pub(crate) struct OnTerminal {
    pub(crate) running: Running,
    terminal: File,
    /// What it prints, as it comes.
    output: Receiver<Vec<u8>>,
    printed: String,
}

impl OnTerminal {
    #[track_caller]
    pub(crate) fn start(scenario: Scenario, columns: u16, is_raw: bool) -> Self {
        Self::start_in(scenario, columns, is_raw, own_terminal)
    }

    #[track_caller]
    pub(crate) fn start_in(scenario: Scenario, columns: u16, is_raw: bool, place: Place) -> Self {
        let (terminal, theirs) = terminal_of(columns, is_raw);
        let scenario = scenario.with(|command| {
            command.stdin(Stdio::piped()).stderr(theirs);
            // SAFETY: it only makes system calls.
            unsafe { command.pre_exec(place) };
        });
        let running = scenario.start();
        let output = shown_on(terminal.try_clone().expect("descriptors are left"));
        Self { running, terminal, output, printed: String::new() }
    }

    /// Waits until the terminal has got this text, from that place on.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str, from: usize) {
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
    pub(crate) fn wait_for_update(&mut self) {
        self.wait_for(ERASE, self.printed.len());
    }

    /// Its modes, to be read also after the program has ended.
    pub(crate) fn modes(&self) -> impl Fn() -> Vec<libc::tcflag_t> + use<> {
        let terminal = self.terminal.try_clone().expect("descriptors are left");
        move || {
            // SAFETY: all zeroes is a value, which the call overwrites.
            let modes = unsafe {
                let mut modes: libc::termios = std::mem::zeroed();
                assert_eq!(libc::tcgetattr(terminal.as_raw_fd(), &raw mut modes), 0);
                modes
            };
            let flags = [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag];
            flags.into_iter().chain(modes.c_cc.map(libc::tcflag_t::from)).collect()
        }
    }

    pub(crate) fn type_key(&mut self, key: u8) {
        self.terminal.write_all(&[key]).expect("the terminal is open");
    }

    /// Has the handler that waits go on.
    pub(crate) fn go_on(&mut self) {
        let stdin = self.running.child.stdin.as_mut().expect("it is a pipe");
        stdin.write_all(b"\n").expect("the program reads it");
    }

    /// Waits for the end. What the terminal has got, its status and its stdout.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Terminal, i32, String) {
        drop(self.running.child.stdin.take());
        let ended = self.running.end();
        while let Ok(bytes) = self.output.recv_timeout(LIMIT) {
            self.printed.push_str(&String::from_utf8_lossy(&bytes));
        }
        (Terminal(self.printed.clone()), ended.code(), ended.stdout)
    }
}

/// All that a terminal has got.
pub(crate) struct Terminal(pub(crate) String);

impl Terminal {
    /// The lines that a person has read there, each once.
    pub(crate) fn updates(&self) -> Vec<String> {
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
    pub(crate) fn screen(&self) -> String {
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
