//! Restores the terminal: it leaves raw mode and the alternate screen, and shows the cursor. A
//! panic is printed before the handlers run, so the panic hook closes the terminal first. So does
//! `main` for an error that it returns. For a later panic the terminal is already closed.
//!
//! Run it in a terminal, with `return`, `error`, `exit`, `panic` or `signal` as its argument.

use exitmacro::{AtExitCleanup, Tracked, priority, track};
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{DefaultTerminal, Terminal, backend::CrosstermBackend, crossterm::execute};
use std::io::{self, stdout};
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

#[derive(AtExitCleanup)]
#[cleanup(with = restore, priority = priority::TERMINAL, name = "terminal")]
struct Screen(Mutex<Option<DefaultTerminal>>);

impl Screen {
    fn open() -> io::Result<Tracked<Self>> {
        let screen = track(Self(Mutex::new(Some(Terminal::new(CrosstermBackend::new(stdout()))?))));
        restore_before_panic_messages(&screen);
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen)?;
        Ok(screen)
    }

    fn draw(&self, text: &str) -> io::Result<()> {
        let mut terminal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let terminal = terminal.as_mut().ok_or_else(|| io::Error::other("the screen is closed"))?;
        terminal.draw(|frame| frame.render_widget(text, frame.area()))?;
        Ok(())
    }

    fn restore(&self) -> io::Result<()> {
        // Nothing is drawn from here on. Does not wait for the lock, which the panicking function
        // may hold.
        if let Ok(mut terminal) = self.0.try_lock() {
            drop(terminal.take());
        }
        execute!(stdout(), LeaveAlternateScreen, Show)?;
        disable_raw_mode()
    }
}

/// The hook has its own handle, so the end of a scope does not close the screen. `Tracked::close`
/// does, or the exit.
fn restore_before_panic_messages(screen: &Tracked<Screen>) {
    let (screen, say) = (Tracked::clone(screen), panic::take_hook());
    panic::set_hook(Box::new(move |panic| {
        _ = Tracked::close(Tracked::clone(&screen));
        say(panic);
    }));
}

fn work(screen: &Screen) -> io::Result<()> {
    screen.draw("3 orders")?;
    match std::env::args().nth(1).as_deref() {
        Some("error") => return Err(io::Error::other("out of ink")),
        Some("exit") => std::process::exit(3),
        Some("panic") => panic!("out of ink"),
        Some("signal") => thread::park(),
        _ => {}
    }
    Ok(())
}

#[exitmacro::main(signals)]
fn main() -> io::Result<()> {
    let screen = Screen::open()?;
    let result = work(&screen);
    // Before the error is printed, which happens before the handlers too.
    Tracked::close(screen).map_err(|error| io::Error::other(error.into_inner()))?;
    result
}
