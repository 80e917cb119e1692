//! Both kinds of graphs, read by small parsers of what is written here of their languages.

use crate::picture::escape::visible;
use crate::plan::Plan;
use crate::plan::tests::sketch;
use crate::text::table::cell;
use core::iter::Peekable;
use core::str::Chars;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// An edge, with its style.
type Edge = (String, String, String);

#[derive(Default, Debug)]
struct Parsed {
    labels: BTreeMap<String, String>,
    edges: Vec<Edge>,
    /// The nodes that stand together.
    levels: Vec<Vec<String>>,
}

/// Tokens of DOT: names and punctuation as they are, the inside of a string behind a quote.
fn dot_tokens(text: &str) -> Vec<String> {
    let mut characters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(character) = characters.next() {
        match character {
            '"' => tokens.push(format!("\"{}", dot_string(&mut characters))),
            '-' => {
                assert_eq!(characters.next(), Some('>'));
                tokens.push("->".to_owned());
            }
            '{' | '}' | '[' | ']' | ';' | '=' | ',' => tokens.push(character.to_string()),
            _ if character.is_ascii_alphanumeric() => {
                let mut name = character.to_string();
                while let Some(next) = characters.next_if(char::is_ascii_alphanumeric) {
                    name.push(next);
                }
                tokens.push(name);
            }
            ' ' | '\n' => {}
            _ => panic!("{character:?} in {text}"),
        }
    }
    tokens
}

fn dot_string(characters: &mut Peekable<Chars<'_>>) -> String {
    let mut inside = String::new();
    loop {
        match characters.next().expect("the string ends") {
            '"' => return inside.replace("&amp;", "&"),
            '\\' => match characters.next() {
                Some('n') => inside.push('\n'),
                Some(escaped @ ('"' | '\\')) => inside.push(escaped),
                other => panic!("an escape of {other:?}"),
            },
            control if control.is_control() => panic!("{control:?} in a string"),
            other => inside.push(other),
        }
    }
}

fn parse_dot(text: &str) -> Parsed {
    let tokens = dot_tokens(text);
    let (head, body) = tokens.split_at(3);
    assert_eq!(head, ["digraph", "exitmacro", "{"]);
    let (last, body) = body.split_last().expect("it ends");
    assert_eq!(last, "}");
    let mut parsed = Parsed::default();
    let mut rest = body;
    while let Some(first) = rest.first() {
        let end = if first == "{" { "}" } else { ";" };
        let length = rest.iter().position(|token| token == end).expect("a statement ends") + 1;
        let statement: Vec<&str> = rest[..length].iter().map(String::as_str).collect();
        rest = &rest[length..];
        let style = |attributes: &[&str]| {
            let place = attributes.windows(2).position(|pair| pair == ["style", "="]);
            place.map_or("solid", |place| attributes[place + 2]).to_owned()
        };
        match statement[..] {
            ["node" | "edge", "[", ..] => {}
            ["{", "rank", "=", "same", ";", ref nodes @ .., "}"] => parsed.levels.push(
                nodes.iter().filter(|&&token| token != ";").map(|&node| node.to_owned()).collect(),
            ),
            [from, "->", to, ref attributes @ .., ";"] => {
                parsed.edges.push((from.to_owned(), to.to_owned(), style(attributes)));
            }
            [node, "[", "label", "=", label, .., "]", ";"] => {
                let label = label.strip_prefix('"').expect("a label is a string");
                let (name, _) = label.rsplit_once('\n').expect("a label has two lines");
                parsed.labels.insert(node.to_owned(), name.to_owned());
            }
            _ => panic!("{statement:?}"),
        }
    }
    parsed
}

/// Lines of Mermaid.
fn parse_mermaid(text: &str) -> Parsed {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart TB"));
    let mut parsed = Parsed::default();
    let mut level: Option<Vec<String>> = None;
    for line in lines {
        let line = line.strip_prefix("  ").expect("lines are indented").trim_start();
        if line.starts_with("subgraph l") && line.ends_with("[\"at the same time\"]") {
            assert!(level.replace(Vec::new()).is_none());
        } else if line == "end" {
            parsed.levels.push(level.take().expect("a box ends that began"));
        } else if line.starts_with("classDef cycle ") || line.starts_with("class h") {
        } else if let Some((node, label)) = line.split_once("[\"") {
            let label = label.strip_suffix("\"]").expect("a label ends");
            assert!(!label.contains(['"', '`', '[', ']', '{', '}', '&', '\\']), "{label}");
            let (name, _) = label.rsplit_once("<br/>").expect("a label has two lines");
            if let Some(level) = &mut level {
                level.push(node.to_owned());
            }
            parsed.labels.insert(node.to_owned(), decoded(name));
        } else {
            let arrows = [
                (" --> ", "solid"),
                (" -.-> ", "dotted"),
                (" -. \"cycle: not kept\" .-> ", "dashed"),
            ];
            let edge = arrows
                .into_iter()
                .find_map(|(arrow, style)| Some((line.split_once(arrow)?, style)));
            let ((from, to), style) = edge.unwrap_or_else(|| panic!("{line}"));
            parsed.edges.push((from.to_owned(), to.to_owned(), style.to_owned()));
        }
    }
    assert!(level.is_none());
    parsed
}

/// Numbers of characters as what they stand for.
fn decoded(text: &str) -> String {
    let mut parts = text.split('#');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(';').expect("a number ends");
        decoded.push(number.parse().ok().and_then(char::from_u32).expect("a character"));
        decoded.push_str(rest);
    }
    decoded
}

fn both(plan: &Plan) -> [Parsed; 2] {
    [parse_dot(&plan.to_dot()), parse_mermaid(&plan.to_mermaid())]
}

fn edge((from, to, style): (&str, &str, &str)) -> Edge {
    (from.to_owned(), to.to_owned(), style.to_owned())
}

fn handler(name: &str, priority: i32, concurrent: bool) -> (String, i32, bool) {
    (name.to_owned(), priority, concurrent)
}

/// `drain`, then two at the same time, one of which `last` waits for.
fn service() -> Plan {
    let handlers = vec![
        handler("drain", 10, false),
        handler("database", 0, true),
        handler("cache", 0, true),
        handler("last", 0, true),
        handler("metrics", -100, false),
    ];
    sketch(handlers, vec![(0, 1), (1, 3)], Vec::new())
}

#[test]
fn edges_are_solid_and_the_order_between_levels_is_dotted() {
    for parsed in both(&service()) {
        let expected =
            [("h0", "h1", "solid"), ("h1", "h3", "solid"), ("h3", "h4", "dotted")].map(edge);
        assert_eq!(parsed.edges, expected);
    }
}

#[test]
fn handlers_that_may_run_at_the_same_time_stand_together() {
    for parsed in both(&service()) {
        assert_eq!(parsed.levels, [["h1", "h2"]]);
    }
}

#[test]
fn other_priorities_and_handlers_that_run_alone_stand_apart() {
    let handlers = vec![
        handler("a", 1, true),
        handler("b", 0, true),
        handler("c", 0, false),
        handler("d", 0, true),
    ];
    for parsed in both(&sketch(handlers, Vec::new(), Vec::new())) {
        assert!(parsed.levels.is_empty(), "{parsed:?}");
        assert_eq!(parsed.edges.len(), 3);
    }
}

#[test]
fn a_cycle_is_marked_where_it_is_broken() {
    let handlers = vec![handler("a", 2, false), handler("b", 1, false), handler("c", 0, false)];
    // `a` waits for `b`, which is not kept; `b` for `a`.
    let plan = sketch(handlers, vec![(0, 1)], vec![vec![0, 1]]);
    for parsed in both(&plan) {
        let expected =
            [("h0", "h1", "solid"), ("h1", "h2", "dotted"), ("h1", "h0", "dashed")].map(edge);
        assert_eq!(parsed.edges, expected);
    }
    assert!(plan.to_mermaid().ends_with("  class h0,h1 cycle\n"));
    assert_eq!(plan.to_dot().matches(", color=red]").count(), 2);
}

#[test]
fn handlers_of_one_name_are_told_apart_in_a_cycle() {
    let handlers = vec![handler("a", 3, false), handler("a", 2, false), handler("a", 1, false)];
    let plan = sketch(handlers, vec![(1, 2)], vec![vec![1, 2]]);
    for parsed in both(&plan) {
        assert!(parsed.edges.contains(&edge(("h2", "h1", "dashed"))), "{parsed:?}");
    }
    assert!(plan.to_mermaid().ends_with("  class h1,h2 cycle\n"));
}

#[test]
fn a_node_has_priority_and_timeout() {
    let plan = sketch(vec![handler("app::close", -5, false)], Vec::new(), Vec::new());
    assert!(plan.to_dot().contains("  h0 [label=\"app::close\\npriority -5, 0µs\"];\n"));
    assert!(plan.to_mermaid().contains("  h0[\"app::close<br/>priority -5, 0µs\"]\n"));
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn any_name_comes_out_as_it_went_in(
        names in prop::collection::vec(name(), 1..9),
        concurrent in any::<u16>(),
        edges in prop::collection::vec((0..9_usize, 0..9_usize), 0..9),
    ) {
        let count = names.len();
        let handlers = names
            .iter()
            .enumerate()
            .map(|(place, name)| (name.clone(), 0, concurrent >> place & 1 == 1))
            .collect();
        let edges: Vec<_> = edges.into_iter().filter(|&(a, b)| a < b && b < count).collect();
        let plan = sketch(handlers, edges.clone(), vec![(0..count).collect()]);
        let expected: BTreeMap<_, _> = names
            .iter()
            .enumerate()
            .map(|(place, name)| (format!("h{place}"), cell(visible(name))))
            .collect();
        for parsed in both(&plan) {
            prop_assert_eq!(&parsed.labels, &expected);
            prop_assert_eq!(
                parsed.edges.iter().filter(|edge| edge.2 == "solid").count(),
                edges.len()
            );
        }
    }
}
