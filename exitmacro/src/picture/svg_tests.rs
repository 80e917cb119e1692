use super::*;
use crate::handler::signal::Signal;
use crate::picture::label::CELL;
use crate::picture::picture_tests::{any_report, on_caller, ran, report, skipped};
use crate::report::{HandlerReport, Outcome, SkipReason};
use core::time::Duration;
use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;

fn parsed(svg: &str) -> Document<'_> {
    Document::parse_with_options(
        svg,
        ParsingOptions { nodes_limit: u32::MAX, ..Default::default() },
    )
    .expect("the picture is XML")
}

fn rows<'a>(document: &'a Document<'_>) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute("class") == Some("row")).collect()
}

/// The visible texts, each of a `text` element.
fn texts(node: Node<'_, '_>) -> Vec<String> {
    let texts = node.descendants().filter(|node| node.has_tag_name("text"));
    let text_of = |node: Node<'_, '_>| {
        node.descendants()
            .filter_map(|node| node.is_text().then(|| node.text()).flatten())
            .collect()
    };
    texts.map(text_of).collect()
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|text| text.parse().ok()).expect("a number")
}

fn outcome(handler: HandlerReport, outcome: Outcome) -> HandlerReport {
    HandlerReport { outcome, ..handler }
}

#[test]
fn the_header_says_what_happened() {
    let mut report = report([ran(1, 0, 800), ran(1, 800, 100)]);
    report.reason = ExitReason::Signal(Signal::TERM);
    report.status = Some(143);
    report.is_finished = true;
    let svg = report.to_svg();
    let document = parsed(&svg);
    let all = texts(document.root());
    assert_eq!(
        all[..3],
        [
            "Exit handlers after SIGTERM, status 143",
            "2 handlers: 2 completed · 900.0ms, of a budget of 25s",
            "longest way: 2 handlers, 900.0ms",
        ]
    );
    assert!(all.contains(&"runner 1 2 handlers".to_owned()), "{all:?}");
}

#[test]
fn a_report_in_a_handler_says_so_far() {
    let report = Report { is_finished: false, ..report([ran(1, 0, 8)]) };
    assert!(report.to_svg().contains("1 handler: 1 completed · 8.0ms so far, of a budget of 25s"));
}

#[test]
fn a_row_has_the_name_the_time_the_limit_and_what_went_wrong() {
    let outcomes = [
        Outcome::Completed,
        Outcome::Failed("disk <full>".to_owned()),
        Outcome::Panicked("at once".to_owned()),
        Outcome::TimedOut,
        Outcome::Exited(3),
    ];
    let mut handlers: Vec<_> = outcomes.map(|what| outcome(ran(1, 0, 5), what)).into();
    handlers.push(outcome(skipped(9), Outcome::Skipped(SkipReason::When)));
    let svg = report(handlers).to_svg();
    let document = parsed(&svg);
    let rows: Vec<_> = rows(&document).into_iter().map(texts).collect();
    let ended = ["app::handler", "5.0ms", "of 10s"];
    let expected: [&[&str]; 6] = [
        &[],
        &["failed: disk <full>"],
        &["panicked: at once"],
        &["timed out"],
        &["exited with 3"],
        &["app::handler", "skipped: its `when` does not match this exit"],
    ];
    let expected = expected
        .map(|words| if words.len() == 2 { words.to_vec() } else { [&ended, words].concat() });
    assert_eq!(rows, expected);
}

#[test]
fn outcomes_differ_without_colours() {
    let shape = |outcome: Outcome| {
        let (class, _) = look(&outcome);
        let (mut shape, mut drawn) = (String::new(), String::new());
        bar(&mut shape, class, (0.0, 0.0, 20.0), false).expect("a string takes all");
        sign(&mut drawn, class, 0.0, 0.0).expect("a string takes all");
        drawn.split(" d=").nth(1).expect("a path").to_owned()
    };
    let outcomes = [
        Outcome::Completed,
        Outcome::Failed(String::new()),
        Outcome::Panicked(String::new()),
        Outcome::TimedOut,
        Outcome::Exited(3),
        Outcome::Skipped(SkipReason::Budget),
    ];
    let shapes: std::collections::BTreeSet<_> = outcomes.into_iter().map(shape).collect();
    assert_eq!(shapes.len(), 6);
}

#[test]
fn the_budget_is_drawn_where_the_run_came_near_it() {
    let near = |length| report([ran(1, 0, length)]).to_svg().contains(">budget 25s</text>");
    assert_eq!([20_000, 25_000, 900].map(near), [true, true, false]);
}

#[test]
fn a_limit_that_is_in_the_picture_ends_in_a_mark() {
    let mut handler = ran(1, 0, 10);
    handler.allowed = Some(Duration::from_millis(50));
    let svg = report([handler, ran(1, 10, 90)]).to_svg();
    let document = parsed(&svg);
    let limits: Vec<_> = rows(&document)
        .into_iter()
        .map(|row| {
            let limit = row.children().find(|node| node.attribute("class") == Some("l"));
            limit.and_then(|limit| limit.attribute("d")).map(|path| path.matches('M').count())
        })
        .collect();
    // The second one would be at the very end.
    assert_eq!(limits, [Some(2), None]);
}

#[test]
fn the_longest_way_is_one_line_and_its_names_are_bold_where_others_are_not_on_it() {
    let svg = report([ran(1, 0, 10), ran(2, 0, 5), ran(1, 10, 9)]).to_svg();
    let document = parsed(&svg);
    let is_bold =
        |row: Node<'_, '_>| row.descendants().any(|node| node.attribute("class") == Some("b"));
    assert_eq!(rows(&document).into_iter().map(is_bold).collect::<Vec<_>>(), [true, true, false]);
    let alone = report([ran(1, 0, 10), ran(1, 10, 9)]).to_svg();
    let document = parsed(&alone);
    assert!(!rows(&document).into_iter().any(is_bold));
}

#[test]
fn a_row_says_what_its_handler_waited_for() {
    let first = HandlerReport { name: Cow::Borrowed("app::first"), ..ran(1, 0, 1) };
    let mut report = report([first, ran(1, 1, 1)]);
    report.edges = vec![(0, 1)];
    assert!(report.to_svg().contains("started at 1.0ms, took 1.0ms\nafter app::first</title>"));
    report.edges = vec![(0, 1); 5_001];
    assert!(!report.to_svg().contains("after app::first"));
}

#[test]
fn the_name_of_a_thread_ends_before_the_chart() {
    let svg = report([HandlerReport { name: Cow::Borrowed("a"), ..ran(12, 0, 1) }]).to_svg();
    let document = parsed(&svg);
    let heading = document.descendants().find(|node| {
        node.attribute("class") == Some("sans h2")
            && node.descendants().any(|node| node.has_tag_name("tspan"))
    });
    let heading = heading.expect("the thread has a name");
    let line = heading
        .next_sibling_element()
        .and_then(|line| line.attribute("d"))
        .expect("a line follows");
    let chart: f64 =
        line[1..].split(' ').next().and_then(|x| x.parse().ok()).expect("it begins somewhere");
    // "runner 12 1 handler", in letters of 8 at most.
    assert!(number(heading, "x") + 19.0 * 8.0 <= chart, "{line}");
    assert!(!svg.contains("longest way"));
}

#[test]
fn screen_readers_get_a_title_and_what_went_wrong() {
    let failed = outcome(on_caller(0, 5), Outcome::Failed("disk full".to_owned()));
    let svg = report([failed]).to_svg();
    let document = parsed(&svg);
    let labels = document.root_element().attribute("aria-labelledby").expect("it has labels");
    let text_of = |id: &str| {
        let node = document.descendants().find(|node| node.attribute("id") == Some(id));
        node.and_then(|node| node.text()).expect("the label is there").to_owned()
    };
    let texts: Vec<_> = labels.split(' ').map(text_of).collect();
    assert_eq!(texts[0], "Exit handlers at exit, status 0");
    assert!(texts[1].ends_with("; app::handler: failed: disk full"), "{texts:?}");
}

#[test]
fn of_thousands_the_picture_says_how_many_it_leaves_out() {
    let svg = report((0..2_100).map(|start| ran(1, start, 1))).to_svg();
    let document = parsed(&svg);
    assert_eq!(rows(&document).len(), MOST_ROWS);
    assert!(svg.contains(" · 100 handlers are not shown<"));
}

#[test]
fn of_thousands_that_failed_the_picture_says_how_many_it_leaves_out() {
    let note = |count: u64| {
        let failed = |start| outcome(ran(1, start, 1), Outcome::Failed("no".into()));
        let svg = report((0..count).map(failed)).to_svg();
        let document = parsed(&svg);
        assert_eq!(rows(&document).len(), MOST_ROWS);
        texts(document.root())[2].split(" · ").nth(1).expect("a note").to_owned()
    };
    assert_eq!(note(2_001), "1 handler is not shown, which failed");
    assert_eq!(note(2_100), "100 handlers are not shown, 100 of them failed");
}

#[test]
fn an_empty_report_is_a_picture() {
    assert!(rows(&parsed(&report([]).to_svg())).is_empty());
}

proptest! {
    #[test]
    fn any_report_is_well_formed_and_nothing_overlaps(report in any_report()) {
        let svg = report.to_svg();
        let document = parsed(&svg);
        let width = number(document.root_element(), "width");
        let rows = rows(&document);
        prop_assert_eq!(rows.len(), report.handlers().len());
        let mut tops: Vec<f64> = Vec::new();
        for row in rows {
            tops.push(
                row.children()
                    .filter(|node| node.has_tag_name("rect"))
                    .map(|node| number(node, "y"))
                    .next()
                    .expect("a row has a height"),
            );
            let mut end = 0.0;
            for text in row.children().filter(|node| node.has_tag_name("text")) {
                let length = cells(text.text().unwrap_or("")) as f64 * FONT * CELL;
                let x = number(text, "x");
                let from =
                    if text.attribute("text-anchor") == Some("end") { x - length } else { x };
                prop_assert!(from >= end, "{from} {end} {:?}", text.text());
                end = from + length;
            }
            prop_assert!(end <= width, "{end} {width}");
        }
        prop_assert!(tops.windows(2).all(|pair| pair[1] - pair[0] >= ROW));
    }

    #[test]
    fn any_name_is_there_as_it_is(name in "[a-z<>&\"'`字 ]{1,20}") {
        let svg =
            report([HandlerReport { name: Cow::Owned(name.clone()), ..ran(1, 0, 1) }]).to_svg();
        let document = parsed(&svg);
        prop_assert_eq!(&texts(rows(&document)[0])[0], &name);
    }
}
