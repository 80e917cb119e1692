use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Number;

impl Number {
    fn close(&self) -> u32 {
        5
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Text;

impl Text {
    fn close(&self) -> Result<String, std::io::Error> {
        Ok(String::new())
    }
}

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Async;

impl Async {
    async fn close(&self) {}
}

fn main() {}
