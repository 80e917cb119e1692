//! The same with ratatui, which restores by itself. The first argument says how it ends.

use exitmacro::resource::terminal;
use ratatui::crossterm::{execute, style::Print};
use std::io::stdout;

#[exitmacro::main(signals)]
fn main() {
    let case = std::env::args().nth(1).expect("a case");
    let _terminal = terminal().expect("it can be opened");
    let mut screen = ratatui::init();
    let area = ratatui::layout::Rect::new(0, 0, 5, 1);
    screen.draw(|frame| frame.render_widget("ratatui", area)).expect("it is drawn");
    execute!(stdout(), Print("drawn")).expect("it is written");
    match case.as_str() {
        "return" => {}
        "restored" => ratatui::restore(),
        "exit" => std::process::exit(3),
        "panic" => panic!("out of ink"),
        "signal" => loop {
            std::thread::park();
        },
        other => panic!("unknown case: {other}"),
    }
}
