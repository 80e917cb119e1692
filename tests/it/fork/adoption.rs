//! A child that adopts the handlers of its parent.

use crate::support::scenario;

#[track_caller]
fn assert_prints(case: &str, stdout: &str) {
    scenario!("fork_adopts").arg(case).run().assert(0, stdout, "");
}

/// What is printed where the handlers of the parent run.
fn all(process: &str) -> String {
    format!("registered, in {process}\ndeclared, in {process}\n{}", inherited(process))
}

fn inherited(process: &str) -> String {
    format!("for every process, in {process}\n")
}

#[test]
fn adoption_by_the_owner_changes_nothing() {
    assert_prints("owner", &format!("adopted: Ok(())\n{}", all("the parent")));
}

#[test]
fn adoption_by_a_child_moves_the_handlers_there() {
    let child = format!(
        "adopted: Ok(()), 4 planned\nadopted: Ok(())\nthe child's own, in the child\n{}",
        all("the child")
    );
    let parent = format!(
        "the child ended with 5\n2 planned\nregistered after, in the parent\n{}",
        inherited("the parent")
    );
    assert_prints("child", &(child + &parent));
}

#[test]
fn adoption_by_a_child_leaves_to_the_parent_only_the_guards_that_it_made_since() {
    let dropped = "guarded until it is dropped, in the child\nit was dropped, in the child\n";
    let child = format!(
        "adopted: Ok(())\n{dropped}guarded before, in the child\n{}the child ended with 5\n",
        all("the child")
    );
    let parent = "in scope until here\nguarded after, in the parent\nout of scope\n";
    assert_prints("child, a guard", &format!("{child}{parent}{}", inherited("the parent")));
}

#[test]
fn adoption_by_a_child_that_was_forked_inside_exit_lets_it_exit() {
    let child = format!(
        "adopted: Ok(()), in the child\n{}the child ended with 5, in the parent\n",
        all("the child")
    );
    assert_prints("inside exit", &(child + &inherited("the parent")));
}

#[test]
fn adoption_by_a_child_of_the_child_that_adopted_leaves_nothing_to_either() {
    let grandchild = format!(
        "guarded, in the grandchild\nthe child's own, in the grandchild\n\
         {}the grandchild ended with 5\n",
        all("the grandchild")
    );
    let child = format!("{}the child ended with 4\n", inherited("the child"));
    let stdout =
        format!("adopted: Ok(())\nadopted: Ok(())\n{grandchild}{child}{}", inherited("the parent"));
    assert_prints("child, then its child", &stdout);
}

#[test]
fn adoption_after_the_run_of_the_parent_is_refused() {
    let stdout = format!(
        "{}adopted: Err(Finished)\n{}the child ended with 0\n",
        all("the parent"),
        inherited("the child")
    );
    assert_prints("after the run of the parent", &stdout);
}

#[test]
fn a_child_that_shares_no_memory_with_its_parent_cannot_adopt() {
    let stdout = format!(
        "no shared memory\nadopted: Err(NoSharedMemory): there was no memory to share with the \
         process that owns the exit handlers: it keeps them, and runs them\n{}the child ended with \
         5\n{}",
        inherited("the child"),
        all("the parent")
    );
    scenario!("fork_adopts").arg("child, no shared memory").run().assert(0, &stdout, "");
}

#[test]
fn adoption_by_two_children_succeeds_in_one() {
    for _ in 0..20 {
        let ended = scenario!("fork_adopts").arg("two children").run();
        let mut lines = ended.lines();
        let first = lines.remove(0);
        lines.sort_unstable();
        // The handlers of the parent run in one child, those for every process in all three
        // processes.
        let expected = [
            &all("the child"),
            &inherited("the child"),
            "the children ended with [5, 5]\n",
            &inherited("the parent"),
        ]
        .concat();
        let mut expected: Vec<_> = expected.lines().collect();
        expected.sort_unstable();
        assert_eq!((first, lines), ("OT", expected), "{ended:?}");
    }
}

#[test]
fn an_owner_can_neither_unregister_nor_adopt_what_a_child_adopted() {
    let child = format!("asked for, in the child\n{}the child ended with 5\n", all("the child"));
    let stdout = format!(
        "adopted: Ok(())\nFinished, adopted: Err(Taken)\n{child}\
         Finished, adopted: Err(Finished)\nRemoved\n{}",
        inherited("the parent")
    );
    assert_prints("child, then the parent asks", &stdout);
}

#[test]
fn an_owner_that_is_forced_to_end_counts_no_handlers_that_a_child_adopted() {
    let ended = scenario!("fork_adopts").arg("child, then the parent is forced to end").run();
    let stderr = "exitmacro: forced to end by SIGINT before the exit handlers began; 1 handler did \
                  not run\n";
    let stdout = format!("adopted: Ok(())\n{}", all("the child"));
    ended.assert(128 + libc::SIGINT, &stdout, stderr);
}

#[test]
fn receivers_of_the_report_are_those_of_the_process_and_of_what_it_adopted() {
    let own = "the child's own, in the child\n";
    let of_child = "received by the child's own, in the child\nthe child ended with 5\n";
    let totals = |count| format!("received: {count} handlers: {count} completed");
    let child = format!("{own}{}{of_child}", inherited("the child"));
    let parent = format!("{}{}, in the parent\n", all("the parent"), totals(3));
    assert_prints("receivers, no child adopts", &format!("{child}{parent}"));
    let received = format!("{}, in the child\n{of_child}", totals(4));
    let child = format!("adopted: Ok(())\n{own}{}{received}", all("the child"));
    let parent =
        format!("{}received: 1 handler: 1 completed, in the parent\n", inherited("the parent"));
    assert_prints("receivers, a child adopts", &format!("{child}{parent}"));
}

#[test]
fn adoption_by_a_grandchild_leaves_nothing_to_its_ancestors() {
    let ended = scenario!("fork_adopts").arg("grandchild").run();
    let own: Vec<_> =
        ended.lines().into_iter().filter(|line| !line.starts_with("for every process")).collect();
    assert_eq!(
        own,
        ["adopted: Ok(())", "registered, in the grandchild", "declared, in the grandchild"],
        "{ended:?}"
    );
    let mut inherited: Vec<_> = ended
        .lines()
        .into_iter()
        .filter_map(|line| line.strip_prefix("for every process, in "))
        .collect();
    inherited.sort_unstable();
    assert_eq!(inherited, ["the child", "the grandchild", "the parent"]);
}

#[test]
fn adoption_that_comes_too_late_runs_nothing_twice() {
    let stdout = format!("{}adopted: Err(Finished)\n{}", all("the parent"), inherited("the child"));
    for case in ["too late", "too late, in another session"] {
        assert_prints(case, &stdout);
    }
    assert_prints("after the run", &format!("{}adopted: Err(Finished)\n", all("the parent")));
}
