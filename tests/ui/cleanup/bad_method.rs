use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(with = "close", discard = "let go")]
struct Quoted;

#[derive(AtExitCleanup)]
#[cleanup(with = close(), discard = Self::abandon(self))]
struct Call;

#[derive(AtExitCleanup)]
#[cleanup(with = 5, discard = |value| value.abandon())]
struct NoName;

#[derive(AtExitCleanup)]
#[cleanup(with = self)]
struct Keyword;

fn main() {}
