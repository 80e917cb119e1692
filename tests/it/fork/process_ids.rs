//! Children with the process id of another process. The program is the first process of a pid
//! namespace.

use crate::support::{despite_load, scenario};

/// Runs the case, unless the program reports that this machine cannot do it.
#[track_caller]
fn assert_prints(case: &str, status: i32, stdout: &str) {
    let ended = scenario!("fork_namespaces").arg(case).run();
    if !ended.is_left_out() {
        ended.assert(status, stdout, "");
    }
}

const OF_THE_PARENT: &str = "registered, in the parent\ndeclared, in the parent\n";

#[test]
fn a_child_that_has_the_id_of_its_parent_runs_only_its_own_handlers() {
    assert_prints(
        "registers",
        3,
        &format!("the child's own, in the child\nthe child ended with 5\n{OF_THE_PARENT}"),
    );
    assert_prints("exits", 3, &format!("the child ended with 5\n{OF_THE_PARENT}"));
}

#[test]
fn a_child_that_has_the_id_of_its_parent_may_handle_signals_itself() {
    assert_prints(
        "installs",
        3,
        &format!("installed: Ok(())\nthe child ended with 5\n{OF_THE_PARENT}"),
    );
}

#[test]
fn a_child_that_has_the_id_of_its_parent_may_adopt() {
    assert_prints(
        "adopts",
        3,
        "adopted: Ok(())\nregistered, in the child\ndeclared, in the child\n\
         the child ended with 5\n",
    );
}

#[test]
fn a_daemon_in_a_namespace_of_its_own_may_adopt() {
    for _ in 0..5 {
        // A busy machine may not run the daemon within the second that its parent waits.
        despite_load(|| {
            assert_prints(
                "daemon",
                0,
                "adopted: Ok(())\nregistered, in the child\ndeclared, in the child\n",
            );
        });
    }
}

#[test]
fn a_worker_that_gets_the_id_of_the_starter_runs_only_its_own_handlers() {
    let worker = "0 planned\ninstalled: Ok(())\nthe worker's own, in the grandchild\n\
                  the worker ended with 0\n";
    // The starter ended without running its handlers, and no process adopted them.
    let ended = scenario!("fork_namespaces").arg("starter").run();
    if !ended.is_left_out() {
        let lost = "exitmacro: the exit handlers of process 2 did not run: ";
        assert!(ended.stderr.starts_with(lost), "{ended:?}");
        ended.assert(0, worker, &ended.stderr);
    }
    despite_load(|| {
        assert_prints(
            "starter, adopted",
            0,
            &format!("adopted: Ok(())\n{worker}registered, in the child\ndeclared, in the child\n"),
        );
    });
}
