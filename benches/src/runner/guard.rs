//! Compares the cost of six programs with the recorded cost.

use super::figure::{Missing, upper_quartile};
use super::hello::LEAVE;
use super::setting::{libc_version, rustc_version};
use super::subject::Subjects;
use core::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// A program, and the same one without `exitmacro`, whose cost is subtracted.
struct Guarded {
    title: &'static str,
    with: Program,
    without: Program,
}

struct Program {
    name: &'static str,
    /// The arguments with which it ends before handlers run, and with which it ends as usual.
    arguments: [&'static [&'static str]; 2],
}

const fn plain(name: &'static str) -> Program {
    Program { name, arguments: [LEAVE, &[]] }
}

const PROGRAMS: [Guarded; 6] = [
    Guarded {
        title: "nothing declared",
        with: plain("hello_exitmacro_idle"),
        without: plain("hello_bare"),
    },
    Guarded { title: "1 handler", with: plain("hello_exitmacro"), without: plain("hello_bare") },
    Guarded {
        title: "1 handler beside threads",
        with: plain("hello_threads_exitmacro"),
        without: plain("hello_threads"),
    },
    Guarded {
        title: "1,000 declared",
        with: plain("declared_exitmacro"),
        without: plain("declared_bare"),
    },
    Guarded {
        title: "1,000 of one priority",
        with: plain("declared_exitmacro_one_priority"),
        without: plain("declared_bare"),
    },
    Guarded {
        title: "10,000 registered",
        with: Program {
            name: "registered_exitmacro",
            arguments: [&["leave", "10000", "plain"], &["exit", "10000", "plain"]],
        },
        without: Program {
            name: "registered_libc_atexit",
            arguments: [&["leave", "0"], &["exit", "0"]],
        },
    },
];

/// What is counted for each program.
const COUNTS: [&str; 4] = ["start-up", "exit", "names", "relocations"];

/// In percent. With another rustc or libc than those of the record the code differs, so only large
/// differences fail.
const ALLOWED: f64 = 5.0;
const ALLOWED_ELSEWHERE: f64 = 25.0;

/// Threads that wait for each other do not always do the same. In one of four runs the process ends
/// before the runner has executed libc's thread exit, a tenth of the exit with one handler. So the
/// exit is counted several times. The third largest of eleven counts contains that tenth, and
/// nothing that happens rarely. It is recorded, and compared.
const ROUNDS: usize = 11;

const HEAD: &str = "\
# What the six programs cost over the same programs without exitmacro. `.ci/cost` compares with \
    it, `.ci/cost --record` writes it.
# start-up: instructions up to the end of `main`, without those of the dynamic loader. exit: \
    instructions from there to the end.
# names: how often the loader looks up a name. relocations: addresses that it writes.
";

const FILE: &str = "recorded-counts.txt";

type Counts = [f64; COUNTS.len()];

pub(crate) fn run(record: bool) -> ExitCode {
    let mut some: Vec<_> =
        PROGRAMS.iter().flat_map(|guarded| [guarded.with.name, guarded.without.name]).collect();
    some.sort_unstable();
    some.dedup();
    let subjects = Subjects::build(&[], &some);
    let counted = match PROGRAMS
        .iter()
        .map(|guarded| count_over(&subjects, guarded))
        .collect::<Result<Vec<_>, _>>()
    {
        Ok(counted) => counted,
        Err(missing) => {
            println!("{missing}");
            return ExitCode::FAILURE;
        }
    };
    let toolchain = format!("{}, {}", rustc_version(), libc_version());
    if record {
        fs::write(path(), written(&toolchain, &counted)).expect("the record can be written");
        println!("recorded in benches/{FILE}");
        return ExitCode::SUCCESS;
    }
    let Some((recorded_with, recorded)) =
        fs::read_to_string(path()).ok().and_then(|record| read(&record))
    else {
        println!(
            "there is no record in benches/{FILE}, or one of other programs: run `.ci/cost \
             --record`"
        );
        return ExitCode::FAILURE;
    };
    let allowed = if recorded_with == toolchain { ALLOWED } else { ALLOWED_ELSEWHERE };
    if recorded_with != toolchain {
        println!(
            "recorded with {recorded_with}, this is {toolchain}: {allowed} % more are allowed in \
             place of {ALLOWED} %. `.ci/cost --record` records anew."
        );
    }
    let (lines, is_dearer) = compared(&recorded, &counted, allowed);
    print!("{lines}");
    if is_dearer { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn count_over(subjects: &Subjects, guarded: &Guarded) -> Result<Counts, Missing> {
    let with = count(subjects, &guarded.with)?;
    let without = count(subjects, &guarded.without)?;
    Ok(std::array::from_fn(|which| with[which] - without[which]))
}

fn count(subjects: &Subjects, program: &Program) -> Result<Counts, Missing> {
    let [leave, exit] = program.arguments;
    let start = subjects.counted(program.name, leave)?;
    let whole = upper_quartile([(); ROUNDS].map(|()| subjects.instructions(program.name, exit)))?;
    let [names, relocations] = subjects.loader_work(program.name)?;
    // The time to compare names depends on their positions in the file, so the numbers of look-ups
    // and relocations represent the work of the loader.
    Ok([start.all - start.loader - start.stack_of_main, whole - start.all, names, relocations])
}

/// A line for each count, and whether one of them is too high.
fn compared(recorded: &[Counts], counted: &[Counts], allowed: f64) -> (String, bool) {
    let (mut lines, mut is_dearer) = (String::new(), false);
    for (guarded, (recorded, counted)) in PROGRAMS.iter().zip(recorded.iter().zip(counted)) {
        for (what, (&recorded, &counted)) in COUNTS.iter().zip(recorded.iter().zip(counted)) {
            let room = recorded.abs() * allowed / 100.0;
            let verdict = if counted > recorded + room {
                is_dearer = true;
                "  TOO MUCH"
            } else if counted < recorded - room {
                "  less: `.ci/cost --record` keeps it so"
            } else {
                ""
            };
            let change =
                if recorded == 0.0 { 0.0 } else { (counted - recorded) / recorded.abs() * 100.0 };
            writeln!(
                lines,
                "{:<24} {what:<11} {counted:>10} recorded {recorded:>10} {change:>+6.1} %{verdict}",
                guarded.title
            )
            .expect("it is a string");
        }
    }
    (lines, is_dearer)
}

fn path() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this program"))
        .join(FILE)
}

fn written(toolchain: &str, counted: &[Counts]) -> String {
    let mut text = format!("{HEAD}{toolchain}\n");
    for (guarded, counts) in PROGRAMS.iter().zip(counted) {
        write!(text, "{}:", guarded.title).expect("it is a string");
        for (what, count) in COUNTS.iter().zip(counts) {
            write!(text, " {what} {count}").expect("it is a string");
        }
        text.push('\n');
    }
    text
}

/// The toolchain, and the counts of each program. `None` when these are not the programs and counts
/// of this version.
fn read(record: &str) -> Option<(String, Vec<Counts>)> {
    let mut lines = record.lines().filter(|line| !line.starts_with('#'));
    let toolchain = lines.next()?.to_owned();
    let mut all = Vec::new();
    for guarded in &PROGRAMS {
        let mut words =
            lines.next()?.strip_prefix(guarded.title)?.strip_prefix(':')?.split_whitespace();
        let mut counts = Counts::default();
        for (what, count) in COUNTS.iter().zip(&mut counts) {
            *count =
                if words.next()? == *what { words.next()?.parse().ok()? } else { return None };
        }
        all.push(counts);
    }
    lines.next().is_none().then_some((toolchain, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: [Counts; PROGRAMS.len()] = [[200.0, 1_000.0, 0.0, 14.0]; PROGRAMS.len()];

    #[test]
    fn what_is_written_is_read_again() {
        let text = written("rustc 1.95.0, glibc 2.36", &RECORDED);
        assert_eq!(read(&text), Some(("rustc 1.95.0, glibc 2.36".to_owned(), RECORDED.to_vec())));
        assert_eq!(read(&text.replace("10,000 registered", "another program")), None);
        assert_eq!(read(&text.replace("relocations 14", "relocations")), None);
        assert_eq!(read(&format!("{text}another program: 1\n")), None);
    }

    #[test]
    fn five_percent_more_are_too_much_and_less_never_is() {
        let with = |change: fn(&mut [Counts; PROGRAMS.len()])| {
            let mut counted = RECORDED;
            change(&mut counted);
            compared(&RECORDED, &counted, ALLOWED)
        };
        assert!(!with(|_| ()).1);
        assert!(!with(|counted| counted[0][1] = 1_050.0).1);
        let (lines, is_dearer) = with(|counted| counted[4][1] = 1_051.0);
        assert!(
            is_dearer && lines.lines().filter(|line| line.ends_with("TOO MUCH")).count() == 1,
            "{lines}"
        );
        assert!(with(|counted| counted[2][2] = 1.0).1, "one more name where there was none");
        assert!(with(|counted| counted[3][3] = 15.0).1);
        let (lines, is_dearer) = with(|counted| counted[1][0] = 100.0);
        assert!(!is_dearer && lines.contains("keeps it so"), "{lines}");
    }
}
