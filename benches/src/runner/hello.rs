//! The cost of linking the crate: a hello-world of each peer against one without.

use super::Figures;
use super::bounds::by_function;
use super::figure::{Figure, Missing, less, median};
use super::subject::Subjects;
use super::table::{Table, shown, whole};
use std::collections::BTreeMap;

const PEERS: [(&str, &str); 8] = [
    ("`libc::atexit`, 1 handler", "hello_libc_atexit"),
    (TITLE_BY_HAND, "hello_by_hand"),
    ("`dtor`, 1 handler", "hello_dtor"),
    ("`inventory` + sort, 1 handler", "hello_inventory"),
    ("`linkme` + sort, 1 handler", "hello_linkme"),
    ("`signal-mod`, 1 handler", "hello_signal_mod"),
    ("`exitmacro`, nothing declared", "hello_exitmacro_idle"),
    ("`exitmacro`, 1 handler", "hello_exitmacro"),
];

/// What std alone offers of isolation and a timeout.
pub(super) const TITLE_BY_HAND: &str = "by hand, a thread of std with a timeout, 1 handler";

/// The argument with which a hello-world ends right after its greeting, without running handlers.
pub(super) const LEAVE: &[&str] = &["leave"];

/// How many instructions the exit with one handler may take.
const EXIT_LIMIT: f64 = 15_000.0;

/// How often the system calls of a program are counted, because threads that wait for each other do
/// not always make the same calls.
const ROUNDS: usize = 5;

struct Hello {
    start: Figure,
    exit: Figure,
    start_allocations: Figure,
    exit_allocations: Figure,
    start_calls: Figure,
    exit_calls: Figure,
    threads: Figure,
}

impl Hello {
    fn measure(subjects: &Subjects, name: &str) -> Self {
        let start = subjects.comparable_instructions(name, LEAVE);
        let exit =
            less(median([(); 3].map(|()| subjects.comparable_instructions(name, &[]))), start);
        let start_allocations = subjects.allocations(name, LEAVE);
        let start_calls = subjects.system_calls(name, LEAVE).map(|calls| calls.calls);
        let calls: Vec<_> = (0..ROUNDS).map(|_| subjects.system_calls(name, &[])).collect();
        let of_all = |what: fn(&super::parse::SystemCalls) -> f64| {
            median(calls.iter().map(|calls| calls.as_ref().map(what).map_err(|missing| *missing)))
        };
        Self {
            start,
            exit,
            start_allocations,
            exit_allocations: less(subjects.allocations(name, &[]), start_allocations),
            start_calls,
            exit_calls: less(of_all(|calls| calls.calls), start_calls),
            threads: of_all(|calls| calls.threads),
        }
    }

    fn over(&self, bare: &Self) -> Self {
        Self {
            start: less(self.start, bare.start),
            exit: less(self.exit, bare.exit),
            start_allocations: less(self.start_allocations, bare.start_allocations),
            exit_allocations: less(self.exit_allocations, bare.exit_allocations),
            start_calls: less(self.start_calls, bare.start_calls),
            exit_calls: less(self.exit_calls, bare.exit_calls),
            threads: less(self.threads, bare.threads),
        }
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let figures = [
            self.start,
            self.start_allocations,
            self.start_calls,
            self.exit,
            self.exit_allocations,
            self.exit_calls,
            self.threads,
        ];
        std::iter::once(name.to_owned()).chain(figures.map(|figure| shown(figure, whole))).collect()
    }
}

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    figures.section("Hello-world: start-up and exit");
    let bare = Hello::measure(subjects, "hello_bare");
    let mut table = Table::new([
        "over a hello-world without",
        "start-up: instructions",
        "allocations",
        "system calls",
        "exit: instructions",
        "allocations",
        "system calls",
        "threads",
    ]);
    table.row(bare.cells("(without: the whole of it)"));
    let mut of_exitmacro = Vec::new();
    for (peer, name) in PEERS {
        let over = Hello::measure(subjects, name).over(&bare);
        table.row(over.cells(peer));
        if name.starts_with("hello_exitmacro") {
            of_exitmacro.push(over);
        }
    }
    figures.table(&table);
    let [idle, one] = of_exitmacro.as_slice() else { unreachable!("two of them are named above") };

    let start = |name, bare| {
        less(
            subjects.comparable_instructions(name, LEAVE),
            subjects.comparable_instructions(bare, LEAVE),
        )
    };
    let beside_threads = [
        start("hello_threads_exitmacro_idle", "hello_threads"),
        start("hello_threads_exitmacro", "hello_threads"),
    ];
    figures
        .paragraph("In a program that can start threads anyway, and so imports what that takes:");
    let mut table = Table::new(["over the same program without", "start-up: instructions"]);
    table.row(["`exitmacro`, nothing declared".to_owned(), shown(beside_threads[0], whole)]);
    table.row(["`exitmacro`, 1 handler".to_owned(), shown(beside_threads[1], whole)]);
    figures.table(&table);

    let loader = |name, bare| move || loader_work(subjects, name, bare);
    figures.target(
        "start-up, nothing declared: instructions",
        1_500.0,
        "",
        idle.start,
        loader("hello_exitmacro_idle", "hello_bare"),
    );
    figures.target(
        "start-up, nothing declared, in a program that starts threads: instructions",
        1_500.0,
        "",
        beside_threads[0],
        loader("hello_threads_exitmacro_idle", "hello_threads"),
    );
    figures.target(
        "start-up, 1 handler, in a program that starts threads: instructions",
        4_500.0,
        "",
        beside_threads[1],
        loader("hello_threads_exitmacro", "hello_threads"),
    );
    let with_std_threads = || {
        format!(
            "{} Among the names are those that std's threads take: handlers run on one, so that \
             they can be abandoned.",
            loader_work(subjects, "hello_exitmacro", "hello_bare")
        )
    };
    figures.target(
        "start-up, 1 handler, in a program without threads: instructions",
        12_000.0,
        "",
        one.start,
        with_std_threads,
    );
    let unexpected = || "not explained".to_owned();
    figures.target("start-up: heap allocations", 0.0, "", idle.start_allocations, unexpected);
    figures.target(
        "start-up and exit with nothing registered: threads",
        0.0,
        "",
        idle.threads,
        unexpected,
    );
    figures.target(
        "exit with nothing registered: system calls",
        0.0,
        "",
        idle.exit_calls,
        unexpected,
    );
    figures.target("1 handler, whole exit: instructions", EXIT_LIMIT, "", one.exit, || {
        let functions = by_function(subjects, "hello_exitmacro", [LEAVE, &[]], 1.0, 150.0);
        format!("{} {} By function: {functions}.", by_object(subjects), beside_the_thread(subjects))
    });
    figures.target("1 handler, whole exit: allocations", 15.0, "", one.exit_allocations, || {
        let thread = less(
            allocations_at_exit(subjects, "exit_thread"),
            allocations_at_exit(subjects, "exit_libc_atexit"),
        );
        format!("starting a thread of std and joining it takes {}.", shown(thread, whole))
    });
    figures.target("1 handler, whole exit: system calls", 28.0, "", one.exit_calls, || {
        format!(
            "{} Of what comes on top of the thread, `getpid` shows a child of a bare `clone`, \
             `prctl` names the thread, and one of `sigaction` takes SIGABRT over.",
            by_call(subjects)
        )
    });
}

fn allocations_at_exit(subjects: &Subjects, name: &str) -> Figure {
    less(subjects.allocations(name, &[]), subjects.allocations(name, LEAVE))
}

/// What bounds a start-up: look-ups, addresses, and the crate's own function there.
fn loader_work(subjects: &Subjects, name: &str, bare: &str) -> String {
    let over = |function: &str| {
        let inside = |name| subjects.instructions_inside(name, LEAVE, function);
        less(inside(name), inside(bare))
    };
    let work = subjects.loader_work(name).and_then(|work| Ok((work, subjects.loader_work(bare)?)));
    let count = |which: usize| work.map(|(work, bare)| work[which] - bare[which]);
    let (lookups, copies) = (over("_dl_lookup_symbol_x"), over("__cxa_atexit"));
    let addresses = less(over("_dl_relocate_object"), lookups);
    let own =
        subjects.instructions_of_own(name, LEAVE, "exitmacro::process::hook::AT_LOAD::entry*");
    let all = lookups.and_then(|lookups| Ok(lookups + addresses? + own?));
    format!(
        "{} are those of the dynamic loader for {} more look-ups of names (one for each address \
         that needs it), {} to write {} more addresses before `main`, as Rust links its \
         programs; {} are those of the crate's own function there, of which {} are libc's, to \
         which it gives seven copies of the hook: with four, a handler was lost in 4 of 12,000 \
         ends of eight threads at once. Together {}.",
        shown(lookups, whole),
        shown(count(0), whole),
        shown(addresses, whole),
        shown(count(1), whole),
        shown(own, whole),
        shown(copies, whole),
        shown(all, whole),
    )
}

/// The object files of the instructions of the exit with one handler.
fn by_object(subjects: &Subjects) -> String {
    parts_of_exit(100.0, |name, arguments| Ok(subjects.counted(name, arguments)?.objects))
}

/// How much of the limit the thread leaves to the rest.
fn beside_the_thread(subjects: &Subjects) -> String {
    let exit = |name| {
        let whole = median([(); 3].map(|()| subjects.comparable_instructions(name, &[])));
        less(whole, subjects.comparable_instructions(name, LEAVE))
    };
    let thread = less(exit("exit_thread"), exit("exit_libc_atexit"));
    format!(
        "So the thread alone takes {} and leaves {} of the limit.",
        shown(thread, whole),
        shown(less(Ok(EXIT_LIMIT), thread), whole),
    )
}

/// The system calls of the exit with one handler.
fn by_call(subjects: &Subjects) -> String {
    parts_of_exit(1.0, |name, arguments| Ok(subjects.system_calls(name, arguments)?.by_name))
}

/// The parts of the exit with one handler, next to an exit that starts and joins a thread. Both
/// without the cost of the same program without handlers.
fn parts_of_exit(
    least: f64,
    count: impl Fn(&str, &[&str]) -> Result<BTreeMap<String, f64>, Missing>,
) -> String {
    let parts = |name: &str, bare: &str| {
        let mut parts: BTreeMap<String, f64> = BTreeMap::new();
        for (program, arguments, sign) in [
            (name, &[] as &[&str], 1.0),
            (name, LEAVE, -1.0),
            (bare, &[], -1.0),
            (bare, LEAVE, 1.0),
        ] {
            for (part, amount) in count(program, arguments)? {
                *parts.entry(part).or_default() += sign * amount;
            }
        }
        let mut parts: Vec<_> = parts.into_iter().filter(|(_, amount)| *amount >= least).collect();
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let text = |(part, amount): &(String, f64)| {
            format!(
                "{} {}",
                if part == "subject" { "the program itself" } else { part },
                whole(*amount)
            )
        };
        Ok::<_, Missing>(parts.iter().map(text).collect::<Vec<_>>().join(", "))
    };
    let shown = |name, bare| parts(name, bare).unwrap_or_else(|missing| missing.to_string());
    format!(
        "{}. A thread of std that is started and joined takes: {}.",
        shown("hello_exitmacro", "hello_bare"),
        shown("exit_thread", "exit_libc_atexit")
    )
}
