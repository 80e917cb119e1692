//! A pool of rayon has run its queue and has ended, before the exit goes on.

use crate::support::{Scenario, handler_line, scenario};

fn pool(case: &str) -> Scenario {
    scenario!("rayon_pool").arg(case)
}

#[test]
fn queued_jobs_run_before_the_process_ends() {
    for (case, code) in [("return", 0), ("exit", 3), ("in a mutex", 0)] {
        let ended = pool(case).run();
        assert_eq!(
            (ended.code(), ended.stdout.as_str(), ended.stderr.as_str()),
            (code, "200 jobs\n", ""),
            "{case}"
        );
    }
}

#[test]
fn a_worker_that_ends_the_process_is_not_waited_for() {
    for (case, code) in [("exit on a worker", 4), ("std exit on a worker", 5)] {
        let ended = pool(case).run();
        ended.assert(
            code,
            "0 jobs\n",
            "exitmacro: a rayon pool was not ended: \
             busy: a worker of the pool is the thread that ends the process\n",
        );
        assert!(ended.took.as_secs_f64() < 5.0, "{ended:?}");
    }
}

#[test]
fn a_job_that_hangs_is_abandoned() {
    let ended = pool("a job that hangs").env("EXITMACRO_BUDGET", "3s").run();
    let name = "exitmacro::resource::rayon_pool::JoinedPool";
    let what = "timed out after _s and was abandoned: its share of the budget was _s, of _s left; \
                it was waiting for the jobs of a rayon pool";
    ended.assert_at_any_line(6, "0 jobs\n", &handler_line(name, "rayon_pool", what));
}
