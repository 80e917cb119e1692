use super::*;
use crate::handler::Location;
use crate::registry::tests::place_in;
use proptest::prelude::*;

const FILES: [&str; 3] = ["src/a.rs", "src/b.rs", "src/c.rs"];
const MODULES: [&str; 4] = ["app", "app::inner", "dep", "dep::inner"];

fn declared() -> impl Strategy<Value = Declared> {
    (0..FILES.len(), 0..MODULES.len(), 1..4_u32, -2..3_i32).prop_map(
        |(file, module, line, priority)| {
            Declared::new("f", MODULES[module], FILES[file], line, 1, |_| Ok(())).priority(priority)
        },
    )
}

/// One of few places, so that many handlers differ in one part of their place alone, with texts
/// that begin and end alike.
fn of_few_places() -> impl Strategy<Value = Declared> {
    const FILES: [&str; 6] = [
        "",
        "src/a.rs",
        "src/a.rs2",
        "src/a_long_path/of_files/a.rs",
        "src/a_long_path/of_files/b.rs",
        "src/ä.rs",
    ];
    const MODULES: [&str; 10] = [
        "",
        "app",
        "app_a",
        "app_a::b",
        "app::d0::d1::d2",
        "app::d0::d1::d3",
        "app::d1::d1::d2",
        "app::a_long_module::of_many_bytes::a",
        "app::a_long_module::of_many_bytes::a::b::c::d::e::f",
        "app::a_long_module::of_many_bytes::b",
    ];
    const NAMES: [&str; 8] = [
        "",
        "a",
        "a\0",
        "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0b",
        "ab",
        "a_long_name_1",
        "a_long_name_2",
        "\u{10ffff}",
    ];
    const LINES: [u32; 8] = [1, 2, 255, 256, 70_000, 1 << 21, (1 << 21) + 1, u32::MAX];
    const PRIORITIES: [i32; 4] = [0, 1, i32::MIN, i32::MAX];
    let place = (0..FILES.len(), 0..LINES.len(), prop_oneof![Just(1), 1..4_u32, Just(u32::MAX)]);
    (place, 0..MODULES.len(), 0..NAMES.len(), 0..PRIORITIES.len()).prop_map(
        |((file, line, column), module, name, priority)| {
            Declared::new(
                NAMES[name],
                MODULES[module],
                FILES[file],
                LINES[line],
                column,
                |_| Ok(()),
            )
            .priority(PRIORITIES[priority])
        },
    )
}

/// The same, where some handlers have a part of their place in common.
fn many() -> impl Strategy<Value = Vec<Declared>> {
    let first = of_few_places();
    (first, prop::collection::vec((of_few_places(), 0..8_u8), 30..120)).prop_map(
        |(first, others)| {
            let alike = |(mut other, parts): (Declared, u8)| {
                if parts > 1 {
                    other = other.priority(first.own_priority());
                }
                let place = first.location();
                let moved = |line, column| {
                    let (name, module) = (other.name(), other.module());
                    Declared::new(name, module, place.file(), line, column, |_| Ok(()))
                        .priority(first.own_priority())
                };
                if parts > 4 {
                    other = moved(place.line(), first.column());
                } else if parts > 2 {
                    other = moved(other.location().line(), other.column());
                }
                other
            };
            others.into_iter().map(alike).collect()
        },
    )
}

/// Priorities of registered handlers, and which of those before each one is unregistered first, so
/// that slots are used again.
fn registered() -> impl Strategy<Value = Vec<(i32, Option<usize>)>> {
    let priority = prop_oneof![4 => Just(0), 1 => -2..3_i32, 1 => any::<i32>()];
    let removed = prop_oneof![3 => Just(None), 1 => (0..20_usize).prop_map(Some)];
    prop::collection::vec((priority, removed), 0..60)
}

fn table_of(registered: &[(i32, Option<usize>)]) -> Table {
    let mut table = Table::new();
    let mut waiting = Vec::new();
    for &(priority, removed) in registered {
        if let Some(place) = removed.filter(|&place| place < waiting.len()) {
            table.remove(waiting.remove(place)).map(drop).expect("it waits");
        }
        waiting.push(place_in(&mut table, priority, false, Vec::new(), Vec::new()));
    }
    table
}

fn in_order(declared: &[Declared], table: &Table) -> Vec<Rank> {
    sorted(declared, declared_ranks(declared, true), table).expect("there is memory")
}

/// The rules O1 and O2 in plain code: of all that are left, take the handler that no other one
/// precedes.
fn reference(declared: &[Declared], mut ranks: Vec<Rank>) -> Vec<Rank> {
    let goes_before = |a: Rank, b: Rank| {
        if a.priority != b.priority {
            return a.priority > b.priority;
        }
        match (a.is_declared(), b.is_declared()) {
            (false, true) => true,
            (true, false) => false,
            (false, false) => a.sequence > b.sequence,
            (true, true) => {
                declared[a.index as usize].reading_position(&declared[b.index as usize]).is_gt()
            }
        }
    };
    let mut order = Vec::new();
    while !ranks.is_empty() {
        let first = (0..ranks.len())
            .find(|&candidate| ranks.iter().all(|&other| !goes_before(other, ranks[candidate])))
            .expect("the order has no cycles");
        order.push(ranks.remove(first));
    }
    order
}

/// Priority, sequence, and the place of a declared handler: with its column, module and name.
type Place = (i32, u64, Option<(Location, u32, &'static str, &'static str)>);

/// What may be compared: the order of two handlers at the same place is not specified.
fn places(declared: &[Declared], order: &[Rank]) -> Vec<Place> {
    order
        .iter()
        .map(|rank| {
            let place = rank.is_declared().then(|| &declared[rank.index as usize]).map(|handler| {
                (handler.location(), handler.column(), handler.module(), handler.name())
            });
            (rank.priority, rank.sequence, place)
        })
        .collect()
}

proptest! {
    #[test]
    fn the_order_is_that_of_the_rules(
        declared in prop::collection::vec(declared(), 0..20),
        registered in registered(),
    ) {
        let table = table_of(&registered);
        let all = declared_ranks(&declared, true).chain(table.ranks()).collect();
        let expected = reference(&declared, all);
        let found = in_order(&declared, &table);
        prop_assert_eq!(places(&declared, &found), places(&declared, &expected));
    }

    #[test]
    fn the_order_of_many_is_that_of_the_rules(declared in many(), registered in registered()) {
        let table = table_of(&registered);
        let all = declared_ranks(&declared, true).chain(table.ranks()).collect();
        let expected = reference(&declared, all);
        let found = in_order(&declared, &table);
        prop_assert_eq!(places(&declared, &found), places(&declared, &expected));
    }

    #[test]
    fn the_order_of_registered_handlers_is_that_of_the_rules(registered in registered()) {
        let table = table_of(&registered);
        let expected = reference(&[], table.ranks().collect());
        prop_assert_eq!(&in_order(&[], &table), &expected);
        if table.is_in_order() {
            prop_assert_eq!(table.ranks().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn the_order_without_memory_is_the_same(
        declared in prop_oneof![prop::collection::vec(declared(), 0..20), many()],
        registered in registered(),
    ) {
        let table = table_of(&registered);
        let mut found = Vec::new();
        while let Some(rank) = next_after(
            &declared,
            declared_ranks(&declared, true).chain(table.ranks()),
            found.last().copied(),
        ) {
            found.push(rank);
        }
        prop_assert_eq!(found, in_order(&declared, &table));
    }
}

/// Few different bytes, so that texts agree far, and a zero often stands where another text ends.
fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        prop::collection::vec(prop_oneof![8 => Just('a'), 1 => Just('b'), 2 => Just('\0')], 0..40),
        prop::collection::vec(Just('\0'), 0..40)
    ]
    .prop_map(|text| &*text.into_iter().collect::<String>().leak())
}

proptest! {
    #[test]
    fn names_are_put_in_order_to_their_last_byte(names in prop::collection::vec(text(), 0..80)) {
        let declared: Vec<Declared> = names
            .iter()
            .map(|name| Declared::new(name, "app", "src/a.rs", 1, 1, |_| Ok(())))
            .collect();
        let mut expected: Vec<Rank> = declared_ranks(&declared, true).collect();
        expected.sort_by(|&a, &b| run_order(&declared, a, b));
        prop_assert_eq!(in_order(&declared, &Table::new()), expected);
    }
}

/// Checks that handlers of these names are sorted by name, the last one first.
fn assert_put_in_order(names: Vec<String>) {
    let declared: Vec<Declared> = names
        .into_iter()
        .map(|name| Declared::new(name.leak(), "app", "src/a.rs", 1, 1, |_| Ok(())))
        .collect();
    let ranks = in_order(&declared, &Table::new());
    assert!(
        ranks.iter().map(|rank| declared[rank.index as usize].name()).is_sorted_by(|a, b| a >= b)
    );
}

#[test]
fn texts_that_differ_far_apart_are_put_in_order() {
    let [zeros, more] = [15, 30].map(|count| "\0".repeat(count));
    assert_put_in_order(vec![format!("a{zeros}\0b"), format!("a{more}"), "a".to_owned()]);
    // They differ in the first byte, and in the two bytes after the first eight.
    let number = |n: usize| format!("{}-------{}{}", n / 25, n / 5 % 5, n % 5);
    assert_put_in_order((0..125).map(|n| number(n * 7 % 125)).collect());
}

#[test]
fn crates_of_one_place_are_put_in_order_by_name() {
    // By module path alone, `app2` would come before `app`: a digit comes before a colon.
    let declared = ["app2::a", "app::b", "app::a", "app2::b"]
        .map(|module| Declared::new("f", module, "src/a.rs", 1, 1, |_| Ok(())));
    let ranks = in_order(&declared, &Table::new());
    let modules = ranks.iter().map(|rank| declared[rank.index as usize].module());
    assert!(modules.eq(["app2::b", "app2::a", "app::b", "app::a"]));
}

#[test]
fn texts_that_differ_byte_by_byte_are_put_in_order_on_a_small_stack() {
    const COUNT: usize = 2_000;
    let sorts = || {
        // Each text is a prefix of the next one: as many parts as there are handlers.
        let text: &'static str = "a".repeat(COUNT).leak();
        let declared: Vec<Declared> = (0..COUNT)
            .map(|length| Declared::new("f", "app", &text[..length * 7 % COUNT], 1, 1, |_| Ok(())))
            .collect();
        let ranks = in_order(&declared, &Table::new());
        assert!(
            ranks
                .iter()
                .map(|rank| declared[rank.index as usize].location().file().len())
                .eq((0..COUNT).rev())
        );
    };
    std::thread::Builder::new()
        .stack_size(64 << 10)
        .spawn(sorts)
        .expect("a thread starts")
        .join()
        .expect("it does not panic");
}
