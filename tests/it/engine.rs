//! Programs in which nothing is declared: the engine is linked only where a call needs it.

use crate::support::{Ended, code_without_libc, rounds, scenario, target};

#[track_caller]
fn run(case: &str) -> Ended {
    scenario!("engine").arg(case).run()
}

#[test]
fn nothing_can_be_registered_while_a_process_ends_that_had_nothing_to_run() {
    run("register while ending").assert(3, "Ok(Some(Finished))\n", "");
    // Where the first status is not known, another failure replaces it.
    let code = if target().hook_knows_status { 3 } else { 4 };
    run("register, exit and run while ending").assert(code, "Err(Finished), 0 handlers\n", "");
}

#[test]
fn an_exit_with_success_while_a_failing_process_ends_does_not_hide_the_failure() {
    run("exit with success while ending").assert(code_without_libc("c exit", 3), "", "");
}

#[test]
fn another_thread_does_not_interrupt_an_exit_without_handlers() {
    run("exit on another thread while ending").assert(3, "goes on\n", "");
}

#[test]
fn the_thread_that_ends_may_exit_again() {
    run("exit twice").assert(5, "", "");
}

#[test]
fn a_child_registers_what_it_runs() {
    run("fork").assert(0, "called in the child\nthe child ended with 6\n", "");
}

#[test]
fn a_child_of_a_process_that_ends_registers_what_it_runs() {
    run("fork while ending").assert(3, "called in the child\nthe child ended with 6\n", "");
}

#[test]
fn eight_threads_may_call_c_exit_at_once() {
    for _ in 0..rounds(300) {
        let ended = run("c exit on eight threads");
        assert!((1..=8).contains(&ended.code()), "{ended:?}");
        ended.assert(ended.code(), "called\n", "");
    }
}

#[test]
fn eight_threads_may_be_stopped_in_c_exit_before_the_hook_is_back() {
    if target().one_thread_may_exit || !target().is_glibc() {
        // libc stops the other threads before the hook, or the program cannot stop them in it.
        return;
    }
    let ended = run("c exit on eight threads that are stopped at once");
    assert!((1..=8).contains(&ended.code()), "{ended:?}");
    ended.assert(ended.code(), "called\n", "");
}

#[test]
fn a_thread_that_hangs_in_c_exit_does_not_block_another_exit() {
    if target().one_thread_may_exit {
        // libc stops the other one before the hook.
        return;
    }
    let ended = run("c exit while another one hangs in it");
    ended.assert(2, "called\n", "");
}

/// What a program does not use is not linked. Symbols show it, because sizes depend on the
/// compiler.
mod parts {
    use crate::support::Build;
    use std::process::Command;

    /// Prefixes of the symbols of a part.
    const ENGINE: &[&str] =
        &["exitmacro::run::state::", "exitmacro::run::drive::", "exitmacro::registry::"];
    const LANES: &[&str] =
        &["exitmacro::sys::lane::", "exitmacro::registry::in_lane::InLane::open"];
    const SCHEDULE: &[&str] = &[
        "exitmacro::order::schedule::",
        "exitmacro::order::graph::",
        "exitmacro::order::cycles::",
    ];
    const MAIN: &[&str] =
        &["exitmacro::process::main_fn::main", "exitmacro::process::main_fn::run_handlers"];
    const SIGNALS: &[&str] =
        &["signal_hook_registry::", "exitmacro::process::signal_handler::force_hint"];
    const REPORT: &[&str] = &[
        "exitmacro::run::exit_status::<impl exitmacro::run::state::Run>::report",
        "exitmacro::run::global::report_so_far",
    ];
    const MESSAGE: &[&str] = &["exitmacro::run::termination_message::"];
    const EXPLANATION: &[&str] = &[
        "exitmacro::process::explain::",
        "exitmacro::plan::place::",
        "exitmacro::plan::explanation::",
        "exitmacro::config::origin::",
    ];
    const TRACING: &[&str] = &["exitmacro::run::report_to_tracing::", "tracing_core::"];
    /// No program of the fixture has functions that answer signals.
    const ANSWERS: &[&str] = &["exitmacro::process::signal_calls::"];
    const LOG: &[&str] = &["exitmacro::run::report_to_log::"];
    const REQUESTS: &[&str] = &["exitmacro::process::request_with::request_with"];
    const IN_FLIGHT: &[&str] = &["exitmacro::process::in_flight::"];
    const WATCH: &[&str] = &["exitmacro::process::watch::"];
    const TERMINAL: &[&str] = &["exitmacro::resource::terminal"];
    const TRACKED: &[&str] = &["exitmacro::resource::tracked_state::"];
    const GUARDS: &[&str] = &["exitmacro::borrows::borrowed_here"];
    const ALL: [&[&str]; 17] = [
        ENGINE,
        LANES,
        SCHEDULE,
        MAIN,
        SIGNALS,
        ANSWERS,
        REPORT,
        MESSAGE,
        EXPLANATION,
        TRACING,
        LOG,
        REQUESTS,
        IN_FLIGHT,
        WATCH,
        TERMINAL,
        TRACKED,
        GUARDS,
    ];

    /// The end of a lock. These functions are the same for all values, and LLVM keeps one of them,
    /// by the name of any.
    const NAMED_BY_CHANCE: &str = "drop_in_place<std::sync::poison::mutex::MutexGuard<";

    /// Looks for all parts in a program of the fixture `parts`.
    #[track_caller]
    fn assert_has(program: &str, parts: &[&[&str]]) {
        assert_built(&Build::release(), program, parts);
    }

    /// The same in a program that is built like that.
    #[track_caller]
    fn assert_built(build: &Build, program: &str, parts: &[&[&str]]) {
        if !exitmacro_testing::has_program("nm") {
            return exitmacro_testing::left_out(
                "`nm` is not here",
                "package `binutils`, which comes with gcc",
            );
        }
        let path = build.program("parts").with_file_name(program);
        let listed = exitmacro_testing::output(
            Command::new("nm").args(["--demangle", "--defined-only"]).arg(&path),
        );
        assert!(listed.status.success(), "{listed:?}");
        let symbols = String::from_utf8_lossy(&listed.stdout);
        assert!(
            symbols.contains(&format!("{program}::main")),
            "the symbols of the program itself are not listed"
        );
        for part in ALL {
            let found: Vec<_> = symbols
                .lines()
                .filter(|symbol| !symbol.contains(NAMED_BY_CHANCE))
                .filter(|symbol| part.iter().any(|path| symbol.contains(path)))
                .collect();
            assert_eq!(!found.is_empty(), parts.contains(&part), "{program}: {part:?}: {found:#?}");
        }
    }

    #[test]
    fn a_program_with_nothing_to_run_has_no_engine() {
        assert_has("nothing", &[]);
    }

    #[test]
    fn a_handler_needs_the_engine() {
        assert_has("declared", &[ENGINE]);
        assert_has("registered", &[ENGINE, LANES]);
    }

    /// There the compiler sees all uses of a pointer that leads to a part.
    #[test]
    fn a_handler_needs_no_more_in_one_unit_of_code() {
        assert_built(&Build::release().setting("codegen-units = 1"), "declared", &[ENGINE]);
    }

    /// Code that may panic carries the path of its file. A program without edges contains no such
    /// code of the crate.
    #[test]
    fn no_code_that_ends_a_process_without_edges_can_panic() {
        let folder = Build::release().program("parts");
        for program in ["declared", "registered"] {
            let contents = std::fs::read(folder.with_file_name(program)).expect("it was built");
            let text = String::from_utf8_lossy(&contents);
            assert!(text.contains(&format!("bin/{program}.rs")), "it has no path of its own");
            let sources: Vec<_> = text.match_indices("exitmacro/src/").collect();
            let around = |at: usize| text[at..].chars().take(60).collect::<String>();
            let found: Vec<_> = sources.iter().map(|&(at, _)| around(at)).collect();
            assert!(found.is_empty(), "{program}: {found:#?}");
        }
    }

    #[test]
    fn values_need_no_attribute_on_main() {
        assert_has("tracked", &[ENGINE, TRACKED]);
        assert_has("cell", &[ENGINE, GUARDS]);
        assert_has("attribute", &[ENGINE, MAIN]);
    }

    #[test]
    fn only_what_reads_a_report_needs_it() {
        assert_has("ran", &[ENGINE, REPORT]);
        assert_has("received", &[ENGINE, REPORT]);
    }

    #[test]
    fn edges_need_the_schedule() {
        assert_has("edges", &[ENGINE, SCHEDULE]);
        assert_has("concurrent", &[ENGINE, LANES, SCHEDULE]);
        assert_has("plan", &[ENGINE, SCHEDULE]);
    }

    #[test]
    fn an_explanation_needs_the_schedule_and_no_signals() {
        assert_has("explain", &[ENGINE, SCHEDULE, EXPLANATION]);
    }

    #[test]
    fn signals_and_the_message_are_linked_separately() {
        assert_has("signals", &[ENGINE, MAIN, SIGNALS]);
        assert_has("message", &[ENGINE, MAIN, REPORT, MESSAGE]);
    }

    #[test]
    fn requests_need_no_signal_handling() {
        assert_has("requests", &[ENGINE, MAIN, REQUESTS]);
        assert_has("in_flight", &[ENGINE, MAIN, SIGNALS, IN_FLIGHT]);
        assert_has("watched", &[ENGINE, MAIN, WATCH]);
    }

    #[test]
    fn a_terminal_needs_no_signal_handling() {
        assert_has("terminal", &[ENGINE, MAIN, TRACKED, TERMINAL]);
    }

    /// The features are on in all of these programs.
    #[test]
    fn events_need_what_sends_them() {
        assert_has("to_tracing", &[ENGINE, MAIN, TRACING]);
        assert_has("to_log", &[ENGINE, MAIN, LOG]);
    }
}
