//! A signal runs the handlers once, and the process ends with the status that its parent expects.

use crate::support::{
    Ended, Running, Scenario, full_pipe, full_socket, full_terminal, normalized, rounds, scenario,
    stopped_terminal, terminal,
};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

const DEFAULT: [(i32, &str); 3] =
    [(libc::SIGINT, "SIGINT"), (libc::SIGTERM, "SIGTERM"), (libc::SIGHUP, "SIGHUP")];

#[track_caller]
fn start(scenario: Scenario) -> Running {
    let mut running = scenario.start();
    running.wait_for("ready");
    running
}

/// Starts, sends the signal when `main` waits, and returns what is left.
#[track_caller]
fn signalled(scenario: Scenario, signal: i32) -> Ended {
    let running = start(scenario);
    running.signal(signal);
    running.end()
}

fn signals(case: &str) -> Scenario {
    scenario!("signals").arg(case)
}

fn with_stdin(scenario: Scenario) -> Scenario {
    scenario.stdin(Stdio::piped())
}

#[test]
fn the_default_signals_run_the_handlers_and_give_the_status() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for scenario in
            [signals("wait"), scenario!("signals_by_main"), scenario!("signals_by_config")]
        {
            signalled(scenario, signal).assert(128 + signal, &stdout, "");
        }
    }
}

#[test]
fn a_signal_that_nobody_named_kills() {
    for scenario in [signals("wait"), scenario!("signals_by_main")] {
        signalled(scenario, libc::SIGQUIT).assert(-libc::SIGQUIT, "ready\n", "");
    }
    signalled(signals("none"), libc::SIGTERM).assert(-libc::SIGTERM, "ready\n", "");
    signalled(signals("quit"), libc::SIGTERM).assert(-libc::SIGTERM, "ready\n", "");
    signalled(signals("wait"), libc::SIGUSR1).assert(-libc::SIGUSR1, "ready\n", "");
    signalled(scenario!("signals_exit_zero"), libc::SIGINT).assert(-libc::SIGINT, "ready\n", "");
}

#[test]
fn other_signals_are_handled_by_name() {
    let stdout = "ready\nSIGQUIT, Some(131)\n";
    signalled(signals("quit"), libc::SIGQUIT).assert(131, stdout, "");
    signalled(scenario!("signals_by_config"), libc::SIGQUIT).assert(131, stdout, "");
}

#[test]
fn signals_are_installed_once() {
    signalled(signals("twice"), libc::SIGTERM).assert(
        143,
        "Err(AlreadyInstalled)\nready\nSIGTERM, Some(143)\n",
        "",
    );
    // The second call changed nothing.
    signalled(signals("twice"), libc::SIGUSR1).assert(
        -libc::SIGUSR1,
        "Err(AlreadyInstalled)\nready\n",
        "",
    );
}

#[test]
fn reraise_dies_of_the_signal() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for scenario in [signals("wait").arg("reraise"), scenario!("signals_reraise")] {
            signalled(scenario, signal).assert(-signal, &stdout, "");
        }
    }
}

#[test]
fn reraise_flushes_stdout_also_where_there_is_nothing_to_run() {
    signalled(scenario!("signals_reraise_without_handlers"), libc::SIGTERM).assert(
        -libc::SIGTERM,
        "ready\nand more",
        "",
    );
}

#[test]
fn reraise_dies_of_the_signal_on_a_thread_that_blocks_it() {
    signalled(scenario!("signals_reraise_blocked"), libc::SIGTERM).assert(
        -libc::SIGTERM,
        "ready\nreturns\nSIGTERM\n",
        "",
    );
}

#[test]
fn exit_zero_ends_with_zero() {
    for (signal, name) in DEFAULT {
        signalled(signals("wait").arg("exit_zero"), signal).assert(
            0,
            &format!("ready\n{name}, Some(0)\n"),
            "",
        );
    }
    signalled(scenario!("signals_exit_zero"), libc::SIGTERM).assert(
        0,
        "ready\nSIGTERM, Some(0)\n",
        "",
    );
}

#[test]
fn a_handler_that_asks_for_a_status_wins_over_the_policy() {
    for policy in ["exit_code", "reraise", "exit_zero"] {
        let code = if policy == "exit_zero" { 0 } else { 143 };
        for case in ["set_code", "exit", "std exit"] {
            let scenario =
                if policy == "exit_code" { signals(case) } else { signals(case).arg(policy) };
            signalled(scenario, libc::SIGTERM).assert(
                7,
                &format!("ready\nSIGTERM, Some({code})\n"),
                "",
            );
        }
    }
    signalled(scenario!("signals_reraise").arg("status"), libc::SIGTERM).assert(
        7,
        "ready\nSIGTERM, Some(143)\n",
        "",
    );
}

#[test]
fn a_handler_that_fails_leaves_the_status_of_the_signal() {
    let failed = |what: &str| {
        format!(
            "exitmacro: handler `{what}` (tests/src/bin/signals.rs:_) failed after _s: no luck\n"
        )
    };
    for (policy, code) in [("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        let stdout = format!("ready\nSIGTERM, Some({})\n", code.abs() / 15 * 143);
        signalled(signals("fails").arg(policy), libc::SIGTERM).assert_at_any_line(
            code,
            &stdout,
            &failed("fails"),
        );
    }
    signalled(signals("fails"), libc::SIGTERM).assert_at_any_line(
        143,
        "ready\nSIGTERM, Some(143)\n",
        &failed("fails"),
    );
    let panicked = signalled(signals("panics"), libc::SIGTERM);
    assert_eq!((panicked.code(), panicked.stdout.as_str()), (143, "ready\nSIGTERM, Some(143)\n"));
    assert!(
        panicked.stderr.contains("exitmacro: handler `panics` (tests/src/bin/signals.rs:"),
        "{}",
        panicked.stderr
    );
}

#[test]
fn the_status_of_a_failure_replaces_none_of_a_signal() {
    let stderr = "exitmacro: handler `signals_exit_zero::say_why` (tests/src/bin/signals_exit_zero.rs:_) failed after _s: no luck\n";
    signalled(scenario!("signals_exit_zero").arg("fails"), libc::SIGTERM).assert_at_any_line(
        0,
        "ready\nSIGTERM, Some(0)\n",
        stderr,
    );
}

/// How long the process lives on after this signal, at the best of some attempts: the machine may
/// have other things to do. It is at once, or it is not: the next best limit is the timeout of a
/// handler, which is in seconds.
fn shortest_end(prepare: impl Fn() -> Running, signal: i32, expected: impl Fn(&Ended)) -> Duration {
    let attempt = || {
        let running = prepare();
        let sent = Instant::now();
        running.signal(signal);
        let ended = running.end();
        let took = sent.elapsed();
        expected(&ended);
        took
    };
    let mut shortest = attempt();
    for _ in 1..ATTEMPTS {
        if shortest < AT_ONCE {
            break;
        }
        shortest = shortest.min(attempt());
    }
    shortest
}

const AT_ONCE: Duration = Duration::from_millis(50);
const ATTEMPTS: u32 = 50;

/// What stderr hears when a signal forces the end while the only handler hangs.
fn forced(signal: libc::c_int) -> String {
    let name =
        DEFAULT.iter().find(|(number, _)| *number == signal).expect("it is one that is handled").1;
    format!(
        "exitmacro: forced to end by {name} while `stuck` was running (_s of _s); no other handler was left\n"
    )
}

#[test]
fn a_second_signal_ends_a_stuck_handler_at_once() {
    let stuck = || {
        let mut running = start(signals("stuck"));
        running.signal(libc::SIGTERM);
        running.wait_for("stuck");
        running
    };
    for (second, _) in DEFAULT {
        let stuck = || {
            let running = stuck();
            if second == libc::SIGTERM {
                thread::sleep(ONE_REQUEST);
            }
            running
        };
        let took = shortest_end(stuck, second, |ended| {
            ended.assert(128 + second, &ended.stdout, &forced(second))
        });
        assert!(took < AT_ONCE, "signal {second}: {took:?}");
    }
}

#[test]
fn a_forced_end_does_not_wait_for_a_stderr_that_is_not_read() {
    for open in [full_pipe, full_socket, full_terminal, stopped_terminal] {
        let stuck = || {
            let (reader, stderr) = open();
            // It lives as long as the tests.
            std::mem::forget(reader);
            let mut running = start(signals("stuck").stderr(stderr));
            running.signal(libc::SIGTERM);
            running.wait_for("stuck");
            running
        };
        let took =
            shortest_end(stuck, libc::SIGINT, |ended| assert_eq!(ended.code(), 130, "{ended:?}"));
        assert!(took < AT_ONCE, "{took:?}");
    }
}

#[test]
fn a_forced_end_is_told_on_a_terminal() {
    let (master, stderr) = terminal();
    let mut running = start(signals("stuck").stderr(stderr));
    running.signal(libc::SIGTERM);
    running.wait_for("stuck");
    running.signal(libc::SIGINT);
    assert_eq!(running.end().code(), 130);
    let mut terminal = BufReader::new(File::from(master));
    let mut lines = String::new();
    for _ in 0..2 {
        terminal.read_line(&mut lines).expect("the terminal has two lines");
    }
    let asked = "exitmacro: shutting down on SIGTERM; send it again to exit now\n";
    assert_eq!(normalized(&lines.replace('\r', "")), format!("{asked}{}", forced(libc::SIGINT)));
}

#[test]
fn a_second_signal_ends_at_once_under_every_policy() {
    for policy in ["reraise", "exit_zero"] {
        let mut running = start(signals("stuck").arg(policy));
        running.signal(libc::SIGTERM);
        running.wait_for("stuck");
        running.signal(libc::SIGINT);
        let ended = running.end();
        ended.assert(130, &ended.stdout, &forced(libc::SIGINT));
    }
}

#[test]
fn a_second_signal_ends_the_grace_at_once() {
    let in_grace = || {
        let mut running =
            start(scenario!("shutdown_grace").arg("stuck").env("EXITMACRO_BUDGET", "50s"));
        running.signal(libc::SIGTERM);
        running.wait_for("asked");
        running
    };
    let forced = "exitmacro: forced to end by SIGINT before the exit handlers began; 1 handler did not run\n";
    let took =
        shortest_end(in_grace, libc::SIGINT, |ended| ended.assert(130, "ready\nasked\n", forced));
    assert!(took < AT_ONCE, "{took:?}");
}

/// For longer than this after the first signal, the same one is not taken for the same request.
const ONE_REQUEST: Duration = Duration::from_millis(300);

/// What a program leaves whose handlers take their time, when it is asked to end by what `ask`
/// does.
fn asked_by(scenario: Scenario, ask: impl Fn(&Running)) -> Ended {
    let running = start(scenario);
    ask(&running);
    running.end()
}

const CLEANED: &str = "ready\nSIGTERM, Some(143)\ncleaning\ncleaned\n";

#[test]
fn a_signal_that_timeout_delivers_twice_counts_once() {
    if Command::new("timeout")
        .args(["10", "true"])
        .status()
        .map_or(true, |status| !status.success())
    {
        return exitmacro_testing::left_out("`timeout` is not here", "package `coreutils`");
    }
    // It signals the program, and then its process group, of which the program is a member.
    let attempt = || {
        Scenario::of("timeout".as_ref())
            .arg("--signal=TERM")
            .arg("3")
            .arg(scenario!("signals").program())
            .arg("slow")
            .run()
    };
    let all: Vec<Ended> = thread::scope(|scope| {
        let attempts: Vec<_> = (0..20).map(|_| scope.spawn(attempt)).collect();
        attempts.into_iter().map(|attempt| attempt.join().expect("the program ends")).collect()
    });
    // One that took three seconds to start is not asked about.
    let started: Vec<_> = all.iter().filter(|ended| !ended.stdout.is_empty()).collect();
    assert!(!started.is_empty() && started.iter().all(|ended| ended.stdout == CLEANED), "{all:?}");
}

#[test]
fn a_signal_that_comes_twice_within_a_moment_counts_once() {
    const ROUNDS: usize = 20;
    let twice = |running: &Running| {
        running.signal(libc::SIGINT);
        thread::sleep(Duration::from_millis(1));
        running.signal(libc::SIGINT);
    };
    let cleaned = CLEANED.replace("SIGTERM, Some(143)", "SIGINT, Some(130)");
    let whole = (0..ROUNDS).filter(|_| asked_by(signals("slow"), twice).stdout == cleaned).count();
    // The millisecond may have taken a quarter of a second, once or twice.
    assert!(whole >= ROUNDS - 2, "{whole} of {ROUNDS}");
}

#[test]
fn a_signal_that_comes_again_later_ends_at_once() {
    for (signal, _) in DEFAULT {
        let mut running = start(signals("stuck"));
        running.signal(signal);
        running.wait_for("stuck");
        thread::sleep(ONE_REQUEST);
        running.signal(signal);
        let ended = running.end();
        ended.assert(128 + signal, &ended.stdout, &forced(signal));
    }
}

#[test]
fn a_sender_that_never_stops_ends_at_once_after_all() {
    let mut running = start(signals("stuck"));
    running.signal(libc::SIGINT);
    running.wait_for("stuck");
    // Never a quarter of a second after the one before.
    while running.child.try_wait().expect("the program can be waited for").is_none() {
        running.signal(libc::SIGINT);
        thread::sleep(Duration::from_millis(50));
    }
    running.end().assert(130, "ready\nSIGINT, Some(130)\nstuck\n", &forced(libc::SIGINT));
}

fn block_default_signals() -> bool {
    // SAFETY: the set is filled before it is used, and the calls make system calls and nothing
    // else.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1]
            .iter()
            .all(|&signal| libc::sigaddset(&raw mut set, signal) == 0)
            && libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) == 0
    }
}

fn block_and_be_sent_one() -> bool {
    // SAFETY: the signal is blocked, so nothing comes of it here; a program that is executed
    // inherits it.
    block_default_signals() && unsafe { libc::kill(libc::getpid(), libc::SIGTERM) == 0 }
}

#[test]
fn a_signal_that_was_blocked_when_the_program_started_is_handled() {
    for (signal, name) in DEFAULT {
        let stdout = format!("ready\n{name}, Some({})\n", 128 + signal);
        for (scenario, code) in [
            (signals("wait"), 128 + signal),
            (scenario!("signals_by_main"), 128 + signal),
            (scenario!("signals_by_config"), 128 + signal),
            (signals("wait").arg("reraise"), -signal),
            (scenario!("signals_reraise"), -signal),
        ] {
            signalled(before_it_starts(scenario, block_default_signals), signal)
                .assert(code, &stdout, "");
        }
    }
}

#[test]
fn a_blocked_signal_that_came_before_the_program_started_is_handled() {
    for (scenario, code) in [(signals("wait"), 143), (scenario!("signals_reraise"), -libc::SIGTERM)]
    {
        let ended = before_it_starts(scenario, block_and_be_sent_one).run();
        assert_eq!((ended.code(), ended.stderr.as_str()), (code, ""), "{ended:?}");
        // `main` may come to the end of its first line, or not.
        assert!(ended.lines().contains(&"SIGTERM, Some(143)"), "{ended:?}");
    }
}

#[test]
fn a_second_signal_that_was_blocked_when_the_program_started_ends_at_once() {
    let mut running = start(before_it_starts(signals("stuck"), block_default_signals));
    running.signal(libc::SIGTERM);
    running.wait_for("stuck");
    running.signal(libc::SIGINT);
    running.end().assert(130, "ready\nSIGTERM, Some(143)\nstuck\n", &forced(libc::SIGINT));
}

#[test]
fn only_the_watching_thread_receives_what_was_blocked_and_only_what_was_asked_for() {
    let ended = signalled(
        before_it_starts(scenario!("signals_seen").arg("signals"), block_default_signals),
        libc::SIGTERM,
    );
    let blocked = |of: &str| {
        let line = ended
            .lines()
            .into_iter()
            .find_map(|line| line.strip_prefix(of))
            .expect("the thread is shown");
        line.split(',').take_while(|part| !part.contains("ignored")).collect::<Vec<_>>().join(",")
    };
    assert_eq!(blocked("signals_seen: "), "blocked [1, 2, 10, 15]");
    assert_eq!(blocked("exitmacro-watch: "), "blocked [10]");
}

#[test]
fn what_asks_for_signals_goes_on_when_the_watching_thread_has_started() {
    scenario!("signals_at_start").run().assert(0, "the watching thread has started: true\n", "");
}

fn before_it_starts(scenario: Scenario, prepare: fn() -> bool) -> Scenario {
    scenario.with(|command| {
        // SAFETY: what is called here makes system calls and nothing else.
        unsafe {
            command
                .pre_exec(move || if prepare() { Ok(()) } else { Err(io::Error::last_os_error()) })
        };
    })
}

fn ignore_hup() -> bool {
    // SAFETY: ignoring a signal calls nothing.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) != libc::SIG_ERR }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    for scenario in [signals("wait"), scenario!("signals_by_main"), scenario!("signals_by_config")]
    {
        let running = start(before_it_starts(scenario, ignore_hup));
        for _ in 0..10 {
            running.signal(libc::SIGHUP);
        }
        running.signal(libc::SIGTERM);
        running.end().assert(143, "ready\nSIGTERM, Some(143)\n", "");
    }
}

#[test]
fn nohup_and_trap_are_obeyed() {
    let program = scenario!("signals").program();
    for shell in [
        format!("exec nohup {program} wait 2>/dev/null"),
        format!("trap '' HUP; exec {program} wait"),
    ] {
        let running = start(Scenario::of("/bin/sh".as_ref()).arg("-c").arg(shell));
        running.signal(libc::SIGHUP);
        running.signal(libc::SIGTERM);
        running.end().assert(143, "ready\nSIGTERM, Some(143)\n", "");
    }
}

fn foreign(order: &[&str]) -> Scenario {
    order.iter().fold(scenario!("signals_foreign"), |scenario, who| scenario.arg(who))
}

#[test]
fn handlers_of_others_that_were_there_before_are_told() {
    let ran = |told: &str| format!("ready\nSIGTERM, Some(143)\n{told}last\n");
    signalled(foreign(&["flag", "action", "ours"]), libc::SIGTERM).assert(
        143,
        &ran("flag: true\naction: true, 1\n"),
        "",
    );
    signalled(foreign(&["ctrlc", "ours"]), libc::SIGTERM).assert(143, &ran("ctrlc: true\n"), "");
    signalled(foreign(&["tokio", "ours"]), libc::SIGTERM).assert(143, &ran("tokio: true\n"), "");
    signalled(foreign(&["tokio ctrl_c", "ours"]), libc::SIGINT).assert(
        130,
        "ready\nSIGINT, Some(130)\ntokio ctrl_c: true\nlast\n",
        "",
    );
}

#[test]
fn handlers_of_others_that_come_later_are_told_where_they_share() {
    let ran = |told: &str| format!("ready\nSIGTERM, Some(143)\n{told}last\n");
    signalled(foreign(&["ours", "flag", "action"]), libc::SIGTERM).assert(
        143,
        &ran("flag: true\naction: true, 1\n"),
        "",
    );
    signalled(foreign(&["ours", "tokio"]), libc::SIGTERM).assert(143, &ran("tokio: true\n"), "");
    signalled(foreign(&["ours", "tokio ctrl_c"]), libc::SIGINT).assert(
        130,
        "ready\nSIGINT, Some(130)\ntokio ctrl_c: true\nlast\n",
        "",
    );
}

#[test]
fn all_the_others_are_told_in_one_program() {
    let told = "flag: true\naction: true, 1\nctrlc and tokio: true\nlast\n";
    for order in [
        ["ctrlc", "flag", "action", "tokio", "ours"],
        ["ctrlc", "tokio", "ours", "action", "flag"],
        ["ctrlc", "ours", "tokio", "flag", "action"],
    ] {
        signalled(foreign(&order), libc::SIGTERM).assert(
            143,
            &format!("ready\nSIGTERM, Some(143)\n{told}"),
            "",
        );
    }
}

#[test]
fn ctrlc_replaces_what_was_there_before_it() {
    let mut running = start(foreign(&["ours", "ctrlc again"]));
    running.signal(libc::SIGTERM);
    running.wait_for("ctrlc is told");
    // It was its own, so nothing of ours has begun.
    running.child.kill().expect("it still runs");
    running.end().assert(-libc::SIGKILL, "ready\nctrlc is told\n", "");
    signalled(foreign(&["ours", "ctrlc exits"]), libc::SIGTERM).assert(
        3,
        "ready\nexit, Some(3)\nctrlc exits: true\nlast\n",
        "",
    );
}

#[test]
fn a_careful_ctrlc_leaves_our_handlers_alone() {
    signalled(foreign(&["ours", "careful ctrlc"]), libc::SIGTERM).assert(
        143,
        "true\nready\nSIGTERM, Some(143)\nlast\n",
        "",
    );
}

#[test]
fn a_ctrlc_that_exits_meets_the_run_and_runs_nothing_twice() {
    for _ in 0..20 {
        let ended = signalled(foreign(&["ctrlc exits", "ours"]), libc::SIGTERM);
        // The first one says why; the status is that of the first, too.
        let expected = [
            (143, "ready\nSIGTERM, Some(143)\nctrlc exits: true\nlast\n"),
            (3, "ready\nexit, Some(3)\nctrlc exits: true\nlast\n"),
        ];
        assert!(expected.contains(&(ended.code(), ended.stdout.as_str())), "{ended:?}");
    }
}

/// The first process of a namespace of its own, as that of a container is. `None` where this user
/// may not start one.
fn in_container(program: &Scenario, arguments: &[&str]) -> Option<(Running, i32)> {
    let unshare = || Scenario::of("unshare".as_ref()).args(["--pid", "--fork", "--mount-proc"]);
    if !exitmacro_testing::has_program("unshare") {
        exitmacro_testing::left_out("`unshare` is not here", "package `util-linux`");
        return None;
    }
    if unshare().arg("true").run().code() != 0 {
        exitmacro_testing::left_out(
            "this user may not start a process in a namespace of its own",
            "root may",
        );
        return None;
    }
    let running = start(unshare().arg(program.program()).args(arguments));
    let unshare = running.child.id();
    let children = std::fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"))
        .expect("the children of a process are listed");
    let first = children.trim().parse().expect("one child");
    Some((running, first))
}

fn send(process: i32, signal: i32) {
    // SAFETY: sends a signal to a process that was not waited for.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0, "it still runs");
}

#[test]
fn the_first_process_of_a_container_ends_too() {
    let ran = "ready\nSIGTERM, Some(143)\n";
    for (program, code, stdout) in [
        (scenario!("signals_by_main"), 143, ran),
        // Raising the signal has no effect there.
        (scenario!("signals_reraise"), 143, ran),
        (scenario!("signals_exit_zero"), 0, "ready\nSIGTERM, Some(0)\n"),
    ] {
        let Some((running, first)) = in_container(&program, &[]) else { return };
        send(first, libc::SIGTERM);
        running.end().assert(code, stdout, "");
    }
}

#[test]
fn a_second_signal_ends_the_first_process_of_a_container() {
    for policy in ["exit_code", "reraise"] {
        let arguments: &[&str] =
            if policy == "reraise" { &["stuck", "reraise"] } else { &["stuck"] };
        let Some((mut running, first)) = in_container(&scenario!("signals"), arguments) else {
            return;
        };
        send(first, libc::SIGTERM);
        running.wait_for("stuck");
        send(first, libc::SIGINT);
        running.end().assert(130, "ready\nSIGTERM, Some(143)\nstuck\n", &forced(libc::SIGINT));
    }
}

fn seen(what: &str) -> Vec<String> {
    let ended = signalled(scenario!("signals_seen").arg(what), libc::SIGTERM);
    ended.lines().into_iter().map(str::to_owned).collect()
}

/// Rust ignores `SIGPIPE` and catches `SIGSEGV` and `SIGBUS`, to tell a stack overflow.
const RUST_AS_EVER: &str = "blocked [], ignored [13], caught [7, 11]";

#[test]
fn without_signals_there_is_no_handler_and_no_thread() {
    assert_eq!(
        seen("nothing"),
        [
            format!("signals_seen: {RUST_AS_EVER}"),
            "child of main: blocked [], ignored [], caught []".to_owned(),
            "C child of main: blocked [], ignored [13], caught []".to_owned(),
            "ready".to_owned(),
        ]
    );
}

#[test]
fn with_signals_there_are_their_handlers_and_one_thread_and_nothing_is_blocked() {
    let found = seen("signals");
    let caught = |also: &str| format!("blocked [], ignored [13], caught [1, 2, {also}7, 11, 15]");
    assert_eq!(found[0], format!("signals_seen: {}", caught("")));
    assert_eq!(found[1], format!("exitmacro-watch: {}", caught("")));
    assert_eq!(found[4..6], ["ready".to_owned(), format!("handler: {}", caught("6, "))]);
}

#[test]
fn children_begin_with_nothing_blocked_and_nothing_caught() {
    let found = seen("signals");
    for (place, of) in [(2, "main"), (6, "the handler")] {
        assert_eq!(found[place], format!("child of {of}: blocked [], ignored [], caught []"));
        assert_eq!(
            found[place + 1],
            format!("C child of {of}: blocked [], ignored [13], caught []")
        );
    }
    assert_eq!(found.len(), 8);
}

#[test]
fn errno_is_kept_in_the_code_that_is_interrupted() {
    for _ in 0..20 {
        let running = start(scenario!("signals_interrupting").arg("errno"));
        let main = running.child.id();
        // To the very thread, so that this one is interrupted. SAFETY: sends a signal to a thread
        // that lives as long as its process, which was not waited for.
        assert_eq!(unsafe { libc::syscall(libc::SYS_tgkill, main, main, libc::SIGTERM) }, 0);
        running.end().assert(143, "ready\nhandler\nerrno is kept\n", "");
    }
}

/// Lets a little time go by, up to a millisecond.
fn spend(number: u32) {
    let end = Instant::now() + Duration::from_micros(u64::from(number % 50) * 20);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// Starts it many times, a few at once, and sends each a signal a moment later, which is another
/// one each time.
fn interrupt(case: &str, at_once: usize, stderr: &str) {
    let times = rounds(200);
    let turn = AtomicU32::new(0);
    let attempt = || {
        loop {
            let number = turn.fetch_add(1, SeqCst);
            if number >= times {
                return;
            }
            let running = start(with_stdin(scenario!("signals_interrupting").arg(case)));
            spend(number);
            running.signal(libc::SIGTERM);
            running.end().assert(143, "ready\nhandler\n", stderr);
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(attempt);
        }
    });
}

#[test]
fn no_signal_hangs_that_interrupts_the_allocator() {
    interrupt("allocation", 4, "");
}

#[test]
fn no_signal_hangs_that_interrupts_a_computation() {
    interrupt("computation", 4, "");
}

#[test]
fn no_signal_hangs_that_interrupts_a_blocking_read() {
    interrupt("reading", 4, "");
}

#[test]
fn no_signal_hangs_that_comes_while_stdout_is_locked() {
    // Each takes a second, in which stdout cannot be flushed, and does nothing meanwhile.
    interrupt(
        "printing",
        50,
        "exitmacro: stdout was not flushed within _s: no process reads it, or another thread holds its lock\n",
    );
}

const STORM: u32 = 10_000;

/// From several threads, as fast as they can.
fn send_storm(running: &Running, signals: &[i32]) {
    thread::scope(|scope| {
        for sender in 0..4 {
            scope.spawn(move || {
                for number in 0..STORM / 4 {
                    running.signal(signals[(sender + number) as usize % signals.len()]);
                }
            });
        }
    });
}

#[test]
fn a_storm_of_signals_begins_one_run() {
    for _ in 0..10 {
        let running = start(signals("many"));
        send_storm(&running, &[libc::SIGINT, libc::SIGTERM, libc::SIGHUP]);
        let ended = running.end();
        assert!([129, 130, 143].contains(&ended.code()), "{ended:?}");
        // The second signal ends it, wherever it is.
        let mut lines = ended.lines();
        lines.sort_unstable();
        let all = lines.len();
        lines.dedup();
        assert_eq!(lines.len(), all, "something ran twice: {ended:?}");
        let said = ended.stderr.strip_prefix("exitmacro: forced to end by SIG").map(str::lines);
        assert!(said.is_some_and(|lines| lines.count() == 1), "{ended:?}");
    }
}

#[test]
fn a_storm_of_signals_that_the_program_handles_disturbs_nothing() {
    let mut running = start(with_stdin(foreign(&["ours", "counter"])));
    running.signal(libc::SIGTERM);
    running.wait_for("storm");
    send_storm(&running, &[libc::SIGUSR1]);
    drop(running.child.stdin.take());
    running.end().assert(143, "ready\nSIGTERM, Some(143)\nstorm\ncounted any: true\nlast\n", "");
}

#[test]
fn a_storm_of_ignored_signals_disturbs_nothing() {
    let trap =
        format!("trap '' INT HUP; exec {} ours counter", scenario!("signals_foreign").program());
    let mut running = start(with_stdin(Scenario::of("/bin/sh".as_ref()).arg("-c").arg(trap)));
    running.signal(libc::SIGTERM);
    running.wait_for("storm");
    send_storm(&running, &[libc::SIGINT, libc::SIGHUP]);
    drop(running.child.stdin.take());
    running.end().assert(143, "ready\nSIGTERM, Some(143)\nstorm\ncounted any: false\nlast\n", "");
}

/// What the program says on a terminal.
fn on_terminal(scenario: Scenario, signal: i32) -> (Ended, String) {
    let (ours, theirs) = terminal();
    let mut ours = File::from(ours);
    let ended = signalled(scenario.stderr(theirs), signal);
    let mut found = Vec::new();
    // It ends with an error: no process has the other end open any more.
    _ = ours.read_to_end(&mut found);
    (ended, String::from_utf8_lossy(&found).into_owned())
}

#[test]
fn the_first_signal_is_told_on_a_terminal_only() {
    for (signal, name) in DEFAULT {
        let (ended, told) = on_terminal(signals("wait"), signal);
        ended.assert(128 + signal, &format!("ready\n{name}, Some({})\n", 128 + signal), "");
        assert_eq!(
            told,
            format!("exitmacro: shutting down on {name}; send it again to exit now\r\n")
        );
    }
    // Without one nothing is told: all the other tests compare stderr.
    let (_, told) = on_terminal(signals("none"), libc::SIGTERM);
    assert_eq!(told, "");
}

/// Makes stdin the terminal that the process belongs to.
fn own_terminal() -> bool {
    // SAFETY: neither touches memory.
    unsafe { libc::setsid() > 0 && libc::ioctl(0, libc::TIOCSCTTY, 0) == 0 }
}

#[test]
fn ctrl_c_on_the_terminal_ends_the_program_of_the_foreground() {
    let (ours, theirs) = terminal();
    let mut ours = File::from(ours);
    let running = start(before_it_starts(signals("wait").stdin(theirs), own_terminal));
    ours.write_all(b"\x03").expect("the terminal is open");
    running.end().assert(130, "ready\nSIGINT, Some(130)\n", "");
}

#[test]
fn the_handlers_run_when_the_terminal_goes_away() {
    let (ours, theirs) = terminal();
    let stderr = theirs.try_clone().expect("a terminal can be open twice");
    let terminal = signals("wait").stdin(theirs).stderr(stderr);
    let running = start(before_it_starts(terminal, own_terminal));
    drop(ours);
    running.end().assert(129, "ready\nSIGHUP, Some(129)\n", "");
}

#[test]
fn a_signal_during_another_end_changes_nothing() {
    for policy in ["exit_code", "reraise", "exit_zero"] {
        let case = signals("ends by itself");
        let mut running = (if policy == "exit_code" { case } else { case.arg(policy) }).start();
        running.wait_for("ending");
        running.signal(libc::SIGTERM);
        // The handlers are told that there was a signal, and nothing else is done about it.
        running.end().assert(3, "exit, Some(3)\nbefore\nending\nasked: true\n", "");
    }
}

#[test]
fn a_signal_during_a_run_by_hand_ends_the_process_after_it() {
    for (policy, code) in [("exit_code", 143), ("reraise", -libc::SIGTERM), ("exit_zero", 0)] {
        let case = signals("run by hand");
        let mut running = (if policy == "exit_code" { case } else { case.arg(policy) }).start();
        running.wait_for("running");
        running.signal(libc::SIGTERM);
        running.end().assert(code, "requested, None\nrunning\nasked: true\n", "");
    }
}

#[test]
fn a_second_signal_during_another_end_ends_it_at_once() {
    let mut running = signals("stuck at the end").start();
    running.wait_for("stuck");
    running.signal(libc::SIGTERM);
    running.signal(libc::SIGHUP);
    let ended = running.end();
    // They may be delivered in the other order.
    assert!([129, 143].contains(&ended.code()), "{ended:?}");
    assert_eq!(ended.stdout, "exit, Some(0)\nstuck\n");
}

#[test]
fn a_signal_after_the_run_changes_nothing() {
    let (terminal, theirs) = terminal();
    let mut terminal = File::from(terminal);
    let mut running = with_stdin(signals("is exiting").stderr(theirs)).start();
    running.wait_for("exiting");
    running.signal(libc::SIGTERM);
    // It was seen.
    assert!(terminal.read(&mut [0; 200]).is_ok_and(|length| length > 0));
    drop(running.child.stdin.take());
    running.end().assert(0, "exit, Some(0)\nexiting\n", "");
}

#[test]
fn a_signal_at_any_moment_of_the_return_gives_one_run_and_its_status() {
    for number in 0..rounds(200) {
        let running = start(scenario!("signals_by_main").arg("returns"));
        spend(number);
        running.signal(libc::SIGTERM);
        let ended = running.end();
        let expected = [(0, "ready\nreturn, Some(0)\n"), (143, "ready\nSIGTERM, Some(143)\n")];
        assert!(
            expected.contains(&(ended.code(), ended.stdout.as_str())) && ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_signal_ends_a_program_that_has_nothing_to_run() {
    signalled(scenario!("signals_without_handlers"), libc::SIGTERM).assert(143, "ready\n", "");
    for number in 0..rounds(200) {
        let running = start(scenario!("signals_without_handlers").arg("returns"));
        spend(number);
        running.signal(libc::SIGTERM);
        let ended = running.end();
        assert!(
            [0, 143].contains(&ended.code())
                && ended.stdout == "ready\n"
                && ended.stderr.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn a_plain_main_that_returns_in_its_grace_ends_by_the_policy() {
    signalled(signals("grace"), libc::SIGTERM).assert(143, "ready\nSIGTERM, Some(143)\n", "");
}

#[test]
fn a_child_of_a_process_that_was_asked_to_end_is_asked_anew() {
    let child = "asked: false\nthe child: SIGINT, Some(130)\nthe child ended with 130\n";
    signalled(signals("child in grace"), libc::SIGTERM).assert(
        143,
        &format!("ready\n{child}SIGTERM, Some(143)\n"),
        "",
    );
}

#[test]
fn a_signal_while_libc_is_in_the_middle_of_its_exit_corrupts_nothing() {
    // Where nothing is to be run, the exit that is on its way goes on.
    for (argument, code) in [(None, 0), (Some("handler"), 143)] {
        let attempt = || {
            let mut running = argument
                .into_iter()
                .fold(scenario!("two_in_exit"), |scenario, argument| scenario.arg(argument))
                .start();
            running.wait_for("exiting");
            running.signal(libc::SIGTERM);
            let ended = running.end();
            assert!(
                [0, code].contains(&ended.code())
                    && ended.stdout == "exiting\n"
                    && ended.stderr.is_empty(),
                "{ended:?}"
            );
            ended.code() == code
        };
        // The signal has to come before the exit is through, which a busy machine may not let it.
        // Whatever else becomes of an attempt is no load.
        let in_time = (0..50).filter(|_| attempt()).take(10).count();
        assert_eq!(in_time, 10, "{argument:?}");
    }
}

#[test]
fn a_signal_after_a_run_by_hand_does_not_wait_for_a_full_stdout() {
    let stdout = "ready\nrequested, None\n";
    scenario!("signals_by_main").arg("stdout is full after a run").run().assert(143, stdout, "");
}
