//! What a terminal of 80 columns shows. It knows the sequences that indicatif sends.

/// The lines of the screen, and the cursor.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    rows: Vec<Vec<char>>,
    row: usize,
    /// 80 after the last column, until the next character begins a new line.
    column: usize,
    pub(crate) hides_cursor: bool,
}

const COLUMNS: usize = 80;

impl Screen {
    /// The screen after all of this was sent to the terminal.
    pub(crate) fn after(text: &str) -> Self {
        let mut screen = Self::default();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\r' => screen.column = 0,
                '\n' => screen.row += 1,
                '\x1b' => {
                    assert_eq!(
                        characters.next(),
                        Some('['),
                        "no other sequence is known: {text:?}"
                    );
                    let is_end = |character: &char| ('@'..='~').contains(character);
                    let mut parameters = String::new();
                    let end = loop {
                        match characters.next() {
                            Some(end) if is_end(&end) => break end,
                            Some(part) => parameters.push(part),
                            None => return screen,
                        }
                    };
                    screen.obey(&parameters, end);
                }
                _ => screen.put(character),
            }
        }
        screen
    }

    fn put(&mut self, character: char) {
        if self.column == COLUMNS {
            self.column = 0;
            self.row += 1;
        }
        let column = self.column;
        let row = self.current_row();
        row.resize(row.len().max(column + 1), ' ');
        row[column] = character;
        self.column += 1;
    }

    fn current_row(&mut self) -> &mut Vec<char> {
        self.rows.resize(self.rows.len().max(self.row + 1), Vec::new());
        &mut self.rows[self.row]
    }

    fn obey(&mut self, parameters: &str, end: char) {
        let count = parameters.parse().unwrap_or(1);
        match (parameters, end) {
            (_, 'A') => self.row = self.row.saturating_sub(count),
            (_, 'B') => self.row += count,
            ("2", 'K') => self.current_row().clear(),
            ("?25", _) => self.hides_cursor = end == 'l',
            // What `resource::terminal` restores, other than the cursor.
            (_, 'm' | 'h' | 'l') => {}
            _ => panic!("no such sequence is known: {parameters}{end}"),
        }
    }

    /// The lines that are not empty.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines =
            self.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    }
}

#[test]
fn screen_shows_what_is_drawn_over() {
    let screen = Screen::after(&format!("{:80}{:80}\x1b[1A\r\x1b[2K\x1b[1B\r\x1b[2Kend", "a", "b"));
    assert_eq!(screen.lines(), ["end"]);
    let screen = Screen::after("\x1b[?25lone\r\ntwo\x1b[1A\r1");
    assert_eq!((screen.lines(), screen.hides_cursor), (vec!["1ne".into(), "two".into()], true));
}
