use super::*;
use crate::handler::clock::Moment;
use crate::handler::edge::Key;
use crate::handler::{Location, Source, When};
use crate::order::sort::declared_ranks;
use std::borrow::Cow;

pub(super) fn planned(name: &'static str) -> PlannedHandler {
    let (name, location) = (Cow::Borrowed(name), Location::new("src/main.rs", 7));
    PlannedHandler {
        name,
        location,
        priority: 0,
        timeout: Duration::ZERO,
        is_timeout_stated: true,
        source: Source::Declared,
        concurrent: false,
        asynchronous: false,
        when: When::Always,
        rank: Rank { priority: 0, sequence: 0, index: 0 },
    }
}

pub(super) fn plan_of(handlers: Vec<PlannedHandler>) -> Plan {
    Plan {
        handlers,
        cycles: Vec::new(),
        worst_case: Duration::ZERO,
        stated_worst_case: Duration::ZERO,
        budget: Duration::ZERO,
        threads: 1,
        edges: Vec::new(),
        longest: Longest::default(),
        around: Around::default(),
        unplanned: None,
    }
}

/// A plan of these names, priorities, and whether they are concurrent; with edges and cycles of the
/// handlers at those places.
#[cfg(feature = "picture")]
pub(crate) fn sketch(
    handlers: Vec<(String, i32, bool)>,
    edges: Vec<(usize, usize)>,
    cycles: Vec<Vec<usize>>,
) -> Plan {
    let handlers = handlers.into_iter().zip(0..).map(|((name, priority, concurrent), index)| {
        let rank = Rank { priority, sequence: 0, index };
        PlannedHandler { name: Cow::Owned(name), priority, concurrent, rank, ..planned("") }
    });
    let plan = Plan { edges, ..plan_of(handlers.collect()) };
    let cycle = |places: Vec<usize>| {
        let handlers: Vec<_> = places.into_iter().map(|place| &plan.handlers[place]).collect();
        Cycle {
            names: handlers.iter().map(|handler| handler.name.clone()).collect(),
            ranks: handlers.iter().map(|handler| handler.rank).collect(),
            more: 0,
        }
    };
    Plan { cycles: cycles.into_iter().map(cycle).collect(), ..plan.clone() }
}

#[test]
fn display_is_an_aligned_table() {
    let high =
        PlannedHandler { priority: 200, timeout: Duration::from_secs(10), ..planned("app::close") };
    let low = PlannedHandler {
        priority: -5,
        timeout: Duration::from_millis(250),
        source: Source::Registered,
        ..planned("app::close")
    };
    let handlers = vec![high, low];
    let expected = "\
#  priority  handler     location       timeout  source
1       200  app::close  src/main.rs:7      10s  declared
2        -5  app::close  src/main.rs:7    250ms  registered";
    assert_eq!(plan_of(handlers).to_string(), expected);
}

#[test]
fn the_table_says_what_is_special_about_a_handler() {
    let handlers = vec![PlannedHandler { concurrent: true, when: When::Failure, ..planned("a") }];
    let cycles = vec![Cycle::named(["a"])];
    let expected = "\
#  priority  handler  location       timeout  source
1         0  a        src/main.rs:7      0ns  declared, concurrent, at failure
ordering cycle: `a` after `a`";
    assert_eq!(Plan { cycles, ..plan_of(handlers) }.to_string(), expected);
}

#[test]
fn an_empty_plan_says_so() {
    assert_eq!(plan_of(Vec::new()).to_string(), "no exit handlers");
}

static SECONDS: [Declared; 4] = [
    Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()))
        .timeout(Duration::from_secs(1))
        .concurrent(),
    Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(()))
        .timeout(Duration::from_secs(4))
        .concurrent(),
    Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(()))
        .timeout(Duration::from_secs(2))
        .after(&[Key::Declared(|| &SECONDS[0])]),
    Declared::new("d", "app", "a.rs", 4, 1, |_| Ok(())).timeout(Duration::from_secs(3)),
];

fn plan(declared: &[Declared], threads: usize) -> Plan {
    let waiting: Vec<Rank> = declared_ranks(declared, true).collect();
    let bounds = Bounds {
        budget: Duration::ZERO,
        timeout: Duration::MAX,
        is_timeout_stated: false,
        threads,
    };
    Plan::of(declared, &waiting, &Table::new(), bounds, &mut Interrupt::never())
}

fn worst_case(declared: &[Declared], threads: usize) -> Duration {
    plan(declared, threads).worst_case()
}

#[test]
fn the_worst_case_is_the_longest_way_through_the_order() {
    // `d` alone: 3. Then `c` has to wait for `a`, which runs beside `b`: 4. Then `c`: 2.
    assert_eq!(worst_case(&SECONDS, 32), Duration::from_secs(9));
    assert_eq!(worst_case(&SECONDS, 1), Duration::from_secs(10));
}

#[test]
fn each_handler_of_a_plan_says_how_it_is_declared() {
    static HANDLERS: [Declared; 2] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())).concurrent(),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).when(When::Failure),
    ];
    let said: Vec<_> = plan(&HANDLERS, 32)
        .handlers()
        .iter()
        .map(|handler| (handler.name().to_owned(), handler.is_concurrent(), handler.when()))
        .collect();
    assert_eq!(
        said,
        [("b".to_owned(), false, When::Failure), ("a".to_owned(), true, When::Always)]
    );
}

#[test]
fn the_stated_worst_case_leaves_defaults_out_of_account() {
    static MIXED: [Declared; 4] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(()))
            .timeout(Duration::from_secs(1))
            .concurrent(),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).concurrent(),
        Declared::new("c", "app", "a.rs", 3, 1, |_| Ok(()))
            .timeout(Duration::from_secs(2))
            .after(&[Key::Declared(|| &MIXED[0])]),
        Declared::new("d", "app", "a.rs", 4, 1, |_| Ok(())),
    ];
    let plan_with = |timeout: u64, is_timeout_stated: bool, declared: &[Declared]| {
        let waiting: Vec<Rank> = declared_ranks(declared, true).collect();
        let bounds = Bounds {
            budget: Duration::ZERO,
            timeout: Duration::from_secs(timeout),
            is_timeout_stated,
            threads: 32,
        };
        let plan = Plan::of(declared, &waiting, &Table::new(), bounds, &mut Interrupt::never());
        (plan.worst_case().as_secs(), plan.stated_worst_case().as_secs())
    };
    assert_eq!(
        plan_with(10, false, &MIXED),
        (22, 3),
        "with defaults: `d`, then `b` beside `a`, then `c`"
    );
    assert_eq!(plan_with(10, true, &MIXED), (22, 22));
    assert_eq!(plan_with(10, false, &MIXED[3..]), (10, 0));
    assert_eq!(plan_with(10, true, &MIXED[3..]), (10, 10));
}

#[test]
fn a_plan_without_time_is_that_of_the_priorities() {
    let declared: Vec<Declared> = (0..3_000)
        .map(|line| Declared::new("f", "app", "a.rs", line, 1, |_| Ok(())).concurrent())
        .collect();
    let waiting: Vec<Rank> = declared_ranks(&declared, true).collect();
    let bounds = Bounds {
        budget: Duration::ZERO,
        timeout: Duration::from_secs(1),
        is_timeout_stated: true,
        threads: 32,
    };
    let plan = Plan::of(
        &declared,
        &waiting,
        &Table::new(),
        bounds,
        &mut Interrupt::at(Moment::from_bits(0), Moment::now),
    );
    assert!(
        plan.ignores_edges()
            && plan.handlers().iter().map(|handler| handler.location().line()).eq((0..3_000).rev())
    );
    assert_eq!(plan.worst_case(), Duration::from_secs(3_000), "one after the other");
}

#[test]
fn the_worst_case_never_overflows() {
    static FOR_EVER: [Declared; 2] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())).timeout(Duration::from_secs(1)),
    ];
    assert_eq!(worst_case(&FOR_EVER, 32), Duration::MAX);
}
