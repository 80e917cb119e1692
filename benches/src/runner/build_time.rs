//! How long programs take to build: a hello-world from nothing with all its dependencies, the parts
//! of that time, and 1,000 declared handlers.

use super::Figures;
use super::figure::{Figure, less, over};
use super::package::{Package, Times};
use super::parse;
use super::subject::Subjects;
use super::table::{Table, ratio, short, shown};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

struct Peer {
    title: &'static str,
    /// The section `[dependencies]` of the manifest, with `{workspace}` for the path of this
    /// workspace.
    dependency: &'static str,
    /// What the program contains besides its greeting.
    code: &'static str,
}

const PEERS: [Peer; 7] = [
    Peer { title: "nothing", dependency: "", code: "" },
    Peer { title: "`libc`", dependency: "libc = '0.2.170'", code: "use libc as _;" },
    Peer {
        title: "`dtor`",
        dependency: "dtor = '1.0.6'",
        code: "#[dtor::dtor(unsafe)] fn handler() {}",
    },
    Peer {
        title: "`inventory`",
        dependency: "inventory = '0.3.25'",
        code: "struct Handler; inventory::collect!(Handler); inventory::submit! { Handler }",
    },
    Peer {
        title: "`signal-mod`",
        dependency: "signal-mod = { version = '2.1.0', default-features = false, features = \
             ['std', 'agnostic'] }",
        code: "use signal_mod as _;",
    },
    Peer {
        title: "`linkme`",
        dependency: "linkme = '0.3.37'",
        code: "#[linkme::distributed_slice] static HANDLERS: [fn()]; \
             #[linkme::distributed_slice(HANDLERS)] static HANDLER: fn() = handler; fn handler() \
             {}",
    },
    Peer {
        title: "`exitmacro`",
        dependency: "exitmacro = { path = '{workspace}/exitmacro' }",
        code: "#[exitmacro::at_exit] fn handler() {}",
    },
];

const LINKME: usize = 5;
const EXITMACRO: usize = 6;

/// Of the program with 1,000 handlers. Its dependencies are built once.
const ROUNDS: usize = 2;

/// The arguments of cargo.
const PROFILES: [(&str, &[&str]); 2] = [("dev", &[]), ("release", &["--release"])];

pub(crate) fn measure(subjects: &Subjects, figures: &mut Figures) {
    let ratios = clean(subjects, figures);
    let without_itself = by_crate(subjects, figures);
    let bound = |profile: usize| {
        move || {
            format!(
                "what `exitmacro` depends on takes {} without the crate itself, see the table of \
                 crates: `syn` with the feature `full`, by which its macros read functions, the \
                 macros, and `libc`. Of \
                 the crate itself most is LLVM's in release.",
                ratio(without_itself[profile])
            )
        }
    };
    figures.target(
        "clean build of a hello-world, dev, against one with `linkme`",
        1.7,
        "×",
        Ok(ratios[0]),
        bound(0),
    );
    figures.target(
        "clean build of a hello-world, release, against one with `linkme`",
        2.2,
        "×",
        Ok(ratios[1]),
        bound(1),
    );
    a_thousand(subjects, figures);
}

/// The ratio to `linkme`, for each profile.
fn clean(subjects: &Subjects, figures: &mut Figures) -> [f64; 2] {
    figures.section("Clean build of a hello-world");
    figures.paragraph(
        "Seconds of processor time, and on the clock, of `cargo build` and `cargo build \
         --release` with nothing built before; the ratio is of processor time.",
    );
    let mut times = PEERS.map(|_| [Times::default(); 2]);
    for (peer, times) in PEERS.iter().zip(&mut times) {
        for ((_, options), times) in PROFILES.iter().zip(times) {
            *times =
                Package::new(subjects.scratch(), peer.dependency, &hello(peer.code)).build(options);
        }
    }
    let against_linkme = |peer: usize, profile: usize| {
        times[peer][profile].processors.as_secs_f64()
            / times[LINKME][profile].processors.as_secs_f64()
    };
    let mut table = Table::new([
        "with",
        "dev: processor",
        "clock",
        "ratio to `linkme`",
        "release: processor",
        "clock",
        "ratio to `linkme`",
    ]);
    for (number, peer) in PEERS.iter().enumerate() {
        let cells = [0, 1].into_iter().flat_map(|profile| {
            let taken = times[number][profile];
            [
                short(taken.processors.as_secs_f64()),
                short(taken.clock.as_secs_f64()),
                ratio(against_linkme(number, profile)),
            ]
        });
        table.row(std::iter::once(peer.title.to_owned()).chain(cells));
    }
    figures.table(&table);
    [0, 1].map(|profile| against_linkme(EXITMACRO, profile))
}

/// The ratio to `linkme` of all dependencies of `exitmacro`, for each profile.
fn by_crate(subjects: &Subjects, figures: &mut Figures) -> [f64; 2] {
    figures.section("Clean build of a hello-world: where the seconds go");
    figures.paragraph(
        "Seconds on the clock, one crate at a time, as `cargo build --timings -j1` gives them.",
    );
    let mut rows: BTreeMap<String, [Option<f64>; 4]> = BTreeMap::new();
    for (column, (peer, options)) in
        [(LINKME, 0), (EXITMACRO, 0), (LINKME, 1), (EXITMACRO, 1)].into_iter().enumerate()
    {
        let package =
            Package::new(subjects.scratch(), PEERS[peer].dependency, &hello(PEERS[peer].code));
        package.build(&[PROFILES[options].1, &["--timings", "-j1"]].concat());
        let page =
            fs::read_to_string(package.folder.join("target/cargo-timings/cargo-timing.html"))
                .unwrap_or_default();
        for (name, what, seconds) in parse::build_units(&page) {
            let name = if name == "hello" {
                "the program itself".to_owned()
            } else if what.contains("build-script") {
                format!("`{name}`, build script")
            } else {
                format!("`{name}`")
            };
            *rows.entry(name).or_default()[column].get_or_insert(0.0) += seconds;
        }
    }
    let sum = |column: usize, without: &str| {
        rows.iter()
            .filter(|(name, _)| *name != without)
            .filter_map(|(_, seconds)| seconds[column])
            .sum::<f64>()
    };
    let without_itself =
        [0, 1].map(|profile| sum(2 * profile + 1, "`exitmacro`") / sum(2 * profile, ""));
    let mut rows: Vec<_> = rows.into_iter().collect();
    rows.sort_by(|(_, a), (_, b)| b[3].unwrap_or(0.0).total_cmp(&a[3].unwrap_or(0.0)));
    let mut table =
        Table::new(["", "dev: `linkme`", "`exitmacro`", "release: `linkme`", "`exitmacro`"]);
    for (name, seconds) in rows {
        table.row(std::iter::once(name).chain(seconds.map(|seconds| {
            seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds:.2}"))
        })));
    }
    figures.table(&table);
    without_itself
}

/// A thousand handlers, and `main`.
const THOUSANDS: [(&str, usize); 3] =
    [("plain functions", 0), ("`linkme`", LINKME), ("`exitmacro`", EXITMACRO)];

fn a_thousand(subjects: &Subjects, figures: &mut Figures) {
    figures.section("1,000 declared: time to compile them");
    figures.paragraph(
        "Seconds of processor time of a program with 1,000 functions, which are \
         called by `main`, or are elements of a slice of `linkme`, or are declared with \
         `exitmacro`; what it depends on was built before.",
    );
    let mut times: [[Figure; 3]; 2] = [[Ok(f64::MAX); 3]; 2];
    for (profile, times) in PROFILES.iter().zip(&mut times) {
        for ((_, peer), least) in THOUSANDS.iter().zip(times) {
            let package = Package::new(
                subjects.scratch(),
                PEERS[*peer].dependency,
                &hello(PEERS[*peer].code),
            );
            package.build(profile.1);
            package.write(&thousand(*peer));
            for round in 0..ROUNDS {
                // Cargo compiles the program again only when it changed.
                package.write(&format!("{}// {round}\n", thousand(*peer)));
                let taken = package.build(profile.1).processors.as_secs_f64();
                *least = least.map(|least| least.min(taken));
            }
        }
    }
    let [_, [plain, linkme, exitmacro]] = times;
    let mut table =
        Table::new(["", "dev", "over plain functions", "release", "over plain functions"]);
    for (peer, (title, _)) in THOUSANDS.iter().enumerate() {
        let cells = times
            .into_iter()
            .flat_map(|times| [times[peer], less(times[peer], times[0])])
            .map(|figure| shown(figure, |seconds| format!("{seconds:.2}")));
        table.row(std::iter::once((*title).to_owned()).chain(cells));
    }
    figures.table(&table);
    let figure = over(less(exitmacro, plain), less(linkme, plain));
    figures.target(
        "1,000 declared: compile time over 1,000 plain functions, release, against \
         `linkme`",
        2.0,
        "×",
        figure,
        || {
            format!(
                "each one costs {} ms, of `linkme` {}: `exitmacro` expands to an element of \
             `linkme`, a type of the handler's name, and what leads from that to the element.",
                each(exitmacro, plain),
                each(linkme, plain)
            )
        },
    );
}

/// Milliseconds for one of a thousand handlers.
fn each(with: Figure, plain: Figure) -> String {
    shown(less(with, plain), |seconds| format!("{seconds:.2}"))
}

/// A program with a thousand functions.
fn thousand(peer: usize) -> String {
    let mut code = match peer {
        LINKME => "#[linkme::distributed_slice]\npub static HANDLERS: [(i32, fn())];\n".to_owned(),
        _ => String::new(),
    };
    code +=
        "pub static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);\n";
    let mut calls = String::new();
    for number in 0..1_000_i32 {
        let priority = number * 7_919 % 1_000;
        let attribute = match peer {
            LINKME => format!(
                "#[linkme::distributed_slice(crate::HANDLERS)]\n    static HANDLER: (i32, fn()) \
                 = ({priority}, handler);"
            ),
            EXITMACRO => format!("#[exitmacro::at_exit(priority = {priority})]"),
            _ => "#[inline(never)]".to_owned(),
        };
        let add =
            format!("crate::CALLS.fetch_add({number}, std::sync::atomic::Ordering::Relaxed);");
        write!(
            code,
            "mod handler_{number} {{\n    {attribute}\n    pub(crate) fn handler() {{\n        \
             {add}\n    }}\n}}\n"
        )
        .expect("it is a string");
        if peer == 0 {
            writeln!(calls, "    handler_{number}::handler();").expect("it is a string");
        }
    }
    if peer == LINKME {
        calls += "    let mut handlers: Vec<_> = HANDLERS.iter().collect();\n    \
             handlers.sort_by_key(|handler| std::cmp::Reverse(handler.0));\n    \
             handlers.iter().for_each(|handler| handler.1());\n";
    }
    format!("{code}fn main() {{\n{calls}}}\n")
}

fn hello(code: &str) -> String {
    format!("{code}\nfn main() {{\n    println!(\"Hello, world!\");\n}}\n")
}
