#![allow(non_upper_case_globals)]

use exitmacro::{AtExitCleanup, track};
use std::fmt::Debug;
use std::fs::File;
use std::sync::{Arc, Mutex};

#[derive(AtExitCleanup)]
struct Named<T> {
    file: Option<File>,
    r#type: T,
    #[cleanup(skip)]
    name: &'static str,
}

#[derive(AtExitCleanup)]
struct Tuple<'a, T: Debug, const N: usize>(#[cleanup(skip)] &'a str, [T; N], Arc<Mutex<T>>)
where
    T: Default;

#[derive(AtExitCleanup)]
struct Unit;

#[derive(AtExitCleanup)]
struct Braces {}

#[derive(AtExitCleanup)]
enum Tree<T> {
    Leaf(T),
    Node { left: Box<Self>, right: Box<Tree<T>> },
    Many(Vec<Self>),
    Text(#[cleanup(skip)] String),
    Nothing,
}

#[derive(AtExitCleanup)]
enum Never {}

#[derive(AtExitCleanup)]
struct Unsized<T: ?Sized>(T);

trait Kind {
    type Part;
}

#[derive(AtExitCleanup)]
struct OfKind<K: Kind>(K::Part);

impl Kind for u8 {
    type Part = Unit;
}

#[derive(AtExitCleanup, Debug, Default)]
struct Plain;

mod inner {
    #[derive(exitmacro::AtExitCleanup)]
    pub(crate) struct Pool<T>(pub(crate) T);
}

/// A type of another module, which has the same name.
#[derive(AtExitCleanup)]
struct Pool<T>(crate::inner::Pool<T>, self::inner::Pool<T>);

/// The name of a type, and of a parameter in whose scope it is.
#[derive(AtExitCleanup)]
struct Length<const Length: usize>([Plain; Length]);

#[derive(AtExitCleanup)]
#[cleanup(with = close)]
struct Closed<'a, T, const Plain: usize>(&'a [T; Plain]);

impl<T, const Plain: usize> Closed<'_, T, { Plain }> {
    fn close(&self) {}
}

fn main() {
    let named = track(Named {
        file: None,
        r#type: Tuple("text", [Plain, Plain], Arc::default()),
        name: "a",
    });
    assert_eq!((named.name, named.r#type.0), ("a", "text"));
    let leaf = || Box::new(Tree::Leaf(Unit));
    let tree = Tree::Many(vec![
        Tree::Node { left: leaf(), right: leaf() },
        Tree::Text(String::new()),
        Tree::Nothing,
    ]);
    let values: [Box<dyn AtExitCleanup>; 4] = [
        Box::new(Braces {}),
        Box::new(tree),
        Box::new(OfKind::<u8>(Unit)),
        Box::new(None::<Never>),
    ];
    _ = track(Vec::from(values));
    _ = track(Pool(inner::Pool(Plain), inner::Pool(Plain)));
    _ = track(Length([Plain, Plain]));
    _ = track(Closed(&[1, 2]));
    let unsized_one: &Unsized<dyn AtExitCleanup> = &Unsized(Unit);
    assert!(unsized_one.cleanup().is_ok());
}
