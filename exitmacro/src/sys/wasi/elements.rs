//! What linkme does elsewhere: collects the declared handlers, and the settings of `config!`. The
//! linker of WebAssembly gives no names to the ends of a section. So each element has a constructor
//! here, which libc calls before `main`, and which puts the element on a list.

use crate::sys::StaticRef;
use core::ops::Deref;
use std::sync::OnceLock;

pub use core::{concat, module_path};
pub use exitmacro_derive::constructed as distributed_slice;

/// One element, as its constructor puts it on the list.
pub struct Node<T: 'static> {
    element: &'static T,
    /// The node that was put on the list before.
    next: StaticRef<Self>,
}

impl<T: Sync> Node<T> {
    /// A node that is on no list.
    pub const fn new(element: &'static T) -> Self {
        Self { element, next: StaticRef::new() }
    }
}

/// All elements of one type. As a slice from the first look on, which must come after the
/// constructors of all elements.
pub struct Elements<T: 'static> {
    last: StaticRef<Node<T>>,
    table: OnceLock<Table<T>>,
}

/// Copies of the elements in the order of the addresses of their statics.
struct Table<T> {
    elements: Box<[T]>,
    /// The address of each static.
    statics: Box<[usize]>,
}

impl<T: Copy + Sync> Elements<T> {
    pub(crate) const fn new() -> Self {
        Self { last: StaticRef::new(), table: OnceLock::new() }
    }

    /// Called by the constructor of an element, once.
    pub fn put(&self, node: &'static Node<T>) {
        if let Some(last) = self.last.get() {
            node.next.set(last);
        }
        self.last.set(node);
    }

    /// The place in the slice of the element that was declared as this static.
    pub(crate) fn index_of(&self, address: usize) -> Option<usize> {
        self.table().statics.binary_search(&address).ok()
    }

    fn table(&self) -> &Table<T> {
        self.table.get_or_init(|| {
            let first = self.last.get();
            let nodes = core::iter::successors(first, |node| node.next.get());
            let mut elements: Vec<&'static T> = nodes.map(|node| node.element).collect();
            elements.sort_unstable_by_key(|element| core::ptr::from_ref(*element).addr());
            Table {
                statics: elements.iter().map(|&one| core::ptr::from_ref(one).addr()).collect(),
                elements: elements.into_iter().copied().collect(),
            }
        })
    }
}

impl<T: Copy + Sync> Deref for Elements<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.table().elements
    }
}
