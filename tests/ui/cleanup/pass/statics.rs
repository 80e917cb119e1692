use exitmacro::{AtExitCleanup, at_exit};
use std::sync::{LazyLock, Mutex, OnceLock};

#[derive(AtExitCleanup, Debug)]
struct Pool;

#[at_exit]
static PLAIN: Pool = Pool;

#[at_exit(
    priority = 5,
    timeout = "1s",
    name = "the pool",
    thread = caller,
    fork = inherit,
    crate = ::exitmacro
)]
pub(crate) static ONCE: OnceLock<Pool> = OnceLock::new();

mod inner {
    /// Documented, and of a longer type.
    #[::exitmacro::at_exit]
    #[allow(clippy::type_complexity)]
    pub static LAZY: super::LazyLock<Option<Box<super::Mutex<Vec<super::Pool>>>>> =
        super::LazyLock::new(|| None);
}

#[at_exit]
#[allow(non_upper_case_globals)]
static r#type: Pool = Pool;

macro_rules! statics {
    ($($name:ident: $type:ty = $value:expr, $priority:expr;)*) => {$(
        #[at_exit(priority = $priority)]
        static $name: $type = $value;
    )*};
}

statics! {
    FIRST: Pool = Pool, 2 + 1;
    SECOND: [OnceLock<Pool>; 2] = [const { OnceLock::new() }; 2], -2;
}

fn main() {
    #[at_exit]
    static PLAIN: Pool = Pool;

    let plan = exitmacro::plan();
    // Without the name of the program.
    let names: Vec<_> = plan
        .handlers()
        .iter()
        .map(|handler| handler.name().split_once("::").map_or(handler.name(), |(_, name)| name))
        .collect();
    assert_eq!(names, ["the pool", "FIRST", "PLAIN", "type", "inner::LAZY", "PLAIN", "SECOND"]);
    _ = (&PLAIN, &FIRST, &SECOND, &inner::LAZY);
}
