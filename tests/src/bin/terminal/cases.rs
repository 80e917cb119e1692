//! The ways out.

use crate::forked::{fork, wait_for};
use exitmacro::resource::{OnPanic, Terminal, TerminalOptions, terminal, terminal_with};
use exitmacro::{Handler, Tracked, priority};
use ratatui::crossterm::cursor::Hide;
use ratatui::crossterm::event::{
    EnableBracketedPaste, EnableFocusChange, EnableMouseCapture, KeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::Print;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use std::io::{stdin, stdout};
use std::thread;
use std::time::Duration;

fn found(options: TerminalOptions) -> Tracked<Terminal> {
    let terminal = terminal_with(options).expect("it can be opened");
    assert!(terminal.is_found());
    terminal
}

/// Sets all that crossterm can set, and prints that.
pub(crate) fn enter() {
    enable_raw_mode().expect("there is a terminal");
    execute!(
        stdout(),
        EnterAlternateScreen,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
        EnableMouseCapture,
        EnableBracketedPaste,
        EnableFocusChange,
        Hide,
        Print("drawn")
    )
    .expect("it is written");
}

fn entered(options: TerminalOptions) -> Tracked<Terminal> {
    let terminal = found(options);
    enter();
    terminal
}

fn print(text: &str) {
    execute!(stdout(), Print(text)).expect("it is written");
}

fn wait_for_a_byte() {
    _ = std::io::Read::read(&mut stdin(), &mut [0]);
}

fn wait() -> ! {
    loop {
        thread::park();
    }
}

/// How much was typed and not read.
fn unread() -> i32 {
    let mut count = 0;
    // SAFETY: the number is written to a place of its type.
    assert_eq!(unsafe { libc::ioctl(2, libc::FIONREAD, &raw mut count) }, 0);
    count
}

fn open_descriptors() -> usize {
    // SAFETY: it only asks.
    (0..100).filter(|&number| unsafe { libc::fcntl(number, libc::F_GETFD) } >= 0).count()
}

/// A handler that hangs, with this priority.
fn stuck(priority: i32) {
    let hang = || -> () {
        print("stuck");
        wait()
    };
    Handler::new("stuck").priority(priority).register(hang).expect("the run has not begun");
}

fn panic_in_a_thread() {
    _ = thread::Builder::new()
        .name("worker".into())
        .spawn(|| panic!("out of ink"))
        .expect("a thread starts")
        .join();
}

/// Forks a child, and waits for its end.
fn in_a_child(work: impl FnOnce()) {
    let Some(child) = fork() else {
        work();
        exitmacro::exit(0)
    };
    print(&format!("the child ended with {}", wait_for(child)));
}

pub(crate) fn run(case: &str) -> Result<(), &'static str> {
    let new = TerminalOptions::new;
    match case {
        "scope" => {
            drop(entered(new()));
            eprintln!("after the scope");
        }
        "again" => {
            for _ in 0..2 {
                let before = open_descriptors();
                drop(entered(new()));
                // crossterm believes that it is raw.
                disable_raw_mode().expect("there is a terminal");
                print(&format!("{} more", open_descriptors() - before));
            }
        }
        "error" => {
            let _terminal = entered(new());
            return Err("out of ink");
        }
        "exit" => {
            let _terminal = entered(new());
            exitmacro::exit(3);
        }
        "process exit" => {
            let _terminal = entered(new());
            std::process::exit(3);
        }
        "process exit in a thread" => {
            let _terminal = entered(new());
            thread::spawn(|| std::process::exit(3));
            wait();
        }
        "panic" => {
            let _terminal = entered(new());
            panic!("out of ink");
        }
        "panic, never" => {
            let _terminal = entered(new().on_panic(OnPanic::Never));
            panic!("out of ink");
        }
        "panic after another hook" => {
            drop(found(new()));
            std::panic::set_hook(Box::new(|_| eprintln!("hook of the program")));
            let _terminal = entered(new());
            panic!("out of ink");
        }
        "panic in a thread" => {
            let _terminal = entered(new());
            panic_in_a_thread();
            print("goes on");
        }
        "panic in a thread, any" => {
            let _terminal = entered(new().on_panic(OnPanic::InAnyThread));
            panic_in_a_thread();
            print("goes on");
        }
        "signal" => {
            let _terminal = entered(new());
            wait();
        }
        "stuck before" => {
            let _terminal = entered(new());
            stuck(priority::TERMINAL + 1);
            wait();
        }
        "stuck after" => {
            let _terminal = entered(new());
            stuck(priority::WORK);
            wait();
        }
        "restored by the program" => {
            let _terminal = entered(new());
            execute!(stdout(), LeaveAlternateScreen).expect("it is written");
            disable_raw_mode().expect("there is a terminal");
            print("restored");
        }
        "typed" => {
            let terminal = entered(new());
            while unread() < 2 {
                thread::sleep(Duration::from_millis(1));
            }
            drop(terminal);
            print(&format!("{} unread", unread()));
        }
        "cursor" => {
            let _terminal = found(new());
            execute!(stdout(), Hide, Print("drawn")).expect("it is written");
            exitmacro::exit(0);
        }
        "raw" => {
            let _terminal = found(new());
            enable_raw_mode().expect("there is a terminal");
            execute!(stdout(), Print("drawn")).expect("it is written");
            wait_for_a_byte();
        }
        "child" => {
            let _terminal = entered(new());
            in_a_child(|| ());
        }
        "child adopts" => {
            let _terminal = entered(new());
            in_a_child(|| exitmacro::adopt().expect("the parent has not run them"));
        }
        "child panics" => {
            let _terminal = entered(new());
            in_a_child(|| _ = std::panic::catch_unwind(|| panic!("out of ink")));
        }
        "nothing" => {}
        "found" => {
            let terminal = terminal().expect("it can be opened");
            println!("{}", terminal.is_found());
        }
        "hang-up" => {
            exitmacro::on_report(|report| {
                let handler = report.handlers().iter().find(|handler| handler.name() == "terminal");
                println!("{:?}", handler.expect("it is there").outcome());
            });
            let _terminal = found(new());
            println!("ready");
            wait();
        }
        "descriptors closed" => {
            let _terminal = found(new());
            // As daemons do; then other files get their numbers.
            for number in 3..100 {
                // SAFETY: std uses none of them.
                unsafe { libc::close(number) };
            }
            // SAFETY: stdout is open.
            (0..20).for_each(|_| assert!(unsafe { libc::dup(1) } > 2));
            execute!(std::io::stderr(), Print("drawn")).expect("it is written");
        }
        "twice" => {
            let _terminal = found(new());
            println!("{:?}", terminal().expect_err("it is kept").kind());
        }
        "stops" => {
            let again = || {
                enter();
                print(" again");
            };
            let _terminal = entered(new().on_continue(again));
            wait();
        }
        "stops without a cursor" => {
            let draw = |text| execute!(stdout(), Hide, Print(text)).expect("it is written");
            let _terminal = found(new().on_continue(move || draw("drawn again")));
            draw("drawn");
            wait();
        }
        other => panic!("unknown case: {other}"),
    }
    Ok(())
}
