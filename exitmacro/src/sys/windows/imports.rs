//! The import table of the module that this crate is part of: the program, or a DLL. It holds the
//! addresses of the functions that the module calls in other modules.

use core::ffi::c_void;

unsafe extern "C" {
    /// The first byte of the module; defined by every linker.
    static __ImageBase: u8;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn VirtualProtect(start: *mut c_void, size: usize, new: u32, old: *mut u32) -> i32;
}

const READ_WRITE: u32 = 4;

/// The first page holds the headers that say how long the module is.
const FIRST_PAGE: usize = 4096;

/// The most modules and functions that are looked at, should the table have no end.
const MOST: usize = 1 << 16;

/// The width of an entry, and where the optional header has what is read of it.
const ENTRY: usize = size_of::<usize>();
const IS_64: bool = ENTRY == 8;
const MAGIC: u16 = if IS_64 { 0x20b } else { 0x10b };
const SIZE_OF_IMAGE: usize = 56;
const DIRECTORIES: usize = if IS_64 { 108 } else { 92 };

/// A module in memory. All places are distances from its first byte.
struct Module {
    base: *const u8,
    size: usize,
}

impl Module {
    /// The module of this code; `None` if its headers are not those of a module.
    fn of_this_code() -> Option<Self> {
        let mut module = Self { base: &raw const __ImageBase, size: FIRST_PAGE };
        let optional = module.optional_header()?;
        module.size = module.read::<u32>(optional + SIZE_OF_IMAGE)? as usize;
        Some(module)
    }

    fn optional_header(&self) -> Option<usize> {
        const HEADERS_AT: usize = 0x3c;
        const AFTER_FILE_HEADER: usize = 24;
        let headers = self.read::<u32>(HEADERS_AT)? as usize;
        let optional = headers.checked_add(AFTER_FILE_HEADER)?;
        let is_module = self.read(0) == Some(*b"MZ")
            && self.read(headers) == Some(*b"PE\0\0")
            && self.read(optional) == Some(MAGIC);
        is_module.then_some(optional)
    }

    /// Reads a value of plain bytes; `None` outside of the module.
    fn read<T: Copy>(&self, place: usize) -> Option<T> {
        (place.checked_add(size_of::<T>())? <= self.size)
            // SAFETY: the bytes are part of the module, which is mapped as a whole while its code
            // runs. `T` is an integer or an array of bytes, for which all values are valid.
            .then(|| unsafe { self.base.add(place).cast::<T>().read_unaligned() })
    }

    /// Whether these bytes and a zero stand there.
    fn has_text(&self, place: usize, text: &str) -> bool {
        let bytes = text.bytes().chain([0]);
        bytes.zip(place..).all(|(byte, place)| self.read(place) == Some(byte))
    }

    /// The places of the addresses of all functions with this name. Each module that is imported
    /// from may have one, and a module may be named more than once.
    fn entries(&self, name: &str) -> impl Iterator<Item = usize> {
        const DESCRIPTOR: usize = 20;
        let table = self.optional_header().and_then(|optional| {
            let count = self.read::<u32>(optional + DIRECTORIES)?;
            // The second directory is that of the imports.
            (count > 1).then(|| self.read::<u32>(optional + DIRECTORIES + 12)).flatten()
        });
        let descriptors = table
            .filter(|&table| table != 0)
            .into_iter()
            .flat_map(|table| (0..MOST).map(move |number| table as usize + number * DESCRIPTOR));
        let imported = descriptors.map_while(|descriptor| {
            let [names, _, _, _, addresses] = self.read::<[u32; 5]>(descriptor)?;
            (addresses != 0).then_some((names as usize, addresses as usize))
        });
        // Without names, which very old linkers left out, nothing is found.
        imported.filter(|(names, _)| *names != 0).flat_map(move |(names, addresses)| {
            (0..MOST)
                .map(|number| number * ENTRY)
                .map_while(move |at| {
                    let by = self.read::<usize>(names + at).filter(|by| *by != 0)?;
                    Some((by, addresses + at))
                })
                // The highest bit says that the function is imported by number.
                .filter(move |(by, _)| by >> (ENTRY * 8 - 1) == 0 && self.has_text(by + 2, name))
                .map(|(_, address)| address)
        })
    }

    /// Writes an entry at a place that [`entries`](Self::entries) returned, which may be read-only
    /// memory. To be called while no other thread calls a function by way of the entry: some
    /// linkers do not align it, so that it may be read while one half is written.
    fn write(&self, place: usize, new: *mut ()) {
        if place.checked_add(ENTRY).is_none_or(|end| end > self.size) {
            return;
        }
        let mut before = 0;
        // SAFETY: the entry is memory of this module, and the calls of `VirtualProtect` leave what
        // it contains. Between them it is writable. No code is there: linkers keep the table apart
        // from code.
        unsafe {
            let entry = self.base.add(place).cast_mut();
            if VirtualProtect(entry.cast(), ENTRY, READ_WRITE, &raw mut before) == 0 {
                return;
            }
            entry.cast::<*mut ()>().write_unaligned(new);
            VirtualProtect(entry.cast(), ENTRY, before, &raw mut before);
        }
    }
}

/// Exchanges the addresses of all functions of this name that the module of this code imports for
/// what `exchange` returns for them, if it returns one. To be called at load and at unload only.
pub(super) fn exchange(name: &str, mut exchange: impl FnMut(*mut ()) -> Option<*mut ()>) {
    let Some(module) = Module::of_this_code() else { return };
    for place in module.entries(name) {
        let found = module.read::<usize>(place).map(core::ptr::with_exposed_provenance_mut);
        if let Some(new) = found.and_then(&mut exchange) {
            module.write(place, new);
        }
    }
}
