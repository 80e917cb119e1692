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

#[derive(AtExitCleanup)]
#[cleanup(with = std::mem::drop, discard = std::mem::forget)]
struct Dropped;

#[derive(AtExitCleanup)]
#[cleanup(with = #[cfg(any())] self::close)]
struct Conditional;

#[derive(AtExitCleanup)]
#[cleanup(with = drop, discard = Self::drop)]
struct Destructor;

impl Drop for Destructor {
    fn drop(&mut self) {}
}

#[derive(AtExitCleanup)]
#[cleanup(with = Drop::drop)]
struct WithoutDestructor;

fn main() {}
