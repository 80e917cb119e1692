use exitmacro::AtExitCleanup;

#[derive(AtExitCleanup)]
#[cleanup(after = Other, concurrent = true)]
struct Syntax;

#[derive(AtExitCleanup)]
#[cleanup(after(Other, Itself), before(Itself))]
struct Itself;

#[derive(AtExitCleanup)]
struct Other(#[cleanup(after(Syntax))] Box<Nothing>);

#[derive(AtExitCleanup)]
struct Nothing;

#[derive(AtExitCleanup)]
#[cleanup(after(), before)]
struct NothingNamed;

#[derive(AtExitCleanup)]
#[cleanup(after("close the log"))]
struct Sentence;

#[derive(AtExitCleanup)]
#[cleanup(after(Self))]
struct ItselfBySelf;

fn main() {}
