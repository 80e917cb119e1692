//! What linkme does elsewhere: collects the declared handlers. The linker of WebAssembly gives no
//! names to the ends of a section. So each handler has a constructor here, which libc calls before
//! `main`, and which puts it on a list.

use crate::sys::List;
use core::ops::Deref;
use std::sync::OnceLock;

pub use crate::sys::list::constructed as distributed_slice;
pub use crate::sys::list::{Node, concat, module_path};

/// All elements of one type. As a slice from the first look on, which must come after the
/// constructors of all elements.
pub struct Elements<T: 'static> {
    list: List<T>,
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
        Self { list: List::new(), table: OnceLock::new() }
    }

    /// Called by the constructor of an element, once.
    pub fn put(&self, node: &'static Node<T>) {
        self.list.put(node);
    }

    /// The place in the slice of the element that was declared as this static.
    pub(crate) fn index_of(&self, address: usize) -> Option<usize> {
        self.table().statics.binary_search(&address).ok()
    }

    fn table(&self) -> &Table<T> {
        self.table.get_or_init(|| {
            let mut elements: Vec<&'static T> = self.list.elements().collect();
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
