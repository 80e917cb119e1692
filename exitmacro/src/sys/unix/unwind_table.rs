//! Sizes of functions, from the table that the unwinder searches.
//!
//! Not by `_Unwind_FindEnclosingFunction`: the loader would look that name up at the start of every
//! program with handlers. To look it up by `dlsym` when it is needed would wait for the loader's
//! lock, which a handler that hangs in `dlopen` has for ever.

use crate::sys::unix::object::each_object;
use core::slice;

/// The size of the function that begins at this address; `None` if the table does not have it.
#[inline(never)]
pub(super) fn size_of_function(function: usize) -> Option<usize> {
    let header = Header::of_object_with(function)?;
    let place = header.table()?.binary_search_by_key(&header.offset_of(function)?, |row| row.0);
    let row = header.table()?.get(place.ok()?)?;
    let entry = header.0.checked_add_signed(row.1 as isize)? as *const Entry;
    // SAFETY: the linker writes the offset of an entry of `.eh_frame` into each row.
    let entry = unsafe { entry.read_unaligned() };
    // If that is the function, the entry has the usual format.
    let begin = header.0.checked_add_signed(row.1 as isize + Entry::BEGIN as isize)?;
    (begin.checked_add_signed(entry.begin as isize)? == function).then_some(entry.size as usize)
}

/// The beginning of an entry of `.eh_frame`.
#[repr(C)]
struct Entry {
    _length: u32,
    _common: u32,
    /// The beginning of the function, relative to this field.
    begin: i32,
    size: u32,
}

impl Entry {
    const BEGIN: usize = core::mem::offset_of!(Self, begin);
}

/// A row of the table: the beginning of a function, and its entry, both relative to the header.
#[repr(C, packed)]
struct Row(i32, i32);

/// The address of an `.eh_frame_hdr`.
struct Header(usize);

impl Header {
    fn of_object_with(function: usize) -> Option<Self> {
        let mut header = None;
        each_object(|object| {
            let has_function = object.has(function);
            if has_function {
                header = object.segments().find(|(kind, ..)| *kind == libc::PT_GNU_EH_FRAME);
            }
            has_function
        });
        header.map(|(_, start, _)| Self(start))
    }

    fn offset_of(&self, function: usize) -> Option<i32> {
        i32::try_from(function.wrapping_sub(self.0).cast_signed()).ok()
    }

    /// The table, if it has the format of all linkers: addresses relative to the header, of four
    /// bytes, sorted by those of the functions.
    fn table(&self) -> Option<&'static [Row]> {
        /// The version, and the formats of the address of `.eh_frame`, the count and the table.
        const FORMAT: [u8; 4] = [1, 0x1b, 0x03, 0x3b];
        let start = self.0 as *const u8;
        // SAFETY: the loader has mapped the segment, which begins with four bytes, and for this
        // format with an address and the number of rows.
        unsafe {
            if start.cast::<[u8; 4]>().read() != FORMAT {
                return None;
            }
            let count = start.add(8).cast::<u32>().read_unaligned();
            Some(slice::from_raw_parts(start.add(12).cast(), count as usize))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::c_void;

    unsafe extern "C" {
        /// Of the unwinding library: the beginning of the function with the call that returns here.
        fn _Unwind_FindEnclosingFunction(code: *mut c_void) -> *mut c_void;
    }

    #[test]
    fn a_function_ends_where_the_unwinder_says() {
        let exit = std::process::exit as *const () as usize;
        let here = a_function_ends_where_the_unwinder_says as *const () as usize;
        for function in [exit, here] {
            let size = size_of_function(function).expect("it is in the table");
            let returns_inside = |code: usize| {
                // SAFETY: every address is allowed.
                let found = unsafe { _Unwind_FindEnclosingFunction(code as *mut c_void) };
                found as usize == function
            };
            assert!((function + 1..=function + size).all(returns_inside));
            assert!(!returns_inside(function) && !returns_inside(function + size + 1));
            assert_eq!(size_of_function(function + 1), None);
        }
        assert_eq!(size_of_function(0), None);
        assert_eq!(size_of_function(&raw const here as usize), None);
    }
}
