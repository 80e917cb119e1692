//! What the plan, the report and the trace show, and what the environment changes.

use crate::support::{
    Ended, OVER_BUDGET, Scenario, handler_line, normalized, panics_abort, scenario, seen,
    where_status_is_known, without_line_numbers,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

#[test]
fn the_plan_is_a_table_in_run_order() {
    let stdout = "\
#    priority  handler               location                     timeout  source
1  2147483647  größer                tests/src/bin/inspect.rs:20      10s  registered
2         100  inspect::close_files  tests/src/bin/inspect.rs:8       90s  declared
3           0  inspect::said         tests/src/bin/inspect.rs:21      10s  registered
4           0  say goodbye           tests/src/bin/inspect.rs:11      10s  declared
5        -100  inspect::flush        tests/src/bin/inspect.rs:14    250ms  declared
at worst 120.25s
größer 2147483647 10s Registered true
left:
#  priority  handler         location                     timeout  source
1         0  inspect::said   tests/src/bin/inspect.rs:21      10s  registered
2         0  say goodbye     tests/src/bin/inspect.rs:11      10s  declared
3      -100  inspect::flush  tests/src/bin/inspect.rs:14    250ms  declared
said
then: no exit handlers, at worst 0ns
";
    let ended = scenario!("inspect").arg("plan").run();
    ended.assert(0, stdout, &failed("requested", "None").replace(".rs:_", ".rs:14"));
}

/// Three defaults of ten seconds are more than the budget of 25 seconds.
#[test]
fn defaults_never_contradict_each_other() {
    let fits = "30s, of that 0ns stated, of 25s\nstated: false\nthe plan is as it should be\n";
    let by_nothing = scenario!("stated_by_nothing");
    by_nothing.env("EXITMACRO_LOG", "info").run().assert(0, fits, "");
}

#[test]
fn a_timeout_that_the_program_states_counts_for_each_handler() {
    if panics_abort() {
        // The program catches what `assert_plan!` panics with.
        return;
    }
    let advice = "give them shorter timeouts, let them run side by side with `concurrent`, \
                  or raise the budget";
    let fault = format!(
        "the exit handlers may take up to 30s by their configured timeouts, \
         more than the budget of 25s: {advice}"
    );
    let by_program = scenario!("stated_by_program");
    by_program.env("EXITMACRO_LOG", "info").run().assert(
        0,
        &format!("30s, of that 30s stated, of 25s\nstated: true\n{fault}\n"),
        OVER_BUDGET,
    );
}

/// The lines of a table, with one blank between the cells.
fn cells(table: &str) -> Vec<String> {
    table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Whether the last column begins at the same place in all lines.
fn is_aligned(table: &str) -> bool {
    let place = table
        .lines()
        .next()
        .and_then(|titles| titles.find("outcome"))
        .expect("the title of the last column");
    table.lines().all(|line| {
        let from_the_gap: Vec<char> = line.chars().skip(place - 2).take(3).collect();
        matches!(from_the_gap[..], [' ', ' ', first] if first != ' ')
    })
}

#[test]
fn the_report_is_a_table_of_the_outcomes() {
    let ended = scenario!("inspect").arg("report").run();
    let printed = &ended.stderr;
    let table_begins = printed.find("# ").expect("the title line");
    let table_ends = printed.find("\nrequested").expect("the line after the table");
    let (line, table, rest) =
        (&printed[..table_begins], &printed[table_begins..table_ends], &printed[table_ends + 1..]);
    let found = cells(&without_line_numbers(&normalized(table)));
    let expected = [
        "# priority handler location thread start duration outcome",
        "1 2147483647 größer tests/src/bin/inspect.rs:_ runner _s _s completed",
        "2 100 inspect::close_files tests/src/bin/inspect.rs:_ runner _s _s completed",
        "3 0 inspect::said tests/src/bin/inspect.rs:_ runner _s _s completed",
        "4 0 say goodbye tests/src/bin/inspect.rs:_ caller _s _s completed",
        "5 -100 inspect::flush tests/src/bin/inspect.rs:_ runner _s _s failed: \
         the reason is requested,\\nthe status None",
    ];
    assert_eq!(found, expected);
    assert!(is_aligned(table), "not aligned:\n{table}");
    assert_eq!(rest, "requested, success: false\ngrößer Completed Some(Runner) true\n");
    assert_eq!(without_line_numbers(&normalized(line)), failed("requested", "None"));
    assert_eq!((ended.code(), ended.stdout.as_str()), (0, "said\n"));
}

fn failed(reason: &str, code: &str) -> String {
    handler_line(
        "inspect::flush",
        "inspect",
        &format!("failed after _s: the reason is {reason},\\nthe status {code}"),
    )
}

fn run() -> Scenario {
    scenario!("inspect").arg("run")
}

const STDOUT: &str = "privileged: false\nsaid\n";

#[test]
fn a_trace_has_the_start_and_the_end_of_the_run_and_of_each_handler() {
    let place = "tests/src/bin/inspect.rs:_";
    let starts = |name: &str, thread: &str| {
        format!("exitmacro: handler `{name}` ({place}) starts on {thread}\n")
    };
    let completed_on = |name: &str, priority: i32, thread: &str| {
        format!(
            "{}exitmacro: handler `{name}` ({place}, priority {priority}) completed after \
             _s on {thread}\n",
            starts(name, thread)
        )
    };
    let completed = |name: &str, priority: i32| completed_on(name, priority, "a runner");
    let stderr = [
        format!(
            "exitmacro: the run begins: reason exit{}, budget _s; linked handlers: 3 (inspect 3); \
             registered: 2\n",
            where_status_is_known(", status 0")
        ),
        OVER_BUDGET.to_owned(),
        completed("größer", i32::MAX),
        completed("inspect::close_files", 100),
        completed("inspect::said", 0),
        completed_on("say goodbye", 0, "the calling thread"),
        starts("inspect::flush", "a runner"),
        failed("exit", &seen("Some(0)")),
        "exitmacro: the run has ended after _s: 4 completed, 1 failed, 0 timed out, 0 skipped\n"
            .to_owned(),
    ];
    run().env("EXITMACRO_LOG", "trace").run().assert_at_any_line(0, STDOUT, &stderr.concat());
}

#[test]
fn without_a_trace_only_failures_are_reported() {
    for level in ["", "error", "quiet"] {
        run().env("EXITMACRO_LOG", level).run().assert_at_any_line(
            0,
            STDOUT,
            &failed("exit", &seen("Some(0)")),
        );
    }
}

#[test]
fn an_invalid_value_in_the_environment_is_reported_in_one_line() {
    let log = "exitmacro: EXITMACRO_LOG is \"lots\\n\" and is ignored; \
               expected `quiet`, `error`, `info` or `trace`\n";
    let ignored = |budget: &str| {
        format!(
            "exitmacro: EXITMACRO_BUDGET is {budget:?} and is ignored; \
             expected a duration longer than zero, such as `500ms`, `25s` or `1m30s`\n"
        )
    };
    let budget = ignored("soon");
    let failed = failed("exit", &seen("Some(0)"));
    run().env("EXITMACRO_LOG", "lots\n").run().assert_at_any_line(
        0,
        STDOUT,
        &format!("{log}{failed}"),
    );
    run().env("EXITMACRO_BUDGET", "soon").run().assert_at_any_line(
        0,
        STDOUT,
        &format!("{budget}{failed}"),
    );
    run().env("EXITMACRO_BUDGET", "0s").run().assert_at_any_line(
        0,
        STDOUT,
        &format!("{}{failed}", ignored("0s")),
    );
    let both = run().env("EXITMACRO_LOG", "lots\n").env("EXITMACRO_BUDGET", "soon").run();
    both.assert_at_any_line(0, STDOUT, &format!("{budget}{log}{failed}"));
}

/// Runs a copy of the program as a user who is not its owner. `None` where the file system takes no
/// set-uid programs, or this user may not make one.
fn run_set_uid(folder: &Path) -> Option<Ended> {
    const OWNER: u32 = 54321;
    const USER: u32 = 54322;
    let folder = tempfile::tempdir_in(folder).ok()?;
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).ok()?;
    let program = folder.path().join("inspect");
    let mut original = PathBuf::new();
    _ = run().with(|command| original = command.get_program().into());
    fs::copy(original, &program).ok()?;
    chown(&program, Some(OWNER), None).ok()?;
    fs::set_permissions(&program, Permissions::from_mode(0o4755)).ok()?;
    let ended = Scenario::of(&program)
        .arg("run")
        .env("EXITMACRO_LOG", "trace")
        .env("EXITMACRO_BUDGET", "1ms")
        .env("EXITMACRO_SKIP", "*")
        .env("EXITMACRO_TRACE", "ending.unknown")
        .with(|command| _ = command.uid(USER).gid(USER).current_dir("/"))
        .run();
    ended.stdout.starts_with("privileged: true").then_some(ended)
}

#[test]
fn a_set_uid_program_ignores_the_environment() {
    let folders = [std::env::temp_dir(), env!("CARGO_TARGET_TMPDIR").into(), "/var/tmp".into()];
    match folders.iter().find_map(|folder| run_set_uid(folder)) {
        Some(ended) => ended.assert_at_any_line(
            0,
            "privileged: true\nsaid\n",
            &failed("exit", &seen("Some(0)")),
        ),
        None => exitmacro_testing::left_out(
            "this user cannot make a set-uid program, on a file system that takes it",
            "root can",
        ),
    }
}
